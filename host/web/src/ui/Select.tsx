import type { ComponentChildren } from "preact";
import { Field } from "./Field";

export interface Option {
  value: string;
  label: string;
}

interface Props {
  label: string;
  value: string;
  options: Option[];
  help?: string | undefined;
  error?: string | undefined;
  aside?: ComponentChildren;
  onChange: (value: string) => void;
  onOpen?: () => void; // when the field is about to be used
}

export function Select({ label, value, options, help, error, aside, onChange, onOpen }: Props) {
  // A value that is not there any more is shown, not quietly exchanged for another.
  const known = options.some((option) => option.value === value);
  const all = known ? options : [{ value, label: value }, ...options];
  return (
    <Field label={label} help={help} error={error} aside={aside}>
      {(attributes) => (
        <select
          {...attributes}
          value={value}
          onFocus={onOpen}
          onChange={(event) => onChange(event.currentTarget.value)}
        >
          {all.map((option) => (
            <option key={option.value} value={option.value} selected={option.value === value}>
              {option.label}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}
