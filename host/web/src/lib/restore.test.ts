import { expect, test } from "vitest";
import type { Lora, Model, Sampler, Schedule } from "../api/types";
import { emptyDraft } from "./draft";
import { buildRequest } from "./request";
import { fromPicture, fromRequest, type Known } from "./restore";

const known = {
  vaes: [],
  models: [{ id: "shapes-sd15", name: "shapes-sd15" }, { id: "art/Some Model.safetensors", name: "Some Model" }] as Model[],
  samplers: [
    { id: "euler_a", name: "Euler a", aliases: ["k_euler_a"] },
    { id: "dpmpp_2m", name: "DPM++ 2M", aliases: [] as string[] },
  ] as Sampler[],
  schedules: [
    { id: "normal", name: "Normal", aliases: [] as string[] },
    { id: "karras", name: "Karras", aliases: [] as string[] },
  ] as Schedule[],
  loras: [{ id: "styles/ink", name: "ink" }] as Lora[],
  further: { properties: { deep_cache_interval: { type: "integer" }, guidance_end: { type: "number" } } },
} satisfies Known;

test("all that the server read out of a picture is in the form, and the form sends it again", () => {
  const request = {
    prompt: "a fox <lora:ink:0.8:0.6>",
    negative_prompt: "blurry",
    model: "shapes-sd15",
    sampler: "dpmpp_2m",
    schedule: "karras",
    schedule_params: { rho: 5 },
    width: 128,
    height: 64,
    steps: 7,
    cfg_scale: 3,
    seed: "9223372036854775807",
    clip_skip: 2,
    loras: [{ name: "styles/ink", weight: 0.6, text_weight: 0.8, block_weights: [1, 0, 1], params: { part: "rest" } }],
    deep_cache_interval: 3,
  };
  const { draft, missing } = fromPicture({ request, warnings: [] }, known);
  expect(missing).toEqual([]);
  expect(draft).toMatchObject({
    prompt: "a fox <lora:ink:0.8:0.6>",
    params: { "schedule:karras": { rho: 5 }, "sampler:dpmpp_2m": {}, "lora:styles/ink": { part: "rest" } },
    loras: [{ name: "styles/ink", weight: 0.6, text_weight: 0.8, block_weights: [1, 0, 1], on: true }],
  });
  const again = buildRequest({ ...emptyDraft, ...draft }, {}, 7.5, ["deep_cache_interval"]);
  expect(again).toMatchObject(request);
});

test("what is not here is named, and the form keeps its model", () => {
  const { draft, missing } = fromPicture(
    {
      request: { prompt: "a fox", sampler: "other", schedule: "lost", loras: [{ name: "gone" }], sigmas: [14, 0] },
      warnings: ["model is left out: there is no model \"x\""],
    },
    known,
  );
  expect(missing).toEqual(["other", "lost", "gone", "sigmas", "model is left out: there is no model \"x\""]);
  expect(draft).not.toHaveProperty("model");
  expect(draft).not.toHaveProperty("sampler");
  expect(draft.loras).toEqual([]);
});

test("a job's request comes back as it was sent", () => {
  const { draft, missing } = fromRequest(
    {
      prompt: "a fox",
      sampler: "DPM++ 2M Karras",
      seed: "-1",
      batch_size: 3,
      loras: [{ name: "styles/ink", weight: 2, params: { part: "all" } }],
    },
    known,
  );
  expect(missing).toEqual([]);
  expect(draft).toMatchObject({
    prompt: "a fox",
    sampler: "dpmpp_2m",
    schedule: "karras",
    seed: null,
    batch_size: 3,
    model: null,
    width: null,
    loras: [{ name: "styles/ink", weight: 2, on: true }],
  });
});
