// The event stream: opened, read, and opened again whenever it breaks.
import { signal } from "@preact/signals";
import { ApiError, send } from "../api/client";
import { readEvents } from "../api/sse";
import { text } from "../text/en";
import { loadCatalogue, modelChanged } from "./catalogue";
import { applyDownload, loadDownloads } from "./downloads";
import { imageArrived, refresh } from "./gallery";
import { apply, loadJobs } from "./jobs";
import { toast } from "./toasts";
import { token } from "./access-token";

export type Connection = "connecting" | "online" | "offline" | "polling" | "locked";
export const connection = signal<Connection>("connecting");

let lastEvent = "";
let wake = () => {};

function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

async function follow(): Promise<void> {
  const reply = await send("/api/v1/events", { headers: lastEvent ? { "Last-Event-ID": lastEvent } : {} });
  // The stream is open, so nothing that happens while the rest is asked for gets lost.
  const reading = readEvents(reply, (event) => {
    if (event.id) lastEvent = event.id;
    if (event.type === "gap") return void Promise.all([loadJobs(), loadDownloads()]).catch(() => {});
    if (event.type === "download") return applyDownload(event.data, Date.now());
    if (event.type === "model") return modelChanged(event.data);
    apply(event, Date.now());
    if (event.type === "image") imageArrived();
  });
  const loading = Promise.all([loadJobs(), loadCatalogue(), loadDownloads()]).then(() => {
    if (connection.value === "offline") toast(text.connection.back);
    connection.value = "online";
    refresh();
  });
  await Promise.all([reading, loading]);
}

// Never returns.
export async function connect(): Promise<void> {
  const shortest = 500;
  const longest = 5000;
  let wait = shortest;
  for (;;) {
    try {
      await follow();
    } catch (error) {
      if (error instanceof ApiError && error.status === 401) {
        connection.value = "locked";
        const refused = token.value;
        await new Promise<void>((resolve) => {
          const stop = token.subscribe((value) => {
            if (value !== refused) queueMicrotask(() => (stop(), resolve()));
          });
        });
        continue;
      }
      if (error instanceof ApiError && error.code === "too_many_streams") {
        if (await poll()) continue;
      }
    }
    // A stream that worked and then ended: the server has gone, and may be back at once.
    if (connection.value === "online" || connection.value === "polling") wait = shortest;
    connection.value = "offline";
    await pause(wait);
    wait = Math.min(longest, wait * 1.6);
  }
}

// Asks every two seconds for half a minute. False if the server has gone.
async function poll(): Promise<boolean> {
  try {
    for (let i = 0; i < 15; i += 1) {
      await Promise.all([loadJobs(), loadDownloads()]);
      if (connection.value !== "polling") await loadCatalogue();
      refresh();
      connection.value = "polling";
      await pause(2000);
    }
    return true;
  } catch {
    return false;
  }
}

// Whoever looks at the page again does not want to wait.
addEventListener("online", () => wake());
document.addEventListener("visibilitychange", () => {
  if (!document.hidden && connection.value === "offline") wake();
});
