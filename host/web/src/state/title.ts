// The tab's title tells how far the running job is.
import { effect } from "@preact/signals";
import { duration } from "../lib/format";
import { text } from "../text/en";
import { running } from "./jobs";

export function keepTitle(): void {
  effect(() => {
    const job = running.value[0];
    if (!job) {
      document.title = text.app.name;
      return;
    }
    const left = job.eta_seconds === null ? "" : ` · ${duration(job.eta_seconds)}`;
    document.title = `${Math.floor(job.progress)} %${left} · ${text.app.name}`;
  });
}
