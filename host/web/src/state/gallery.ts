// The gallery: a long list of which only the pages in sight are asked for.
import { signal } from "@preact/signals";
import { deleteImage, imageFacets, listImages, restoreImage, starImage, trashImage } from "../api/calls";
import { ApiError } from "../api/client";
import type { Image, ImageFacets } from "../api/types";
import { text } from "../text/en";
import { attempt, toast, toastError } from "./toasts";

export interface Filter {
  q: string;
  model: string;
  sampler: string;
  lora: string;
  since: string; // days in the browser's time zone, as date fields give them
  until: string;
  starred: boolean;
  trashed: boolean;
}

export const noFilter: Filter = {
  q: "",
  model: "",
  sampler: "",
  lora: "",
  since: "",
  until: "",
  starred: false,
  trashed: false,
};

export const filter = signal<Filter>(noFilter);
export const facets = signal<ImageFacets>({ models: [], samplers: [], loras: [] });
export const total = signal<number | null>(null); // null: not known yet
export const items = signal<ReadonlyMap<number, Image>>(new Map()); // by place in the list
export const recent = signal<Image[]>([]); // the newest, whatever the filter says

const pageSize = 100;
const recentCount = 24;
let pages = new Set<number>(); // asked for, or there
let sight: [number, number] = [0, pageSize];
let abort = new AbortController();

export function isFiltered(value: Filter): boolean {
  return Object.keys(noFilter).some((key) => key !== "trashed" && value[key as keyof Filter] !== noFilter[key as keyof Filter]);
}

export function query(value: Filter, limit: number, offset: number): string {
  const fields = new URLSearchParams();
  for (const name of ["q", "model", "sampler", "lora"] as const) if (value[name].trim()) fields.set(name, value[name]);
  if (value.starred) fields.set("starred", "true");
  if (value.trashed) fields.set("trashed", "true");
  if (value.since) fields.set("since", new Date(`${value.since}T00:00`).toISOString());
  if (value.until) {
    const end = new Date(`${value.until}T00:00`);
    end.setDate(end.getDate() + 1); // the day itself is meant too
    fields.set("until", end.toISOString());
  }
  fields.set("limit", String(limit));
  fields.set("offset", String(offset));
  return fields.toString();
}

// Sees to it that the images from `first` up to `last` are there, or on their way.
export function ensure(first: number, last: number): void {
  sight = [first, last];
  for (let page = Math.floor(first / pageSize); page * pageSize < Math.max(last, 1); page += 1) {
    if (!pages.has(page)) void loadPage(page);
  }
}

async function loadPage(page: number): Promise<void> {
  pages.add(page);
  const { signal: aborted } = abort;
  try {
    const reply = await listImages(query(filter.value, pageSize, page * pageSize), aborted);
    if (aborted.aborted) return;
    const next = new Map(items.value);
    for (let i = 0; i < pageSize; i += 1) next.delete(page * pageSize + i);
    reply.images.forEach((image, i) => next.set(page * pageSize + i, image));
    items.value = next;
    total.value = reply.total;
  } catch (error) {
    pages.delete(page);
    // That the server has gone is said elsewhere, and all is asked for again when it is back.
    if (!aborted.aborted && !(error instanceof ApiError && error.status === 0)) toastError(error);
  }
}

export function setFilter(part: Partial<Filter>): void {
  filter.value = { ...filter.value, ...part };
  restart();
  items.value = new Map();
  total.value = null;
  sight = [0, pageSize];
  ensure(...sight);
}

function restart(): void {
  abort.abort();
  abort = new AbortController();
  pages = new Set();
}

// Asks again for what is in sight. What is shown stays until the reply is there.
export function refresh(): void {
  restart();
  ensure(...sight);
  void loadRecent();
}

// Asked for where it is shown only: counting all images takes the server a moment.
export async function loadFacets(): Promise<void> {
  try {
    facets.value = await imageFacets();
  } catch {
    // The connection says what is wrong.
  }
}

async function loadRecent(): Promise<void> {
  try {
    recent.value = (await listImages(`limit=${recentCount}`)).images;
  } catch {
    // The connection says what is wrong.
  }
}

let timer: ReturnType<typeof setTimeout> | undefined;
export function imageArrived(): void {
  clearTimeout(timer);
  timer = setTimeout(refresh, 200);
}

function replace(image: Image): void {
  const swap = (other: Image) => (other.id === image.id ? image : other);
  items.value = new Map([...items.value].map(([place, other]) => [place, swap(other)]));
  recent.value = recent.value.map(swap);
}

// Takes images out of the lists; those behind them move up.
function drop(ids: Set<string>): void {
  const next = new Map<number, Image>();
  const gone = [...items.value].filter(([, image]) => ids.has(image.id)).map(([place]) => place);
  for (const [place, image] of items.value) {
    if (!ids.has(image.id)) next.set(place - gone.filter((other) => other < place).length, image);
  }
  items.value = next;
  recent.value = recent.value.filter((image) => !ids.has(image.id));
  if (total.value !== null) total.value -= gone.length;
}

export async function star(image: Image): Promise<void> {
  const starred = !image.starred;
  replace({ ...image, starred });
  const result = await attempt(() => starImage(image.id, starred));
  replace(result ?? image);
}

export async function trash(images: Image[]): Promise<void> {
  drop(new Set(images.map(({ id }) => id)));
  const moved = await attempt(() => Promise.all(images.map(({ id }) => trashImage(id))));
  refresh();
  if (!moved) return;
  toast(text.gallery.removed(images.length), { label: text.app.undo, run: () => void restore(images) });
}

export async function restore(images: Image[]): Promise<void> {
  if (filter.value.trashed) drop(new Set(images.map(({ id }) => id)));
  if (await attempt(() => Promise.all(images.map(({ id }) => restoreImage(id))))) toast(text.gallery.restored);
  refresh();
}

export async function removeForGood(image: Image): Promise<void> {
  drop(new Set([image.id]));
  await attempt(() => deleteImage(image.id));
  refresh();
}
