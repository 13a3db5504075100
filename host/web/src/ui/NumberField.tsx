// A number, by slider and by keyboard. Text that is no number in range is shown as wrong and not taken over.
import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Field } from "./Field";

interface Props {
  label: string;
  value: number;
  min: number;
  max: number;
  step: number;
  whole?: boolean;
  slider?: boolean | { min: number; max: number }; // a slider may cover the usual part of the range only
  help?: string | undefined;
  error?: string | undefined;
  unit?: string | undefined;
  aside?: ComponentChildren;
  onChange: (value: number) => void;
}

export function NumberField(props: Props) {
  const { label, value, min, max, step, whole, slider, help, error, unit, aside, onChange } = props;
  const [typed, setTyped] = useState(String(value));
  useEffect(() => setTyped(String(value)), [value]);
  const valid = (text: string) => {
    const number = Number(text);
    return text.trim() !== "" && number >= min && number <= max && (!whole || Number.isInteger(number));
  };
  const take = (text: string) => {
    setTyped(text);
    if (valid(text)) onChange(Number(text));
  };
  const range = slider === true ? { min, max } : slider;
  return (
    <Field label={unit ? `${label} (${unit})` : label} help={help} error={error} aside={aside}>
      {(attributes) => (
        <div class="number">
          {range && (
            <input
              type="range"
              aria-label={label}
              min={range.min}
              max={range.max}
              step={step}
              value={value}
              onInput={(event) => onChange(Number(event.currentTarget.value))}
            />
          )}
          <input
            {...attributes}
            type="number"
            inputMode={whole ? "numeric" : "decimal"}
            min={min}
            max={max}
            step={whole ? step : "any"}
            value={typed}
            aria-invalid={!valid(typed) || Boolean(error)}
            onInput={(event) => take(event.currentTarget.value)}
            onBlur={() => setTyped(String(value))}
          />
        </div>
      )}
    </Field>
  );
}
