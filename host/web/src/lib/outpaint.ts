// A picture with room around it, and the mask of that room.

export interface Margins {
  left: number; // pixels
  top: number;
  right: number;
  bottom: number;
}
export type Side = keyof Margins;

export const noMargins: Margins = { left: 0, top: 0, right: 0, bottom: 0 };
export const grain = 8; // the server draws multiples of it

// The most that a side may grow, so that the picture stays within the server's limit.
export function roomAt(side: Side, margins: Margins, width: number, height: number, limit: number): number {
  const across = side === "left" || side === "right";
  const other = across ? margins.left + margins.right - margins[side] : margins.top + margins.bottom - margins[side];
  return Math.max(0, Math.floor((limit - (across ? width : height) - other) / grain) * grain);
}

// How far the mask reaches into the picture, for the seam.
export const overlap = (width: number, height: number) => Math.max(1, Math.round(Math.min(width, height) / 32));

interface Rectangle {
  x: number;
  y: number;
  width: number;
  height: number;
}

// What stays of the picture, in the larger picture's pixels: all of it but a seam at the sides that grow.
export function keptOf(width: number, height: number, margins: Margins): Rectangle {
  const seam = overlap(width, height);
  const inset = (side: Side) => (margins[side] > 0 ? seam : 0);
  return {
    x: margins.left + inset("left"),
    y: margins.top + inset("top"),
    width: width - inset("left") - inset("right"),
    height: height - inset("top") - inset("bottom"),
  };
}

function canvasOf(width: number, height: number): [HTMLCanvasElement, CanvasRenderingContext2D] {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return [canvas, canvas.getContext("2d")!];
}

// Data URLs. The room is filled with the picture's edge, drawn out: what the model sees of it at first.
export function extend(image: HTMLImageElement, margins: Margins): { url: string; mask: string; width: number; height: number } {
  const { naturalWidth: w, naturalHeight: h } = image;
  const { left, top, right, bottom } = margins;
  const [width, height] = [w + left + right, h + top + bottom];
  const [picture, context] = canvasOf(width, height);
  context.imageSmoothingEnabled = false;
  const columns = [[0, 1, 0, left], [0, w, left, w], [w - 1, 1, left + w, right]] as const;
  const rows = [[0, 1, 0, top], [0, h, top, h], [h - 1, 1, top + h, bottom]] as const;
  for (const [sx, sw, dx, dw] of columns) {
    for (const [sy, sh, dy, dh] of rows) if (dw > 0 && dh > 0) context.drawImage(image, sx, sy, sw, sh, dx, dy, dw, dh);
  }
  const [mask, painted] = canvasOf(width, height);
  painted.fillStyle = "#fff";
  painted.fillRect(0, 0, width, height);
  const kept = keptOf(w, h, margins);
  painted.fillStyle = "#000";
  painted.fillRect(kept.x, kept.y, kept.width, kept.height);
  return { url: picture.toDataURL("image/png"), mask: mask.toDataURL("image/png"), width, height };
}
