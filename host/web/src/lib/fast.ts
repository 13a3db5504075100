// Fast mode: few steps, for models and LoRAs that were distilled for it.
import type { Lora, Sampler } from "../api/types";
import type { Draft } from "./draft";

const steps = 6;
const guidance = 1.5;
// What such LoRAs are called.
const distilled = /(^|[^a-z])(lcm|tcd|turbo|lightning|hyper|dmd2?)([^a-z]|$)/i;

const isFewSteps = ({ few_steps, experimental }: Sampler) => few_steps && !experimental;

// Nothing if no sampler is made for few steps. `family` is the model's.
export function fast(draft: Draft, samplers: Sampler[], loras: Lora[], family: string | null): Partial<Draft> | undefined {
  const sampler = samplers.find(isFewSteps);
  if (!sampler) return undefined;
  const { sampler: own, schedule, steps: ownSteps, cfg_scale } = draft;
  const slow = { sampler: own, schedule, steps: ownSteps, cfg_scale, loras: draft.loras };
  const fits = (lora: Lora) => lora.ready && distilled.test(lora.id) && (lora.family === null || lora.family === family);
  const there = draft.loras.some(({ name, on }) => on && distilled.test(name));
  const lora = there ? undefined : loras.find(fits);
  return {
    slow,
    sampler: sampler.id,
    schedule: null,
    steps,
    cfg_scale: guidance,
    ...(lora && { loras: [...draft.loras, { name: lora.id, weight: 1, on: true }] }),
  };
}

// Back to what was put aside. LoRAs that were added or changed meanwhile stay; the one that fast mode brought goes.
export function unhurried(draft: Draft): Partial<Draft> {
  if (!draft.slow) return {};
  const before = new Set(draft.slow.loras.map(({ name }) => name));
  const loras = draft.loras.filter(({ name }) => before.has(name) || !distilled.test(name));
  return { ...draft.slow, loras, slow: null };
}
