// What there is to choose from: all of it from the server.
import { computed, signal } from "@preact/signals";
import {
  getDocument,
  listAdapters,
  listEmbeddings,
  listLoras,
  listModels,
  listSamplers,
  listSchedules,
  listVaes,
  listWildcards,
  refreshModels,
} from "../api/calls";
import { fields } from "../api/fields";
import type {
  Adapter,
  Embedding,
  JsonValue,
  Lora,
  Model,
  ModelList,
  ParameterSchema,
  Sampler,
  Schedule,
  Vae,
  Wildcard,
} from "../api/types";
import { furtherFields } from "../lib/further";
import { draft } from "./draft";
import { toastError } from "./toasts";

export const models = signal<ModelList | null>(null);
export const loras = signal<Lora[]>([]);
export const vaes = signal<Vae[]>([]);
export const embeddings = signal<Embedding[]>([]);
export const wildcards = signal<Wildcard[]>([]);
export const samplers = signal<Sampler[]>([]);
export const schedules = signal<Schedule[]>([]);
export const adapters = signal<Adapter[]>([]);

// A field of the request, as the server's own document describes it.
export interface FieldLimits {
  minimum?: number;
  maximum?: number;
  multipleOf?: number;
  maxLength?: number;
  default?: JsonValue;
  enum?: string[];
}
export const requestFields = signal<Record<string, FieldLimits>>({});

export const further = computed(() => furtherFields(requestFields.value as Record<string, ParameterSchema>));

export const usableModels = computed(() => (models.value?.models ?? []).filter((model) => model.ready));
export const model = computed<Model | undefined>(() => {
  const id = draft.value.model ?? models.value?.default;
  return models.value?.models.find((candidate) => candidate.id === id);
});
export const sampler = computed(() => samplers.value.find(({ id }) => id === draft.value.sampler));
export const schedule = computed(() => {
  const id = draft.value.schedule ?? sampler.value?.default_schedule;
  return schedules.value.find((candidate) => candidate.id === id);
});

export const width = computed(() => draft.value.width ?? model.value?.default_width ?? 512);
export const height = computed(() => draft.value.height ?? model.value?.default_height ?? 512);
export const cfgScale = computed(
  () => draft.value.cfg_scale ?? model.value?.default_cfg_scale ?? limit("cfg_scale", "default"),
);

// Throws ApiError.
export async function loadCatalogue(): Promise<void> {
  const [newModels, newLoras, newSamplers, newSchedules, newAdapters, newVaes, document] = await Promise.all([
    listModels(),
    listLoras(),
    listSamplers(),
    listSchedules(),
    listAdapters(),
    listVaes(),
    getDocument(),
  ]);
  models.value = newModels;
  loras.value = newLoras;
  vaes.value = newVaes;
  samplers.value = newSamplers;
  schedules.value = newSchedules;
  adapters.value = newAdapters;
  requestFields.value = fieldsOf(document);
  await loadWords();
}

// What else prompts may name.
async function loadWords(): Promise<void> {
  [embeddings.value, wildcards.value] = await Promise.all([listEmbeddings(), listWildcards()]);
}

// A plugin may have been copied into a folder since.
export async function reloadPlugins(): Promise<void> {
  [samplers.value, schedules.value] = await Promise.all([listSamplers(), listSchedules()]);
}

// A worker has taken a model into memory, or let it go.
export function modelChanged(data: string): void {
  const { model: id, error } = JSON.parse(data) as { model: string; error: string | null };
  if (error) toastError(new Error(`${id}: ${error}`));
  void listModels().then((list) => (models.value = list), () => {});
}

export async function lookForModels(): Promise<void> {
  models.value = await refreshModels();
  // Before the LoRAs that they take.
  [adapters.value, vaes.value] = await Promise.all([listAdapters(), listVaes()]);
  loras.value = await listLoras();
  await loadWords();
}

function fieldsOf(document: unknown): Record<string, FieldLimits> {
  const schemas = (document as { components?: { schemas?: Record<string, { properties?: unknown }> } }).components?.schemas;
  return (schemas?.GenerateRequest?.properties ?? {}) as Record<string, FieldLimits>;
}

// A number that the document gives; until it has come, the one that the page was built with.
export function limit(field: keyof typeof fields, which: "minimum" | "maximum" | "default"): number {
  const built: { type: string; minimum?: number; maximum?: number; default?: unknown } = fields[field];
  return Number(requestFields.value[field]?.[which] ?? built[which]);
}

export const knows = () => ({
  models: models.value?.models ?? [],
  vaes: vaes.value,
  samplers: samplers.value,
  schedules: schedules.value,
  loras: loras.value,
  further: further.value,
});
