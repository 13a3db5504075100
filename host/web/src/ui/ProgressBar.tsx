import { text } from "../text/en";

// `percent` null: nobody knows how far it is.
export function ProgressBar({ percent, label }: { percent: number | null; label: string }) {
  return (
    <div
      class="progress"
      role="progressbar"
      aria-label={label}
      aria-valuemin={0}
      aria-valuemax={100}
      {...(percent !== null && { "aria-valuenow": Math.round(percent), "aria-valuetext": text.stage.percentDone(Math.round(percent)) })}
      data-unknown={percent === null}
    >
      <div class="progress-bar" style={{ width: `${percent ?? 100}%` }} />
    </div>
  );
}
