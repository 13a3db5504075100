import { beforeEach, expect, test, vi } from "vitest";

const replies = new Map<string, unknown>();
beforeEach(() => {
  replies.clear();
  vi.stubGlobal("fetch", async (path: string) => {
    const key = path.replace("/api/v1", "").replace(/\?.*/, "");
    return new Response(JSON.stringify(replies.get(key) ?? { queue: [], paused: false, jobs: [] }));
  });
});

const { apply, announce, ended, jobs, loadJobs, running, startsIn, waiting } = await import("./jobs");
const event = (type: string, data: object) => ({ id: "1", type, data: JSON.stringify(data) });

beforeEach(() => {
  jobs.value = new Map();
});

test("a job's events bring it from the queue to its pictures", () => {
  announce("a", { prompt: "x" }, 1);
  apply(event("queued", { id: "a", status: "queued", position: 1 }), 0);
  expect(waiting.value.map(({ id }) => id)).toEqual(["a"]);
  apply(event("started", { id: "a", status: "processing" }), 0);
  apply(event("phase", { id: "a", phase: "loading", fraction: 0.5 }), 0);
  expect(running.value[0]).toMatchObject({ phase: "loading", fraction: 0.5 });
  const step = { id: "a", status: "processing", progress: 50, total_steps: 4, eta_seconds: 1 };
  apply(event("step", { ...step, current_step: 1 }), 1000);
  apply(event("step", { ...step, current_step: 2, preview: "data:p" }), 1500);
  expect(running.value[0]).toMatchObject({ current_step: 2, preview: "data:p", rate: { perSecond: 2 } });
  apply({ id: "2", type: "image", data: '{"id":"a","image_path":"a-0.png","seed":9223372036854775807,"index":0}' }, 0);
  expect(running.value[0]!.results[0]!.seed).toBe("9223372036854775807");
  expect(running.value[0]!.preview).toBeNull();
  apply(event("completed", { id: "a", status: "completed", results: [{ image_path: "a-0.png" }] }), 0);
  expect(running.value).toEqual([]);
  expect(ended.value[0]).toMatchObject({ id: "a", status: "completed", request: { prompt: "x" } });
});

test("an event that comes late does not wake what has ended", () => {
  apply(event("failed", { id: "a", status: "failed", error: { code: "x", message: "broke" } }), 0);
  apply(event("step", { id: "a", status: "processing", current_step: 1 }), 0);
  expect(ended.value[0]).toMatchObject({ status: "failed", error: { message: "broke" } });
});

test("a list that is older than the last event does not undo it", async () => {
  apply(event("started", { id: "a", status: "processing" }), 0);
  replies.set("/queue", { queue: [{ id: "a", status: "processing", position: 0, progress: 0 }], paused: true });
  const loading = loadJobs();
  apply(event("completed", { id: "a", status: "completed" }), 0);
  announce("b", { prompt: "sent meanwhile" }, 1);
  await loading;
  expect(jobs.value.get("a")!.status).toBe("completed");
  expect(jobs.value.has("b")).toBe(true);
});

test("a job that waits knows when it starts, from the rate of the one that runs", () => {
  const step = { id: "a", status: "processing", progress: 50, total_steps: 10, eta_seconds: 2 };
  apply(event("step", { ...step, current_step: 4 }), 1000);
  apply(event("step", { ...step, current_step: 5 }), 1500);
  apply(event("queued", { id: "b", status: "queued", position: 1, total_steps: 20 }), 0);
  apply(event("queued", { id: "c", status: "queued", position: 2, total_steps: 20 }), 0);
  expect(waiting.value.map(startsIn)).toEqual([2, 12]);
});
