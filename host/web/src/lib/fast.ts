// Fast mode: few steps, for models and LoRAs that were distilled for it.
import type { Lora, Sampler } from "../api/types";
import type { Draft } from "./draft";

// For a model that was distilled itself: it brings no settings of its own.
const usual = { steps: 6, cfg_scale: 1.5 };

const isFewSteps = ({ few_steps, experimental }: Sampler) => few_steps && !experimental;

// The settings of the form's LoRA for few steps, else of the first that fits the model's `family`, as the server knows
// them. Nothing if no sampler is made for few steps.
export function fast(draft: Draft, samplers: Sampler[], loras: Lora[], family: string | null): Partial<Draft> | undefined {
  const sampler = samplers.find(isFewSteps);
  if (!sampler) return undefined;
  const { sampler: own, schedule, steps: ownSteps, cfg_scale } = draft;
  const quick = loras.filter((lora) => lora.few_steps !== null);
  const chosen = quick.find((lora) => draft.loras.some(({ name, on }) => on && name === lora.id));
  const lora = chosen ? undefined : quick.find((other) => other.ready && (other.family === null || other.family === family));
  const slow = { sampler: own, schedule, steps: ownSteps, cfg_scale, brought: lora?.id ?? null };
  const made = (chosen ?? lora)?.few_steps;
  return {
    slow,
    sampler: samplers.some(({ id }) => id === made?.sampler) ? made!.sampler : sampler.id,
    schedule: made?.schedule ?? null,
    steps: made?.steps ?? usual.steps,
    cfg_scale: made?.cfg_scale ?? usual.cfg_scale,
    ...(lora && { loras: [...draft.loras, { name: lora.id, weight: 1, on: true }] }),
  };
}

// Back to what was put aside. The LoRA that fast mode brought goes, others stay.
export function unhurried(draft: Draft): Partial<Draft> {
  if (!draft.slow) return {};
  const { brought, ...before } = draft.slow;
  return { ...before, loras: draft.loras.filter(({ name }) => name !== brought), slow: null };
}
