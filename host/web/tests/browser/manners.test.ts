// Accessibility, small screens, the keyboard, and texts that would like to be more than text.
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
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
  await server.draw({ prompt: "another", steps: 2 });
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

// Opens each dialog in turn.
async function everyDialog(page: Page, look: (dialog: string) => Promise<void>): Promise<void> {
  const dialog = page.getByRole("dialog");
  const shown = async (name: string, title: string | RegExp) => {
    await page.getByRole("dialog", { name: title }).waitFor();
    await look(name);
  };
  const close = async () => {
    await page.keyboard.press("Escape");
    await dialog.waitFor({ state: "hidden" });
  };
  await page.goto(`${server.url}/#/gallery`);
  await page.locator(".cell-open").nth(1).focus();
  await page.keyboard.press("c");
  await page.locator(".cell-open").first().click();
  await shown("compare", /Compare/);
  await close();
  await page.locator(".cell-open").first().click();
  await dialog.getByText("Use all settings").waitFor();
  await shown("picture", hostile);
  await dialog.getByRole("button", { name: "Paint a mask on it" }).click();
  await shown("mask", "Paint over what is to be drawn anew");
  await close();
  await page.getByRole("button", { name: "Extend it" }).click();
  await shown("outpaint", /./);
  await close();
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  await page.getByRole("button", { name: "Save as preset" }).click();
  await shown("preset", /./);
  await close();
  await page.goto(`${server.url}/#/queue`);
  await page.getByRole("button", { name: "Cancel all" }).click();
  await shown("confirm", /./);
  await close();
  await page.keyboard.press("?");
  await shown("help", "Keyboard");
  await close();
  const files = Array.from({ length: 30 }, (_, i) => ({ path: `${"folder-".repeat(i % 5)}/${hostile}-${i}.safetensors`, size_bytes: i * 1e9 }));
  const whole = { files: 14, size_bytes: 5e9 };
  const found = { repo: "org/name", revision: "main", commit: "0".repeat(40), whole, files, others: 3 };
  await page.route("**/api/v1/models/hub", (route) => route.fulfill({ json: found }));
  await page.goto(`${server.url}/#/models`);
  await page.evaluate(() => document.querySelectorAll("details").forEach((details) => (details.open = true)));
  await page.getByLabel("Name or address").fill("org/name");
  await page.getByRole("button", { name: "Download", exact: true }).click();
  await shown("files", "What to get of org/name");
  await close();
  await page.route("**/api/v1/**", (route) => route.fulfill({ status: 401, json: { error: { code: "unauthorized", message: "no" } } }));
  await page.reload();
  await shown("token", "Access token");
}

for (const theme of ["dark", "light"] as const) {
  test(`axe finds nothing on any screen, ${theme}`, async () => {
    const { page, context } = await open(browser, "about:blank", { colorScheme: theme });
    await everyScreen(page, async (screen) => {
      expect(await violations(page), screen).toEqual([]);
    });
    // It does find what is wrong.
    await page.evaluate(() => document.querySelector(".content")!.append(Object.assign(new Image(), { id: "no-alt" })));
    expect((await violations(page)).join()).toContain("image-alt");
    await context.close();
  });

  test(`axe finds nothing in any dialog, ${theme}`, async () => {
    const { page, context } = await open(browser, "about:blank", { colorScheme: theme });
    await everyDialog(page, async (dialog) => {
      expect(await violations(page), dialog).toEqual([]);
    });
    await context.close();
  });
}

test("the first load transfers less than 100 kB beside the pictures", async () => {
  const { page, context } = await open(browser, "about:blank");
  const session = await context.newCDPSession(page);
  await session.send("Network.enable");
  const addresses = new Map<string, string>();
  let bytes = 0;
  session.on("Network.responseReceived", ({ requestId, response }) => addresses.set(requestId, response.url));
  session.on("Network.loadingFinished", ({ requestId, encodedDataLength }) => {
    // How many pictures there are, and when the browser gets them, is not the page's doing.
    if (!addresses.get(requestId)?.includes("/outputs/")) bytes += encodedDataLength;
  });
  await page.goto(server.url);
  await whenReady(page);
  await page.locator(".recent img, .stage img").first().waitFor();
  const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]?.startTime);
  console.log(`the first load: ${(bytes / 1000).toFixed(1)} kB beside the pictures, painted after ${Math.round(painted ?? 0)} ms`);
  expect(bytes).toBeGreaterThan(20_000);
  expect(bytes).toBeLessThan(100_000);
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

test("every dialog fits on 360 pixels", async () => {
  const { page, context } = await open(browser, "about:blank", { viewport: { width: 360, height: 640 } });
  const seen: string[] = [];
  await everyDialog(page, async (name) => {
    seen.push(name);
    const wide = await page.getByRole("dialog").evaluate((dialog) => {
      const { left, right, top, bottom } = dialog.getBoundingClientRect();
      const outside = left < 0 || top < 0 || right > innerWidth || bottom > innerHeight;
      const scrolls = (element: Element): boolean =>
        element !== dialog && (["auto", "scroll", "hidden"].includes(getComputedStyle(element).overflowX) || scrolls(element.parentElement!));
      const beyond = [...dialog.querySelectorAll("*")].filter(
        (element) => element.getBoundingClientRect().right > right + 1 && !scrolls(element.parentElement!),
      );
      return [
        ...(outside ? ["the dialog itself"] : []),
        ...(dialog.scrollWidth > dialog.clientWidth ? ["what it scrolls"] : []),
        ...beyond.map((element) => element.outerHTML.slice(0, 120)),
      ];
    });
    expect(wide, name).toEqual([]);
  });
  expect(seen).toHaveLength(9);
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

// An example of the SDK as a plugin.
function build(example: string, name: string): string {
  const file = join(server.folder, `${name}.so`);
  const source = join(rootFolder, "sdk/examples", example);
  execFileSync("cc", ["-shared", "-fPIC", "-O1", `-I${rootFolder}/sdk/include`, source, "-o", file, "-lm"]);
  return file;
}

test("a sampler whose plugin is copied in while the page is open is there, with a form of its own", async () => {
  const made = build("sampler-c/sampler.c", "midpoint");
  await server.post("/queue/resume");
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  const sampler = page.getByLabel("Sampler", { exact: true });
  expect(await sampler.locator("option", { hasText: /midpoint/i }).count()).toBe(0);
  mkdirSync(server.pluginFolder, { recursive: true });
  copyFileSync(made, join(server.pluginFolder, "midpoint.so"));
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

// A file of gains for the output channels of one weight of the demo model.
function gainsFile(weight: string): Buffer {
  const model = readFileSync(join(rootFolder, "demo/shapes-sd15/unet/diffusion_pytorch_model.safetensors"));
  const tensors = JSON.parse(model.subarray(8, 8 + Number(model.readBigUInt64LE())).toString());
  const channels: number = tensors[weight].shape[0];
  const data = Buffer.from(new Float32Array(channels).fill(0.5).buffer);
  const tensor = { dtype: "F32", shape: [channels], data_offsets: [0, data.length] };
  const header = Buffer.from(JSON.stringify({ [`unet.${weight}.gain`]: tensor }));
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.length));
  return Buffer.concat([length, header, data]);
}

test("a file for an adapter whose plugin is copied in has a form of its own, which acts and comes back", async () => {
  const { page, context, complaints } = await open(browser, `${server.url}/#/models`);
  await page.getByText("came with the program").first().waitFor();
  const folder = join(server.folder, ".local/share/ablerefusal/models/loras");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "warm.safetensors"), gainsFile("conv_in.weight"));
  mkdirSync(server.pluginFolder, { recursive: true });
  copyFileSync(build("adapter-c/adapter.c", "gains"), join(server.pluginFolder, "gains.so"));
  await server.get("/plugins");
  await server.post("/queue/resume");
  await page.getByRole("button", { name: "Look again" }).click();
  await page.locator(".item", { hasText: "warm" }).getByRole("button", { name: "Add to the prompt" }).click();
  await page.goto(`${server.url}/#/generate`);
  await whenReady(page);
  const form = page.getByRole("group", { name: "Parameters of Gains" });
  await form.getByRole("spinbutton", { name: "Strength of the gains", exact: true }).fill("-2");
  await form.getByLabel("Part of the model", { exact: true }).selectOption("rest");
  expect(await violations(page)).toEqual([]);
  await page.getByLabel("Prompt", { exact: true }).fill("warm colours");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("2");
  await page.keyboard.press("Control+Enter");
  await page.locator(".results .frame-image[alt='warm colours']").waitFor();
  const params = { strength: -2, part: "rest" };
  const { images } = await server.json("/images?limit=1");
  expect(images[0].metadata.loras).toMatchObject([{ id: "warm", params }]);
  // What the server has against one of them is said where the LoRAs are.
  await page.route("**/api/v1/generate", (route) =>
    route.fulfill({ status: 400, json: { error: { code: "invalid_parameter", message: "too strong", field: "loras[0].params.strength" } } }),
  );
  await page.keyboard.press("Control+Enter");
  await page.locator(".loras").getByRole("alert").filter({ hasText: "too strong" }).waitFor();
  // And they come back with the picture.
  await form.getByLabel("Part of the model", { exact: true }).selectOption("all");
  await page.goto(`${server.url}/#/gallery`);
  await page.getByRole("button", { name: "warm colours" }).click();
  await page.getByRole("dialog").getByText("warm 1 (part rest, strength -2)").waitFor();
  await page.getByRole("dialog").getByRole("button", { name: "Use all settings" }).click();
  expect(await form.getByLabel("Part of the model", { exact: true }).evaluate((select: HTMLSelectElement) => select.selectedOptions[0]!.text)).toBe("rest");
  expect(complaints.filter((text) => !text.includes("400"))).toEqual([]);
  await context.close();
});
