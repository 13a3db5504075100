// Sends the form.
import { signal } from "@preact/signals";
import { moveJob, submit, uniqueKey } from "../api/calls";
import { ApiError } from "../api/client";
import type { GenerateRequest } from "../api/types";
import { placed } from "../lib/further";
import { buildRequest } from "../lib/request";
import { fromRequest } from "../lib/restore";
import { text } from "../text/en";
import { cfgScale, further, knows } from "./catalogue";
import { change, draft, fieldErrors } from "./draft";
import { announce } from "./jobs";
import { go } from "./route";
import { clearStart, mask, start, startFromUrl } from "./start";
import { attempt, messageOf, toast, toastError } from "./toasts";

export const sending = signal(false);
// Said to screen readers, and shown for a moment beside the button.
export const sent = signal("");

// Requests of this session, with their pictures: the server's lists leave those out.
const requests = new Map<string, GenerateRequest>();

// Those of the request that have a place in the form where an error can be read.
const shown = new Set([...placed].filter((name) => name !== "mask_invert" && name !== "preview"));

// "loras" of "loras[0].params.part".
function fieldOf(path: string | undefined): string | undefined {
  const field = path?.replace(/[.[].*/, "");
  return field !== undefined && shown.has(field) ? field : undefined;
}

export async function sendDraft(first = false): Promise<void> {
  if (sending.value) return;
  const pictures = {
    ...(start.value && { initImage: start.value.url }),
    ...(mask.value && { mask: mask.value }),
  };
  sending.value = true;
  fieldErrors.value = {};
  try {
    const names = Object.keys(further.value.properties ?? {});
    await sendRequest(buildRequest(draft.value, pictures, cfgScale.value, names), first);
  } catch (error) {
    const field = error instanceof ApiError && fieldOf(error.field);
    if (field) fieldErrors.value = { [field]: messageOf(error) };
    else toastError(error instanceof ApiError && error.status === 429 ? new Error(text.generate.full) : error);
  } finally {
    sending.value = false;
  }
}

async function sendRequest(request: GenerateRequest, first = false): Promise<void> {
  const { id, position } = await submit(request, uniqueKey());
  requests.set(id, request);
  const { init_image: _, mask: __, ...listed } = request as GenerateRequest & { mask?: string };
  announce(id, request.init_image ? { ...listed, init_image: "" } : listed, position);
  // It may have started meanwhile, which is as good.
  if (first && position > 1) await moveJob(id, 1).catch(() => {});
  sent.value = text.generate.queuedAs(first ? 1 : position);
}

export const hasPicture = (request: GenerateRequest | null) => request?.init_image !== undefined;

// Whether a job can be sent again as it was: its pictures are known, or it has none.
export function canRepeat(id: string, request: GenerateRequest | null): boolean {
  return request !== null && (!hasPicture(request) || requests.has(id));
}

export async function repeat(id: string, request: GenerateRequest): Promise<void> {
  const again = requests.get(id) ?? request;
  await attempt(async () => {
    await sendRequest({ ...again, preview: 1 });
    toast(text.queue.duplicated);
  });
}

// A job's settings into the form, to be changed and sent as another job.
export function edit(id: string, request: GenerateRequest): void {
  const { draft: restored, missing } = fromRequest(request, knows());
  change(restored);
  const full = requests.get(id) as (GenerateRequest & { mask?: string }) | undefined;
  if (full?.init_image) void startFromUrl(full.init_image, text.start.alt, full.mask).catch(() => {});
  else if (hasPicture(request)) toast(text.start.notKept);
  else clearStart();
  if (missing.length > 0) toast(text.start.missing(missing.join(", ")));
  go("generate");
}
