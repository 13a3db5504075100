// The jobs that this page knows: what waits, runs and has ended.
import { computed, signal } from "@preact/signals";
import { getQueue, listJobs } from "../api/calls";
import { parseJson } from "../api/json";
import type { StreamEvent } from "../api/sse";
import type { GenerateRequest, JobError, JobStatus, ListedJob, Result } from "../api/types";
import { nextRate, type Rate } from "../lib/rate";

export interface JobView {
  id: string;
  status: JobStatus;
  request: GenerateRequest | null; // null: another page sent it, and the queue has not been asked yet
  position: number; // in the queue, from 1; 0: it does not wait
  progress: number; // percent
  current_step: number;
  total_steps: number;
  eta_seconds: number | null;
  results: Result[];
  error: JobError | null;
  created_at: string | null;
  started_at: string | null;
  completed_at: string | null;
  phase: string | null;
  fraction: number;
  preview: string | null; // data URL
  rate: Rate | null;
  cancelling: boolean;
}

export const jobs = signal<ReadonlyMap<string, JobView>>(new Map());
export const paused = signal(false);
// The last job that was sent from here.
export const ownJob = signal<string | null>(null);

const all = computed(() => [...jobs.value.values()]);
export const running = computed(() => all.value.filter((job) => job.status === "processing"));
export const waiting = computed(() =>
  all.value.filter((job) => job.status === "queued").sort((a, b) => a.position - b.position),
);
export const ended = computed(() =>
  all.value
    .filter((job) => isOver(job.status))
    .sort((a, b) => (b.completed_at ?? "").localeCompare(a.completed_at ?? "")),
);

const kept = 60; // ended jobs

export function isOver(status: JobStatus): boolean {
  return status !== "queued" && status !== "processing";
}

const blank = {
  request: null,
  position: 0,
  progress: 0,
  current_step: 0,
  total_steps: 0,
  eta_seconds: null,
  results: [],
  error: null,
  created_at: null,
  started_at: null,
  completed_at: null,
  phase: null,
  fraction: 0,
  preview: null,
  rate: null,
  cancelling: false,
};

export function update(id: string, change: Partial<JobView>): void {
  const old = jobs.value.get(id);
  const job = { ...(old ?? { ...blank, id, status: "queued" as const }), ...change };
  // What has ended never changes, however late an event comes.
  if (old && isOver(old.status) && !isOver(job.status)) return;
  jobs.value = new Map(jobs.value).set(id, job);
}

// A job that was just sent, before its first event.
export function announce(id: string, request: GenerateRequest, position: number): void {
  const known = jobs.value.get(id);
  update(id, known ? { request } : { request, position, created_at: new Date().toISOString() });
  ownJob.value = id;
}

function take(listed: ListedJob): Partial<JobView> {
  return { ...listed, position: listed.position ?? 0 };
}

// Asks the server for everything. Throws ApiError.
export async function loadJobs(): Promise<void> {
  const known = new Set(jobs.value.keys());
  const [queue, page] = await Promise.all([getQueue(), listJobs(kept)]);
  const next = new Map<string, JobView>();
  const put = (id: string, change: Partial<JobView>) => {
    const old = next.get(id) ?? jobs.value.get(id);
    const job = { ...(old ?? { ...blank, id, status: "queued" as const }), ...change };
    // An event that came meanwhile knows better.
    next.set(id, old && isOver(old.status) && !isOver(job.status) ? old : job);
  };
  for (const job of page.jobs) put(job.id, take(job));
  for (const job of queue.queue) put(job.id, job);
  for (const [id, job] of jobs.value) if (!known.has(id) && !next.has(id)) next.set(id, job);
  jobs.value = next;
  paused.value = queue.paused;
}

// The order of the queue, and what other pages sent.
export async function loadQueue(): Promise<void> {
  const queue = await getQueue();
  paused.value = queue.paused;
  for (const job of queue.queue) update(job.id, job);
}

let asked: ReturnType<typeof setTimeout> | undefined;
function askForQueueSoon(): void {
  clearTimeout(asked);
  asked = setTimeout(() => void loadQueue().catch(() => {}), 150);
}

// Takes an event of the stream into account.
export function apply({ type, data }: StreamEvent, now: number): void {
  const fields = parseJson(data) as Partial<JobView> & { id: string } & Record<string, unknown>;
  const { id } = fields;
  const job = jobs.value.get(id);
  if (type === "queued") {
    update(id, { ...fields });
    if (!job?.request) askForQueueSoon();
  }
  if (type === "started") {
    update(id, { ...fields, position: 0, started_at: new Date(now).toISOString() });
    askForQueueSoon(); // the others have moved up
  }
  if (type === "phase") update(id, { phase: String(fields.phase), fraction: Number(fields.fraction) });
  if (type === "step") {
    const { status, progress, current_step, total_steps, eta_seconds } = fields as unknown as JobView;
    const change = { status, progress, current_step, total_steps, eta_seconds, position: 0, phase: "sampling" };
    const rate = nextRate(job?.rate ?? null, now, current_step);
    update(id, { ...change, rate, ...(fields.preview ? { preview: String(fields.preview) } : {}) });
  }
  if (type === "image") {
    const result = fields as unknown as Result & { index: number };
    const others = (job?.results ?? []).filter((other) => other.image_path !== result.image_path);
    update(id, { results: [...others, result], preview: null });
  }
  if (type === "completed" || type === "failed" || type === "cancelled") {
    update(id, { ...fields, position: 0, preview: null, eta_seconds: null, cancelling: false });
    if (!job?.request) askForQueueSoon();
    trim();
  }
}

// Forgets the oldest of those that have ended.
function trim(): void {
  const old = ended.value.slice(kept);
  if (old.length === 0) return;
  const next = new Map(jobs.value);
  old.forEach(({ id }) => next.delete(id));
  jobs.value = next;
}

// Seconds until a waiting job starts, from the steps in front of it and the rate of the one that runs.
export function startsIn(job: JobView): number | null {
  const current = running.value[0];
  if (!current?.rate?.perSecond) return null;
  const before = waiting.value.filter((other) => other.position < job.position);
  const steps = before.reduce((sum, other) => sum + other.total_steps, 0);
  return (current.eta_seconds ?? 0) + steps / current.rate.perSecond;
}
