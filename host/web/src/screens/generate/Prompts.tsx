import { useRef } from "preact/hooks";
import type { PromptReport } from "../../api/types";
import { chunksOf } from "../../lib/chunks";
import { requestFields } from "../../state/catalogue";
import { change, draft, fieldErrors } from "../../state/draft";
import { type PromptField, reports } from "../../state/prompt-reports";
import { text } from "../../text/en";
import { Field } from "../../ui/Field";
import { MarkedText } from "../../ui/MarkedText";

const mostChunks = 5; // that are shown one by one

// How full each chunk is that the text encoder reads the prompt in.
function Tokens({ report }: { report: PromptReport | null }) {
  const chunks = report && chunksOf(report);
  if (!chunks || chunks.counts.length === 0) return null;
  const { counts, size } = chunks;
  const shown = counts.slice(0, mostChunks).map((count) => text.generate.tokens(count, size));
  const more = counts.length - shown.length;
  return (
    <span class="tokens numbers" title={text.generate.tokensTitle(counts, size)}>
      {shown.join(" · ")}
      {more > 0 && ` · ${text.generate.moreChunks(more)}`}
    </span>
  );
}

interface Props {
  name: PromptField;
  label: string;
  hint: string;
  rows: number;
}

function TextField({ name, label, hint, rows }: Props) {
  const area = useRef<HTMLTextAreaElement>(null);
  const report = reports.value[name];
  const problems = report?.errors
    .filter(({ field }) => field === "prompt") // of a model that cannot be used other places tell
    .map(({ message }) => message)
    .join("\n");
  return (
    <Field label={label} error={fieldErrors.value[name] ?? (problems || undefined)} aside={<Tokens report={report} />}>
      {(attributes) => (
        <div class="marked">
          <MarkedText value={draft.value[name]} field={area} />
          <textarea
            {...attributes}
            ref={area}
            rows={rows}
            placeholder={hint}
            maxLength={requestFields.value[name]?.maxLength ?? 10000}
            value={draft.value[name]}
            spellcheck
            onInput={(event) => change({ [name]: event.currentTarget.value })}
          />
        </div>
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
