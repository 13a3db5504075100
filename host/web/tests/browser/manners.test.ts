// Accessibility, small screens, the keyboard, and texts that would like to be more than text.
import { copyFileSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, violations, whenReady } from "../browser.ts";
import { rootFolder, Server } from "../server.ts";

const hostile = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>{{7*7}}`;
const screens = ["generate", "queue", "gallery", "models", "system"];

let server: Server;
let browser: Browser;
beforeAll(async () => {
  server = await Server.start();
  browser = await launch();
  await server.draw({ prompt: hostile, negative_prompt: hostile, steps: 2 });
  const broken = Buffer.from("\x89PNG\r\n\x1a\n", "latin1").toString("base64");
  const { id } = await server.post("/generate", { prompt: hostile, init_image: broken });
  await server.until(`/generate/${id}`, ({ status }) => status === "failed");
  await server.post("/queue/pause");
  await server.post("/generate", { prompt: `waiting ${hostile}` });
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

async function everyScreen(page: Page, look: (screen: string) => Promise<void>): Promise<void> {
  for (const screen of screens) {
    await page.goto(`${server.url}/#/${screen}`);
    await page.locator(`.nav a[aria-current="page"][href="#/${screen}"]`).waitFor();
    if (screen === "generate") await whenReady(page);
    if (screen === "gallery") await page.locator(".cell img").first().waitFor();
    if (screen === "queue") await page.locator(".job.ended").first().waitFor();
    if (screen === "models") await page.locator(".item").first().waitFor();
    if (screen === "system") await page.locator(".plugins li").first().waitFor();
    await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
    if (screen === "system") await page.locator(".log").getByText("event=").first().waitFor();
    await look(screen);
  }
}

for (const theme of ["dark", "light"] as const) {
  test(`axe finds nothing on any screen, ${theme}`, async () => {
    const { page, context } = await open(browser, "about:blank", { colorScheme: theme });
    await everyScreen(page, async (screen) => {
      expect(await violations(page), screen).toEqual([]);
    });
    await page.goto(`${server.url}/#/gallery`);
    await page.locator(".cell-open").first().click();
    await page.getByRole("dialog").getByText("Use all settings").waitFor();
    expect(await violations(page), "detail").toEqual([]);
    await page.keyboard.press("Escape");
    // It does find what is wrong.
    await page.evaluate(() => document.querySelector(".content")!.append(Object.assign(new Image(), { id: "no-alt" })));
    expect((await violations(page)).join()).toContain("image-alt");
    await page.evaluate(() => document.getElementById("no-alt")!.remove());
    await page.keyboard.press("?");
    await page.getByRole("dialog").getByText("Ctrl+Enter").first().waitFor();
    expect(await violations(page), "help").toEqual([]);
    await context.close();
  });
}

test("the first load transfers less than 120 kB", async () => {
  const { page, context } = await open(browser, "about:blank");
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  let bytes = 0;
  session.on("Network.loadingFinished", ({ encodedDataLength }) => (bytes += encodedDataLength));
  await page.goto(server.url);
  await whenReady(page);
  const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  console.log(`the first load: ${(bytes / 1000).toFixed(1)} kB, painted after ${Math.round(painted ?? 0)} ms`);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(120_000);
  await context.close();
});

test("everything fits on 360 pixels", async () => {
  const { page, context } = await open(browser, "about:blank", { viewport: { width: 360, height: 740 } });
  await everyScreen(page, async (screen) => {
    const wide = await page.evaluate(() => {
      const limit = document.documentElement.clientWidth;
      const scrolls = (element: Element | null): boolean =>
        element !== null && (["auto", "scroll"].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement));
      return [...document.querySelectorAll("body *")]
        .filter((element) => element.getBoundingClientRect().right > limit + 1 && !scrolls(element.parentElement?.closest("ul") ?? null))
        .map((element) => element.outerHTML.slice(0, 120));
    });
    expect(wide, screen).toEqual([]);
    const { scrollWidth, clientWidth } = await page.locator(".content").evaluate((element) => ({
      scrollWidth: element.scrollWidth,
      clientWidth: element.clientWidth,
    }));
    expect(scrollWidth, screen).toBeLessThanOrEqual(clientWidth);
  });
  await context.close();
});

test("HTML in prompts, errors and names is shown as text, under a policy that would not run it", async () => {
  const { page, context, complaints } = await open(browser, "about:blank");
  const policies: string[] = [];
  page.on("response", (reply) => {
    if (reply.url() === `${server.url}/`) policies.push(reply.headers()["content-security-policy"] ?? "");
  });
  await everyScreen(page, async (screen) => {
    expect(await page.evaluate(() => (globalThis as unknown as { pwned?: number }).pwned), screen).toBeUndefined();
    expect(await page.locator("img[src='x']").count(), screen).toBe(0);
  });
  await page.goto(`${server.url}/#/gallery`);
  await page.getByRole("button", { name: hostile }).click();
  await page.getByRole("dialog").getByText(hostile).first().waitFor();
  await page.getByRole("button", { name: "Use all settings" }).click();
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe(hostile);
  await page.goto(`${server.url}/#/queue`);
  await page.getByText(`waiting ${hostile}`).waitFor();
  await page.getByText(hostile, { exact: true }).first().waitFor();
  expect(policies.length).toBeGreaterThan(0);
  for (const policy of policies) expect(policy).not.toContain("unsafe");
  expect(await page.evaluate(() => (globalThis as unknown as { pwned?: number }).pwned)).toBeUndefined();
  expect(complaints).toEqual([]);
  await context.close();
});

test("keys lead to the screens, to the search and to help, and Esc back", async () => {
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  await page.locator("body").click({ position: { x: 640, y: 10 } });
  for (const [key, name] of [["2", "Queue"], ["4", "Models and LoRAs"], ["5", "System"], ["3", "Gallery"], ["1", "Generate"]] as const) {
    await page.keyboard.press(key);
    await page.getByRole("heading", { level: 1, name }).waitFor({ state: "attached" });
  }
  await page.keyboard.press("/");
  await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe("gallery-search");
  await page.keyboard.press("Escape");
  expect(await page.evaluate(() => document.activeElement?.id)).not.toBe("gallery-search");
  await page.keyboard.press("?");
  await page.getByRole("dialog").waitFor();
  await page.keyboard.press("Escape");
  await page.getByRole("dialog").waitFor({ state: "hidden" });
  await context.close();
});

test("the theme is chosen and kept", async () => {
  const { page, context } = await open(browser, `${server.url}/#/system`);
  const ground = () => page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  const dark = await ground();
  await page.getByRole("radio", { name: "Light" }).check();
  await expect.poll(ground).not.toBe(dark);
  await page.reload();
  expect(await ground()).not.toBe(dark);
  await context.close();
});

test("a server that wants a token gets it, for requests, the event stream and pictures", async () => {
  const token = "secret-token-of-the-tests";
  const guarded = await Server.start({ settings: [`server.api_tokens=${token}`], token });
  try {
    const { page, context } = await open(browser, guarded.url);
    await page.getByLabel("Token", { exact: true }).fill("wrong");
    await page.getByRole("button", { name: "Unlock" }).click();
    await page.getByLabel("Token", { exact: true }).fill(token);
    await page.getByRole("button", { name: "Unlock" }).click();
    await whenReady(page);
    await page.getByLabel("Prompt", { exact: true }).fill("behind a door");
    await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("2");
    await page.getByRole("button", { name: "Generate", exact: true }).click();
    const picture = page.locator(".results .frame-image");
    await picture.waitFor();
    expect(await picture.evaluate((image: HTMLImageElement) => image.decode().then(() => image.naturalWidth))).toBe(128);
    await context.close();
  } finally {
    await guarded.stop();
  }
});

test("a sampler whose plugin is copied in while the page is open is there, with a form of its own", async () => {
  const made = await import("node:child_process").then(({ execFileSync }) => {
    mkdirSync(server.pluginFolder, { recursive: true });
    const file = join(server.folder, "midpoint.so");
    execFileSync("cc", ["-shared", "-fPIC", "-O1", `-I${rootFolder}/sdk/include`, join(rootFolder, "sdk/examples/sampler-c/sampler.c"), "-o", file, "-lm"]);
    return file;
  });
  await server.post("/queue/resume");
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  const sampler = page.getByLabel("Sampler", { exact: true });
  expect(await sampler.locator("option", { hasText: /midpoint/i }).count()).toBe(0);
  copyFileSync(made, join(server.pluginFolder, "midpoint.so"));
  expect(readdirSync(server.pluginFolder)).toEqual(["midpoint.so"]);
  await sampler.focus();
  const option = sampler.locator("option", { hasText: /midpoint/i });
  await option.waitFor({ state: "attached" });
  await sampler.selectOption((await option.getAttribute("value"))!);
  await page.getByText("Advanced", { exact: true }).click();
  const ahead = page.locator(".parameters input[type=number]").first();
  await ahead.fill("0.7");
  await page.getByLabel("Prompt", { exact: true }).fill("by a plugin of one's own");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("2");
  await page.keyboard.press("Control+Enter");
  await page.locator(".results .frame-image[alt=\"by a plugin of one's own\"]").waitFor();
  const { images } = await server.json("/images?limit=1");
  expect(images[0].metadata.sampler_params).toEqual({ ahead: 0.7 });
  await context.close();
});
