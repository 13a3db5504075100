import { cancelJob } from "../../api/calls";
import { duration, rate } from "../../lib/format";
import { type JobView, update } from "../../state/jobs";
import { attempt } from "../../state/toasts";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { Picture } from "../../ui/Picture";
import { ProgressBar } from "../../ui/ProgressBar";
import { JobSummary } from "./JobSummary";

export function RunningJob({ job }: { job: JobView }) {
  const last = job.results.at(-1);
  const drawing = job.phase === "sampling" && job.total_steps > 0;
  const state = job.cancelling
    ? text.stage.cancelling
    : drawing
      ? text.stage.step(job.current_step, job.total_steps)
      : (text.stage.phase[job.phase ?? "starting"] ?? "");
  const facts = [
    state,
    job.rate?.perSecond && rate(job.rate.perSecond),
    job.eta_seconds !== null && text.stage.left(duration(job.eta_seconds)),
  ];
  return (
    <article class="card job running">
      <div class="thumb">
        {job.preview ? <img src={job.preview} alt={text.stage.preview} /> : last && <Picture url={last.image_url} alt="" />}
      </div>
      <div class="job-body">
        <JobSummary job={job} />
        <ProgressBar label={state} percent={drawing ? job.progress : null} />
        <p class="numbers">{facts.filter(Boolean).join(" · ")}</p>
      </div>
      <div class="job-actions">
        <Button
          kind="ghost"
          icon="close"
          disabled={job.cancelling}
          onClick={() => {
            update(job.id, { cancelling: true });
            void attempt(() => cancelJob(job.id));
          }}
        >
          {text.queue.cancel}
        </Button>
      </div>
    </article>
  );
}
