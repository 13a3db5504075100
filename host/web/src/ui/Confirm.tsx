// Asks before something that cannot be undone.
import { signal } from "@preact/signals";
import { text } from "../text/en";
import { Button } from "./Button";
import { Dialog } from "./Dialog";

interface Question {
  title: string;
  help?: string;
  yes: string;
  no?: string;
  run: () => void;
}

const question = signal<Question | null>(null);

export function confirm(asked: Question): void {
  question.value = asked;
}

export function Confirm() {
  const asked = question.value;
  if (!asked) return null;
  const close = () => {
    question.value = null;
  };
  return (
    <Dialog title={asked.title} onClose={close}>
      {asked.help && <p>{asked.help}</p>}
      <div class="row end">
        <Button onClick={close}>{asked.no ?? text.app.cancel}</Button>
        <Button
          kind="danger"
          onClick={() => {
            close();
            asked.run();
          }}
        >
          {asked.yes}
        </Button>
      </div>
    </Dialog>
  );
}
