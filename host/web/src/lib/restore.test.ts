import { expect, test } from "vitest";
import type { Lora, Model, ParameterForm, Sampler, Schedule } from "../api/types";
import { fromMetadata, fromPng, fromRequest, type Known } from "./restore";

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

test("all settings of an image come back", () => {
  const { draft, missing } = fromMetadata(
    {
      prompt: "a fox",
      negative_prompt: "blurry",
      model: { id: "shapes-sd15" },
      sampler: { id: "dpmpp_2m" },
      schedule: { id: "karras" },
      schedule_params: { rho: 5 },
      width: 128,
      height: 64,
      steps: 7,
      cfg_scale: 3,
      seed: "9223372036854775807",
      clip_skip: 2,
      strength: 0.4,
      loras: [{ id: "styles/ink", unet_weight: 0.5, params: { part: "rest" } }],
    },
    known,
  );
  expect(missing).toEqual([]);
  expect(draft).toMatchObject({
    prompt: "a fox",
    negative_prompt: "blurry",
    model: "shapes-sd15",
    sampler: "dpmpp_2m",
    schedule: "karras",
    params: { "schedule:karras": { rho: 5 }, "sampler:dpmpp_2m": {}, "lora:styles/ink": { part: "rest" } },
    width: 128,
    height: 64,
    steps: 7,
    cfg_scale: 3,
    seed: "9223372036854775807",
    clip_skip: 2,
    strength: 0.4,
    loras: [{ name: "styles/ink", weight: 0.5, on: true }],
  });
});

test("what is not here is named, and the form keeps what it had", () => {
  const { draft, missing } = fromMetadata(
    { model: { id: "gone" }, sampler: { id: "other" }, loras: [{ id: "lost" }] },
    known,
  );
  expect(missing).toEqual(["gone", "other", "lost"]);
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

function png(keyword: string, value: string): Uint8Array {
  const data = Buffer.concat([Buffer.from(`${keyword}\0`), Buffer.alloc(4), Buffer.from(value)]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const signature = Buffer.from("\x89PNG\r\n\x1a\n", "latin1");
  return new Uint8Array(Buffer.concat([signature, head, Buffer.from("iTXt"), data, Buffer.alloc(16)]));
}

test("a PNG of A1111's restores what it can", async () => {
  const restored = await fromPng(
    png(
      "parameters",
      "a fox <lora:ink:0.7>\nNegative prompt: blurry\nSteps: 12, Sampler: DPM++ 2M Karras, CFG scale: 4.5, Seed: 18, " +
        "Size: 96x64, Model: Some Model, Clip skip: 2",
    ),
    known,
  );
  expect(restored?.missing).toEqual([]);
  expect(restored?.draft).toMatchObject({
    prompt: "a fox",
    negative_prompt: "blurry",
    steps: 12,
    sampler: "dpmpp_2m",
    schedule: "karras",
    cfg_scale: 4.5,
    seed: "18",
    width: 96,
    height: 64,
    model: "art/Some Model.safetensors",
    clip_skip: 2,
    loras: [{ name: "styles/ink", weight: 0.7, on: true }],
  });
});

test("our own text counts before the other, and its seed keeps all its digits", async () => {
  const restored = await fromPng(png("ablerefusal", '{"prompt":"own","seed":9223372036854775807,"steps":3}'), known);
  expect(restored?.draft).toMatchObject({ prompt: "own", seed: "9223372036854775807", steps: 3 });
});

test("a file's own text has the fields that the form made a place for", async () => {
  const own = '{"prompt":"own","deep_cache_interval":3,"guidance_end":"0.5","other":1,"constructor":1}';
  const restored = await fromPng(png("ablerefusal", own), known);
  expect(restored?.draft.params).toEqual({ request: { deep_cache_interval: 3 } });
});

test("a field is read from where the metadata has it", async () => {
  const further = { properties: { refiner_start: { type: "number", "x-record": "refiner.start" } } } satisfies ParameterForm;
  for (const [own, restored] of [
    ['{"refiner":{"id":"x","start":0.6}}', { refiner_start: 0.6 }],
    ['{"refiner":0.6}', {}],
    ['{"refiner_start":0.6}', {}],
  ] as const) {
    const { draft } = (await fromPng(png("ablerefusal", own), { ...known, further }))!;
    expect(draft.params!.request).toEqual(restored);
  }
});

test("values of the wrong kind do not reach the form", async () => {
  const hostile = '{"prompt":{"a":1},"steps":"<b>","seed":"x","loras":[1,{"id":7}],"sampler":null,"width":[]}';
  const restored = await fromPng(png("ablerefusal", hostile), known);
  expect(restored?.draft).toEqual({ vae: null, slow: null, params: { request: {} }, negative_prompt: "", clip_skip: null, batch_size: 1, loras: [] });
  for (const text of ["null", "7", "{", '"x"']) expect(await fromPng(png("ablerefusal", text), known)).toBeUndefined();
});
