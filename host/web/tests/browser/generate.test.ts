// From a prompt to a picture.
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, whenReady } from "../browser.ts";
import { Server } from "../server.ts";

let server: Server;
let browser: Browser;
beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

test("a prompt becomes a picture, with progress, previews and the tab's title on the way", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await whenReady(page);
  await page.evaluate(() => {
    const seen = ((globalThis as unknown as { seen: Set<string> }).seen = new Set());
    new MutationObserver(() => {
      const preview = document.querySelector<HTMLImageElement>(".frame img[alt^='Preview']");
      if (preview?.src.startsWith("data:image/png")) seen.add("preview");
      if (/Step \d+ of 8/.test(document.body.textContent ?? "")) seen.add("step");
      if (/\d (it\/s|s\/it)/.test(document.body.textContent ?? "")) seen.add("rate");
      if (/^\d+ %/.test(document.title)) seen.add("title");
      if (document.querySelector("#progress-status")?.textContent?.includes("% done")) seen.add("announced");
    }).observe(document, { subtree: true, childList: true, characterData: true, attributes: true });
  });
  await page.getByLabel("Prompt", { exact: true }).fill("a big red circle on a blue ground");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("8");
  await page.keyboard.press("Control+Enter");
  // The form stays in use while the job runs.
  await page.getByRole("button", { name: "Add to the queue" }).waitFor();
  expect(await page.getByRole("button", { name: "Add to the queue" }).isEnabled()).toBe(true);
  const picture = page.locator(".results .frame-image");
  await picture.waitFor();
  expect(await picture.getAttribute("alt")).toBe("a big red circle on a blue ground");
  expect(await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))).toBe(128);
  const seen = await page.evaluate(() => [...(globalThis as unknown as { seen: Set<string> }).seen].sort());
  expect(seen).toEqual(["announced", "preview", "rate", "step", "title"]);
  expect(await page.title()).toBe("AbleRefusal");
  const { images } = await server.json("/images");
  expect(images).toHaveLength(1);
  expect(images[0].metadata).toMatchObject({ prompt: "a big red circle on a blue ground", steps: 8, width: 128 });
  await page.locator(".recent img").first().waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("a running job is cancelled, and says so", async () => {
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  await page.getByLabel("Prompt", { exact: true }).fill("never finished");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("150");
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await page.getByText(/Step \d+ of 150/).waitFor();
  await page.locator(".stage").getByRole("button", { name: "Cancel" }).click();
  await page.locator(".stage").getByText("Cancelled").waitFor();
  const { jobs } = await server.json("/generate?limit=1");
  expect(jobs[0].status).toBe("cancelled");
  await context.close();
});

test("the draft survives a reload, and presets keep settings under a name", async () => {
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  await page.getByLabel("Prompt", { exact: true }).fill("kept");
  await page.getByRole("button", { name: "Add a LoRA" }).click();
  await page.getByRole("button", { name: "neon", exact: true }).click();
  await page.getByRole("spinbutton", { name: "Weight of neon", exact: true }).fill("0.6");
  await page.getByLabel("Sampler", { exact: true }).selectOption("heun");
  await page.getByRole("button", { name: "Draw a seed and keep it" }).click();
  const seed = await page.getByLabel("Seed", { exact: true }).inputValue();
  expect(seed).toMatch(/^\d+$/);
  await page.reload();
  await whenReady(page);
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe("kept");
  expect(await page.getByLabel("Sampler", { exact: true }).inputValue()).toBe("heun");
  expect(await page.getByLabel("Seed", { exact: true }).inputValue()).toBe(seed);
  expect(await page.getByRole("spinbutton", { name: "Weight of neon", exact: true }).inputValue()).toBe("0.6");

  await page.getByText("Presets", { exact: true }).click();
  await page.getByRole("button", { name: "Save as preset" }).click();
  await page.getByLabel("Name").fill("my style");
  await page.keyboard.press("Enter");
  await page.getByLabel("Prompt", { exact: true }).fill("changed");
  await page.getByLabel("Sampler", { exact: true }).selectOption("euler");
  await page.getByRole("button", { name: "my style", exact: true }).click();
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe("kept");
  expect(await page.getByLabel("Sampler", { exact: true }).inputValue()).toBe("heun");
  await context.close();
});

test("parameters, LoRA weight, size and a seed of 63 bits reach the server as they were set", async () => {
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  await page.getByLabel("Prompt", { exact: true }).fill("all of it");
  await page.getByLabel("Negative prompt").fill("nothing");
  await page.getByLabel("Sampler", { exact: true }).selectOption("euler_a");
  await page.getByLabel("Schedule", { exact: true }).selectOption("karras");
  await page.getByText("Advanced", { exact: true }).click();
  await page.getByRole("spinbutton", { name: "Eta", exact: true }).fill("0.5");
  await page.getByRole("spinbutton", { name: /rho/i }).fill("5");
  await page.getByRole("spinbutton", { name: "Guidance rescale", exact: true }).fill("0.7");
  await page.getByLabel("CLIP skip").selectOption("2");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("3");
  await page.getByRole("spinbutton", { name: "Guidance", exact: true }).fill("2.5");
  await page.getByRole("spinbutton", { name: "Width", exact: true }).fill("64");
  await page.getByRole("spinbutton", { name: "Height", exact: true }).fill("72");
  await page.getByRole("button", { name: "Swap width and height" }).click();
  await page.getByLabel("Seed", { exact: true }).fill("9223372036854775806");
  await page.getByRole("spinbutton", { name: "Pictures", exact: true }).fill("2");
  await page.getByRole("button", { name: "Add a LoRA" }).click();
  await page.getByRole("button", { name: "stripes", exact: true }).click();
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await page.locator(".filmstrip button").nth(1).waitFor();
  const text = await (await server.get("/generate?limit=1")).text();
  expect(text).toContain('"seed":9223372036854775806');
  expect(text).toContain('"seed":9223372036854775807');
  expect(JSON.parse(text).jobs[0].request).toMatchObject({
    prompt: "all of it",
    negative_prompt: "nothing",
    sampler: "euler_a",
    sampler_params: { eta: 0.5 },
    schedule: "karras",
    schedule_params: { rho: 5 },
    guidance_rescale: 0.7,
    clip_skip: 2,
    steps: 3,
    cfg_scale: 2.5,
    width: 72,
    height: 64,
    batch_size: 2,
    loras: [{ name: "stripes", weight: 1 }],
  });
  await page.locator(".stage").getByText("Seed 9223372036854775806").waitFor();
  await context.close();
});

test("tokens are counted by chunk while one types, and what is wrong is said before anything is sent", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await whenReady(page);
  await page.getByLabel("Prompt", { exact: true }).fill("a (red:1.3) circle");
  await page.getByText(/^\d \/ 75$/).waitFor();
  await page.getByLabel("Prompt", { exact: true }).fill("a ".repeat(80));
  await page.getByText("75 / 75 · 5 / 75").waitFor();
  await page.getByLabel("Prompt", { exact: true }).fill("a circle BREAK a star BREAK a red heart");
  await page.getByText("2 / 75 · 2 / 75 · 3 / 75").waitFor();
  await page.getByLabel("Prompt", { exact: true }).fill("a fox <lora:nobody:1>");
  await page.getByRole("alert").filter({ hasText: "nobody" }).waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("weights and instructions are marked below the text, which lies on them exactly", async () => {
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  const prompt = page.getByLabel("Prompt", { exact: true });
  await prompt.fill(`a (red:1.4) [circle] __ground__ ${"and so on ".repeat(60)}(end)`);
  expect(await page.locator(".marked-back mark").allTextContents()).toEqual(["(red:1.4)", "[circle]", "__ground__", "(end)"]);
  const sizes = await page.evaluate(() => {
    const [back, area] = [document.querySelector(".marked-back")!, document.querySelector(".marked textarea")!];
    return [back, area].map(({ clientWidth, scrollHeight }) => [clientWidth, scrollHeight]);
  });
  expect(sizes[0]).toEqual(sizes[1]);
  await context.close();
});

test("fast mode draws in few steps, and gives the settings back", async () => {
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  await page.getByLabel("Prompt", { exact: true }).fill("quick");
  await page.getByLabel("Sampler", { exact: true }).selectOption("heun");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("33");
  await page.getByRole("checkbox", { name: /Fast mode/ }).check();
  // The demo's LCM LoRA says what it was made for.
  const { loras } = await server.json("/loras");
  const { steps } = loras.find(({ id }: { id: string }) => id === "lcm").few_steps;
  expect(steps).toBeLessThan(10);
  expect(await page.getByRole("spinbutton", { name: "Steps", exact: true }).inputValue()).toBe(String(steps));
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await page.locator(".results .frame-image[alt='quick']").waitFor();
  const { jobs } = await server.json("/generate?limit=1");
  const { samplers } = await server.json("/samplers");
  expect(jobs[0].request).toMatchObject({ steps, loras: [{ name: "lcm", weight: 1 }] });
  expect(samplers.find(({ id }: { id: string }) => id === jobs[0].request.sampler).few_steps).toBe(true);
  await page.getByRole("checkbox", { name: /Fast mode/ }).uncheck();
  expect(await page.getByLabel("Sampler", { exact: true }).inputValue()).toBe("heun");
  expect(await page.getByRole("spinbutton", { name: "Steps", exact: true }).inputValue()).toBe("33");
  await context.close();
});

test("what the server refuses is said at the field", async () => {
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  await page.getByLabel("Prompt", { exact: true }).fill("x");
  await page.route("**/api/v1/generate", (route) =>
    route.request().method() === "POST"
      ? route.fulfill({
          status: 400,
          json: { error: { code: "unknown_sampler", message: "no such sampler", field: "sampler", allowed: ["a", "b"] } },
        })
      : route.continue(),
  );
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "Possible: a, b" }).waitFor();
  expect(await page.getByLabel("Sampler", { exact: true }).getAttribute("aria-invalid")).toBe("true");
  await context.close();
});
