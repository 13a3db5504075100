// Short messages at the edge of the page.
import { signal } from "@preact/signals";
import { ApiError } from "../api/client";
import { text } from "../text/en";

export interface Toast {
  id: number;
  message: string;
  kind: "info" | "error";
  action?: { label: string; run: () => void };
}

export const toasts = signal<Toast[]>([]);

let last = 0;
// Long enough to read and to decide about an undo; errors stay until they are closed.
const lifetime = 8000;

export function toast(message: string, action?: Toast["action"]): void {
  const id = show({ message, kind: "info", ...(action && { action }) });
  setTimeout(() => dismiss(id), lifetime);
}

export function toastError(error: unknown): void {
  if (error instanceof ApiError && error.status === 401) return; // the token is asked for instead
  show({ message: messageOf(error), kind: "error" });
}

function show(message: Omit<Toast, "id">): number {
  last += 1;
  toasts.value = [...toasts.value.slice(-3), { ...message, id: last }];
  return last;
}

export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((other) => other.id !== id);
}

export function messageOf(error: unknown): string {
  if (!(error instanceof ApiError)) return error instanceof Error ? error.message : String(error);
  if (error.status === 0) return text.errors.unreachable;
  const allowed = error.allowed && error.allowed.length <= 40 ? `\n${text.errors.possible(error.allowed.join(", "))}` : "";
  return error.message + allowed;
}

// Runs `work`, and shows what goes wrong.
export async function attempt<T>(work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    toastError(error);
    return undefined;
  }
}
