// Keys that work on every screen; those of the gallery are in its grid.
import { helpOpen } from "../ui/HelpDialog";
import { go, screen, screens } from "./route";
import { sendDraft } from "./send";

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target instanceof HTMLInputElement) return !["checkbox", "radio", "range", "button"].includes(target.type);
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable;
}

// At once if the gallery is shown, otherwise as soon as it is.
function search(): void {
  go("gallery");
  const focus = () => {
    const field = document.getElementById("gallery-search");
    if (field) field.focus();
    else requestAnimationFrame(focus);
  };
  focus();
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
