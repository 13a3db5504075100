// What a job was asked for, in two lines.
import type { JobView } from "../../state/jobs";
import { hasPicture } from "../../state/send";
import { text } from "../../text/en";

export function JobSummary({ job, extra }: { job: JobView; extra?: string | false }) {
  const { request } = job;
  if (!request) return <p class="muted">{job.id}</p>;
  const batch = request.batch_size ?? 1;
  const facts = [
    extra,
    request.model,
    request.sampler,
    request.steps !== undefined && text.queue.steps(request.steps),
    request.width !== undefined && request.height !== undefined && `${request.width} × ${request.height}`,
    batch > 1 && text.queue.pictures(batch),
    hasPicture(request) && text.queue.fromPicture,
    ...(request.loras ?? []).map((lora) => lora.name ?? lora.path),
  ];
  return (
    <div class="job-summary">
      <p class="job-prompt" title={request.prompt}>
        {request.prompt}
      </p>
      <p class="muted numbers">{facts.filter(Boolean).join(" · ")}</p>
    </div>
  );
}
