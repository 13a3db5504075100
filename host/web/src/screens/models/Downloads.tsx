// Gets models and LoRAs from the hub.
import { useState } from "preact/hooks";
import { addDownload, askHub, changeDownload, forgetDownload } from "../../api/calls";
import { ApiError } from "../../api/client";
import type { Download, HubRepo } from "../../api/types";
import { bytes, duration } from "../../lib/format";
import { readHubName } from "../../lib/hub";
import { downloads, dropDownload, rateOf, takeDownload } from "../../state/downloads";
import { attempt, messageOf } from "../../state/toasts";
import { text } from "../../text/en";
import { Button, IconButton } from "../../ui/Button";
import { Details } from "../../ui/Details";
import { Field } from "../../ui/Field";
import { ProgressBar } from "../../ui/ProgressBar";
import { Select } from "../../ui/Select";
import { type Choice, FilesDialog } from "./FilesDialog";

function change(download: Download, what: "pause" | "resume" | "cancel"): void {
  void attempt(async () => takeDownload(await changeDownload(download.id, what), Date.now()));
}

function forget({ id }: Download): void {
  void attempt(async () => {
    await forgetDownload(id);
    dropDownload(id);
  });
}

function Item({ item }: { item: Download }) {
  const { state, bytes_done: done, bytes_total: total } = item;
  const open = !["completed", "failed", "cancelled"].includes(state);
  const rate = rateOf(item);
  const facts = [
    text.downloads.states[state],
    total !== null && `${bytes(done)} / ${bytes(total)}`,
    rate !== null && rate > 0 && text.downloads.rate(bytes(rate)),
    rate !== null && rate > 0 && total !== null && text.stage.left(duration((total - done) / rate)),
    state === "completed" && text.downloads.checked(item.files.length),
  ];
  const current = state === "running" ? item.files.find(({ checked }) => !checked) : undefined;
  return (
    <li class="card item download">
      <div class="item-body">
        <p class="item-name">
          {item.repo}
          {item.revision !== "main" && <span class="muted">{item.revision}</span>}
          {item.kind === "lora" && <span class="tag">{text.downloads.lora}</span>}
        </p>
        <p class="muted numbers">{facts.filter(Boolean).join(" · ")}</p>
        {open && total !== null && <ProgressBar label={item.repo} percent={total === 0 ? 0 : (100 * done) / total} />}
        {current && <p class="muted file">{current.path}</p>}
        {item.error && (
          <p class="error-text" role="alert">
            {item.error.message}
          </p>
        )}
      </div>
      <div class="row">
        {(state === "running" || state === "waiting") && (
          <IconButton icon="pause" label={text.downloads.pause(item.repo)} onClick={() => change(item, "pause")} />
        )}
        {(state === "paused" || state === "failed") && (
          <IconButton icon="play" label={text.downloads.resume(item.repo)} onClick={() => change(item, "resume")} />
        )}
        {open ? (
          <IconButton icon="close" label={text.downloads.cancel(item.repo)} onClick={() => change(item, "cancel")} />
        ) : (
          <IconButton icon="trash" label={text.downloads.forget(item.repo)} onClick={() => forget(item)} />
        )}
      </div>
    </li>
  );
}

function DownloadForm() {
  const [name, setName] = useState("");
  const [kind, setKind] = useState<"model" | "lora">("model");
  const [half, setHalf] = useState(true);
  const [error, setError] = useState<string>();
  const [asking, setAsking] = useState(false);
  const [found, setFound] = useState<HubRepo>();
  const variant = half && kind === "model" ? { variant: "fp16" } : {};
  const get = async ({ repo, revision }: Pick<HubRepo, "repo" | "revision">, choice: Choice) => {
    const wanted = { repo, revision, kind };
    if (choice.whole) takeDownload(await addDownload({ ...wanted, ...variant }), Date.now());
    if (choice.files.length > 0) takeDownload(await addDownload({ ...wanted, files: choice.files }), Date.now());
    setName("");
    setFound(undefined);
  };
  const attemptHere = async (work: () => Promise<void>) => {
    setAsking(true);
    try {
      await work();
    } catch (failure) {
      setFound(undefined);
      setError(failure instanceof ApiError ? messageOf(failure) : String(failure));
    } finally {
      setAsking(false);
    }
  };
  const send = async () => {
    const wanted = readHubName(name);
    if (!wanted) return setError(text.downloads.notAName);
    const { files, repo, revision = "main" } = wanted;
    if (files) return get({ repo, revision }, { whole: false, files });
    const has = await askHub({ repo, revision, ...variant });
    const choices = has.files.length + (has.whole ? 1 : 0);
    if (choices === 0) return setError(text.downloads.nothing(has.repo));
    // What leaves no choice needs no question.
    if (choices === 1) return get(has, { whole: has.whole !== null, files: has.files.map(({ path }) => path) });
    setFound(has);
  };
  return (
    <>
      <form
        class="download-form"
        onSubmit={(event) => {
          event.preventDefault();
          void attemptHere(send);
        }}
      >
        <Field label={text.downloads.name} help={text.downloads.nameHelp} error={error}>
          {(attributes) => (
            <input
              {...attributes}
              type="text"
              autocomplete="off"
              spellcheck={false}
              placeholder="org/name"
              value={name}
              onInput={(event) => {
                setName(event.currentTarget.value);
                setError(undefined);
              }}
            />
          )}
        </Field>
        <div class="row">
          <Select
            label={text.downloads.kind}
            value={kind}
            options={[
              { value: "model", label: text.downloads.kinds.model },
              { value: "lora", label: text.downloads.kinds.lora },
            ]}
            onChange={(value) => setKind(value as "model" | "lora")}
          />
          {kind === "model" && (
            <label class="fast">
              <input type="checkbox" class="switch" checked={half} onChange={() => setHalf(!half)} />
              <span>{text.downloads.half}</span>
            </label>
          )}
          <Button kind="primary" icon="download" type="submit" disabled={asking}>
            {asking ? text.downloads.asking : text.downloads.go}
          </Button>
        </div>
      </form>
      {found && (
        <FilesDialog
          repo={found}
          onChoose={(choice) => void attemptHere(() => get(found, choice))}
          onClose={() => setFound(undefined)}
        />
      )}
    </>
  );
}

export function Downloads() {
  const list = downloads.value;
  return (
    <section>
      <Details
        name="downloads"
        title={text.downloads.title}
        reveal={list.length > 0}
        note={list.length > 0 && <span class="badge">{list.length}</span>}
      >
        <p class="muted">{text.downloads.help}</p>
        <DownloadForm />
        <ul class="cards">
          {list.map((item) => (
            <Item key={item.id} item={item} />
          ))}
        </ul>
      </Details>
    </section>
  );
}
