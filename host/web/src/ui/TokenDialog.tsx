// Asks for the access token when the server wants one.
import { useState } from "preact/hooks";
import { setToken, tokenWanted } from "../state/access-token";
import { text } from "../text/en";
import { Button } from "./Button";
import { Dialog } from "./Dialog";
import { Field } from "./Field";

export function TokenDialog() {
  const [value, setValue] = useState("");
  if (!tokenWanted.value) return null;
  return (
    <Dialog title={text.token.title} onClose={() => (tokenWanted.value = false)}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          setToken(value);
          setValue("");
        }}
      >
        <Field label={text.token.label} help={text.token.explain}>
          {(attributes) => (
            <input
              {...attributes}
              type="password"
              autocomplete="off"
              required
              autofocus
              value={value}
              onInput={(event) => setValue(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="row end">
          <Button kind="primary" type="submit">
            {text.token.unlock}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
