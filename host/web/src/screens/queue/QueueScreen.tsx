// What runs, what waits and what has ended.
import { useEffect } from "preact/hooks";
import { cancelJob, pauseQueue } from "../../api/calls";
import { ended, loadQueue, paused, running, waiting } from "../../state/jobs";
import { attempt } from "../../state/toasts";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { confirm } from "../../ui/Confirm";
import { Empty } from "../../ui/Empty";
import { EndedJob } from "./EndedJob";
import { RunningJob } from "./RunningJob";
import { WaitingJobs } from "./WaitingJobs";

function Heading({ title, count }: { title: string; count: number }) {
  return (
    <h2 class="section-title">
      {title} {count > 0 && <span class="badge">{count}</span>}
    </h2>
  );
}

function cancelAll(): void {
  const ids = [...waiting.value.toReversed(), ...running.value].map(({ id }) => id);
  confirm({
    title: text.queue.cancelAllAsk(ids.length),
    help: text.queue.cancelAllHelp,
    yes: text.queue.cancelAll,
    no: text.queue.keep,
    // A job may end on the way, which is as good. Those that wait go first, so that none of them starts meanwhile.
    run: () => void Promise.allSettled(ids.map(cancelJob)),
  });
}

function Head() {
  const busy = running.value.length + waiting.value.length > 0;
  return (
    <header class="screen-head">
      <h1>{text.queue.title}</h1>
      <div class="row">
        <Button
          icon={paused.value ? "play" : "pause"}
          onClick={() =>
            void attempt(async () => {
              const pause = !paused.value;
              await pauseQueue(pause);
              paused.value = pause;
            })
          }
        >
          {paused.value ? text.queue.resume : text.queue.pause}
        </Button>
        <Button kind="ghost" icon="close" disabled={!busy} onClick={cancelAll}>
          {text.queue.cancelAll}
        </Button>
      </div>
    </header>
  );
}

export function QueueScreen() {
  // Another page may have moved jobs or paused the queue; there are no events for that.
  useEffect(() => {
    const timer = setInterval(() => void loadQueue().catch(() => {}), 5000);
    return () => clearInterval(timer);
  }, []);
  const busy = running.value.length + waiting.value.length > 0;
  return (
    <div class="screen narrow">
      <Head />
      {paused.value && (
        <p class="notice warning" role="status">
          {text.queue.paused}
        </p>
      )}
      {!busy && (
        <Empty icon="queue" title={text.queue.empty}>
          <p class="muted">{text.queue.emptyHelp}</p>
        </Empty>
      )}
      {running.value.length > 0 && (
        <section>
          <Heading title={text.queue.running} count={running.value.length} />
          {running.value.map((job) => (
            <RunningJob key={job.id} job={job} />
          ))}
        </section>
      )}
      {waiting.value.length > 0 && (
        <section>
          <Heading title={text.queue.waiting} count={waiting.value.length} />
          <WaitingJobs />
        </section>
      )}
      {ended.value.length > 0 && (
        <section>
          <Heading title={text.queue.ended} count={0} />
          <ul class="cards">
            {ended.value.map((job) => (
              <EndedJob key={job.id} job={job} />
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}
