// The pictures that are chosen to be compared: none, one, or two.
import { signal } from "@preact/signals";
import type { Image } from "../api/types";

export const compared = signal<Image[]>([]);

export function toggleCompared(image: Image): void {
  const others = compared.value.filter(({ id }) => id !== image.id);
  compared.value = others.length < compared.value.length ? others : [...others.slice(-1), image];
}

export function stopComparing(): void {
  compared.value = [];
}
