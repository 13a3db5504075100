import { useState } from "preact/hooks";
import { forgetDefaults, hasDefaults, resetForm, saveDefaults } from "../../state/defaults";
import { presets, removePreset, savePreset, applyPreset } from "../../state/presets";
import { toast } from "../../state/toasts";
import { text } from "../../text/en";
import { Button, IconButton } from "../../ui/Button";
import { Details } from "../../ui/Details";
import { Dialog } from "../../ui/Dialog";
import { Field } from "../../ui/Field";

function SaveDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("");
  const store = () => {
    if (name.trim() === "") return;
    savePreset(name.trim());
    toast(text.presets.saved(name.trim()));
    onClose();
  };
  return (
    <Dialog title={text.presets.saveTitle} onClose={onClose}>
      <form
        onSubmit={(event) => {
          event.preventDefault();
          store();
        }}
      >
        <Field label={text.presets.name} help={text.presets.saveHelp}>
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              required
              maxLength={80}
              autofocus
              value={name}
              onInput={(event) => setName(event.currentTarget.value)}
            />
          )}
        </Field>
        <div class="row end">
          <Button kind="primary" icon="save" type="submit">
            {text.presets.save}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export function Presets() {
  const [saving, setSaving] = useState(false);
  const count = presets.value.length;
  return (
    <Details name="presets" title={text.presets.none} note={count > 0 && <span class="badge">{count}</span>}>
      {count === 0 && <p class="muted">{text.presets.empty}</p>}
      <ul class="presets">
        {presets.value.map(({ name }) => (
          <li key={name}>
            <button type="button" class="preset" onClick={() => applyPreset(name)}>
              {name}
            </button>
            <IconButton
              icon="trash"
              label={text.presets.remove(name)}
              onClick={() => {
                removePreset(name);
                toast(text.presets.removed(name));
              }}
            />
          </li>
        ))}
      </ul>
      <div class="row">
        <Button icon="save" onClick={() => setSaving(true)}>
          {text.presets.save}
        </Button>
        <Button
          icon="reset"
          onClick={() => {
            resetForm();
            toast(text.presets.resetDone);
          }}
        >
          {text.presets.reset}
        </Button>
        <Button
          kind="ghost"
          onClick={() => {
            saveDefaults();
            toast(text.presets.madeDefault);
          }}
        >
          {text.presets.makeDefault}
        </Button>
        {hasDefaults.value && (
          <Button
            kind="ghost"
            onClick={() => {
              forgetDefaults();
              toast(text.presets.forgotDefault);
            }}
          >
            {text.presets.forgetDefault}
          </Button>
        )}
      </div>
      {saving && <SaveDialog onClose={() => setSaving(false)} />}
    </Details>
  );
}
