// What the form holds: a request in the making.
import { fields } from "../api/fields";
import type { ParameterValues } from "../api/types";

export interface DraftLora {
  name: string;
  weight: number;
  text_weight?: number; // of the text encoders, where it is another
  block_weights?: number[];
  on: boolean;
}

export interface Inpaint {
  mask_blur: number;
  mask_invert: boolean;
  mask_content: string;
  inpaint_region: string;
  inpaint_padding: number;
}

// What fast mode has put aside.
export type Slow = Pick<Draft, "sampler" | "schedule" | "steps" | "cfg_scale"> & {
  brought: string | null; // the LoRA that it added
};

export interface Draft {
  prompt: string;
  negative_prompt: string;
  model: string | null; // null: the server's default
  sampler: string;
  schedule: string | null; // null: the sampler's own
  params: Record<string, ParameterValues>; // what was set by hand, by "sampler:euler", "schedule:karras" and "lora:ink"
  width: number | null; // null: the model's own
  height: number | null;
  steps: number;
  cfg_scale: number | null; // null: the model's own, or the server's default
  seed: string | null; // null: another one each time
  batch_size: number;
  clip_skip: number | null; // null: the model's own
  loras: DraftLora[];
  strength: number;
  inpaint: Inpaint;
  vae: string | null; // null: the model's own
  slow: Slow | null; // null: fast mode is off
}

// Where a field has a default of its own, it is the server's.
export const emptyDraft: Draft = {
  prompt: "",
  negative_prompt: fields.negative_prompt.default,
  model: null,
  sampler: fields.sampler.default,
  schedule: null,
  params: {},
  width: null,
  height: null,
  steps: fields.steps.default,
  cfg_scale: null,
  seed: null,
  batch_size: fields.batch_size.default,
  clip_skip: null,
  loras: [],
  strength: fields.strength.default,
  vae: null,
  slow: null,
  inpaint: {
    mask_blur: fields.mask_blur.default,
    mask_invert: fields.mask_invert.default,
    mask_content: fields.mask_content.default,
    inpaint_region: fields.inpaint_region.default,
    inpaint_padding: fields.inpaint_padding.default,
  },
};

// A stored draft may be another version's: what is missing is as at the start.
export function completeDraft(stored: Partial<Draft>): Draft {
  return { ...emptyDraft, ...stored, inpaint: { ...emptyDraft.inpaint, ...stored.inpaint } };
}
