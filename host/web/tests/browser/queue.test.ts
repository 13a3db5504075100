// The queue: order, pause, cancel, and what went wrong.
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open } from "../browser.ts";
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

const prompts = (page: Page) => page.locator(".job.waiting .job-prompt").allTextContents();

test("a paused queue is reordered, by buttons and by dragging, duplicated and emptied", async () => {
  await server.post("/queue/pause");
  for (const prompt of ["first", "second", "third"]) await server.post("/generate", { prompt, steps: 1 });
  const { page, context, complaints } = await open(browser, `${server.url}/#/queue`);
  await page.getByText("Paused: no job starts").waitFor();
  await page.locator(".job.waiting").nth(2).waitFor();
  expect(await prompts(page)).toEqual(["first", "second", "third"]);

  await page.locator(".job.waiting", { hasText: "third" }).getByRole("button", { name: "To the front" }).click();
  await expect.poll(() => prompts(page)).toEqual(["third", "first", "second"]);
  await page.locator(".job.waiting", { hasText: "third" }).getByRole("button", { name: "Later" }).click();
  await expect.poll(() => prompts(page)).toEqual(["first", "third", "second"]);
  await page.locator(".job.waiting", { hasText: "second" }).dragTo(page.locator(".job.waiting", { hasText: "first" }));
  await expect.poll(() => prompts(page)).toEqual(["second", "first", "third"]);
  const queue = await server.json("/queue");
  expect(queue.queue.map((job: { request: { prompt: string } }) => job.request.prompt)).toEqual(["second", "first", "third"]);

  await page.locator(".job.waiting", { hasText: "first" }).getByRole("button", { name: "Duplicate" }).click();
  await expect.poll(() => prompts(page)).toEqual(["second", "first", "third", "first"]);
  await page.locator(".job.waiting", { hasText: "third" }).getByRole("button", { name: "Cancel" }).click();
  await expect.poll(() => prompts(page)).toEqual(["second", "first", "first"]);

  await page.getByRole("button", { name: "Cancel all" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Cancel all" }).click();
  await page.getByText("Nothing is waiting").waitFor();
  expect((await server.json("/queue")).count).toBe(0);
  await page.getByRole("button", { name: "Resume" }).click();
  await expect.poll(async () => (await server.json("/queue")).paused).toBe(false);
  expect(complaints).toEqual([]);
  await context.close();
});

test("a job that failed says why in full, and comes back to the form to be changed", async () => {
  const { page, context } = await open(browser, `${server.url}/#/queue`);
  // A picture by its first bytes only: the worker finds out.
  const broken = Buffer.from("\x89PNG\r\n\x1a\nnothing more", "latin1").toString("base64");
  const { id } = await server.post("/generate", { prompt: "from a broken picture", steps: 3, init_image: broken });
  const { error } = await server.until(`/generate/${id}`, ({ status }) => status === "failed");
  const card = page.locator(".job.ended", { hasText: "from a broken picture" });
  await card.getByText(error.message).waitFor();
  await card.getByRole("button", { name: "Change the settings" }).click();
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe("from a broken picture");
  await page.getByText("The server does not keep the pictures").waitFor();
  await context.close();
});

test("the server goes in mid-job and comes back: the page recovers by itself and the job finishes", async () => {
  const { page, context } = await open(browser, server.url);
  await page.getByLabel("Prompt", { exact: true }).fill("outlives the server");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("30");
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await page.getByText(/Step \d+ of 30/).waitFor();
  await server.kill();
  await page.getByText("Offline").waitFor();
  // Nothing on screen is lost meanwhile.
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe("outlives the server");
  await server.start();
  await page.getByText("The server is back.").waitFor();
  await page.getByText("Offline").waitFor({ state: "hidden" });
  await page.locator(".results .frame-image[alt='outlives the server']").waitFor();
  await context.close();
});
