// From a request, and from a picture's settings as the server reads them, back to the form.
import { fields } from "../api/fields";
import type {
  GenerateRequest,
  Lora,
  Model,
  ParameterForm,
  ParameterValues,
  RestoredRequest,
  Sampler,
  Schedule,
  Vae,
} from "../api/types";
import { type Draft, type DraftLora, emptyDraft } from "./draft";
import { placed } from "./further";

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
  missing: string[]; // names of models, samplers, schedules and LoRAs that are not here, and fields without a place
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

// Texts and numbers that the form has as the request has them.
const lookedUp = new Set(["model", "sampler", "schedule", "vae", "seed"]);
const plain = (Object.keys(fields) as (keyof typeof fields)[]).filter(
  (name) => name in emptyDraft && !lookedUp.has(name) && ["string", "integer", "number"].includes(fields[name].type),
);

// A job's request, to be sent again or changed.
export function fromRequest(request: GenerateRequest, known: Known): Restored {
  const missing: string[] = [];
  const draft: Partial<Draft> = { params: {} };
  for (const name of plain) if (request[name] !== undefined) Object.assign(draft, { [name]: request[name] });
  draft.negative_prompt = request.negative_prompt ?? "";
  draft.model = request.model ?? null;
  takeSampler(request, known, draft, missing);
  draft.params!.request = furtherValues(request);
  draft.width = request.width ?? null;
  draft.height = request.height ?? null;
  draft.clip_skip = request.clip_skip ?? null;
  draft.batch_size = request.batch_size ?? 1;
  draft.seed = request.seed === undefined || request.seed === "-1" ? null : String(request.seed);
  draft.slow = null;
  const vae = request.vae === undefined ? undefined : find(known.vaes, request.vae);
  if (request.vae !== undefined && !vae) missing.push(request.vae);
  draft.vae = vae?.id ?? null;
  takeLoras(request, known, draft, missing);
  const inpaint = Object.keys(emptyDraft.inpaint).filter((name) => request[name as keyof GenerateRequest] !== undefined);
  if (inpaint.length > 0) {
    const own = Object.fromEntries(inpaint.map((name) => [name, request[name as keyof GenerateRequest]]));
    draft.inpaint = { ...emptyDraft.inpaint, ...own };
  }
  const places = new Set([...placed, "vae", ...Object.keys(known.further.properties ?? {})]);
  missing.push(...Object.keys(request).filter((name) => !places.has(name)));
  return { draft, missing };
}

function takeSampler(request: GenerateRequest, known: Known, draft: Partial<Draft>, missing: string[]): void {
  const { sampler, schedule } = request;
  const named = sampler === undefined ? undefined : splitSampler(sampler, known);
  if (sampler !== undefined && !named) missing.push(sampler);
  if (named) {
    draft.sampler = named.sampler.id;
    draft.params![`sampler:${named.sampler.id}`] = request.sampler_params ?? {};
  }
  const chosen = schedule === undefined ? named?.schedule : find(known.schedules, schedule);
  if (schedule !== undefined && !chosen) missing.push(schedule);
  draft.schedule = chosen?.id ?? null;
  if (chosen) draft.params![`schedule:${chosen.id}`] = request.schedule_params ?? {};
}

function takeLoras(request: GenerateRequest, known: Known, draft: Partial<Draft>, missing: string[]): void {
  draft.loras = [];
  for (const { name, path, weight, text_weight, block_weights, params } of request.loras ?? []) {
    const found = find(known.loras, name ?? path ?? "");
    if (!found) {
      missing.push(name ?? path ?? "");
      continue;
    }
    const lora: DraftLora = { name: found.id, weight: weight ?? 1, on: true };
    if (text_weight !== undefined) lora.text_weight = text_weight;
    if (block_weights !== undefined) lora.block_weights = block_weights;
    draft.loras.push(lora);
    if (params) draft.params![`lora:${found.id}`] = params;
  }
}

// What the server read out of a picture. Of models, samplers and the like that are not here the form keeps its own.
export function fromPicture({ request, warnings }: RestoredRequest, known: Known): Restored {
  const { draft, missing } = fromRequest(request, known);
  if (request.model === undefined) delete draft.model;
  return { draft, missing: [...missing, ...warnings] };
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
