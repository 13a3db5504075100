import { expect, test } from "vitest";
import { readHubName } from "./hub";

test("a name is a name, and an address says what it leads to", () => {
  expect(readHubName(" org/some-model_v1.5 ")).toEqual({ repo: "org/some-model_v1.5" });
  expect(readHubName("gpt2")).toEqual({ repo: "gpt2" });
  expect(readHubName("https://huggingface.co/org/name")).toEqual({ repo: "org/name" });
  expect(readHubName("https://huggingface.co/org/name/tree/fp16")).toEqual({ repo: "org/name", revision: "fp16" });
  expect(readHubName("https://huggingface.co/org/name/blob/main/a/b%20c.safetensors?download=true")).toEqual({
    repo: "org/name",
    revision: "main",
    files: ["a/b c.safetensors"],
  });
});

test("anything else is nothing", () => {
  for (const text of ["", "a b", "http://huggingface.co/org/name", "https://huggingface.co/org", "javascript:alert(1)", "a/b/c"]) {
    expect(readHubName(text), text).toBeUndefined();
  }
});
