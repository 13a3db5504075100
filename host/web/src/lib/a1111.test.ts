import { expect, test } from "vitest";
import { parseParameters } from "./a1111";

test("prompts of several lines, quoted values and LoRAs", () => {
  const parsed = parseParameters(
    [
      "a lighthouse, <lora:ink:0.7> at dusk",
      "second line <lora:plain>",
      "Negative prompt: blurry,",
      "low quality",
      'Steps: 28, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 6.5, Seed: 9223372036854775807, Size: 512x768, Model: my model, Lora hashes: "ink: 0123, plain: 4567", Version: v1.10.1',
    ].join("\n"),
  )!;
  expect(parsed.prompt).toBe("a lighthouse,  at dusk\nsecond line");
  expect(parsed.negativePrompt).toBe("blurry,\nlow quality");
  expect(parsed.loras).toEqual([
    { name: "ink", weight: 0.7 },
    { name: "plain", weight: 1 },
  ]);
  expect(Object.fromEntries(parsed.values)).toMatchObject({
    steps: "28",
    sampler: "DPM++ 2M",
    "schedule type": "Karras",
    "cfg scale": "6.5",
    seed: "9223372036854775807",
    size: "512x768",
    model: "my model",
    "lora hashes": "ink: 0123, plain: 4567",
    version: "v1.10.1",
  });
});

test("other texts are not taken for settings", () => {
  expect(parseParameters("just a caption")).toBeUndefined();
  expect(parseParameters("")).toBeUndefined();
  expect(parseParameters('{"prompt": "Steps: many"}')).toBeUndefined();
});

test("no prompt is an empty one", () => {
  expect(parseParameters("Steps: 5, Seed: 1")).toMatchObject({ prompt: "", negativePrompt: "" });
});
