// Which screen is shown: the part of the address after #.
import { computed, signal } from "@preact/signals";

export const screens = ["generate", "queue", "gallery", "models", "system"] as const;
export type Screen = (typeof screens)[number];

const hash = signal(location.hash);
addEventListener("hashchange", () => {
  hash.value = location.hash;
});

// "#/gallery/5f0c…-0" is the screen "gallery" with the picture 5f0c…-0.
const parts = computed(() => hash.value.replace(/^#\/?/, "").split("/").map(decode));
export const screen = computed<Screen>(() => screens.find((name) => name === parts.value[0]) ?? "generate");
export const detail = computed(() => parts.value[1] ?? "");

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return "";
  }
}

export function address(name: Screen, item = ""): string {
  return `#/${name}${item && `/${encodeURIComponent(item)}`}`;
}

export function go(name: Screen, item = ""): void {
  location.hash = address(name, item);
}

// In place of the present entry of the browser's history.
export function replace(name: Screen, item = ""): void {
  history.replaceState(null, "", address(name, item));
  hash.value = location.hash;
}
