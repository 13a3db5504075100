// The gallery: finding, starring, throwing away and taking back.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open } from "../browser.ts";
import { Server } from "../server.ts";

let server: Server;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  for (const prompt of ["a red circle", "a blue star", "a green star"]) {
    await server.draw({ prompt, steps: 2, seed: 5, sampler: prompt.includes("green") ? "heun" : "euler" });
  }
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

const cells = (page: Page) =>
  page.locator(".cell-open").evaluateAll((buttons) => buttons.map((button) => button.getAttribute("aria-label")));

test("pictures are searched and filtered by the server", async () => {
  const { page, context, complaints } = await open(browser, `${server.url}/#/gallery`);
  await page.getByText("3 pictures", { exact: true }).waitFor();
  await page.keyboard.press("/");
  await page.keyboard.type("STAR");
  await page.getByText("2 pictures", { exact: true }).waitFor();
  expect(await cells(page)).toEqual(["a green star", "a blue star"]);
  await page.getByRole("button", { name: "Filters", exact: true }).click();
  await page.getByLabel("Sampler").selectOption("heun");
  await page.getByText("1 picture", { exact: true }).waitFor();
  expect(await cells(page)).toEqual(["a green star"]);
  await page.getByLabel("Search prompts").fill("nothing like it");
  await page.getByText("No picture fits").waitFor();
  await page.getByRole("button", { name: "Clear filters" }).first().click();
  await page.getByText("3 pictures", { exact: true }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("the keyboard moves, stars, throws away, and undo takes back", async () => {
  const { page, context } = await open(browser, `${server.url}/#/gallery`);
  await page.getByText("3 pictures", { exact: true }).waitFor();
  await page.locator(".cell-open").first().focus();
  await page.keyboard.press("ArrowRight");
  await page.keyboard.press("s");
  await page.getByRole("button", { name: "Starred. a blue star" }).waitFor();
  await page.getByRole("button", { name: "Starred", exact: true }).click();
  await page.getByText("1 picture", { exact: true }).waitFor();
  await page.getByRole("button", { name: "Starred", exact: true }).click();
  await page.getByText("3 pictures", { exact: true }).waitFor();

  await page.locator(".cell-open").nth(2).focus();
  await page.keyboard.press("Delete");
  await page.getByText("2 pictures", { exact: true }).waitFor();
  expect((await server.json("/images?trashed=true")).images[0].metadata.prompt).toBe("a red circle");
  await page.getByRole("button", { name: "Undo" }).click();
  await page.getByText("3 pictures", { exact: true }).waitFor();
  await context.close();
});

test("a picture opens with its settings, which go back into the form", async () => {
  const { page, context } = await open(browser, `${server.url}/#/gallery`);
  await page.getByRole("button", { name: "a green star" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByText("heun").first().waitFor();
  await page.keyboard.press("ArrowRight");
  await dialog.getByRole("heading", { name: "a blue star" }).waitFor();
  await page.keyboard.press("ArrowLeft");
  await dialog.getByRole("heading", { name: "a green star" }).waitFor();
  await dialog.getByRole("button", { name: "Use all settings" }).click();
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe("a green star");
  expect(await page.getByLabel("Sampler", { exact: true }).inputValue()).toBe("heun");
  expect(await page.getByLabel("Seed", { exact: true }).inputValue()).toBe("5");
  expect(await page.getByRole("spinbutton", { name: "Steps", exact: true }).inputValue()).toBe("2");
  await context.close();
});

test("a picture goes onto the easel", async () => {
  const { page, context } = await open(browser, `${server.url}/#/gallery`);
  await page.getByRole("button", { name: "a blue star" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Paint a mask on it" }).click();
  await page.getByRole("dialog", { name: "Paint over what is to be drawn anew" }).waitFor();
  await page.keyboard.press("Escape");
  await page.locator(".start-preview img").first().waitFor();
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe("a blue star");
  await context.close();
});

test("two pictures are compared, with the settings that differ", async () => {
  const { page, context } = await open(browser, `${server.url}/#/gallery`);
  await page.getByRole("button", { name: "a green star" }).focus();
  await page.keyboard.press("c");
  await page.getByText("Choose the picture to compare with.").waitFor();
  await page.getByRole("button", { name: /a blue star/ }).click();
  const table = page.getByRole("dialog").getByRole("table");
  expect(await table.getByRole("row").allTextContents()).toEqual([
    "FirstSecond",
    "Prompta green stara blue star",
    "Samplerheuneuler",
  ]);
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await context.close();
});

test("of 25,000 pictures only those in sight exist, and any of them is quickly reached", async () => {
  const { page, context } = await open(browser, "about:blank");
  await page.route("**/api/v1/images?*", async (route) => {
    const query = new URL(route.request().url()).searchParams;
    const offset = Number(query.get("offset") ?? 0);
    const limit = Number(query.get("limit"));
    const images = Array.from({ length: Math.min(limit, 25_000 - offset) }, (_, i) => ({
      id: `n${offset + i}`,
      job_id: "j",
      image_url: "/icon.svg",
      image_path: `n${offset + i}.png`,
      seed: 1,
      width: 64,
      height: 64,
      created_at: "2026-01-31T12:00:00.000Z",
      metadata: { prompt: `number ${offset + i}` },
      request: { prompt: "" },
      starred: false,
      trashed_at: null,
    }));
    await route.fulfill({ json: { images, count: images.length, total: 25_000, limit, offset } });
  });
  await page.goto(`${server.url}/#/gallery`);
  await page.getByText("25,000 pictures").waitFor();
  await page.getByRole("button", { name: "number 0", exact: true }).focus();
  await page.keyboard.press("End");
  await page.getByRole("button", { name: "number 24999", exact: true }).waitFor();
  expect(await page.locator(".cell").count()).toBeLessThan(120);
  // The way there does not ask for what it passes.
  for (const share of [0.25, 0.5, 0.75]) {
    await page.locator(".content").evaluate((element, at) => element.scrollTo(0, element.scrollHeight * at), share);
    await page.locator(".cell-open[aria-label^='number']").first().waitFor();
    expect(await page.locator(".cell").count()).toBeLessThan(120);
  }
  await context.close();
});
