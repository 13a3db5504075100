// Says to screen readers how far the running job is, every ten percent.
import { ended, ownJob, running } from "../state/jobs";
import { text } from "../text/en";

export function Announcer() {
  const job = running.value[0];
  const done = ended.value[0];
  let words = "";
  if (job && job.progress >= 10) words = text.stage.percentDone(Math.floor(job.progress / 10) * 10);
  if (!job && done && done.id === ownJob.value) {
    if (done.status === "completed") words = text.stage.done(done.results.length);
    if (done.status === "failed") words = `${text.stage.failed}: ${done.error?.message ?? ""}`;
    if (done.status === "cancelled") words = text.stage.cancelled;
  }
  return (
    <p class="visually-hidden" role="status" aria-live="polite" id="progress-status">
      {words}
    </p>
  );
}
