import { expect, test } from "vitest";
import { parseJson, writeJson } from "./json";

test("a seed of 63 bits survives the way there and back", () => {
  const text = '{"seed":9223372036854775807,"steps":20}';
  expect(parseJson(text)).toEqual({ seed: "9223372036854775807", steps: 20 });
  expect(writeJson(parseJson(text))).toBe(text);
  expect(writeJson({ seed: "-1" })).toBe('{"seed":-1}');
});

test("a prompt that looks like a seed stays as it is", () => {
  const prompt = 'draw "seed":123 and "seed":"7"';
  const text = writeJson({ prompt });
  expect(JSON.parse(text)).toEqual({ prompt });
  expect(parseJson(text)).toEqual({ prompt });
});
