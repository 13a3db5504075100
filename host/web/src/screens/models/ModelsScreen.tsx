// What is on the disk: models and LoRAs, and why one cannot be used.
import { useState } from "preact/hooks";
import { loadModel, unloadModel } from "../../api/calls";
import type { Lora, Model } from "../../api/types";
import { bytes } from "../../lib/format";
import { embeddings, loras, lookForModels, model as current, models, wildcards } from "../../state/catalogue";
import { addLora, addWords, change, draft } from "../../state/draft";
import { attempt, toast } from "../../state/toasts";
import { text } from "../../text/en";
import { Button, IconButton } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { Icon } from "../../ui/Icon";
import { Downloads } from "./Downloads";

const family = (id: string | null) => (id === null ? null : (text.models.families[id] ?? id));

function Facts({ facts }: { facts: (string | null | false)[] }) {
  return <p class="muted numbers">{facts.filter(Boolean).join(" · ")}</p>;
}

function Reason({ reason }: { reason: string | null }) {
  return (
    <p class="error-text">
      <Icon name="warning" /> {reason ?? text.models.unusable}
    </p>
  );
}

function AddButton({ name, inUse, onAdd }: { name: string; inUse: boolean; onAdd: (name: string) => void }) {
  return (
    <Button
      disabled={inUse}
      icon={inUse ? "check" : "plus"}
      onClick={() => {
        onAdd(name);
        toast(text.models.added(name));
      }}
    >
      {inUse ? text.models.inUse : text.models.add}
    </Button>
  );
}

function ModelCard({ item }: { item: Model }) {
  const inUse = current.value?.id === item.id;
  const isDefault = models.value?.default === item.id;
  return (
    <li class="card item" data-unusable={!item.ready}>
      <div class="item-body">
        <p class="item-name">
          {item.id}
          {isDefault && <span class="tag">{text.models.isDefault}</span>}
          {item.memory?.fits === false && (
            <span class="tag bad" title={text.models.tooLargeHelp}>
              {text.models.tooLarge}
            </span>
          )}
          {item.loaded && <span class="tag good">{text.models.loaded}</span>}
        </p>
        <Facts
          facts={[
            family(item.family),
            item.variant !== "base" && item.variant,
            item.kind,
            item.dtype,
            bytes(item.size_bytes),
            item.default_width !== null && text.models.size(item.default_width, item.default_height ?? item.default_width),
            item.memory !== null && text.models.needs(bytes(item.memory.weights_bytes + item.memory.working_bytes)),
            item.bundled && text.models.bundled,
          ]}
        />
        {!item.ready && <Reason reason={item.reason} />}
        {item.needs.length > 0 && <p class="muted">{text.models.needsBeside(item.needs)}</p>}
        {item.notes.map((note) => (
          <p class="muted" key={note}>
            {note}
          </p>
        ))}
      </div>
      {item.ready && (
        <IconButton
          icon={item.loaded ? "eject" : "memory"}
          label={item.loaded ? text.models.unload(item.id) : text.models.load(item.id)}
          onClick={() =>
            void attempt(async () => {
              await (item.loaded ? unloadModel : loadModel)(item.id);
              toast(item.loaded ? text.models.unloading(item.id) : text.models.loading(item.id));
            })
          }
        />
      )}
      {item.ready && (
        <Button
          disabled={inUse}
          icon={inUse ? "check" : "generate"}
          onClick={() => {
            change({ model: isDefault ? null : item.id, width: null, height: null, cfg_scale: null });
            toast(text.models.added(item.id));
          }}
        >
          {inUse ? text.models.inUse : text.models.use}
        </Button>
      )}
    </li>
  );
}

function LoraCard({ item }: { item: Lora }) {
  const inUse = draft.value.loras.some(({ name }) => name === item.id);
  return (
    <li class="card item" data-unusable={!item.ready}>
      <div class="item-body">
        <p class="item-name">{item.id}</p>
        {item.title && item.title !== item.id && <p>{item.title}</p>}
        <Facts
          facts={[
            family(item.family),
            item.type,
            item.few_steps?.kind ?? null,
            bytes(item.size_bytes),
            item.author ? text.models.by(item.author) : null,
          ]}
        />
        {item.words.length > 0 && (
          <p class="muted words">{text.models.ownWords(item.words.map(({ word }) => word).join(", "))}</p>
        )}
        {item.trigger_words.length > 0 && (
          <p class="muted words">{text.models.trigger(item.trigger_words.join(", "))}</p>
        )}
        {!item.ready && <Reason reason={item.reason} />}
      </div>
      {item.ready && <AddButton name={item.id} inUse={inUse} onAdd={addLora} />}
    </li>
  );
}

interface Word {
  id: string;
  word: string; // as prompts have it
  facts: (string | null)[];
  ready: boolean;
  reason: string | null;
}

// What is named in prompts by its word: embeddings and wildcards.
function Words({ title, items }: { title: string; items: Word[] }) {
  if (items.length === 0) return null;
  return (
    <section>
      <h2 class="section-title">
        {title} <span class="badge">{items.length}</span>
      </h2>
      <ul class="cards">
        {items.map((item) => {
          const inUse = draft.value.prompt.includes(item.word);
          return (
            <li key={item.id} class="card item" data-unusable={!item.ready}>
              <div class="item-body">
                <p class="item-name">{item.word}</p>
                <Facts facts={item.facts} />
                {!item.ready && <Reason reason={item.reason} />}
              </div>
              {item.ready && <AddButton name={item.word} inUse={inUse} onAdd={addWords} />}
            </li>
          );
        })}
      </ul>
    </section>
  );
}

export function ModelsScreen() {
  const [search, setSearch] = useState("");
  const [looking, setLooking] = useState(false);
  const fits = ({ id }: { id: string }) => id.toLowerCase().includes(search.trim().toLowerCase());
  const allModels = models.value?.models ?? [];
  const shownModels = allModels.filter(fits);
  const shownLoras = loras.value.filter(fits);
  const warnings = models.value?.warnings ?? [];
  return (
    <div class="screen narrow">
      <header class="screen-head">
        <h1>{text.models.title}</h1>
        <Button
          icon="reuse"
          disabled={looking}
          onClick={() => {
            setLooking(true);
            void attempt(lookForModels).finally(() => setLooking(false));
          }}
        >
          {text.models.refresh}
        </Button>
      </header>
      <label class="search">
        <Icon name="search" />
        <span class="visually-hidden">{text.models.search}</span>
        <input
          type="search"
          placeholder={text.models.search}
          value={search}
          onInput={(event) => setSearch(event.currentTarget.value)}
        />
      </label>
      <Downloads />
      {warnings.length > 0 && (
        <div class="notice warning">
          <p>{text.models.warnings}:</p>
          <ul>
            {warnings.map((warning) => (
              <li key={warning}>{warning}</li>
            ))}
          </ul>
        </div>
      )}
      <section>
        <h2 class="section-title">
          {text.models.models} <span class="badge">{shownModels.length}</span>
        </h2>
        {models.value && allModels.length === 0 && (
          <Empty icon="models" title={text.models.empty}>
            <p class="muted">{text.models.emptyHelp}</p>
          </Empty>
        )}
        <ul class="cards">
          {shownModels.map((item) => (
            <ModelCard key={item.id} item={item} />
          ))}
        </ul>
      </section>
      <section>
        <h2 class="section-title">
          {text.models.loras} <span class="badge">{shownLoras.length}</span>
        </h2>
        {models.value && loras.value.length === 0 && (
          <Empty icon="models" title={text.models.noLoras}>
            <p class="muted">{text.models.noLorasHelp}</p>
          </Empty>
        )}
        <ul class="cards">
          {shownLoras.map((item) => (
            <LoraCard key={item.id} item={item} />
          ))}
        </ul>
      </section>
      <Words
        title={text.models.embeddings}
        items={embeddings.value.filter(fits).map(({ id, name, family: of, tokens, ready, reason }) => ({
          id,
          word: name,
          facts: [family(of), tokens === null ? null : text.models.tokens(tokens)],
          ready,
          reason,
        }))}
      />
      <Words
        title={text.models.wildcards}
        items={wildcards.value.filter(({ name }) => fits({ id: name })).map(({ name, lines, ready, reason }) => ({
          id: name,
          word: `__${name}__`,
          facts: [lines === null ? null : text.models.lines(lines)],
          ready,
          reason,
        }))}
      />
      {search && shownModels.length + shownLoras.length === 0 && <p class="muted">{text.models.noMatch}</p>}
    </div>
  );
}
