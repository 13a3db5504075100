// What comes from the hub.
import { computed, signal } from "@preact/signals";
import { parseJson } from "../api/json";
import { listDownloads } from "../api/calls";
import type { Download } from "../api/types";
import { text } from "../text/en";
import { lookForModels } from "./catalogue";
import { attempt, toast, toastError } from "./toasts";

export const downloads = signal<Download[]>([]); // newest first
export const underway = computed(() => downloads.value.filter(({ state }) => state === "running" || state === "waiting"));

interface Pace {
  at: number; // ms
  bytes: number;
  perSecond: number | null;
}
const paces = new Map<string, Pace>();
const memory = 0.3; // weight of the newest sample

// Bytes a second, once two events have come.
export const rateOf = ({ id }: Download): number | null => paces.get(id)?.perSecond ?? null;

function measure(download: Download, now: number): void {
  const last = paces.get(download.id);
  if (download.state !== "running") return void paces.delete(download.id);
  if (!last || download.bytes_done < last.bytes || now <= last.at) {
    paces.set(download.id, { at: now, bytes: download.bytes_done, perSecond: null });
    return;
  }
  const fresh = ((download.bytes_done - last.bytes) * 1000) / (now - last.at);
  const perSecond = last.perSecond === null ? fresh : memory * fresh + (1 - memory) * last.perSecond;
  paces.set(download.id, { at: now, bytes: download.bytes_done, perSecond });
}

export function takeDownload(download: Download, now: number): void {
  measure(download, now);
  const before = downloads.value.find(({ id }) => id === download.id);
  downloads.value = before
    ? downloads.value.map((other) => (other.id === download.id ? download : other))
    : [download, ...downloads.value];
  if (before?.state === download.state) return;
  if (download.state === "completed") {
    toast(text.downloads.arrived(download.repo));
    void attempt(lookForModels);
  }
  if (download.state === "failed" && download.error) {
    toastError(new Error(text.downloads.failed(download.repo, download.error.message)));
  }
}

export function applyDownload(data: string, now: number): void {
  takeDownload(parseJson(data) as Download, now);
}

// Throws ApiError.
export async function loadDownloads(): Promise<void> {
  downloads.value = await listDownloads();
}

export function dropDownload(id: string): void {
  downloads.value = downloads.value.filter((download) => download.id !== id);
}
