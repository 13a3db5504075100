// All pictures, or one of them, or two beside each other.
import { useEffect } from "preact/hooks";
import { compared } from "../../state/compare";
import { filter, isFiltered, refresh, setFilter, total } from "../../state/gallery";
import { detail } from "../../state/route";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { Empty } from "../../ui/Empty";
import { noFilter } from "../../state/gallery";
import { Compare } from "./Compare";
import { CompareBar } from "./CompareBar";
import { Detail } from "./Detail";
import { Filters } from "./Filters";
import { ImageGrid } from "./ImageGrid";

function Nothing() {
  const { trashed } = filter.value;
  if (isFiltered(filter.value)) {
    return (
      <Empty icon="search" title={text.gallery.noMatch}>
        <p class="muted">{text.gallery.noMatchHelp}</p>
        <Button onClick={() => setFilter({ ...noFilter, trashed })}>{text.gallery.clear}</Button>
      </Empty>
    );
  }
  return (
    <Empty icon={trashed ? "trash" : "gallery"} title={trashed ? text.gallery.trashEmpty : text.gallery.empty}>
      <p class="muted">{trashed ? text.gallery.trashHelp : text.gallery.emptyHelp}</p>
    </Empty>
  );
}

export function GalleryScreen() {
  useEffect(refresh, []);
  return (
    <div class="screen gallery">
      <header class="screen-head">
        <h1>{text.gallery.title}</h1>
        <p class="muted numbers" role="status">
          {total.value === null ? text.app.loading : text.gallery.count(total.value)}
        </p>
      </header>
      <Filters />
      <CompareBar />
      {total.value === 0 ? <Nothing /> : <ImageGrid />}
      {detail.value && compared.value.length < 2 && <Detail id={detail.value} />}
      {compared.value.length === 2 && <Compare images={compared.value as [never, never]} />}
    </div>
  );
}
