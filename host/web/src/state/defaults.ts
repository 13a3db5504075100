// What a new form begins with: the person's own choice, kept in this browser.
import { signal } from "@preact/signals";
import { completeDraft, type Draft, emptyDraft } from "../lib/draft";
import { load, remove, save } from "../lib/storage";
import { change, draft } from "./draft";

export const hasDefaults = signal(load<Partial<Draft> | null>("defaults", null) !== null);

export function saveDefaults(): void {
  const { prompt: _, seed: __, slow: ___, ...rest } = draft.value;
  save("defaults", rest);
  hasDefaults.value = true;
}

export function forgetDefaults(): void {
  remove("defaults");
  hasDefaults.value = false;
}

// The form as it is at first. The prompt stays: it is what one would be sorry about.
export function resetForm(): void {
  const own = load<Partial<Draft> | null>("defaults", null);
  change({ ...completeDraft(own ?? emptyDraft), prompt: draft.value.prompt, seed: null, slow: null });
}
