// Settings saved under a name.
import { signal } from "@preact/signals";
import { completeDraft, type Draft } from "../lib/draft";
import { load, save } from "../lib/storage";
import { change, draft } from "./draft";

export interface Preset {
  name: string;
  draft: Partial<Draft>;
}

export const presets = signal<Preset[]>(load<Preset[]>("presets", []));

function store(list: Preset[]): void {
  presets.value = list.toSorted((a, b) => a.name.localeCompare(b.name));
  save("presets", presets.value);
}

export function savePreset(name: string): void {
  const { seed: _, ...rest } = draft.value;
  store([...presets.value.filter((preset) => preset.name !== name), { name, draft: rest }]);
}

export function removePreset(name: string): void {
  store(presets.value.filter((preset) => preset.name !== name));
}

export function applyPreset(name: string): void {
  const preset = presets.value.find((candidate) => candidate.name === name);
  if (preset) change({ ...completeDraft(preset.draft), seed: draft.value.seed });
}
