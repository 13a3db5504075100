import { setToken, token, tokenWanted } from "../../state/access-token";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";

export function TokenPanel() {
  return (
    <section class="card panel">
      <h2>{text.token.title}</h2>
      <p>{token.value ? text.token.stored : text.token.none}</p>
      {token.value ? (
        <Button onClick={() => setToken("")}>{text.token.forget}</Button>
      ) : (
        <Button icon="lock" onClick={() => (tokenWanted.value = true)}>
          {text.token.enter}
        </Button>
      )}
    </section>
  );
}
