// From an image's settings back to the form.
import { fields } from "../api/fields";
import type { GenerateRequest, Lora, Metadata, Model, ParameterForm, ParameterValues, Sampler, Schedule, Vae } from "../api/types";
import { type Parameters, parseParameters } from "./a1111";
import { type Draft, emptyDraft } from "./draft";
import { pngTexts } from "./png-text";

// What there is to choose from here.
export interface Known {
  models: Model[];
  vaes: Vae[];
  samplers: Sampler[];
  schedules: Schedule[];
  loras: Lora[];
  further: ParameterForm; // fields of a request that the form made a place for
}

export interface Restored {
  draft: Partial<Draft>;
  missing: string[]; // names of models, samplers, schedules and LoRAs that are not here
}

interface Named {
  id: string;
  name: string;
  aliases?: string[];
}

function find<T extends Named>(list: T[], name: string): T | undefined {
  const wanted = name.toLowerCase();
  return list.find((item) => [item.id, item.name, ...(item.aliases ?? [])].some((own) => own.toLowerCase() === wanted));
}

const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);

// Of a field: what an image's metadata has for it, by the table of fields that the server has.
function kindOf(name: keyof typeof fields): Kind | undefined {
  const field: { type: string; record?: string } = fields[name];
  if (name === "seed") return "digits"; // see json.ts
  if (name === "loras") return "origins";
  if (field.record === `${name}.id`) return "origin";
  if (field.record !== name || field.type === "array") return undefined;
  return field.type === "integer" ? "number" : (field.type as Kind);
}

type Kind = "string" | "number" | "boolean" | "object" | "origin" | "origins" | "digits";
const kinds = new Map<string, Kind>(
  (Object.keys(fields) as (keyof typeof fields)[]).flatMap((name) => {
    const kind = kindOf(name);
    return kind ? [[name, kind]] : [];
  }),
);

// Texts and numbers that the form has as the metadata has them.
const plain = [...kinds.keys()].filter(
  (name) => name in emptyDraft && (kinds.get(name) === "string" || kinds.get(name) === "number"),
) as (keyof Metadata)[];

export function fromMetadata(metadata: Metadata, known: Known): Restored {
  const missing: string[] = [];
  const draft: Partial<Draft> = { params: {} };
  const take = <T extends Named>(list: T[], id: string | undefined): string | undefined => {
    if (id === undefined) return undefined;
    const found = find(list, id);
    if (!found) missing.push(id);
    return found?.id;
  };
  for (const name of plain) if (metadata[name] !== undefined) Object.assign(draft, { [name]: metadata[name] });
  draft.negative_prompt = metadata.negative_prompt ?? "";
  const model = take(known.models, metadata.model?.id);
  if (model !== undefined) draft.model = model;
  const sampler = take(known.samplers, metadata.sampler?.id);
  if (sampler !== undefined) {
    draft.sampler = sampler;
    draft.params![`sampler:${sampler}`] = metadata.sampler_params ?? {};
  }
  const schedule = take(known.schedules, metadata.schedule?.id);
  if (schedule !== undefined) {
    draft.schedule = schedule;
    draft.params![`schedule:${schedule}`] = metadata.schedule_params ?? {};
  }
  if (metadata.seed !== undefined) draft.seed = String(metadata.seed);
  draft.clip_skip = metadata.clip_skip ?? null;
  draft.vae = take(known.vaes, metadata.vae?.id) ?? null;
  draft.slow = null;
  draft.batch_size = 1;
  draft.loras = [];
  for (const lora of metadata.loras ?? []) {
    const name = take(known.loras, lora.id);
    if (name === undefined) continue;
    draft.loras.push({ name, weight: lora.unet_weight ?? 1, on: true });
    if (isObject(lora.params)) draft.params![`lora:${name}`] = lora.params!;
  }
  return { draft, missing };
}

// A job's request, to be sent again or changed.
export function fromRequest(request: GenerateRequest, known: Known): Restored {
  const { model, sampler, schedule, loras, vae, ...rest } = request;
  const metadata = { ...rest, vae: vae === undefined ? undefined : { id: vae }, loras: loras?.map(({ name, path, weight, params }) => ({ id: name ?? path, unet_weight: weight, params })) };
  const { draft, missing } = fromMetadata(metadata as Metadata, known);
  const named = sampler === undefined ? undefined : splitSampler(sampler, known);
  if (sampler !== undefined && !named) missing.push(sampler);
  if (named) {
    draft.sampler = named.sampler.id;
    draft.params![`sampler:${named.sampler.id}`] = request.sampler_params ?? {};
  }
  const chosen = schedule === undefined ? named?.schedule : find(known.schedules, schedule);
  draft.schedule = chosen?.id ?? null;
  if (chosen) draft.params![`schedule:${chosen.id}`] = request.schedule_params ?? {};
  draft.params!.request = furtherValues(request);
  draft.model = model ?? null;
  draft.width = request.width ?? null;
  draft.height = request.height ?? null;
  draft.batch_size = request.batch_size ?? 1;
  draft.seed = request.seed === undefined || request.seed === "-1" ? null : String(request.seed);
  return { draft, missing };
}

// Everything of a request that is a number, a switch or a word: those that the form has its own place for are not looked
// for here.
export function furtherValues(request: GenerateRequest): ParameterValues {
  const plain = Object.entries(request).filter(([, value]) => typeof value !== "object");
  return Object.fromEntries(plain) as ParameterValues;
}

// "DPM++ 2M Karras" is a sampler and a schedule.
function splitSampler(text: string, known: Known): { sampler: Sampler; schedule?: Schedule } | undefined {
  const whole = find(known.samplers, text);
  if (whole) return { sampler: whole };
  for (let at = text.lastIndexOf(" "); at > 0; at = text.lastIndexOf(" ", at - 1)) {
    const sampler = find(known.samplers, text.slice(0, at));
    const schedule = find(known.schedules, text.slice(at + 1));
    if (sampler && schedule) return { sampler, schedule };
  }
  return undefined;
}

function fromParameters(parameters: Parameters, known: Known): Restored {
  const missing: string[] = [];
  const { values } = parameters;
  const number = (name: string) => {
    const value = Number(values.get(name));
    return values.has(name) && Number.isFinite(value) ? value : undefined;
  };
  const draft: Partial<Draft> = {
    prompt: parameters.prompt,
    negative_prompt: parameters.negativePrompt,
    schedule: null,
    clip_skip: number("clip skip") ?? null,
    batch_size: 1,
    loras: [],
    slow: null,
  };
  const size = /^(\d+)x(\d+)$/.exec(values.get("size") ?? "");
  if (size) Object.assign(draft, { width: Number(size[1]), height: Number(size[2]) });
  const steps = number("steps");
  if (steps !== undefined) draft.steps = steps;
  const guidance = number("cfg scale");
  if (guidance !== undefined) draft.cfg_scale = guidance;
  const strength = number("denoising strength");
  if (strength !== undefined) draft.strength = strength;
  const seed = values.get("seed");
  if (seed !== undefined && /^\d+$/.test(seed)) draft.seed = seed;
  const sampler = values.get("sampler");
  if (sampler !== undefined) {
    const named = splitSampler(sampler, known);
    if (!named) missing.push(sampler);
    else Object.assign(draft, { sampler: named.sampler.id, schedule: named.schedule?.id ?? null });
  }
  const schedule = values.get("schedule type");
  if (schedule !== undefined && schedule.toLowerCase() !== "automatic") {
    const found = find(known.schedules, schedule);
    if (found) draft.schedule = found.id;
    else missing.push(schedule);
  }
  const model = values.get("model");
  if (model !== undefined) {
    const found = find(known.models, model) ?? known.models.find((m) => stem(m.id) === stem(model));
    if (found) draft.model = found.id;
    else missing.push(model);
  }
  for (const { name, weight } of parameters.loras) {
    const found = find(known.loras, name) ?? known.loras.find((l) => stem(l.id) === stem(name));
    if (found) draft.loras!.push({ name: found.id, weight, on: true });
    else missing.push(name);
  }
  return { draft, missing };
}

// "folder/My Model.safetensors" -> "my model"
function stem(path: string): string {
  return path
    .replace(/^.*[/\\]/, "")
    .replace(/\.(safetensors|ckpt|pt|bin)$/i, "")
    .toLowerCase();
}

// The settings that a PNG file carries: ours, or else those that A1111 and others write.
export async function fromPng(bytes: Uint8Array, known: Known): Promise<Restored | undefined> {
  const texts = await pngTexts(bytes);
  const own = texts.get("ablerefusal");
  if (own !== undefined) {
    const all = readObject(own);
    if (all) {
      const restored = fromMetadata(metadataOf(all), known);
      restored.draft.params!.request = furtherOf(all, known.further);
      return restored;
    }
  }
  const parameters = parseParameters(texts.get("parameters") ?? "");
  return parameters && fromParameters(parameters, known);
}

function readObject(text: string): Record<string, unknown> | undefined {
  let all: unknown;
  try {
    // The seed as text, since it may have more digits than a number holds.
    all = JSON.parse(text.replace(/"seed":\s*(\d+)/g, '"seed":"$1"'));
  } catch {
    return undefined;
  }
  return typeof all === "object" && all !== null ? (all as Record<string, unknown>) : undefined;
}

function valueAt(all: unknown, path: string): unknown {
  return path.split(".").reduce((value, part) => (isObject(value) && Object.hasOwn(value as object, part) ? (value as Record<string, unknown>)[part] : undefined), all);
}

// Anybody can have written it: here and below, a value of the wrong kind is left out. Limits are the server's to check.
function furtherOf(all: Record<string, unknown>, { properties = {} }: ParameterForm): ParameterValues {
  const found = Object.entries(properties).map(([name, schema]) => [name, schema.type, valueAt(all, schema["x-record"] ?? name)]);
  const kept = found.filter(([, type, value]) => typeof value === (type === "integer" ? "number" : type));
  return Object.fromEntries(kept.map(([name, , value]) => [name, value])) as ParameterValues;
}

const fits: Record<Kind, (value: unknown) => boolean> = {
  string: (value) => typeof value === "string",
  number: (value) => typeof value === "number",
  boolean: (value) => typeof value === "boolean",
  object: isObject,
  origin: (value) => typeof (value as { id?: unknown } | null)?.id === "string",
  origins: (value) => Array.isArray(value) && value.every((item) => fits.origin(item)),
  digits: (value) => typeof value === "string" && /^\d+$/.test(value),
};

function metadataOf(all: Record<string, unknown>): Metadata {
  const kept = Object.entries(all).filter(([name, value]) => {
    const kind = kinds.get(name);
    return kind !== undefined && fits[kind](value);
  });
  return Object.fromEntries(kept) as Metadata;
}
