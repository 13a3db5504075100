// A label, what it labels, and what is wrong with it.
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

interface Props {
  label: string;
  help?: string | undefined;
  error?: string | undefined;
  aside?: ComponentChildren; // beside the label
  children: (attributes: { id: string; "aria-describedby"?: string; "aria-invalid"?: boolean }) => ComponentChildren;
}

export function Field({ label, help, error, aside, children }: Props) {
  const id = useId();
  const note = `${id}-note`;
  const attributes = {
    id,
    ...((error || help) && { "aria-describedby": note }),
    ...(error && { "aria-invalid": true }),
  };
  return (
    <div class="field" data-invalid={Boolean(error)}>
      <div class="field-head">
        <label for={id}>{label}</label>
        {aside}
      </div>
      {children(attributes)}
      {error ? (
        <p class="field-error" id={note} role="alert">
          {error}
        </p>
      ) : (
        help && (
          <p class="field-help" id={note}>
            {help}
          </p>
        )
      )}
    </div>
  );
}
