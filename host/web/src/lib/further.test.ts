import { expect, test } from "vitest";
import { furtherFields } from "./further";

test("a field that this page has never heard of gets a place", () => {
  const { properties } = furtherFields({
    steps: { type: "integer" },
    guidance_rescale: { type: "number", minimum: 0, maximum: 1, default: 0 },
    tiling: { type: "boolean", default: false },
    vae: { type: "string" },
    order: { type: "string", enum: ["a", "b"], default: "a" },
    sigmas: {},
  });
  expect(Object.keys(properties!)).toEqual(["guidance_rescale", "tiling", "order"]);
  expect(properties!.guidance_rescale).toMatchObject({ title: "Guidance rescale", maximum: 1 });
});
