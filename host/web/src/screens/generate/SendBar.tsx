// The buttons that send the form. They stay in sight and in use while jobs run.
import { jobs, isOver } from "../../state/jobs";
import { sendDraft, sending, sent } from "../../state/send";
import { usableModels } from "../../state/catalogue";
import { fieldErrors } from "../../state/draft";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";

export function SendBar() {
  const busy = [...jobs.value.values()].some((job) => !isOver(job.status));
  const disabled = sending.value || usableModels.value.length === 0;
  const problems = Object.values(fieldErrors.value);
  return (
    <div class="send-bar">
      {problems.length > 0 && <p class="field-error">{problems.join("\n")}</p>}
      <Button
        kind="primary"
        icon="generate"
        class="send"
        disabled={disabled}
        title={text.generate.goKeys}
        onClick={() => void sendDraft()}
      >
        {busy ? text.generate.goMore : text.generate.go}
      </Button>
      {busy && (
        <Button icon="top" disabled={disabled} title={text.generate.firstKeys} onClick={() => void sendDraft(true)}>
          {text.generate.first}
        </Button>
      )}
      <p class="visually-hidden" role="status">
        {sent.value}
      </p>
    </div>
  );
}
