import { expect, test } from "vitest";
import { bytes, duration, rate } from "./format";

test("times", () => {
  expect([0.2, 7.4, 59.4, 65, 7389].map(duration)).toEqual(["0 s", "7 s", "59 s", "1:05", "2:03:09"]);
});

test("rates change to seconds a step where steps take longer than one", () => {
  expect([23.456, 2.4, 0.5, 0.1].map(rate)).toEqual(["23.5 it/s", "2.40 it/s", "2.0 s/it", "10.0 s/it"]);
});

test("sizes", () => {
  expect([12, 387564, 11084822, 6.9e9].map(bytes)).toEqual(["12 B", "388 kB", "11.1 MB", "6.9 GB"]);
});
