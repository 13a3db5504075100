// A mask as the list of what was done to it, so that each thing can be undone.

export interface Stroke {
  kind: "stroke";
  points: { x: number; y: number }[]; // pixels of the mask
  size: number; // diameter
  erase: boolean;
}
export type Action = Stroke | { kind: "clear" } | { kind: "invert" };

type Context = Pick<
  CanvasRenderingContext2D,
  | "globalCompositeOperation"
  | "lineCap"
  | "lineJoin"
  | "lineWidth"
  | "strokeStyle"
  | "fillStyle"
  | "beginPath"
  | "moveTo"
  | "lineTo"
  | "stroke"
  | "clearRect"
  | "fillRect"
>;

// What the mask is painted in, so that it shows on any picture. What counts is only where it is opaque.
export const paint = "#b45cf0";

export function perform(context: Context, width: number, height: number, action: Action): void {
  if (action.kind === "clear") {
    context.clearRect(0, 0, width, height);
    return;
  }
  if (action.kind === "invert") {
    context.globalCompositeOperation = "source-out";
    context.fillStyle = paint;
    context.fillRect(0, 0, width, height);
    context.globalCompositeOperation = "source-over";
    return;
  }
  const [first, ...rest] = action.points;
  if (!first) return;
  context.globalCompositeOperation = action.erase ? "destination-out" : "source-over";
  context.strokeStyle = paint;
  context.lineCap = "round";
  context.lineJoin = "round";
  context.lineWidth = action.size;
  context.beginPath();
  context.moveTo(first.x, first.y);
  for (const point of rest.length > 0 ? rest : [first]) context.lineTo(point.x, point.y);
  context.stroke();
  context.globalCompositeOperation = "source-over";
}
