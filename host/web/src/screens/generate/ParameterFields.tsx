// A form made from what a plugin says of its parameters. No plugin is known here by name.
import type { ComponentChildren } from "preact";
import type { JsonValue, ParameterForm, ParameterSchema } from "../../api/types";
import { draft, setParameter } from "../../state/draft";
import { text } from "../../text/en";
import { IconButton } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { NumberField } from "../../ui/NumberField";
import { Select } from "../../ui/Select";

interface ParameterProps {
  owner: string;
  name: string;
  schema: ParameterSchema;
}

function choicesOf(schema: ParameterSchema): { value: string; label: string }[] | undefined {
  const listed = schema.oneOf?.map((choice) => ({ value: choice.const, label: choice.title ?? String(choice.const) }));
  const plain = schema.enum?.map((value) => ({ value, label: String(value) }));
  return (listed ?? plain)?.map(({ value, label }) => ({ value: JSON.stringify(value), label }));
}

interface UnsetProps {
  label: string;
  schema: ParameterSchema;
  aside: ComponentChildren;
  onChange: (value: number) => void;
}

// A number that nobody has set. Once it is, it is a number like others.
function UnsetNumber({ label, schema, aside, onChange }: UnsetProps) {
  const { minimum = -1e9, maximum = 1e9, type } = schema;
  return (
    <Field label={label} help={schema.description} aside={aside}>
      {(attributes) => (
        <input
          {...attributes}
          type="number"
          step="any"
          placeholder={text.generate.notSet}
          onChange={(event) => {
            const { valueAsNumber: number } = event.currentTarget;
            const whole = type !== "integer" || Number.isInteger(number);
            if (number >= minimum && number <= maximum && whole) onChange(number);
          }}
        />
      )}
    </Field>
  );
}

function Parameter({ owner, name, schema }: ParameterProps) {
  const own = draft.value.params[owner]?.[name];
  const value = own ?? schema.default ?? null;
  const label = schema.title ?? name;
  const set = (next: JsonValue) => setParameter(owner, name, next);
  const aside = own !== undefined && (
    <IconButton
      icon="reset"
      class="small"
      label={text.generate.resetParameter(label)}
      onClick={() => setParameter(owner, name, undefined)}
    />
  );
  const choices = choicesOf(schema);
  if (choices) {
    return (
      <Select
        label={label}
        help={schema.description}
        aside={aside}
        value={JSON.stringify(value)}
        options={choices}
        onChange={(chosen) => set(JSON.parse(chosen) as JsonValue)}
      />
    );
  }
  if (schema.type === "boolean") {
    return (
      <Field label={label} help={schema.description} aside={aside}>
        {(attributes) => (
          <input
            {...attributes}
            type="checkbox"
            class="switch"
            checked={value === true}
            onChange={(event) => set(event.currentTarget.checked)}
          />
        )}
      </Field>
    );
  }
  if (schema.type === "number" || schema.type === "integer") {
    const { minimum = -1e9, maximum = 1e9 } = schema;
    const whole = schema.type === "integer";
    const narrow = maximum - minimum <= 1000;
    // Without a default, not to set it is a choice of its own.
    if (typeof value !== "number") return <UnsetNumber label={label} schema={schema} aside={aside} onChange={set} />;
    return (
      <NumberField
        label={label}
        help={schema.description}
        aside={aside}
        value={value}
        min={minimum}
        max={maximum}
        step={schema["x-step"] ?? (whole ? 1 : 0.01)}
        whole={whole}
        slider={narrow}
        unit={schema["x-unit"]}
        onChange={set}
      />
    );
  }
  if (schema.type === "string") {
    return (
      <Field label={label} help={schema.description} aside={aside}>
        {(attributes) => (
          <input
            {...attributes}
            type="text"
            value={typeof value === "string" ? value : ""}
            onInput={(event) => set(event.currentTarget.value)}
          />
        )}
      </Field>
    );
  }
  return (
    <p class="field-help">
      {label}: {text.generate.unknownParameter}
    </p>
  );
}

interface FieldsProps {
  owner: string; // of the values in the draft
  name: string;
  form: ParameterForm;
  titled?: boolean; // `name` is the title as it is
}

export function ParameterFields({ owner, name, form, titled }: FieldsProps) {
  const parameters = Object.entries(form.properties ?? {});
  if (parameters.length === 0) return null;
  const groups = new Map<string, [string, ParameterSchema][]>();
  for (const entry of parameters) {
    const group = entry[1]["x-group"] ?? "";
    groups.set(group, [...(groups.get(group) ?? []), entry]);
  }
  return (
    <fieldset class="parameters">
      <legend class="field-title">{titled ? name : text.generate.parametersOf(name)}</legend>
      {[...groups].map(([group, entries]) => (
        <div key={group} class="parameter-group">
          {group && <p class="group-title">{group}</p>}
          {entries.map(([key, schema]) => (
            <Parameter key={`${owner}/${key}`} owner={owner} name={key} schema={schema} />
          ))}
        </div>
      ))}
    </fieldset>
  );
}
