// The picture that the next job starts from, and the mask on it. Both survive a reload.
import { signal } from "@preact/signals";
import type { RestoredRequest } from "../api/types";
import { forget, recall, remember } from "../lib/database";
import { fit } from "../lib/sizes";
import { bytes } from "../lib/format";
import { fromPicture } from "../lib/restore";
import { restorePicture } from "../api/calls";
import { text } from "../text/en";
import { knows, limit, model, requestFields } from "./catalogue";
import { change, draft } from "./draft";
import { attempt, toast, toastError } from "./toasts";

export interface StartPicture {
  name: string;
  url: string; // data URL of a PNG, JPEG or WebP
  width: number;
  height: number;
}

export const start = signal<StartPicture | null>(null);
export const mask = signal<string | null>(null); // data URL, white where to draw anew; as large as the picture

export const painting = signal(false); // whether the mask is on the easel

export const hasMasks = () => "mask" in requestFields.value;

const maxBytes = 24 << 20; // of a file; base64 adds a third, and the server takes 32 MiB by default

export async function recallStart(): Promise<void> {
  const stored = (await recall("start")) as StartPicture | undefined;
  if (!stored || start.value) return;
  start.value = stored;
  mask.value = ((await recall("mask")) as string | undefined) ?? null;
}

function keep(picture: StartPicture | null): void {
  start.value = picture;
  setMask(null);
  void (picture ? remember("start", picture) : forget("start"));
}

export function setMask(url: string | null): void {
  mask.value = url;
  void (url ? remember("mask", url) : forget("mask"));
}

export const clearStart = () => keep(null);

function readUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
}

function loadImage(url: string): Promise<HTMLImageElement> {
  return new Promise((resolve, reject) => {
    const image = new Image();
    image.onload = () => resolve(image);
    image.onerror = reject;
    image.src = url;
  });
}

// The formats that the server reads are sent as they are; others that the browser can show become PNG.
export async function startFrom(file: Blob, name: string): Promise<boolean> {
  if (file.size > maxBytes) {
    toastError(new Error(text.start.tooLarge(name, bytes(maxBytes))));
    return false;
  }
  try {
    const image = await loadImage(URL.createObjectURL(file));
    const { naturalWidth: width, naturalHeight: height } = image;
    const asIs = ["image/png", "image/jpeg", "image/webp"].includes(file.type);
    const url = asIs ? await readUrl(file) : toPng(image);
    URL.revokeObjectURL(image.src);
    keep({ name, url, width, height });
    matchSize();
    return true;
  } catch {
    toastError(new Error(text.start.notAPicture(name)));
    return false;
  }
}

// A picture that this page has as a data URL already.
export async function startFromUrl(url: string, name: string, newMask?: string): Promise<void> {
  const { naturalWidth: width, naturalHeight: height } = await loadImage(url);
  keep({ name, url, width, height });
  if (newMask) setMask(newMask);
}

const outpaintStrength = 0.9; // what is drawn out of an edge is only a colour to begin with

// A picture that was given room: it, and what goes with painting that room.
export function startExtended(extended: { url: string; mask: string; width: number; height: number }, name: string): void {
  const { url, mask: newMask, width, height } = extended;
  keep({ name, url, width, height });
  setMask(newMask);
  matchSize();
  const { strength, inpaint } = draft.value;
  change({
    strength: Math.max(strength, outpaintStrength),
    inpaint: { ...inpaint, mask_invert: false, mask_content: "fill", inpaint_region: "whole" },
  });
}

function toPng(image: HTMLImageElement): string {
  const canvas = document.createElement("canvas");
  canvas.width = image.naturalWidth;
  canvas.height = image.naturalHeight;
  canvas.getContext("2d")!.drawImage(image, 0, 0);
  return canvas.toDataURL("image/png");
}

// The server stretches the picture to the size asked for: so ask for its shape.
export function matchSize(): void {
  if (!start.value) return;
  const { width, height } = start.value;
  const fits = width % 8 === 0 && height % 8 === 0 && Math.max(width, height) <= limit("width", "maximum");
  const side = model.value?.default_width ?? 512;
  const near = (width * height) / side ** 2 < 2.5 && Math.min(width, height) >= 64;
  change(fits && near ? { width, height } : fit(width, height, side, 8));
}

// What the server read out of a picture goes into the form; what it could not is said.
export function takeSettings(restored: RestoredRequest): void {
  const { draft, missing } = fromPicture(restored, knows());
  change(draft);
  const notes = missing.length > 0 ? ` ${text.start.missing(missing.join("; "))}` : "";
  toast(text.start.restored + notes);
}

// Takes the settings out of a PNG into the form.
export async function restoreFrom(file: Blob, name: string): Promise<void> {
  if (file.size > maxBytes) return toastError(new Error(text.start.tooLarge(name, bytes(maxBytes))));
  await attempt(async () => takeSettings(await readUrl(file).then(restorePicture)));
}
