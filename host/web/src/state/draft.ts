// The form's content. It survives a reload.
import { effect, signal } from "@preact/signals";
import type { JsonValue } from "../api/types";
import { completeDraft, type Draft } from "../lib/draft";
import { load, save } from "../lib/storage";

export const draft = signal<Draft>(completeDraft(load<Partial<Draft>>("draft", load("defaults", {}))));
// What the server has against a field of it.
export const fieldErrors = signal<Record<string, string>>({});

effect(() => save("draft", draft.value));

export function change(part: Partial<Draft>): void {
  draft.value = { ...draft.value, ...part };
  const left = Object.entries(fieldErrors.value).filter(([name]) => !(name in part));
  if (left.length < Object.keys(fieldErrors.value).length) fieldErrors.value = Object.fromEntries(left);
}

// A parameter of a sampler or schedule; undefined takes it back to its default.
export function setParameter(owner: string, name: string, value: JsonValue | undefined): void {
  const values = { ...draft.value.params[owner] };
  if (value === undefined) delete values[name];
  else values[name] = value;
  change({ params: { ...draft.value.params, [owner]: values } });
}

// Puts words at the end of the prompt, unless they are in it.
export function addWords(words: string): void {
  const prompt = draft.value.prompt.trimEnd();
  if (prompt.includes(words)) return;
  const comma = prompt === "" || prompt.endsWith(",") ? "" : ",";
  change({ prompt: `${prompt}${comma}${prompt === "" ? "" : " "}${words}` });
}

export function addLora(name: string): void {
  const { loras } = draft.value;
  if (loras.some((lora) => lora.name === name)) return;
  change({ loras: [...loras, { name, weight: 1, on: true }] });
}
