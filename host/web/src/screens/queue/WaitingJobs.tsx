// The waiting jobs in their order, which dragging or the buttons change.
import { useState } from "preact/hooks";
import { cancelJob, moveJob } from "../../api/calls";
import { duration } from "../../lib/format";
import { type JobView, loadQueue, startsIn, waiting } from "../../state/jobs";
import { canRepeat, edit, repeat } from "../../state/send";
import { attempt } from "../../state/toasts";
import { text } from "../../text/en";
import { IconButton } from "../../ui/Button";
import { Icon } from "../../ui/Icon";
import { JobSummary } from "./JobSummary";

async function move(job: JobView, position: number): Promise<void> {
  await attempt(async () => {
    await moveJob(job.id, position);
    await loadQueue();
  });
}

interface RowProps {
  job: JobView;
  count: number;
  target: boolean; // something is dragged over it
  onDragStart: () => void;
  onDragOver: (event: DragEvent) => void;
  onDrop: () => void;
  onDragEnd: () => void;
}

function Row({ job, count, target, ...drag }: RowProps) {
  const seconds = startsIn(job);
  const { request } = job;
  return (
    <li class="card job waiting" draggable data-target={target} {...drag}>
      <span class="grip" title={text.queue.drag}>
        <Icon name="grip" />
      </span>
      <span class="place numbers" aria-label={text.queue.position(job.position)}>
        {job.position}
      </span>
      <JobSummary job={job} extra={seconds !== null && text.queue.startsIn(duration(seconds))} />
      <div class="job-actions" role="group" aria-label={text.queue.jobActions(request?.prompt ?? job.id)}>
        <IconButton icon="top" label={text.queue.first} disabled={job.position === 1} onClick={() => void move(job, 1)} />
        <IconButton
          icon="up"
          label={text.queue.up}
          disabled={job.position === 1}
          onClick={() => void move(job, job.position - 1)}
        />
        <IconButton
          icon="down"
          label={text.queue.down}
          disabled={job.position === count}
          onClick={() => void move(job, job.position + 1)}
        />
        {request && canRepeat(job.id, request) && (
          <IconButton icon="copy" label={text.queue.duplicate} onClick={() => void repeat(job.id, request)} />
        )}
        {request && <IconButton icon="edit" label={text.queue.edit} onClick={() => edit(job.id, request)} />}
        <IconButton icon="close" label={text.queue.cancel} onClick={() => void attempt(() => cancelJob(job.id))} />
      </div>
    </li>
  );
}

export function WaitingJobs() {
  const [dragged, setDragged] = useState<JobView | null>(null);
  const [over, setOver] = useState<string | null>(null);
  const list = waiting.value;
  return (
    <ol class="cards">
      {list.map((job) => (
        <Row
          key={job.id}
          job={job}
          count={list.length}
          target={over === job.id && dragged?.id !== job.id}
          onDragStart={() => setDragged(job)}
          onDragOver={(event) => {
            if (!dragged) return;
            event.preventDefault();
            setOver(job.id);
          }}
          onDrop={() => {
            if (dragged && dragged.id !== job.id) void move(dragged, job.position);
            setOver(null);
          }}
          onDragEnd={() => {
            setDragged(null);
            setOver(null);
          }}
        />
      ))}
    </ol>
  );
}
