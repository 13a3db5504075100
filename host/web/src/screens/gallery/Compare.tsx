// Two pictures on top of each other, with a line between them to move, and the settings that differ.
import { useState } from "preact/hooks";
import type { Image } from "../../api/types";
import { stopComparing } from "../../state/compare";
import { text } from "../../text/en";
import { Dialog } from "../../ui/Dialog";
import { Picture } from "../../ui/Picture";
import { factsOf } from "./Settings";

function Differences({ images: [first, second] }: { images: [Image, Image] }) {
  const left = new Map(factsOf(first));
  const right = new Map(factsOf(second));
  const names = [...new Set([...left.keys(), ...right.keys()])].filter(
    (name) => name !== "file" && left.get(name) !== right.get(name),
  );
  if (names.length === 0) return <p class="muted">{text.gallery.compareSame}</p>;
  return (
    <table class="table">
      <caption class="section-title">{text.gallery.compareDifferent}</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">{text.gallery.compareFirst}</th>
          <th scope="col">{text.gallery.compareSecond}</th>
        </tr>
      </thead>
      <tbody>
        {names.map((name) => (
          <tr key={name}>
            <th scope="row">{text.fields[name]}</th>
            <td>{left.get(name) ?? "–"}</td>
            <td>{right.get(name) ?? "–"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

export function Compare({ images }: { images: [Image, Image] }) {
  const [split, setSplit] = useState(50);
  const [first, second] = images;
  return (
    <Dialog title={text.gallery.compareTitle} wide onClose={stopComparing}>
      <div class="compare">
        <div class="compare-view" style={{ aspectRatio: `${first.width} / ${first.height}` }}>
          <Picture url={second.image_url} alt={`${text.gallery.compareSecond}: ${second.metadata.prompt ?? ""}`} />
          <div class="compare-first" style={{ clipPath: `inset(0 ${100 - split}% 0 0)` }}>
            <Picture url={first.image_url} alt={`${text.gallery.compareFirst}: ${first.metadata.prompt ?? ""}`} />
          </div>
          <span class="compare-line" style={{ left: `${split}%` }} />
          <input
            type="range"
            class="compare-slider"
            min={0}
            max={100}
            value={split}
            aria-label={text.gallery.compareSplit}
            onInput={(event) => setSplit(Number(event.currentTarget.value))}
          />
        </div>
        <Differences images={images} />
      </div>
    </Dialog>
  );
}
