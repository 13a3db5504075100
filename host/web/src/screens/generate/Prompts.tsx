import { requestFields } from "../../state/catalogue";
import { change, draft, fieldErrors } from "../../state/draft";
import { text } from "../../text/en";
import { Field } from "../../ui/Field";

function TextField({ name, label, hint, rows }: { name: "prompt" | "negative_prompt"; label: string; hint: string; rows: number }) {
  return (
    <Field label={label} error={fieldErrors.value[name]}>
      {(attributes) => (
        <textarea
          {...attributes}
          rows={rows}
          placeholder={hint}
          maxLength={requestFields.value[name]?.maxLength ?? 10000}
          value={draft.value[name]}
          spellcheck
          onInput={(event) => change({ [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}

export function Prompts() {
  return (
    <div class="prompts">
      <TextField name="prompt" label={text.generate.prompt} hint={text.generate.promptHint} rows={3} />
      <TextField name="negative_prompt" label={text.generate.negative} hint={text.generate.negativeHint} rows={1} />
    </div>
  );
}
