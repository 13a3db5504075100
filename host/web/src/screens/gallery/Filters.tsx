import { useEffect, useState } from "preact/hooks";
import { facets, filter, isFiltered, loadFacets, noFilter, setFilter } from "../../state/gallery";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { Field } from "../../ui/Field";
import { Icon } from "../../ui/Icon";
import { Select } from "../../ui/Select";

const typingPause = 200; // ms

function Search() {
  const [typed, setTyped] = useState(filter.value.q);
  useEffect(() => setTyped(filter.value.q), [filter.value.q]);
  useEffect(() => {
    if (typed === filter.value.q) return;
    const timer = setTimeout(() => setFilter({ q: typed }), typingPause);
    return () => clearTimeout(timer);
  }, [typed]);
  return (
    <label class="search">
      <Icon name="search" />
      <span class="visually-hidden">{text.gallery.search}</span>
      <input
        id="gallery-search"
        type="search"
        placeholder={text.gallery.search}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
    </label>
  );
}

function Facet({ name, label }: { name: "model" | "sampler" | "lora"; label: string }) {
  const counts = facets.value[`${name}s`];
  return (
    <Select
      label={label}
      value={filter.value[name]}
      options={[
        { value: "", label: text.gallery.any },
        ...counts.map(({ id, images }) => ({ value: id, label: `${id} (${images})` })),
      ]}
      onChange={(value) => setFilter({ [name]: value })}
    />
  );
}

function Day({ name, label }: { name: "since" | "until"; label: string }) {
  return (
    <Field label={label}>
      {(attributes) => (
        <input
          {...attributes}
          type="date"
          value={filter.value[name]}
          onChange={(event) => setFilter({ [name]: event.currentTarget.value })}
        />
      )}
    </Field>
  );
}

export function Filters() {
  const [open, setOpen] = useState(false);
  const { starred, trashed } = filter.value;
  useEffect(() => {
    if (open) void loadFacets();
  }, [open]);
  return (
    <div class="filters">
      <div class="filters-row">
        <Search />
        <Button icon="filter" aria-expanded={open} onClick={() => setOpen(!open)}>
          {text.gallery.filters}
        </Button>
        <Button icon="star" aria-pressed={starred} onClick={() => setFilter({ starred: !starred })}>
          {text.gallery.starred}
        </Button>
        <Button icon="trash" aria-pressed={trashed} onClick={() => setFilter({ trashed: !trashed })}>
          {text.gallery.trash}
        </Button>
        {isFiltered(filter.value) && (
          <Button kind="ghost" icon="close" onClick={() => setFilter({ ...noFilter, trashed })}>
            {text.gallery.clear}
          </Button>
        )}
      </div>
      {open && (
        <div class="filters-more">
          <Facet name="model" label={text.gallery.model} />
          <Facet name="sampler" label={text.gallery.sampler} />
          <Facet name="lora" label={text.gallery.lora} />
          <Day name="since" label={text.gallery.since} />
          <Day name="until" label={text.gallery.until} />
        </div>
      )}
    </div>
  );
}
