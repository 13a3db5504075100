// From the form to the request. What is as it is by itself is not sent.
import type { GenerateRequest } from "../api/types";
import type { Draft } from "./draft";

export interface Pictures {
  initImage?: string; // data URLs
  mask?: string;
}

// `cfgScale` is what the form shows where the draft leaves the guidance to the model; `further` are the names of the
// fields that this server has and the form made a place for.
export function buildRequest(draft: Draft, pictures: Pictures, cfgScale: number, further: string[] = []): GenerateRequest {
  const request: GenerateRequest = {
    prompt: draft.prompt,
    sampler: draft.sampler,
    steps: draft.steps,
    cfg_scale: draft.cfg_scale ?? cfgScale,
    seed: draft.seed ?? "-1",
    batch_size: draft.batch_size,
    preview: 1,
  };
  if (draft.negative_prompt.trim() !== "") request.negative_prompt = draft.negative_prompt;
  if (draft.model !== null) request.model = draft.model;
  if (draft.schedule !== null) request.schedule = draft.schedule;
  if (draft.width !== null) request.width = draft.width;
  if (draft.height !== null) request.height = draft.height;
  if (draft.vae !== null) request.vae = draft.vae;
  if (draft.clip_skip !== null) request.clip_skip = draft.clip_skip;
  const samplerParams = draft.params[`sampler:${draft.sampler}`] ?? {};
  const scheduleParams = draft.schedule === null ? {} : (draft.params[`schedule:${draft.schedule}`] ?? {});
  if (Object.keys(samplerParams).length > 0) request.sampler_params = samplerParams;
  if (Object.keys(scheduleParams).length > 0) request.schedule_params = scheduleParams;
  const loras = draft.loras
    .filter((lora) => lora.on)
    .map(({ name, weight, text_weight, block_weights }) => {
      const params = draft.params[`lora:${name}`] ?? {};
      return {
        name,
        weight,
        ...(text_weight !== undefined && { text_weight }),
        ...(block_weights !== undefined && { block_weights }),
        ...(Object.keys(params).length > 0 && { params }),
      };
    });
  if (loras.length > 0) request.loras = loras;
  for (const name of further) {
    const value = draft.params.request?.[name];
    if (value !== undefined) Object.assign(request, { [name]: value });
  }
  if (pictures.initImage) {
    request.init_image = pictures.initImage;
    request.strength = draft.strength;
    if (pictures.mask) Object.assign(request, { mask: pictures.mask, ...draft.inpaint });
  }
  return request;
}
