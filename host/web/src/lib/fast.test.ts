import { expect, test } from "vitest";
import type { Lora, Sampler } from "../api/types";
import { emptyDraft } from "./draft";
import { fast, unhurried } from "./fast";

const samplers = [
  { id: "euler", few_steps: false, experimental: false },
  { id: "odd", few_steps: true, experimental: true },
  { id: "lcm", few_steps: true, experimental: false },
] as Sampler[];
const few_steps = { kind: "lcm", sampler: "lcm", schedule: "lcm", steps: 5, cfg_scale: 1 };
const loras = [
  { id: "style/neon", family: "sd1", ready: true, few_steps: null },
  { id: "speed/sdxl", family: "sdxl", ready: true, few_steps },
  { id: "speed/broken", family: "sd1", ready: false, few_steps },
  { id: "speed/sdv1-5", family: "sd1", ready: true, few_steps },
] as Lora[];
const draft = { ...emptyDraft, sampler: "euler", schedule: "karras", steps: 30, loras: [{ name: "style/neon", weight: 1, on: true }] };

test("fast mode takes a sampler for few steps and the LoRA that fits the model, and gives everything back", () => {
  const quick = { ...draft, ...fast(draft, samplers, loras, "sd1")! };
  expect(quick).toMatchObject({ sampler: "lcm", schedule: "lcm", steps: 5, cfg_scale: 1 });
  expect(quick.loras.map(({ name }) => name)).toEqual(["style/neon", "speed/sdv1-5"]);
  expect({ ...quick, ...unhurried(quick) }).toEqual(draft);
});

test("a LoRA for few steps that is there already is enough, and one added meanwhile stays", () => {
  const made = { kind: "lightning", sampler: "euler", schedule: "trailing", steps: 4, cfg_scale: 1 };
  const known = [...loras, { id: "mine", family: "sd1", ready: true, few_steps: made }] as Lora[];
  const own = { ...draft, loras: [{ name: "mine", weight: 0.5, on: true }] };
  const quick = { ...own, ...fast(own, samplers, known, "sd1")! };
  expect(quick).toMatchObject({ sampler: "euler", schedule: "trailing", steps: 4, loras: own.loras });
  const more = { ...quick, loras: [...quick.loras, { name: "style/neon", weight: 1, on: true }] };
  expect(unhurried(more).loras!.map(({ name }) => name)).toEqual(["mine", "style/neon"]);
  // One that is switched off is not there.
  const off = { ...own, loras: [{ name: "mine", weight: 0.5, on: false }] };
  expect(fast(off, samplers, known, "sd1")!.loras!.at(-1)!.name).toBe("speed/sdv1-5");
});

test("what a LoRA is called says nothing: the server knows what it was made for", () => {
  const turbo = [{ id: "not-a-turbo-lora", family: "sd1", ready: true, few_steps: null }] as Lora[];
  const quick = fast(draft, samplers, turbo, "sd1")!;
  expect(quick.loras).toBeUndefined();
  expect(quick).toMatchObject({ sampler: "lcm", schedule: null, steps: 6, cfg_scale: 1.5 });
});

test("without a sampler for few steps there is no fast mode", () => {
  expect(fast(draft, samplers.slice(0, 2), loras, "sd1")).toBeUndefined();
});
