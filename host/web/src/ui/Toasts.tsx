import { dismiss, toasts } from "../state/toasts";
import { text } from "../text/en";
import { Button, IconButton } from "./Button";

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, message, kind, action }) => (
        <div class={`toast ${kind}`} key={id}>
          <p>{message}</p>
          {action && (
            <Button
              kind="ghost"
              onClick={() => {
                dismiss(id);
                action.run();
              }}
            >
              {action.label}
            </Button>
          )}
          <IconButton icon="close" label={text.app.close} onClick={() => dismiss(id)} />
        </div>
      ))}
    </div>
  );
}
