// Dark, light, or as the system has it.
import { effect, signal } from "@preact/signals";
import { load, save } from "../lib/storage";

export type Theme = "system" | "dark" | "light";
export const theme = signal<Theme>(load<Theme>("theme", "system"));

effect(() => {
  document.documentElement.dataset.theme = theme.value;
});

export function setTheme(value: Theme): void {
  theme.value = value;
  save("theme", value);
}
