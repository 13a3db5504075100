// Steps, guidance, seed and how many.
import { fast, unhurried } from "../../lib/fast";
import { cfgScale, limit, loras, model, samplers } from "../../state/catalogue";
import { change, draft, fieldErrors } from "../../state/draft";
import { recent } from "../../state/gallery";
import { text } from "../../text/en";
import { IconButton } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { NumberField } from "../../ui/NumberField";

// 32 bits are plenty, and short enough to write down.
function draw(): string {
  return String(crypto.getRandomValues(new Uint32Array(1))[0]);
}

function Seed() {
  const { seed } = draft.value;
  const last = recent.value[0]?.seed;
  return (
    <Field label={text.generate.seed} error={fieldErrors.value.seed}>
      {(attributes) => (
        <div class="seed">
          <input
            {...attributes}
            type="text"
            inputMode="numeric"
            placeholder={text.generate.seedRandom}
            value={seed ?? ""}
            onInput={(event) => {
              const digits = event.currentTarget.value.replace(/\D/g, "").slice(0, 19);
              event.currentTarget.value = digits;
              change({ seed: digits === "" ? null : digits });
            }}
          />
          <IconButton icon="dice" label={text.generate.dice} onClick={() => change({ seed: draw() })} />
          <IconButton
            icon="reuse"
            label={text.generate.reuse}
            disabled={last === undefined}
            onClick={() => last !== undefined && change({ seed: last })}
          />
          <IconButton
            icon={seed === null ? "unlock" : "lock"}
            label={seed === null ? text.generate.lock : text.generate.unlock}
            aria-pressed={seed !== null}
            onClick={() => change({ seed: seed === null ? (last ?? draw()) : null })}
          />
        </div>
      )}
    </Field>
  );
}

function FastMode() {
  const { slow } = draft.value;
  const quick = fast(draft.value, samplers.value, loras.value, model.value?.family ?? null);
  if (!quick) return null;
  return (
    <label class="fast" title={text.generate.fastHelp}>
      <input
        type="checkbox"
        class="switch"
        checked={slow !== null}
        onChange={() => change(slow === null ? quick : unhurried(draft.value))}
      />
      <span>
        {text.generate.fast} <span class="muted">{text.generate.fastHelp}</span>
      </span>
    </label>
  );
}

export function Sampling() {
  return (
    <>
      <FastMode />
      <NumberField
        label={text.generate.steps}
        value={draft.value.steps}
        min={limit("steps", "minimum")}
        max={limit("steps", "maximum")}
        step={1}
        whole
        slider={{ min: 1, max: 60 }}
        error={fieldErrors.value.steps}
        onChange={(steps) => change({ steps })}
      />
      <NumberField
        label={text.generate.guidance}
        value={cfgScale.value}
        min={limit("cfg_scale", "minimum")}
        max={limit("cfg_scale", "maximum")}
        step={0.1}
        slider={{ min: 1, max: 15 }}
        error={fieldErrors.value.cfg_scale}
        onChange={(cfg_scale) => change({ cfg_scale })}
      />
      <div class="seed-row">
        <Seed />
        <NumberField
          label={text.generate.batch}
          value={draft.value.batch_size}
          min={1}
          max={limit("batch_size", "maximum")}
          step={1}
          whole
          error={fieldErrors.value.batch_size}
          onChange={(batch_size) => change({ batch_size })}
        />
      </div>
    </>
  );
}
