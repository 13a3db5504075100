import { expect, test } from "vitest";
import { nextRate } from "./rate";

test("one report is no rate, two are, and then it is smoothed", () => {
  const first = nextRate(null, 1000, 1);
  expect(first.perSecond).toBeNull();
  const second = nextRate(first, 1500, 2);
  expect(second.perSecond).toBe(2);
  expect(nextRate(second, 1750, 3).perSecond).toBeCloseTo(2.6);
});

test("a step that comes again changes nothing", () => {
  const rate = nextRate(nextRate(null, 1000, 1), 1500, 2);
  expect(nextRate(rate, 1600, 2).perSecond).toBe(2);
});
