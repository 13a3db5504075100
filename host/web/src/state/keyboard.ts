// Keys that work on every screen; those of the gallery are in its grid.
import { helpOpen } from "../ui/HelpDialog";
import { go, screen, screens } from "./route";
import { sendDraft } from "./send";

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "range", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

function search(): void {
  go("gallery");
  // Once the screen is there.
  setTimeout(() => document.getElementById("gallery-search")?.focus(), 50);
}

function onKey(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.altKey) return;
  const modal = document.querySelector("dialog[open]") !== null;
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && screen.value === "generate" && !modal) {
    event.preventDefault();
    void sendDraft(event.shiftKey);
    return;
  }
  if (event.key === "Escape" && isTyping(event.target) && !modal) {
    (event.target as HTMLElement).blur();
    return;
  }
  if (modal || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
  const number = screens[Number(event.key) - 1];
  if (number) go(number);
  else if (event.key === "/") search();
  else if (event.key === "?") helpOpen.value = true;
  else return;
  event.preventDefault();
}

export function listenToKeys(): void {
  document.addEventListener("keydown", onKey);
}
