import { duration } from "../../lib/format";
import type { JobView } from "../../state/jobs";
import { address } from "../../state/route";
import { canRepeat, edit, repeat } from "../../state/send";
import { imageIdOf } from "../../state/use-image";
import { text } from "../../text/en";
import { IconButton } from "../../ui/Button";
import { Picture } from "../../ui/Picture";
import { JobError } from "./JobError";
import { JobSummary } from "./JobSummary";

function took(job: JobView): string | false {
  if (!job.started_at || !job.completed_at) return false;
  return text.queue.took(duration((Date.parse(job.completed_at) - Date.parse(job.started_at)) / 1000));
}

export function EndedJob({ job }: { job: JobView }) {
  const { request } = job;
  const failed = job.status === "failed";
  return (
    <li class="card job ended" data-status={job.status}>
      <div class="thumb">
        {job.results[0] && (
          <a href={address("gallery", imageIdOf(job.results[0]))} aria-label={text.queue.show}>
            <Picture url={job.results[0].image_url} alt="" lazy />
          </a>
        )}
      </div>
      <div class="job-body">
        <p class={`status ${job.status}`}>{text.queue.status[job.status]}</p>
        <JobSummary job={job} extra={took(job)} />
        {failed && <JobError job={job} />}
      </div>
      {request && !failed && (
        <div class="job-actions" role="group" aria-label={text.queue.jobActions(request.prompt)}>
          {canRepeat(job.id, request) && (
            <IconButton icon="copy" label={text.queue.duplicate} onClick={() => void repeat(job.id, request)} />
          )}
          <IconButton icon="edit" label={text.queue.edit} onClick={() => edit(job.id, request)} />
        </div>
      )}
    </li>
  );
}
