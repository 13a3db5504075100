// The server's configuration: all of it to look at, and what may be changed while it runs.
import type { TargetedEvent } from "preact";
import { useEffect, useState } from "preact/hooks";
import { changeConfig, getConfig } from "../../api/calls";
import type { ConfigKey, ConfigState } from "../../api/types";
import { loadCatalogue } from "../../state/catalogue";
import { attempt, messageOf, toast } from "../../state/toasts";
import { text } from "../../text/en";
import { Button, IconButton } from "../../ui/Button";
import { Details } from "../../ui/Details";
import { Field } from "../../ui/Field";

// YAML's quotes are for the file.
const plain = (value: string) => (/^".*"$/.test(value) ? (JSON.parse(value) as string) : value);
// Of a secret the server says no more than whether there is one.
const isSet = (value: string) => value !== '""' && value !== "[]";
const shown = (item: ConfigKey) => (item.secret ? "" : plain(item.value));

interface InputProps {
  item: ConfigKey;
  value: string;
  attributes: object; // that join it to its label
  onChange: (value: string) => void;
}

function Input({ item, value, attributes, onChange }: InputProps) {
  const choices = item.kind === "boolean" ? ["true", "false"] : item.choices;
  if (choices.length > 0) {
    return (
      <select {...attributes} value={value} onChange={(event) => onChange(event.currentTarget.value)}>
        {choices.map((choice) => (
          <option key={choice} value={choice} selected={choice === value}>
            {choice}
          </option>
        ))}
      </select>
    );
  }
  const common = {
    ...attributes,
    value,
    spellcheck: false,
    onInput: (event: TargetedEvent<HTMLInputElement>) => onChange(event.currentTarget.value),
  };
  if (item.secret) {
    const placeholder = isSet(item.value) ? text.config.secretSet : text.config.secretNot;
    return <input {...common} type="password" autocomplete="new-password" placeholder={placeholder} />;
  }
  if (item.kind === "integer" || item.kind === "number") {
    const step = item.kind === "integer" ? 1 : "any";
    return <input {...common} type="number" step={step} min={item.minimum ?? ""} max={item.maximum ?? ""} />;
  }
  return <input {...common} type="text" autocomplete="off" />;
}

function LiveKey({ item, onChange }: { item: ConfigKey; onChange: (state: ConfigState) => void }) {
  const [typed, setTyped] = useState(shown(item));
  const [error, setError] = useState<string>();
  useEffect(() => setTyped(shown(item)), [item.value]);
  const send = async (value: string | null) => {
    try {
      onChange(await changeConfig({ [item.name]: value }));
      setError(undefined);
      if (item.secret) setTyped("");
      toast(value === null ? text.config.isReset(item.name) : text.config.changed(item.name));
      await loadCatalogue();
    } catch (failure) {
      setError(messageOf(failure));
    }
  };
  const { sources } = text.config;
  const note = item.source === "changed" ? sources.changed : item.source === "start" ? sources.start(item.origin) : "";
  return (
    // What does not fit the server says, in words.
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void send(typed);
      }}
    >
      <Field
        label={item.name}
        help={`${item.help} ${text.config.takes(item.takes)} ${note}`.trim()}
        error={error}
        aside={
          item.source === "changed" && (
            <IconButton
              icon="reset"
              class="small"
              label={text.config.reset(item.name)}
              onClick={() => void send(null)}
            />
          )
        }
      >
        {(attributes) => (
          <div class="row">
            <Input item={item} value={typed} attributes={attributes} onChange={setTyped} />
            <Button type="submit" disabled={typed === shown(item)} aria-label={text.config.saveKey(item.name)}>
              {text.config.save}
            </Button>
          </div>
        )}
      </Field>
    </form>
  );
}

export function ServerConfig() {
  const [state, setState] = useState<ConfigState>();
  useEffect(() => {
    void attempt(async () => setState(await getConfig()));
  }, []);
  const keys = state?.keys ?? [];
  const fixed = keys.filter((key) => !key.live);
  return (
    <section class="card panel">
      <h2>{text.config.title}</h2>
      <p class="muted">
        {text.config.help} {state?.changes_file && text.config.keptIn(state.changes_file)}
      </p>
      {state?.not_kept && (
        <p class="notice warning" role="alert">
          {text.config.notKept(state.not_kept)}
        </p>
      )}
      {keys.filter((key) => key.live).map((item) => (
        <LiveKey key={item.name} item={item} onChange={setState} />
      ))}
      <Details name="config" title={text.config.fixed}>
        <p class="muted">{text.config.fixedHelp}</p>
        <dl class="facts config">
          {fixed.map(({ name, value, help, takes }) => (
            <div key={name}>
              <dt title={`${help} ${text.config.takes(takes)}`}>{name}</dt>
              <dd class="file">
                {value} <span class="muted">{takes}</span>
              </dd>
            </div>
          ))}
        </dl>
      </Details>
    </section>
  );
}
