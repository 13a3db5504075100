import { expect, test } from "vitest";
import { isFiltered, noFilter, query } from "./gallery";

test("the filter becomes the server's query", () => {
  const filter = { ...noFilter, q: "a & b", sampler: "euler", starred: true, since: "2026-01-31", until: "2026-01-31" };
  const fields = new URLSearchParams(query(filter, 100, 200));
  expect(fields.get("q")).toBe("a & b");
  expect(fields.get("sampler")).toBe("euler");
  expect(fields.get("starred")).toBe("true");
  expect(fields.has("model")).toBe(false);
  expect(fields.has("trashed")).toBe(false);
  expect([fields.get("limit"), fields.get("offset")]).toEqual(["100", "200"]);
  // The last day is meant as a whole, in the browser's time zone.
  const day = Date.parse(fields.get("until")!) - Date.parse(fields.get("since")!);
  expect(day).toBe(24 * 3600 * 1000);
});

test("the trash is a place, not a filter", () => {
  expect(isFiltered(noFilter)).toBe(false);
  expect(isFiltered({ ...noFilter, trashed: true })).toBe(false);
  expect(isFiltered({ ...noFilter, q: "x" })).toBe(true);
});
