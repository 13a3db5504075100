import { expect, test } from "vitest";
import { completeDraft } from "./draft";
import { buildRequest } from "./request";

const plain = completeDraft({ prompt: "a fox" });

test("only what differs from the server's own choice is sent", () => {
  expect(buildRequest(plain, {}, 7.5)).toEqual({
    prompt: "a fox",
    sampler: "euler_a",
    steps: 20,
    cfg_scale: 7.5,
    seed: "-1",
    batch_size: 1,
    preview: 1,
  });
});

test("parameters go with the sampler and the schedule that they are of", () => {
  const params = { "sampler:euler": { s_churn: 1 }, "sampler:lms": { order: 2 }, "schedule:karras": { rho: 5 } };
  const draft = { ...plain, params, sampler: "euler" };
  expect(buildRequest(draft, {}, 7.5)).toMatchObject({ sampler_params: { s_churn: 1 } });
  expect(buildRequest(draft, {}, 7.5)).not.toHaveProperty("schedule_params");
  expect(buildRequest({ ...draft, schedule: "karras" }, {}, 7.5)).toMatchObject({ schedule_params: { rho: 5 } });
  expect(buildRequest({ ...draft, sampler: "heun" }, {}, 7.5)).not.toHaveProperty("sampler_params");
});

test("LoRAs that are switched off stay behind", () => {
  const loras = [
    { name: "ink", weight: 0.5, on: true },
    { name: "neon", weight: 1, on: false },
  ];
  expect(buildRequest({ ...plain, loras }, {}, 7.5).loras).toEqual([{ name: "ink", weight: 0.5 }]);
});

test("a LoRA takes its own parameters along", () => {
  const loras = [{ name: "ink", weight: 0.5, on: true }, { name: "neon", weight: 1, on: true }];
  const params = { "lora:ink": { part: "rest" }, "lora:neon": {}, "lora:gone": { part: "all" } };
  expect(buildRequest({ ...plain, loras, params }, {}, 7.5).loras).toEqual([
    { name: "ink", weight: 0.5, params: { part: "rest" } },
    { name: "neon", weight: 1 },
  ]);
});

test("strength and mask go with a picture only", () => {
  expect(buildRequest(plain, { mask: "data:m" }, 7.5)).not.toHaveProperty("mask");
  expect(buildRequest(plain, { initImage: "data:i" }, 7.5)).toMatchObject({ init_image: "data:i", strength: 0.75 });
  expect(buildRequest(plain, { initImage: "data:i" }, 7.5)).not.toHaveProperty("mask_blur");
  expect(buildRequest(plain, { initImage: "data:i", mask: "data:m" }, 7.5)).toMatchObject({
    mask: "data:m",
    mask_blur: 4,
    inpaint_region: "whole",
  });
});

test("further fields are sent where they were set and the server knows them", () => {
  const draft = { ...plain, params: { request: { guidance_rescale: 0.7, gone: 1 } } };
  expect(buildRequest(draft, {}, 7.5, ["guidance_rescale", "tiling"])).toMatchObject({ guidance_rescale: 0.7 });
  expect(buildRequest(draft, {}, 7.5, ["guidance_rescale"])).not.toHaveProperty("gone");
  expect(buildRequest(draft, {}, 7.5)).not.toHaveProperty("guidance_rescale");
});
