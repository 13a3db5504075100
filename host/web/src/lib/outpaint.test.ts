import { expect, test } from "vitest";
import { keptOf, noMargins, roomAt } from "./outpaint";

test("the mask reaches a seam into the picture where it grows, and nowhere else", () => {
  expect(keptOf(512, 512, { ...noMargins, right: 128 })).toEqual({ x: 0, y: 0, width: 496, height: 512 });
  expect(keptOf(512, 512, { left: 64, top: 8, right: 0, bottom: 0 })).toEqual({ x: 80, y: 24, width: 496, height: 496 });
  expect(keptOf(64, 64, noMargins)).toEqual({ x: 0, y: 0, width: 64, height: 64 });
});

test("a side grows by eights, no further than the server draws", () => {
  expect(roomAt("left", { ...noMargins, right: 500 }, 1001, 64, 2048)).toBe(544);
  expect(roomAt("top", { ...noMargins, right: 500 }, 1001, 64, 2048)).toBe(1984);
  expect(roomAt("bottom", noMargins, 64, 3000, 2048)).toBe(0);
});
