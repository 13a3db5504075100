// The server's endpoints, each as a function.
import { call } from "./client";
import type {
  Accepted,
  Adapter,
  ConfigState,
  Download,
  DownloadRequest,
  Embedding,
  GenerateRequest,
  HubRepo,
  HubRequest,
  Image,
  ImageFacets,
  ImagePage,
  JobPage,
  Lora,
  ModelList,
  ParseRequest,
  Plugin,
  PromptReport,
  QueueState,
  Ready,
  RestoredRequest,
  Sampler,
  Schedule,
  Vae,
  Wildcard,
} from "./types";

const post = { method: "POST" } as const;

// A number that no other request has. crypto.randomUUID is only there on https and localhost.
export function uniqueKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export const submit = (request: GenerateRequest, key: string) =>
  call<Accepted>("/generate", { ...post, body: request, headers: { "Idempotency-Key": key } });
export const restorePicture = (from_image: string) =>
  call<RestoredRequest>("/generate/restore", { ...post, body: { from_image } });
export const parsePrompt = (body: ParseRequest, signal: AbortSignal) =>
  call<PromptReport>("/prompt/parse", { ...post, body, signal });
export const listJobs = (limit: number) => call<JobPage>(`/generate?limit=${limit}`);
export const cancelJob = (id: string) => call<unknown>(`/generate/${id}/cancel`, post);
export const getQueue = () => call<QueueState>("/queue");
export const pauseQueue = (pause: boolean) => call<unknown>(pause ? "/queue/pause" : "/queue/resume", post);
export const moveJob = (id: string, position: number) =>
  call<unknown>(`/queue/${id}/move`, { ...post, body: { position } });

export const listModels = () => call<ModelList>("/models");
export const refreshModels = () => call<ModelList>("/models/refresh", post);
export const loadModel = (model: string) => call<unknown>("/models/load", { ...post, body: { model } });
export const unloadModel = (model: string) => call<unknown>("/models/unload", { ...post, body: { model } });
export const getConfig = () => call<ConfigState>("/config");
export const changeConfig = (body: Record<string, string | null>) => call<ConfigState>("/config", { ...post, body });
export const recentLog = async () => (await call<{ lines: string[] }>("/logs")).lines;
export const listLoras = async () => (await call<{ loras: Lora[] }>("/loras")).loras;
export const listEmbeddings = async () => (await call<{ embeddings: Embedding[] }>("/embeddings")).embeddings;
export const listWildcards = async () => (await call<{ wildcards: Wildcard[] }>("/wildcards")).wildcards;
export const listVaes = async () => (await call<{ vaes: Vae[] }>("/vaes")).vaes;
export const listSamplers = async () => (await call<{ samplers: Sampler[] }>("/samplers")).samplers;
export const listSchedules = async () => (await call<{ schedules: Schedule[] }>("/schedules")).schedules;
export const listAdapters = async () => (await call<{ adapters: Adapter[] }>("/adapters")).adapters;
export const listPlugins = async () => (await call<{ plugins: Plugin[] }>("/plugins")).plugins;

export const listDownloads = async () => (await call<{ downloads: Download[] }>("/models/downloads")).downloads;
export const askHub = (body: HubRequest) => call<HubRepo>("/models/hub", { ...post, body });
export const addDownload = (body: DownloadRequest) => call<Download>("/models/download", { ...post, body });
export const changeDownload = (id: string, what: "pause" | "resume" | "cancel") =>
  call<Download>(`/models/downloads/${id}/${what}`, post);
export const forgetDownload = (id: string) => call<unknown>(`/models/downloads/${id}`, { method: "DELETE" });

export const listImages = (query: string, signal?: AbortSignal) =>
  call<ImagePage>(`/images?${query}`, signal ? { signal } : {});
export const imageFacets = () => call<ImageFacets>("/images/facets");
export const getImage = (id: string) => call<Image>(`/images/${encodeURIComponent(id)}`);
export const starImage = (id: string, starred: boolean) =>
  call<Image>(`/images/${encodeURIComponent(id)}/star`, { ...post, body: { starred } });
export const trashImage = (id: string) => call<Image>(`/images/${encodeURIComponent(id)}/trash`, post);
export const restoreImage = (id: string) => call<Image>(`/images/${encodeURIComponent(id)}/restore`, post);
export const deleteImage = (id: string) => call<unknown>(`/images/${encodeURIComponent(id)}`, { method: "DELETE" });

export const getReady = () => call<Ready>("/ready");
export const getDocument = () => call<unknown>("/openapi.json");
