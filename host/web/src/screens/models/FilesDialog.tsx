// What of a repository on the hub to get: the model as a whole, or some of its files.
import { useState } from "preact/hooks";
import type { HubRepo } from "../../api/types";
import { bytes } from "../../lib/format";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

const many = 12; // files, from which on a search helps

export interface Choice {
  whole: boolean;
  files: string[];
}

interface RowProps {
  name: string;
  facts: string;
  checked: boolean;
  onChange: (checked: boolean) => void;
}

function Row({ name, facts, checked, onChange }: RowProps) {
  return (
    <li>
      <label class="file-choice">
        <input type="checkbox" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
        <span class="file-name">{name}</span>
        <span class="muted numbers">{facts}</span>
      </label>
    </li>
  );
}

interface Props {
  repo: HubRepo;
  onChoose: (choice: Choice) => void;
  onClose: () => void;
}

export function FilesDialog({ repo, onChoose, onClose }: Props) {
  const [whole, setWhole] = useState(repo.whole !== null);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [search, setSearch] = useState("");
  const shown = repo.files.filter(({ path }) => path.toLowerCase().includes(search.trim().toLowerCase()));
  const files = repo.files.filter(({ path }) => chosen.has(path));
  const size = files.reduce((sum, file) => sum + file.size_bytes, whole && repo.whole ? repo.whole.size_bytes : 0);
  const choose = (path: string, on: boolean) => {
    const next = new Set(chosen);
    if (on) next.add(path);
    else next.delete(path);
    setChosen(next);
  };
  return (
    <Dialog title={text.downloads.choose(repo.repo)} onClose={onClose}>
      <form
        class="file-choices"
        onSubmit={(event) => {
          event.preventDefault();
          onChoose({ whole, files: files.map(({ path }) => path) });
        }}
      >
        {repo.files.length >= many && (
          <input
            type="search"
            aria-label={text.downloads.search}
            placeholder={text.downloads.search}
            value={search}
            onInput={(event) => setSearch(event.currentTarget.value)}
          />
        )}
        <ul>
          {repo.whole && (
            <Row
              name={text.downloads.whole}
              facts={`${text.downloads.files(repo.whole.files)} · ${bytes(repo.whole.size_bytes)}`}
              checked={whole}
              onChange={setWhole}
            />
          )}
          {shown.map(({ path, size_bytes }) => (
            <Row
              key={path}
              name={path}
              facts={bytes(size_bytes)}
              checked={chosen.has(path)}
              onChange={(on) => choose(path, on)}
            />
          ))}
        </ul>
        {repo.files.length > 0 && shown.length === 0 && <p class="muted">{text.downloads.noFile}</p>}
        {repo.others > 0 && <p class="muted">{text.downloads.others(repo.others)}</p>}
        <div class="row end">
          <Button kind="primary" icon="download" type="submit" disabled={!whole && files.length === 0}>
            {text.downloads.goFor(bytes(size))}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
