// One picture, large, with its settings and what can be done with it.
import { useEffect, useState } from "preact/hooks";
import { getImage } from "../../api/calls";
import { ApiError } from "../../api/client";
import type { Image } from "../../api/types";
import { toggleCompared } from "../../state/compare";
import { filter, items, recent, removeForGood, restore, star, trash } from "../../state/gallery";
import { go, replace } from "../../state/route";
import { toastError } from "../../state/toasts";
import { hasMasks } from "../../state/start";
import { takeAll, takeAsStart, takeSeed, download } from "../../state/use-image";
import { text } from "../../text/en";
import { Button, IconButton } from "../../ui/Button";
import { confirm } from "../../ui/Confirm";
import { Dialog } from "../../ui/Dialog";
import { Picture } from "../../ui/Picture";
import { Settings } from "./Settings";

function placeOf(id: string): number | undefined {
  return [...items.value].find(([, image]) => image.id === id)?.[0];
}

// The picture if a list has it; otherwise it is asked for.
function useImage(id: string): Image | undefined {
  const [asked, setAsked] = useState<Image>();
  const place = placeOf(id);
  const known = place === undefined ? recent.value.find((image) => image.id === id) : items.value.get(place);
  useEffect(() => {
    if (known) return;
    let wanted = true;
    getImage(id).then(
      (image) => wanted && setAsked(image),
      (error: unknown) => {
        if (!wanted) return;
        toastError(error instanceof ApiError && error.status === 404 ? new Error(text.gallery.gone) : error);
        close();
      },
    );
    return () => {
      wanted = false;
    };
  }, [id, known === undefined]);
  return known ?? (asked?.id === id ? asked : undefined);
}

function close(): void {
  go("gallery");
}

function neighbour(id: string, by: number): string | undefined {
  const place = placeOf(id);
  return place === undefined ? undefined : items.value.get(place + by)?.id;
}

function remove(image: Image): void {
  const next = neighbour(image.id, 1) ?? neighbour(image.id, -1);
  void trash([image]);
  if (next) replace("gallery", next);
  else close();
}

function Actions({ image }: { image: Image }) {
  const trashed = image.trashed_at !== null || filter.value.trashed;
  return (
    <div class="detail-actions">
      <Button kind="primary" icon="edit" onClick={() => void takeAll(image)}>
        {text.gallery.useAll}
      </Button>
      <Button icon="dice" onClick={() => takeSeed(image)}>
        {text.gallery.useSeed}
      </Button>
      <Button icon="picture" onClick={() => void takeAsStart(image)}>
        {text.gallery.toImage}
      </Button>
      {hasMasks() && (
        <Button icon="brush" onClick={() => void takeAsStart(image, true)}>
          {text.gallery.toMask}
        </Button>
      )}
      <Button icon="star" aria-pressed={image.starred} onClick={() => void star(image)}>
        {text.gallery.star}
      </Button>
      <Button icon="download" onClick={() => void download(image)}>
        {text.gallery.download}
      </Button>
      <Button
        icon="compare"
        onClick={() => {
          toggleCompared(image);
          close();
        }}
      >
        {text.gallery.compare}
      </Button>
      {trashed ? (
        <>
          <Button icon="undo" onClick={() => void restore([image]).then(close)}>
            {text.gallery.restore}
          </Button>
          <Button
            kind="danger"
            icon="trash"
            onClick={() =>
              confirm({
                title: text.gallery.removeForGood,
                help: text.gallery.removeForGoodAsk,
                yes: text.gallery.removeForGood,
                run: () => {
                  close();
                  void removeForGood(image);
                },
              })
            }
          >
            {text.gallery.removeForGood}
          </Button>
        </>
      ) : (
        <Button kind="danger" icon="trash" onClick={() => remove(image)}>
          {text.gallery.remove}
        </Button>
      )}
    </div>
  );
}

export function Detail({ id }: { id: string }) {
  const image = useImage(id);
  const move = (by: number) => {
    const next = neighbour(id, by);
    if (next) replace("gallery", next);
  };
  const onKey = (event: KeyboardEvent) => {
    const typing = event.target instanceof HTMLInputElement || event.target instanceof HTMLSelectElement;
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "ArrowLeft") move(-1);
    else if (event.key === "ArrowRight") move(1);
    else if (event.key.toLowerCase() === "s" && image) void star(image);
    else if (event.key === "Delete" && image && image.trashed_at === null) remove(image);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };
  return (
    <Dialog title={text.gallery.alt(image?.metadata.prompt ?? "")} wide onClose={close} onKeyDown={onKey}>
      <div class="detail">
        <div class="detail-view">
          {image && (
            <Picture
              url={image.image_url}
              alt={text.gallery.alt(image.metadata.prompt ?? "")}
              width={image.width}
              height={image.height}
            />
          )}
          <IconButton
            icon="left"
            class="detail-previous"
            label={text.gallery.previous}
            disabled={!neighbour(id, -1)}
            onClick={() => move(-1)}
          />
          <IconButton
            icon="right"
            class="detail-next"
            label={text.gallery.next}
            disabled={!neighbour(id, 1)}
            onClick={() => move(1)}
          />
        </div>
        {image && (
          <div class="detail-side">
            <Actions image={image} />
            <h3 class="section-title">{text.gallery.settings}</h3>
            <Settings image={image} />
          </div>
        )}
      </div>
    </Dialog>
  );
}
