// Gives a picture room to grow: a handle at each side, for the pointer and for the keyboard.
import { useRef, useState } from "preact/hooks";
import { extend, grain, type Margins, noMargins, roomAt, type Side } from "../../lib/outpaint";
import { limit } from "../../state/catalogue";
import { type StartPicture, startExtended } from "../../state/start";
import { attempt } from "../../state/toasts";
import { text } from "../../text/en";
import { Button } from "../../ui/Button";
import { Dialog } from "../../ui/Dialog";

const sides: Side[] = ["left", "top", "right", "bottom"];
const keyStep = grain;

interface HandleProps {
  side: Side;
  value: number;
  max: number;
  scale: () => number; // pixels of the picture in one of the screen
  onChange: (value: number) => void;
}

function Handle({ side, value, max, scale, onChange }: HandleProps) {
  const grab = useRef<{ at: number; value: number } | null>(null);
  const across = side === "left" || side === "right";
  const outwards = side === "right" || side === "bottom" ? 1 : -1;
  const take = (wanted: number) => onChange(Math.min(max, Math.max(0, Math.round(wanted / grain) * grain)));
  const place = (event: PointerEvent) => (across ? event.clientX : event.clientY);
  const steps: Record<string, number> = {
    ArrowRight: outwards,
    ArrowDown: outwards,
    ArrowLeft: -outwards,
    ArrowUp: -outwards,
    PageUp: 8,
    PageDown: -8,
  };
  return (
    <div
      class="outpaint-handle"
      data-side={side}
      role="slider"
      tabIndex={0}
      aria-label={text.outpaint.sides[side]}
      aria-orientation={across ? "horizontal" : "vertical"}
      aria-valuemin={0}
      aria-valuemax={max}
      aria-valuenow={value}
      aria-valuetext={text.outpaint.pixels(value)}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        grab.current = { at: place(event), value };
      }}
      onPointerMove={(event) => {
        if (grab.current) take(grab.current.value + (place(event) - grab.current.at) * outwards * scale());
      }}
      onPointerUp={() => (grab.current = null)}
      onPointerCancel={() => (grab.current = null)}
      onKeyDown={(event) => {
        const step = steps[event.key];
        if (step === undefined) return;
        event.preventDefault();
        take(value + step * keyStep);
      }}
    >
      <span class="numbers">{value > 0 ? `+${value}` : ""}</span>
    </div>
  );
}

export function OutpaintDialog({ picture, onClose }: { picture: StartPicture; onClose: () => void }) {
  const [margins, setMargins] = useState<Margins>(noMargins);
  const image = useRef<HTMLImageElement>(null);
  const { width, height } = picture;
  const { left, top, right, bottom } = margins;
  const [whole, tall] = [width + left + right, height + top + bottom];
  const most = limit("width", "maximum");
  // The view leaves room for as much again as the picture has, so that handles do not run away from the pointer.
  const view = { "--shape": (width * 2) / (height * 2) };
  const percent = (part: number, of: number) => `${(100 * part) / of}%`;
  const box = {
    left: percent(width / 2 - left, width * 2),
    top: percent(height / 2 - top, height * 2),
    width: percent(whole, width * 2),
    height: percent(tall, height * 2),
  };
  const inner = {
    left: percent(left, whole),
    top: percent(top, tall),
    width: percent(width, whole),
    height: percent(height, tall),
  };
  const roomFor = (side: Side) => {
    const half = side === "left" || side === "right" ? width / 2 : height / 2;
    return Math.min(Math.floor(half / grain) * grain, roomAt(side, margins, width, height, most));
  };
  return (
    <Dialog title={text.outpaint.title} wide onClose={onClose}>
      <div class="mask">
        <p class="muted">{text.outpaint.help}</p>
        <div class="outpaint-view">
          <div class="outpaint-field" style={view}>
            <div class="outpaint-box" style={box}>
              <img ref={image} src={picture.url} alt={text.start.alt} draggable={false} style={inner} />
              {sides.map((side) => (
                <Handle
                  key={side}
                  side={side}
                  value={margins[side]}
                  max={roomFor(side)}
                  scale={() => width / Math.max(1, image.current!.getBoundingClientRect().width)}
                  onChange={(value) => setMargins({ ...margins, [side]: value })}
                />
              ))}
            </div>
          </div>
        </div>
        <div class="row end">
          <span class="muted numbers">{text.start.size(whole, tall)}</span>
          <Button onClick={() => setMargins(noMargins)}>{text.outpaint.reset}</Button>
          <Button
            kind="primary"
            icon="check"
            disabled={whole === width && tall === height}
            onClick={() => {
              onClose();
              void attempt(async () => startExtended(extend(image.current!, margins), picture.name));
            }}
          >
            {text.outpaint.done}
          </Button>
        </div>
      </div>
    </Dialog>
  );
}
