// Fields of the request that the form has no place of their own for: they get one made from what the server says of them.
import type { fields } from "../api/fields";
import type { ParameterForm, ParameterSchema } from "../api/types";

export const placed = new Set<string>([
  "prompt",
  "negative_prompt",
  "model",
  "width",
  "height",
  "steps",
  "cfg_scale",
  "seed",
  "batch_size",
  "sampler",
  "schedule",
  "sampler_params",
  "schedule_params",
  "clip_skip",
  "loras",
  "from_image",
  "init_image",
  "strength",
  "mask",
  "mask_blur",
  "mask_invert",
  "mask_content",
  "inpaint_region",
  "inpaint_padding",
  "preview",
] satisfies (keyof typeof fields)[]);

// "guidance_rescale" -> "Guidance rescale"
function titleOf(name: string): string {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}

// Numbers, switches and choices. Free texts and lists mean something that only a form of their own can explain.
function isPlain({ type, enum: choices }: ParameterSchema): boolean {
  return type === "number" || type === "integer" || type === "boolean" || (type === "string" && choices !== undefined);
}

export function furtherFields(fields: Record<string, ParameterSchema>): ParameterForm {
  const free = Object.entries(fields).filter(([name, schema]) => !placed.has(name) && isPlain(schema));
  return { properties: Object.fromEntries(free.map(([name, schema]) => [name, { title: titleOf(name), ...schema }])) };
}
