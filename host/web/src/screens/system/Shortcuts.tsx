import { text } from "../../text/en";

export function Shortcuts() {
  return (
    <dl class="shortcuts">
      {text.help.keys.map(([keys, what]) => (
        <div key={keys}>
          <dt>
            <kbd>{keys}</kbd>
          </dt>
          <dd>{what}</dd>
        </div>
      ))}
    </dl>
  );
}
