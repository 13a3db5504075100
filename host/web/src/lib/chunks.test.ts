import { expect, test } from "vitest";
import type { PromptReport } from "../api/types";
import { chunksOf } from "./chunks";

const entry = (...encoders: number[][]) => ({
  until_step: 20,
  segments: [],
  token_count: 0,
  encoders: encoders.map((counts) => ({
    tokenizer: "tokenizer",
    chunk_size: 75,
    token_count: 0,
    chunks: counts.map((count) => ({ count, ids: [], weights: [] })),
  })),
});
const report = (...schedules: ReturnType<typeof entry>[][]) =>
  ({ parts: schedules.map((schedule) => ({ weight: 1, schedule })) }) as unknown as PromptReport;

test("each chunk is counted by itself", () => {
  expect(chunksOf(report([entry([75, 5])]))).toEqual({ counts: [75, 5], size: 75 });
  expect(chunksOf(report([entry([0])]))).toEqual({ counts: [0], size: 75 });
});

test("what takes most chunks counts, and of those what has most tokens", () => {
  expect(chunksOf(report([entry([70])], [entry([3, 4])]))!.counts).toEqual([3, 4]);
  expect(chunksOf(report([entry([3]), entry([7], [9])], [entry([8])]))!.counts).toEqual([9]);
});

test("without a count there is none to show", () => {
  expect(chunksOf(report())).toBeUndefined();
  expect(chunksOf({ parts: [{ weight: 1, schedule: [{ until_step: 20, segments: [] }] }] } as unknown as PromptReport)).toBeUndefined();
});
