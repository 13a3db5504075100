import { expect, test } from "vitest";
import { type Action, perform } from "./strokes";

// Records what is drawn, with the mode it is drawn in.
function recorder() {
  const calls: string[] = [];
  const context = {
    globalCompositeOperation: "source-over",
    lineWidth: 0,
    calls,
  } as Record<string, unknown> & { calls: string[] };
  for (const name of ["beginPath", "moveTo", "lineTo", "stroke", "clearRect", "fillRect"]) {
    context[name] = (...values: number[]) => calls.push(`${String(context.globalCompositeOperation)} ${name} ${values}`);
  }
  return context;
}

function drawn(action: Action): string[] {
  const context = recorder();
  perform(context as never, 64, 32, action);
  expect(context.globalCompositeOperation).toBe("source-over");
  return context.calls;
}

test("a stroke is a line through its points, and a click is a dot", () => {
  const points = [{ x: 1, y: 2 }, { x: 3, y: 4 }];
  expect(drawn({ kind: "stroke", points, size: 9, erase: false })).toEqual([
    "source-over beginPath ",
    "source-over moveTo 1,2",
    "source-over lineTo 3,4",
    "source-over stroke ",
  ]);
  expect(drawn({ kind: "stroke", points: points.slice(0, 1), size: 9, erase: false })).toContain("source-over lineTo 1,2");
  expect(drawn({ kind: "stroke", points: [], size: 9, erase: false })).toEqual([]);
});

test("erasing takes away, inverting keeps what was not painted, clearing takes all", () => {
  expect(drawn({ kind: "stroke", points: [{ x: 1, y: 2 }], size: 9, erase: true })).toContain("destination-out stroke ");
  expect(drawn({ kind: "invert" })).toEqual(["source-out fillRect 0,0,64,32"]);
  expect(drawn({ kind: "clear" })).toEqual(["source-over clearRect 0,0,64,32"]);
});
