// The server's configuration: all of it to look at, and what may be changed while it runs.
import { useEffect, useState } from "preact/hooks";
import { changeConfig, getConfig } from "../../api/calls";
import type { ConfigKey } from "../../api/types";
import { loadCatalogue } from "../../state/catalogue";
import { attempt, messageOf, toast } from "../../state/toasts";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { Details } from "../../ui/Details";
import { Field } from "../../ui/Field";

// YAML's quotes are for the file.
const plain = (value: string) => (/^".*"$/.test(value) ? (JSON.parse(value) as string) : value);

function LiveKey({ item, onChange }: { item: ConfigKey; onChange: (keys: ConfigKey[]) => void }) {
  const [typed, setTyped] = useState(plain(item.value));
  const [error, setError] = useState<string>();
  useEffect(() => setTyped(plain(item.value)), [item.value]);
  const save = async () => {
    try {
      onChange(await changeConfig({ [item.name]: typed }));
      setError(undefined);
      toast(text.config.changed(item.name));
      await loadCatalogue();
    } catch (failure) {
      setError(messageOf(failure));
    }
  };
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <Field label={item.name} help={`${item.help} ${text.config.takes(item.takes)}`} error={error}>
        {(attributes) => (
          <div class="row">
            <input
              {...attributes}
              type="text"
              spellcheck={false}
              autocomplete="off"
              value={typed}
              onInput={(event) => setTyped(event.currentTarget.value)}
            />
            <Button type="submit" disabled={typed === plain(item.value)} aria-label={text.config.saveKey(item.name)}>
              {text.config.save}
            </Button>
          </div>
        )}
      </Field>
    </form>
  );
}

export function ServerConfig() {
  const [keys, setKeys] = useState<ConfigKey[]>([]);
  useEffect(() => {
    void attempt(async () => setKeys(await getConfig()));
  }, []);
  const live = keys.filter((key) => key.live);
  const fixed = keys.filter((key) => !key.live);
  return (
    <section class="card panel">
      <h2>{text.config.title}</h2>
      <p class="muted">{text.config.help}</p>
      {live.map((item) => (
        <LiveKey key={item.name} item={item} onChange={setKeys} />
      ))}
      <Details name="config" title={text.config.fixed}>
        <dl class="facts config">
          {fixed.map(({ name, value, help }) => (
            <div key={name}>
              <dt title={help}>{name}</dt>
              <dd class="file">{value}</dd>
            </div>
          ))}
        </dl>
      </Details>
    </section>
  );
}
