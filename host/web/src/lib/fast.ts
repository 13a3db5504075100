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
  const isQuick = (lora: Lora) => lora.few_steps != null || (lora.few_steps === undefined && distilled.test(lora.id));
  const fits = (lora: Lora) => lora.ready && isQuick(lora) && (lora.family === null || lora.family === family);
  const chosen = loras.find((lora) => isQuick(lora) && draft.loras.some(({ name, on }) => on && name === lora.id));
  const there = chosen !== undefined || draft.loras.some(({ name, on }) => on && distilled.test(name));
  const lora = there ? undefined : loras.find(fits);
  const slow = { sampler: own, schedule, steps: ownSteps, cfg_scale, brought: lora?.id ?? null };
  // What the LoRA was made for, if the server knows.
  const made = (chosen ?? lora)?.few_steps;
  return {
    slow,
    sampler: samplers.some(({ id }) => id === made?.sampler) ? made!.sampler : sampler.id,
    schedule: made?.schedule ?? null,
    steps: made?.steps ?? steps,
    cfg_scale: made?.cfg_scale ?? guidance,
    ...(lora && { loras: [...draft.loras, { name: lora.id, weight: 1, on: true }] }),
  };
}

// Back to what was put aside. The LoRA that fast mode brought goes, others stay.
export function unhurried(draft: Draft): Partial<Draft> {
  if (!draft.slow) return {};
  const { brought, ...before } = draft.slow;
  return { ...before, loras: draft.loras.filter(({ name }) => name !== brought), slow: null };
}
