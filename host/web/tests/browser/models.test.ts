// Models: from the hub, into memory and out of it; and the server's settings.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, violations, whenReady } from "../browser.ts";
import { Hub } from "../hub.ts";
import { rootFolder, Server } from "../server.ts";

const lora = readFileSync(join(rootFolder, "demo/loras/neon.safetensors"));

let server: Server;
let browser: Browser;
let hub: Hub;
beforeAll(async () => {
  const several = { "one.safetensors": lora, "two.safetensors": lora, "README.md": Buffer.from("Read me.") };
  hub = new Hub({ "org/lora": { "ink.safetensors": lora }, "org/several": several, "org/none": { "README.md": lora } });
  const url = await hub.start();
  const settings = [
    `models.hub_url=${url}`,
    `models.hub_ca_file=${hub.certificate}`,
    "models.hub_private_addresses=true",
    "models.hub_token=hf_secret-of-the-tests",
  ];
  [server, browser] = await Promise.all([Server.start({ settings }), launch()]);
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
  await hub?.stop();
});

test("a LoRA comes from the hub, is paused and goes on, and can be used", async () => {
  const { page, context, complaints } = await open(browser, `${server.url}/#/models`);
  await page.getByText("Get one from the hub").click();
  await page.getByLabel("Name or address").fill("no such name!");
  await page.getByRole("button", { name: "Download", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "neither a name" }).waitFor();
  await page.getByLabel("Name or address").fill("https://huggingface.co/org/lora/blob/main/ink.safetensors");
  await page.getByLabel("It is a").selectOption("lora");
  await page.getByRole("button", { name: "Download", exact: true }).click();
  const item = page.locator(".download");
  await item.getByText("Downloading").waitFor();
  await server.until("/models/downloads", ({ downloads }) => downloads[0].bytes_done === lora.length >> 1);
  await page.getByRole("button", { name: "Pause org/lora" }).click();
  await item.getByText("Paused").waitFor();
  expect(await violations(page)).toEqual([]);
  hub.release();
  await page.getByRole("button", { name: "Go on with org/lora" }).click();
  await item.getByText("1 file, hash checked").waitFor();
  expect(hub.ranges).toEqual([undefined, `bytes=${lora.length >> 1}-`]);
  await page.locator(".item", { hasText: "org/lora/ink" }).getByRole("button", { name: "Add to the prompt" }).click();
  await page.getByRole("button", { name: "Take org/lora off the list" }).click();
  await item.waitFor({ state: "hidden" });
  await page.goto(`${server.url}/#/generate`);
  await page.getByRole("spinbutton", { name: "Weight of org/lora/ink", exact: true }).waitFor();
  // What is not there is said in full.
  await server.post("/models/download", { repo: "org/nothing" });
  await page.getByText("the hub has no org/nothing").waitFor();
  expect(complaints).toEqual([]);
  await context.close();
});

test("of a repository with several files one chooses, from a list that the server asks for", async () => {
  const { page, context, complaints } = await open(browser, "about:blank");
  const asked: string[] = [];
  page.on("request", (request) => asked.push(new URL(request.url()).host));
  await page.goto(`${server.url}/#/models`);
  hub.release();
  await page.locator("details", { hasText: "Get one from the hub" }).evaluate((details: HTMLDetailsElement) => (details.open = true));
  await page.getByLabel("It is a").selectOption("lora");
  const name = page.getByLabel("Name or address");
  await name.fill("org/none");
  await page.getByRole("button", { name: "Download", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "org/none has nothing that can be used here" }).waitFor();
  await name.fill("org/several");
  await page.getByRole("button", { name: "Download", exact: true }).click();
  const dialog = page.getByRole("dialog", { name: "What to get of org/several" });
  await dialog.getByText("1 other file is of no use here.").waitFor();
  expect(await dialog.getByRole("checkbox").count()).toBe(2);
  expect(await dialog.getByRole("button", { name: /^Download/ }).isDisabled()).toBe(true);
  await dialog.getByRole("checkbox", { name: /two\.safetensors/ }).check();
  await dialog.getByRole("button", { name: /^Download \d/ }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.locator(".download", { hasText: "org/several" }).getByText("1 file, hash checked").waitFor();
  await page.locator(".item", { hasText: "org/several/two" }).getByRole("button", { name: "Add to the prompt" }).waitFor();
  expect((await server.json("/loras")).loras.map(({ id }: { id: string }) => id)).not.toContain("org/several/one");
  // What the hub refuses is said at the name.
  await name.fill("org/nothing");
  await page.getByRole("button", { name: "Download", exact: true }).click();
  await page.getByRole("alert").filter({ hasText: "the hub has no org/nothing" }).waitFor();
  expect(new Set(asked)).toEqual(new Set([new URL(server.url).host]));
  expect(complaints.filter((text) => !text.includes("404"))).toEqual([]);
  await context.close();
});

test("a model is taken into memory and let go", async () => {
  const { page, context } = await open(browser, `${server.url}/#/models`);
  const { default: id } = await server.json("/models");
  await page.getByRole("button", { name: `Load ${id} into memory` }).click();
  await page.getByRole("button", { name: `Free the memory of ${id}` }).waitFor();
  await page.locator(".item", { hasText: id }).getByText("loaded", { exact: true }).waitFor();
  expect((await server.json("/ready")).services.worker.workers[0].loaded_model).toBe(id);
  await page.getByRole("button", { name: `Free the memory of ${id}` }).click();
  await page.getByRole("button", { name: `Load ${id} into memory` }).waitFor();
  expect((await server.json("/ready")).services.worker.workers[0].pid).toBe(null);
  await context.close();
});

test("settings are changed while the server runs, and the log tells of it", async () => {
  const { page, context, complaints } = await open(browser, `${server.url}/#/system`);
  const batch = page.getByRole("spinbutton", { name: "inference.max_batch_size" });
  await batch.fill("99");
  await page.getByRole("button", { name: "Save inference.max_batch_size" }).click();
  await page.getByRole("alert").filter({ hasText: "1 to 10" }).waitFor();
  await batch.fill("3");
  await page.getByRole("button", { name: "Save inference.max_batch_size" }).click();
  await page.getByText("inference.max_batch_size has been changed.").waitFor();
  await page.getByText("Log", { exact: true }).click();
  await page.locator(".log").getByText("event=config_changed key=inference.max_batch_size").waitFor();
  await page.getByText("Settings that need a restart").click();
  await page.getByText("server.host", { exact: true }).waitFor();
  expect(await violations(page)).toEqual([]);
  const shown = (await page.locator("main").textContent()) ?? "";
  expect(await page.getByLabel("models.hub_token", { exact: true }).getAttribute("placeholder")).toBe("set, not shown");
  expect(shown).not.toContain("hf_secret");
  expect(await (await server.get("/logs")).text()).not.toContain("hf_secret");
  // It is in force.
  const refused = await fetch(`${server.url}/api/v1/generate`, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ prompt: "x", batch_size: 4 }),
  });
  expect(refused.status).toBe(400);
  expect(complaints.filter((text) => !text.includes("400"))).toEqual([]);

  // And after a restart, until it is taken back.
  const token = page.getByLabel("models.hub_token", { exact: true });
  expect(await token.getAttribute("type")).toBe("password");
  await token.fill("hf_another-secret");
  await page.getByRole("button", { name: "Save models.hub_token" }).click();
  await page.getByText("models.hub_token has been changed.").waitFor();
  expect(await token.inputValue()).toBe("");
  await page.getByLabel("inference.vae_tiling", { exact: true }).selectOption("on");
  await page.getByRole("button", { name: "Save inference.vae_tiling" }).click();
  await page.getByText("inference.vae_tiling has been changed.").waitFor();
  await server.kill();
  await server.start();
  await page.reload();
  await expect.poll(() => batch.inputValue()).toBe("3");
  expect(await page.getByLabel("inference.vae_tiling", { exact: true }).inputValue()).toBe("on");
  await page.getByText(/--set sets it at every start/).first().waitFor(); // of what the tests' own flags set
  expect((await page.content()) + (await (await server.get("/logs")).text())).not.toContain("hf_another");
  for (const name of ["inference.max_batch_size", "inference.vae_tiling"]) {
    await page.getByRole("button", { name: `Take ${name} back to what is configured` }).click();
    await page.getByText(`${name} is as configured again.`).waitFor();
  }
  expect(await batch.inputValue()).toBe("10");
  await context.close();
});

test("the form begins with one's own defaults", async () => {
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("7");
  await page.getByText("Presets", { exact: true }).click();
  await page.getByRole("button", { name: "Make these the defaults" }).click();
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("50");
  await page.getByLabel("Prompt", { exact: true }).fill("kept");
  await page.getByRole("button", { name: "Back to the defaults" }).click();
  const steps = page.getByRole("spinbutton", { name: "Steps", exact: true });
  await expect.poll(() => steps.inputValue()).toBe("7");
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe("kept");
  await page.getByRole("button", { name: "Forget my defaults" }).click();
  await page.getByRole("button", { name: "Back to the defaults" }).click();
  await expect.poll(() => steps.inputValue()).toBe("20");
  await context.close();
});

test("trigger words, embeddings and wildcards go into the prompt, and are text whatever is in them", async () => {
  const hostile = `<img src=x onerror="window.pwned=1">`;
  const { page, context, complaints } = await open(browser, "about:blank");
  const file = { path: "/x", size_bytes: 1000, ready: true, reason: null, sha256: null, auto_v2: null, auto_v3: null };
  const lora = { ...file, id: "ink", name: "ink", family: "sd1", type: "lora", title: hostile, author: hostile, base_model: null };
  const loras = [{ ...lora, trigger_words: ["inkstyle", hostile], tags: [], few_steps: null, words: [] }];
  const embeddings = [{ ...file, id: "e/bad-hands", name: "bad-hands", family: "sd1", word: null, tokens: 2 }];
  const wildcards = [{ name: "animal", lines: 3, ready: true, reason: null }];
  const document = await server.json("/openapi.json");
  document.paths["/api/v1/embeddings"] ??= {};
  document.paths["/api/v1/wildcards"] ??= {};
  await page.route("**/api/v1/openapi.json", (route) => route.fulfill({ json: document }));
  await page.route("**/api/v1/loras", (route) => route.fulfill({ json: { loras, count: 1 } }));
  await page.route("**/api/v1/embeddings", (route) => route.fulfill({ json: { embeddings, count: 1 } }));
  await page.route("**/api/v1/wildcards", (route) => route.fulfill({ json: { wildcards, count: 1 } }));
  await page.goto(`${server.url}/#/models`);
  await page.getByText(`Trigger words: inkstyle, ${hostile}`).waitFor();
  await page.locator(".item", { hasText: "bad-hands" }).getByRole("button", { name: "Add to the prompt" }).click();
  await page.locator(".item", { hasText: "__animal__" }).getByRole("button", { name: "Add to the prompt" }).click();
  expect(await violations(page)).toEqual([]);
  await page.goto(`${server.url}/#/generate`);
  await page.getByRole("button", { name: "Add a LoRA" }).click();
  await page.getByLabel("Search LoRAs").fill("inkstyle");
  await page.locator(".picker-list button").click();
  await page.getByRole("group", { name: "Trigger words of ink" }).getByRole("button", { name: "inkstyle" }).click();
  await page.getByRole("group", { name: "Trigger words of ink" }).getByRole("button", { name: hostile }).click();
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe(`bad-hands, __animal__, inkstyle, ${hostile}`);
  expect(await violations(page)).toEqual([]);
  expect(await page.evaluate(() => (globalThis as unknown as { pwned?: number }).pwned)).toBeUndefined();
  expect(complaints).toEqual([]);
  await context.close();
});
