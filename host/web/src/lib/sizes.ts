// Sizes to choose from: shapes that a model's family is at home with.

export interface Size {
  width: number;
  height: number;
}

// SDXL was trained on these, among others (Podell et al. 2023, appendix I).
const sdxl: [number, number][] = [
  [1024, 1024],
  [1152, 896],
  [1216, 832],
  [1344, 768],
  [896, 1152],
  [832, 1216],
  [768, 1344],
];
const shapes: [number, number][] = [
  [1, 1],
  [4, 3],
  [3, 2],
  [16, 9],
  [3, 4],
  [2, 3],
  [9, 16],
];

// `side` is the model's own width and height: other shapes have about as many pixels, so that as much fits in them.
export function sizePresets(family: string | null, side: number): Size[] {
  if (family?.startsWith("sdxl") && side === 1024) return sdxl.map(([width, height]) => ({ width, height }));
  const grid = side >= 512 ? 64 : 16;
  return shapes.map(([x, y]) => fit(x, y, side, grid));
}

// The size of this shape with about side x side pixels, in multiples of `grid`.
export function fit(x: number, y: number, side: number, grid: number): Size {
  const scale = side / Math.sqrt(x * y);
  const round = (value: number) => Math.min(2048, Math.max(64, Math.round((value * scale) / grid) * grid));
  return { width: round(x), height: round(y) };
}

// "3:2" for people; the exact numbers stand beside it.
export function shapeName({ width, height }: Size): string {
  const away = ([x, y]: [number, number]) => Math.abs(Math.log((width * y) / (height * x)));
  const nearest = shapes.reduce((best, shape) => (away(shape) < away(best) ? shape : best));
  return away(nearest) < 0.07 ? `${nearest[0]}:${nearest[1]}` : "";
}
