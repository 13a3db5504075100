// The picture that is being drawn, or the last one that was.
import { cancelJob, pauseQueue } from "../../api/calls";
import { duration, rate } from "../../lib/format";
import { ended, jobs, ownJob, paused, running, startsIn, update, waiting, type JobView } from "../../state/jobs";
import { attempt } from "../../state/toasts";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { ProgressBar } from "../../ui/ProgressBar";
import { height, width } from "../../state/catalogue";
import { JobError } from "../queue/JobError";
import { Results } from "./Results";

// What runs comes first, then what was sent from here, then what ended last.
function shownJob(): JobView | undefined {
  const own = ownJob.value === null ? undefined : jobs.value.get(ownJob.value);
  return running.value[0] ?? own ?? ended.value.find((job) => job.results.length > 0) ?? waiting.value[0];
}

function shapeOf(job: JobView): string {
  const made = job.results[0];
  if (made) return `${made.width} / ${made.height}`;
  return `${job.request?.width ?? width.value} / ${job.request?.height ?? height.value}`;
}

async function cancel(job: JobView): Promise<void> {
  update(job.id, { cancelling: true });
  const done = await attempt(() => cancelJob(job.id));
  if (done === undefined) update(job.id, { cancelling: false });
}

function phaseText(job: JobView): string {
  if (job.cancelling) return text.stage.cancelling;
  if (job.phase === "sampling" && job.total_steps > 0) return text.stage.step(job.current_step, job.total_steps);
  return text.stage.phase[job.phase ?? "starting"] ?? job.phase ?? "";
}

function Progress({ job }: { job: JobView }) {
  const loading = job.phase === "loading";
  const perSecond = job.rate?.perSecond;
  const facts = [
    phaseText(job),
    loading && job.fraction > 0 && `${Math.round(job.fraction * 100)} %`,
    !loading && perSecond && rate(perSecond),
    !loading && job.eta_seconds !== null && text.stage.left(duration(job.eta_seconds)),
  ];
  return (
    <div class="stage-progress">
      <ProgressBar
        label={phaseText(job)}
        percent={loading ? job.fraction * 100 : job.current_step > 0 ? job.progress : null}
      />
      <div class="stage-facts">
        <p class="numbers">{facts.filter(Boolean).join(" · ")}</p>
        <Button kind="ghost" icon="close" disabled={job.cancelling} onClick={() => void cancel(job)}>
          {text.stage.cancel}
        </Button>
      </div>
    </div>
  );
}

function Waiting({ job }: { job: JobView }) {
  const seconds = startsIn(job);
  return (
    <div class="stage-facts">
      <p class="numbers">
        {paused.value ? text.stage.paused : text.stage.waiting(job.position)}
        {seconds !== null && ` · ${text.queue.startsIn(duration(seconds))}`}
      </p>
      {paused.value && (
        <Button icon="play" onClick={() => void attempt(() => pauseQueue(false)).then(() => (paused.value = false))}>
          {text.stage.resume}
        </Button>
      )}
      <Button kind="ghost" icon="close" onClick={() => void cancel(job)}>
        {text.stage.cancel}
      </Button>
    </div>
  );
}

function Drawing({ job }: { job: JobView }) {
  const done = job.results.length;
  return (
    <>
      <div class="frame" style={{ aspectRatio: shapeOf(job) }} data-busy={job.status === "processing"}>
        {job.preview ? (
          <img class="frame-image" src={job.preview} alt={text.stage.preview} />
        ) : (
          done > 0 && <Results job={job} bare />
        )}
      </div>
      {job.status === "processing" ? <Progress job={job} /> : <Waiting job={job} />}
    </>
  );
}

export function Stage() {
  const job = shownJob();
  return (
    <section class="stage" aria-label={text.stage.label}>
      {!job && (
        <div class="frame frame-empty">
          <Empty icon="picture" title={text.stage.empty}>
            <p class="muted">{text.stage.emptyHelp}</p>
          </Empty>
        </div>
      )}
      {job && (job.status === "processing" || job.status === "queued") && <Drawing job={job} />}
      {job?.status === "failed" && <JobError job={job} />}
      {job?.status === "cancelled" && job.results.length === 0 && (
        <div class="frame frame-empty">
          <Empty icon="close" title={text.stage.cancelled} />
        </div>
      )}
      {job && (job.status === "completed" || (job.status === "cancelled" && job.results.length > 0)) && (
        <Results job={job} />
      )}
    </section>
  );
}
