// How a prompt fills the text encoder's chunks, out of what the server says of it.
import type { PromptReport } from "../api/types";

export interface Chunks {
  counts: number[]; // tokens of each
  size: number; // what fits into one
}

// Of the text encoder and the version of a scheduled prompt that take most chunks, or tokens where those are as many.
// Nothing if they could not be counted.
export function chunksOf(report: PromptReport): Chunks | undefined {
  let most: Chunks | undefined;
  const sum = ({ counts }: Chunks) => counts.reduce((all, count) => all + count, 0);
  for (const { encoders = [] } of report.parts.flatMap(({ schedule }) => schedule)) {
    for (const { chunk_size, chunks } of encoders) {
      const own = { counts: chunks.map(({ count }) => count), size: chunk_size };
      const longer = !most || own.counts.length > most.counts.length;
      if (!most || longer || (own.counts.length === most.counts.length && sum(own) > sum(most))) most = own;
    }
  }
  return most;
}
