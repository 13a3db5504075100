// Paints the mask: what is to be drawn anew.
import { useEffect, useRef, useState } from "preact/hooks";
import { type Action, paint, perform, type Stroke } from "../../lib/strokes";
import { mask, setMask, type StartPicture } from "../../state/start";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";
import { NumberField } from "../../ui/NumberField";

const zooms = [1, 1.5, 2, 3, 4, 6];

// White on black, as the server reads it; nothing if nothing is painted.
function exported(canvas: HTMLCanvasElement): string | null {
  const { width, height } = canvas;
  const data = canvas.getContext("2d")!.getImageData(0, 0, width, height).data;
  let painted = false;
  for (let i = 3; i < data.length && !painted; i += 4) painted = data[i]! >= 128;
  if (!painted) return null;
  const flat = document.createElement("canvas");
  flat.width = width;
  flat.height = height;
  const context = flat.getContext("2d")!;
  context.drawImage(canvas, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.globalCompositeOperation = "destination-over";
  context.fillStyle = "#000";
  context.fillRect(0, 0, width, height);
  return flat.toDataURL("image/png");
}

// White on black becomes paint on nothing.
function drawStored(canvas: HTMLCanvasElement, image: HTMLImageElement): void {
  const context = canvas.getContext("2d", { willReadFrequently: true })!;
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  const pixels = context.getImageData(0, 0, canvas.width, canvas.height);
  for (let i = 0; i < pixels.data.length; i += 4) pixels.data[i + 3] = pixels.data[i]!;
  context.putImageData(pixels, 0, 0);
  context.globalCompositeOperation = "source-in";
  context.fillStyle = paint;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.globalCompositeOperation = "source-over";
}

export function MaskDialog({ picture, onClose }: { picture: StartPicture; onClose: () => void }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const stored = useRef<HTMLImageElement | null>(null);
  const current = useRef<Stroke | null>(null);
  const [actions, setActions] = useState<Action[]>([]);
  const [size, setSize] = useState(Math.max(8, Math.round(Math.min(picture.width, picture.height) / 8)));
  const [erase, setErase] = useState(false);
  const [zoom, setZoom] = useState(0);
  const { width, height } = picture;

  const redraw = (all: Action[]) => {
    const context = canvas.current!.getContext("2d", { willReadFrequently: true })!;
    context.clearRect(0, 0, width, height);
    if (stored.current) drawStored(canvas.current!, stored.current);
    all.forEach((action) => perform(context, width, height, action));
  };
  useEffect(() => {
    if (!mask.value) return;
    const image = new Image();
    image.onload = () => {
      stored.current = image;
      redraw([]);
    };
    image.src = mask.value;
  }, []);
  const add = (action: Action) => {
    const all = [...actions, action];
    setActions(all);
    redraw(all);
  };
  const undo = () => {
    const all = actions.slice(0, -1);
    setActions(all);
    redraw(all);
  };
  const pointOf = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    return {
      x: ((event.clientX - box.left) / box.width) * width,
      y: ((event.clientY - box.top) / box.height) * height,
    };
  };
  const extend = (event: PointerEvent) => {
    if (!current.current) return;
    current.current.points.push(pointOf(event));
    // The last piece only: a stroke is opaque, so drawing over it again changes nothing.
    const points = current.current.points.slice(-2);
    perform(canvas.current!.getContext("2d")!, width, height, { ...current.current, points });
  };
  const onKey = (event: KeyboardEvent) => {
    if (event.key.toLowerCase() !== "z" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    undo();
  };
  return (
    <Dialog title={text.mask.title} wide onClose={onClose} onKeyDown={onKey}>
      <div class="mask">
        <div class="mask-tools">
          <div class="row">
            <Button icon="brush" aria-pressed={!erase} onClick={() => setErase(false)}>
              {text.mask.brush}
            </Button>
            <Button icon="close" aria-pressed={erase} onClick={() => setErase(true)}>
              {text.mask.erase}
            </Button>
          </div>
          <NumberField
            label={text.mask.size}
            value={size}
            min={1}
            max={Math.max(16, Math.min(width, height))}
            step={1}
            whole
            slider
            onChange={setSize}
          />
          <div class="row">
            <Button icon="undo" disabled={actions.length === 0} onClick={undo}>
              {text.mask.undo}
            </Button>
            <Button onClick={() => add({ kind: "invert" })}>{text.mask.invert}</Button>
            <Button onClick={() => add({ kind: "clear" })}>{text.mask.clear}</Button>
          </div>
          <label class="zoom">
            {text.mask.zoom}
            <input
              type="range"
              min={0}
              max={zooms.length - 1}
              step={1}
              value={zoom}
              aria-valuetext={`${zooms[zoom]} ×`}
              onInput={(event) => setZoom(Number(event.currentTarget.value))}
            />
          </label>
        </div>
        <div class="mask-view" tabIndex={0} aria-label={text.mask.canvas} role="group">
          <div class="mask-layers" style={{ aspectRatio: `${width} / ${height}`, "--shape": width / height, "--zoom": zooms[zoom]! }}>
            <img src={picture.url} alt={text.start.alt} draggable={false} />
            <canvas
              ref={canvas}
              width={width}
              height={height}
              onPointerDown={(event) => {
                if (event.button !== 0) return;
                event.currentTarget.setPointerCapture(event.pointerId);
                current.current = { kind: "stroke", points: [], size, erase };
                extend(event);
              }}
              onPointerMove={extend}
              onPointerUp={() => {
                if (current.current) setActions([...actions, current.current]);
                current.current = null;
              }}
              onPointerCancel={() => {
                current.current = null;
                redraw(actions);
              }}
            />
          </div>
        </div>
        <div class="row end">
          {mask.value && (
            <Button
              kind="ghost"
              icon="trash"
              onClick={() => {
                setMask(null);
                onClose();
              }}
            >
              {text.mask.remove}
            </Button>
          )}
          <Button
            kind="primary"
            icon="check"
            onClick={() => {
              setMask(exported(canvas.current!));
              onClose();
            }}
          >
            {text.mask.done}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
