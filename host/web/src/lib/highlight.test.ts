import { expect, test } from "vitest";
import { highlight } from "./highlight";

const marks = (prompt: string) => highlight(prompt).map(({ text, mark }) => [text, mark]);

test("brackets weigh what is in them, also in each other", () => {
  expect(marks("a (fox:1.3) [in] (snow)")).toEqual([
    ["a ", ""],
    ["(fox:1.3)", "up-more"],
    [" ", ""],
    ["[in]", "down"],
    [" ", ""],
    ["(snow)", "up"],
  ]);
  expect(marks("((x))")).toEqual([["((x))", "up"]]);
  expect(marks("(a (b:0.5):1.2)").find(([text]) => text === "(b:0.5)")).toEqual(["(b:0.5)", "down-more"]);
  expect(marks("(far:0.1)")).toEqual([["(far:0.1)", "down-more"]]);
});

test("escaped and lonely brackets are text", () => {
  expect(marks("\\(fox\\) (never closed")).toEqual([["\\(fox\\) (never closed", ""]]);
  expect(marks("a) b] (c]")).toEqual([["a) b] (c]", ""]]);
});

test("LoRAs, wildcards, alternatives, schedules and BREAK are instructions", () => {
  for (const instruction of ["<lora:ink:0.8>", "__animal__", "{fox|owl}", "[fox:owl:0.5]", "BREAK", "AND"]) {
    expect(marks(`a ${instruction} z`)).toEqual([
      ["a ", ""],
      [instruction, "code"],
      [" z", ""],
    ]);
  }
  expect(marks("LANDSCAPE")).toEqual([["LANDSCAPE", ""]]);
});

test("nothing is lost or added, and 10,000 brackets take no time", () => {
  for (const prompt of ["", "x", "((a:2) [b|c] <lora:x:1> __y__", "(".repeat(5000) + ")".repeat(5000)]) {
    expect(highlight(prompt).map(({ text }) => text).join("")).toBe(prompt);
  }
});
