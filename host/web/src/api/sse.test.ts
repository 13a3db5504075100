import { expect, test } from "vitest";
import { EventParser } from "./sse";

test("events come out whole however the stream is cut", () => {
  const text = 'retry: 2000\n\nid: 7\nevent: step\ndata: {"a": "x: y"}\n\n: still here\n\nid: 8\nevent: completed\ndata: {}\n\n';
  const expected = [
    { id: "7", type: "step", data: '{"a": "x: y"}' },
    { id: "8", type: "completed", data: "{}" },
  ];
  for (const size of [1, 3, 10, text.length]) {
    const parser = new EventParser();
    const events = [];
    for (let at = 0; at < text.length; at += size) events.push(...parser.push(text.slice(at, at + size)));
    expect(events).toEqual(expected);
  }
});

test("an unfinished event is kept back", () => {
  const parser = new EventParser();
  expect(parser.push("event: step\ndata: {")).toEqual([]);
  expect(parser.push("}\n\n")).toHaveLength(1);
});
