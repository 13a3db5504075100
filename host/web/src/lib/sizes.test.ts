import { expect, test } from "vitest";
import { fit, shapeName, sizePresets } from "./sizes";

test("presets follow the family and stay with its number of pixels", () => {
  expect(sizePresets("sd1", 512)[0]).toEqual({ width: 512, height: 512 });
  expect(sizePresets("sdxl", 1024)).toContainEqual({ width: 1216, height: 832 });
  for (const [family, side] of [["sd1", 512], ["sd2", 768], ["sdxl", 1024], ["sd1", 128]] as const) {
    for (const { width, height } of sizePresets(family, side)) {
      expect([width % 8, height % 8]).toEqual([0, 0]);
      expect((width * height) / side ** 2).toBeGreaterThan(0.8);
      expect((width * height) / side ** 2).toBeLessThan(1.25);
    }
  }
});

test("a picture's shape is kept as nearly as the grid allows", () => {
  expect(fit(1920, 1080, 512, 8)).toEqual({ width: 680, height: 384 });
  expect(fit(10000, 10, 512, 8)).toEqual({ width: 2048, height: 64 });
});

test("shapes have names", () => {
  expect(sizePresets("sd1", 512).map(shapeName)).toEqual(["1:1", "4:3", "3:2", "16:9", "3:4", "2:3", "9:16"]);
  expect(shapeName({ width: 2048, height: 64 })).toBe("");
});
