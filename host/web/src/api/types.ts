// The API's types, with seeds as text (see json.ts).
import type { components } from "./schema";

type Schemas = components["schemas"];
type WithSeed<T> = Omit<T, "seed"> & { seed: string };

export type JsonValue = string | number | boolean | null | JsonValue[] | { [key: string]: JsonValue };
export type ParameterValues = Record<string, JsonValue>;

export interface LoraRequest {
  name?: string;
  path?: string;
  weight?: number;
  text_weight?: number;
  block_weights?: number[];
  params?: ParameterValues;
}
export type GenerateRequest = Partial<
  Omit<Schemas["GenerateRequest"], "seed" | "prompt" | "sampler_params" | "schedule_params" | "pipeline_params" | "loras">
> & {
  prompt: string;
  seed?: string;
  sampler_params?: ParameterValues;
  schedule_params?: ParameterValues;
  pipeline_params?: ParameterValues;
  loras?: LoraRequest[];
};
export interface RestoredRequest {
  request: GenerateRequest;
  warnings: string[]; // what of the picture the request does not have
}
export interface ParseRequest {
  prompt: string;
  negative?: boolean;
  model?: string;
  prompt_syntax?: JsonValue;
}
export type PromptReport = Schemas["PromptReport"];
export type JobStatus = Schemas["JobStatus"];
export type JobError = Schemas["JobError"];
export type Accepted = Schemas["Accepted"];

// What an image's metadata says. Another program version may have written it, so nothing is certain to be there.
export interface Metadata {
  prompt?: string;
  negative_prompt?: string;
  model?: { id?: string; sha256?: string; family?: string };
  width?: number;
  height?: number;
  steps?: number;
  cfg_scale?: number;
  seed?: string;
  sampler?: { id?: string; plugin?: string; version?: string };
  schedule?: { id?: string; plugin?: string; version?: string };
  sampler_params?: ParameterValues;
  schedule_params?: ParameterValues;
  loras?: { id?: string; sha256?: string; unet_weight?: number; text_weight?: number; params?: ParameterValues }[];
  clip_skip?: number;
  vae?: { id?: string; sha256?: string };
  strength?: number;
  device?: string;
  dtype?: string;
  version?: string;
}

export type Result = Omit<WithSeed<Schemas["Result"]>, "metadata"> & { metadata: Metadata };
export type Job = Omit<Schemas["Job"], "results"> & { results: Result[] };
export type ListedJob = Omit<Schemas["ListedJob"], "results" | "request"> & {
  results: Result[];
  request: GenerateRequest;
};
export type JobPage = Omit<Schemas["JobPage"], "jobs"> & { jobs: ListedJob[] };
export type QueuedJob = Omit<Schemas["QueuedJob"], "request"> & { request: GenerateRequest };
export type QueueState = Omit<Schemas["QueueState"], "queue"> & { queue: QueuedJob[] };

export type Image = Omit<WithSeed<Schemas["Image"]>, "metadata" | "request"> & {
  metadata: Metadata;
  request: GenerateRequest;
};
export type ImagePage = Omit<Schemas["ImagePage"], "images"> & { images: Image[] };
export type ImageFacets = Schemas["ImageFacets"];

// A parameter of a sampler, schedule or adapter: JSON Schema with the plugin's hints.
export interface ParameterSchema {
  type?: "number" | "integer" | "boolean" | "string";
  title?: string;
  description?: string;
  default?: JsonValue;
  minimum?: number;
  maximum?: number;
  enum?: JsonValue[];
  oneOf?: { const: JsonValue; title?: string }[];
  "x-step"?: number;
  "x-group"?: string;
  "x-unit"?: string;
  "x-record"?: string; // of a request's field: where an image's metadata has it
}
export interface ParameterForm {
  properties?: Record<string, ParameterSchema>;
}
export type Sampler = Omit<Schemas["Sampler"], "parameters"> & { parameters: ParameterForm };
export type Schedule = Omit<Schemas["Schedule"], "parameters"> & { parameters: ParameterForm };
export type Adapter = Omit<Schemas["Adapter"], "parameters"> & { parameters: ParameterForm };
export type Model = Schemas["Model"] & { default_cfg_scale?: number | null };
export type ModelList = Omit<Schemas["ModelList"], "models"> & { models: Model[] };
export type Lora = Schemas["Lora"];
export type Embedding = Schemas["Embedding"];
export type Wildcard = Schemas["Wildcard"];
export type Download = Schemas["Download"];
export type DownloadRequest = Pick<Schemas["DownloadRequest"], "repo"> & Partial<Schemas["DownloadRequest"]>;
export type HubRequest = Pick<Schemas["HubRequest"], "repo"> & Partial<Schemas["HubRequest"]>;
export type HubRepo = Schemas["HubRepo"];
export type ConfigKey = Schemas["ConfigKey"];
export type ConfigState = Schemas["ConfigState"];
export type Vae = Schemas["Vae"];
export type Plugin = Schemas["Plugin"];
export type Ready = Schemas["Ready"];
