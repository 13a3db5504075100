// A grid of any length: only the cells in sight exist.
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Image } from "../../api/types";
import { inSight, layOut, step } from "../../lib/grid";
import { compared, toggleCompared } from "../../state/compare";
import { ensure, filter, items, restore, star, total, trash } from "../../state/gallery";
import { go } from "../../state/route";
import { text } from "../../text/en";
import { IconButton } from "../../ui/Button";
import { Picture } from "../../ui/Picture";

const wanted = 190; // px
const gap = 10;
const extraRows = 2;

interface CellProps {
  image: Image | undefined;
  index: number;
  count: number;
  focused: boolean;
  box: { left: number; top: number; size: number };
  onFocus: () => void;
}

function open(image: Image): void {
  if (compared.value.length === 1 && compared.value[0]!.id !== image.id) toggleCompared(image);
  else go("gallery", image.id);
}

function Cell({ image, index, count, focused, box, onFocus }: CellProps) {
  const style = { transform: `translate(${box.left}px, ${box.top}px)`, width: `${box.size}px`, height: `${box.size}px` };
  const prompt = image?.metadata.prompt ?? "";
  const chosen = compared.value.some(({ id }) => id === image?.id);
  return (
    <li class="cell" style={style} data-chosen={chosen} aria-posinset={index + 1} aria-setsize={count}>
      <button
        type="button"
        class="cell-open"
        data-index={index}
        tabIndex={focused ? 0 : -1}
        aria-label={image ? text.gallery.cell(text.gallery.alt(prompt), image.starred) : text.app.loading}
        title={prompt}
        onFocus={onFocus}
        onClick={() => image && open(image)}
      >
        {image && <Picture url={image.image_url} alt="" />}
      </button>
      {image && (
        <div class="cell-actions">
          <IconButton
            icon="star"
            tabIndex={-1}
            filled={image.starred}
            class={image.starred ? "starred" : ""}
            label={image.starred ? text.gallery.unstar : text.gallery.star}
            onClick={() => void star(image)}
          />
          {filter.value.trashed ? (
            <IconButton icon="undo" tabIndex={-1} label={text.gallery.restore} onClick={() => void restore([image])} />
          ) : (
            <IconButton icon="trash" tabIndex={-1} label={text.gallery.remove} onClick={() => void trash([image])} />
          )}
        </div>
      )}
    </li>
  );
}

export function ImageGrid() {
  const element = useRef<HTMLUListElement>(null);
  const [width, setWidth] = useState(0);
  const [view, setView] = useState({ top: 0, height: 800 });
  const [focused, setFocused] = useState(0);
  const moved = useRef(false);
  const count = total.value ?? 0;
  const grid = layOut(width || 800, count, Math.min(wanted, Math.max(110, (width - gap) / 2.2)), gap);
  const [first, last] = inSight(grid, count, view.top, view.height, extraRows);

  useLayoutEffect(() => {
    const list = element.current!;
    const scroller = list.closest<HTMLElement>(".content")!;
    const look = () => {
      const top = scroller.getBoundingClientRect().top - list.getBoundingClientRect().top;
      setView({ top: Math.max(0, top), height: scroller.clientHeight });
    };
    const observer = new ResizeObserver(() => {
      setWidth(list.clientWidth);
      look();
    });
    observer.observe(list);
    observer.observe(scroller);
    scroller.addEventListener("scroll", look, { passive: true });
    return () => {
      observer.disconnect();
      scroller.removeEventListener("scroll", look);
    };
  }, []);
  useEffect(() => ensure(first, Math.max(last, 1)), [first, last, count === 0]);
  useEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    element.current!.querySelector<HTMLElement>(`[data-index="${focused}"]`)?.focus({ preventScroll: true });
  });

  const goTo = (index: number) => {
    const scroller = element.current!.closest<HTMLElement>(".content")!;
    const row = grid.cell + grid.gap;
    const start = element.current!.getBoundingClientRect().top - scroller.getBoundingClientRect().top + scroller.scrollTop;
    const top = start + Math.floor(index / grid.columns) * row;
    if (top < scroller.scrollTop) scroller.scrollTop = top - gap;
    if (top + row > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + row - scroller.clientHeight;
    moved.current = true;
    setFocused(index);
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const image = items.value.get(focused);
    const next = step(grid, count, focused, event.key);
    if (event.key.startsWith("Arrow") || event.key === "Home" || event.key === "End") goTo(next);
    else if (event.key.toLowerCase() === "s" && image) void star(image);
    else if (event.key.toLowerCase() === "c" && image) toggleCompared(image);
    else if (event.key === "Delete" && image && !filter.value.trashed) {
      void trash([image]);
      goTo(Math.max(0, Math.min(focused, count - 2)));
    } else return;
    event.preventDefault();
    event.stopPropagation();
  };
  const cells = [];
  // The focused cell stays even when it is out of sight, or the focus would be lost.
  const shown = new Set([focused < count ? focused : 0]);
  for (let index = first; index < last; index += 1) shown.add(index);
  for (const index of count > 0 ? [...shown].sort((a, b) => a - b) : []) {
    const box = {
      left: (index % grid.columns) * (grid.cell + gap),
      top: Math.floor(index / grid.columns) * (grid.cell + gap),
      size: grid.cell,
    };
    cells.push(
      <Cell
        key={items.value.get(index)?.id ?? index}
        image={items.value.get(index)}
        index={index}
        count={count}
        focused={index === focused}
        box={box}
        onFocus={() => setFocused(index)}
      />,
    );
  }
  return (
    <ul class="grid" ref={element} aria-label={text.gallery.grid} style={{ height: `${grid.height}px` }} onKeyDown={onKey}>
      {cells}
    </ul>
  );
}
