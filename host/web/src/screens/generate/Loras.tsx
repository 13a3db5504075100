// The LoRAs of the form: a chip each, and a list to add from.
import { useState } from "preact/hooks";
import { adapters, loras } from "../../state/catalogue";
import { addLora, addWords, change, draft, fieldErrors } from "../../state/draft";
import type { DraftLora } from "../../lib/draft";
import { text } from "../../text/en";
import { Button, IconButton } from "../../ui/Button";
import { ParameterFields } from "./ParameterFields";

function setLora(name: string, part: Partial<DraftLora>): void {
  change({ loras: draft.value.loras.map((lora) => (lora.name === name ? { ...lora, ...part } : lora)) });
}

const mostWords = 12; // that are shown of a LoRA

function Chip({ lora: { name, weight, text_weight, block_weights, on } }: { lora: DraftLora }) {
  const lora = loras.value.find(({ id }) => id === name);
  const known = loras.value.length === 0 || lora !== undefined;
  // Words that the file itself teaches come first.
  const words = lora ? [...lora.words.map(({ word }) => word), ...lora.trigger_words] : [];
  const adapter = adapters.value.find(({ id }) => id === lora?.adapter);
  return (
    <li class="chip" data-off={!on} data-unknown={!known}>
      <label class="chip-name" title={name}>
        <input
          type="checkbox"
          checked={on}
          aria-label={text.generate.loraOn(name)}
          onChange={(event) => setLora(name, { on: event.currentTarget.checked })}
        />
        <span>{name}</span>
      </label>
      <input
        type="range"
        min={0}
        max={2}
        step={0.05}
        value={weight}
        aria-label={text.generate.loraWeight(name)}
        onInput={(event) => setLora(name, { weight: Number(event.currentTarget.value) })}
      />
      <input
        type="number"
        min={-10}
        max={10}
        step="any"
        value={weight}
        aria-label={text.generate.loraWeight(name)}
        onInput={(event) => {
          const { value, valueAsNumber } = event.currentTarget;
          if (value !== "" && Math.abs(valueAsNumber) <= 10) setLora(name, { weight: valueAsNumber });
        }}
      />
      {(text_weight !== undefined || block_weights !== undefined) && (
        <button
          type="button"
          class="word"
          title={text.generate.plainLora}
          onClick={() => change({ loras: draft.value.loras.map((own) => (own.name === name ? { name, weight, on } : own)) })}
        >
          {text.generate.ownWeights(text_weight, block_weights?.length)}
        </button>
      )}
      <IconButton
        icon="close"
        label={text.generate.removeLora(name)}
        onClick={() => change({ loras: draft.value.loras.filter((other) => other.name !== name) })}
      />
      {words.length > 0 && (
        <div class="chip-words" role="group" aria-label={text.generate.triggerWords(name)}>
          {words.slice(0, mostWords).map((word) => (
            <button
              key={word}
              type="button"
              class="word"
              disabled={draft.value.prompt.includes(word)}
              title={text.generate.addWord}
              onClick={() => addWords(word)}
            >
              {word}
            </button>
          ))}
        </div>
      )}
      {adapter && on && <ParameterFields owner={`lora:${name}`} name={adapter.name} form={adapter.parameters} />}
    </li>
  );
}

function Picker({ onClose }: { onClose: () => void }) {
  const [search, setSearch] = useState("");
  const free = loras.value.filter((lora) => lora.ready && !draft.value.loras.some(({ name }) => name === lora.id));
  const found = free.filter(({ id, title, trigger_words }) =>
    [id, title ?? "", ...trigger_words].some((own) => own.toLowerCase().includes(search.toLowerCase())),
  );
  return (
    <div class="picker" onKeyDown={(event) => event.key === "Escape" && (event.stopPropagation(), onClose())}>
      {loras.value.length === 0 ? (
        <p class="muted">{text.generate.noLoras}</p>
      ) : (
        <>
          <input
            type="search"
            autofocus
            ref={(input) => void input?.focus()}
            aria-label={text.generate.searchLora}
            placeholder={text.generate.searchLora}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
          <ul class="picker-list">
            {found.map(({ id, title }) => (
              <li key={id}>
                <button
                  type="button"
                  onClick={() => {
                    addLora(id);
                    onClose();
                  }}
                >
                  {id} {title && title !== id && <span class="muted">{title}</span>}
                </button>
              </li>
            ))}
            {found.length === 0 && <li class="muted">{text.generate.noLora}</li>}
          </ul>
        </>
      )}
    </div>
  );
}

export function Loras() {
  const [open, setOpen] = useState(false);
  return (
    <section class="loras" aria-label={text.generate.loras}>
      <div class="field-head">
        <h2 class="field-title">{text.generate.loras}</h2>
        <Button kind="ghost" icon="plus" aria-expanded={open} onClick={() => setOpen(!open)}>
          {text.generate.addLora}
        </Button>
      </div>
      {open && <Picker onClose={() => setOpen(false)} />}
      {draft.value.loras.length > 0 && (
        <ul class="chips">
          {draft.value.loras.map((lora) => (
            <Chip key={lora.name} lora={lora} />
          ))}
        </ul>
      )}
      {fieldErrors.value.loras && (
        <p class="field-error" role="alert">
          {fieldErrors.value.loras}
        </p>
      )}
    </section>
  );
}
