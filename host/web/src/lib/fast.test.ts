import { expect, test } from "vitest";
import type { Lora, Sampler } from "../api/types";
import { emptyDraft } from "./draft";
import { fast, unhurried } from "./fast";

const samplers = [
  { id: "euler", few_steps: false, experimental: false },
  { id: "odd", few_steps: true, experimental: true },
  { id: "lcm", few_steps: true, experimental: false },
] as Sampler[];
const loras = [
  { id: "style/neon", family: "sd1", ready: true },
  { id: "speed/lcm-lora-sdxl", family: "sdxl", ready: true },
  { id: "speed/lcm-lora-sdv1-5", family: "sd1", ready: true },
] as Lora[];
const draft = { ...emptyDraft, sampler: "euler", schedule: "karras", steps: 30, loras: [{ name: "style/neon", weight: 1, on: true }] };

test("fast mode takes a sampler for few steps and the LoRA that fits the model, and gives everything back", () => {
  const quick = { ...draft, ...fast(draft, samplers, loras, "sd1")! };
  expect(quick).toMatchObject({ sampler: "lcm", schedule: null, steps: 6, cfg_scale: 1.5 });
  expect(quick.loras.map(({ name }) => name)).toEqual(["style/neon", "speed/lcm-lora-sdv1-5"]);
  expect({ ...quick, ...unhurried(quick) }).toEqual(draft);
});

test("a LoRA for few steps that is there already is enough, and one added meanwhile stays", () => {
  const own = { ...draft, loras: [{ name: "my-turbo", weight: 0.5, on: true }] };
  const quick = { ...own, ...fast(own, samplers, loras, "sd1")! };
  expect(quick.loras).toEqual(own.loras);
  const more = { ...quick, loras: [...quick.loras, { name: "style/neon", weight: 1, on: true }] };
  expect(unhurried(more).loras!.map(({ name }) => name)).toEqual(["my-turbo", "style/neon"]);
});

test("without a sampler for few steps there is no fast mode", () => {
  expect(fast(draft, samplers.slice(0, 2), loras, "sd1")).toBeUndefined();
});

test("a LoRA that says what it was made for is believed", () => {
  const few_steps = { kind: "lightning", sampler: "euler", schedule: "trailing", steps: 4, cfg_scale: 1 };
  const known = [{ id: "plain-turbo", family: "sd1", ready: true, few_steps: null }, { id: "x", family: "sd1", ready: true, few_steps }];
  const quick = fast(draft, samplers, known as Lora[], "sd1")!;
  expect(quick).toMatchObject({ sampler: "euler", schedule: "trailing", steps: 4, cfg_scale: 1 });
  expect(quick.loras!.at(-1)!.name).toBe("x");
  expect(unhurried({ ...draft, ...quick }).loras).toEqual(draft.loras);
});
