// Why a job failed, in full, and what can be done.
import type { JobView } from "../../state/jobs";
import { canRepeat, edit, repeat } from "../../state/send";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { Icon } from "../../ui/Icon";

export function JobError({ job }: { job: JobView }) {
  const { request } = job;
  return (
    <div class="job-error" role="alert">
      <p class="job-error-title">
        <Icon name="warning" /> {text.stage.failed}
      </p>
      <p class="error-text">{job.error?.message ?? ""}</p>
      {request && (
        <div class="row">
          {canRepeat(job.id, request) && (
            <Button icon="reuse" onClick={() => void repeat(job.id, request)}>
              {text.queue.retry}
            </Button>
          )}
          <Button kind="ghost" icon="edit" onClick={() => edit(job.id, request)}>
            {text.stage.edit}
          </Button>
        </div>
      )}
    </div>
  );
}
