import { expect, test } from "vitest";
import { inSight, layOut, step } from "./grid";

test("cells fill the width", () => {
  const grid = layOut(1000, 25_000, 180, 8);
  expect(grid.columns).toBe(5);
  expect(grid.columns * grid.cell + 4 * 8).toBeLessThanOrEqual(1000);
  expect(grid.rows).toBe(5000);
  expect(layOut(320, 3, 180, 8).columns).toBe(2);
});

test("only what is in sight exists, wherever one looks in 25,000", () => {
  const grid = layOut(1000, 25_000, 180, 8);
  for (const top of [0, grid.height / 2, grid.height - 800]) {
    const [first, last] = inSight(grid, 25_000, top, 800, 2);
    expect(last - first).toBeLessThanOrEqual(5 * 10);
    expect(last).toBeGreaterThan(first);
  }
  expect(inSight(grid, 25_000, grid.height - 800, 800, 2)[1]).toBe(25_000);
});

test("arrow keys stay inside", () => {
  const grid = layOut(1000, 12, 180, 8);
  expect(step(grid, 12, 0, "ArrowLeft")).toBe(0);
  expect(step(grid, 12, 4, "ArrowRight")).toBe(5);
  expect(step(grid, 12, 9, "ArrowDown")).toBe(9);
  expect(step(grid, 12, 6, "ArrowDown")).toBe(11);
  expect(step(grid, 12, 3, "ArrowUp")).toBe(3);
  expect(step(grid, 12, 3, "End")).toBe(11);
});
