// Image to image, masks, and settings out of PNG files.
import { crc32 } from "node:zlib";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { launch, open, violations, whenReady } from "../browser.ts";
import { Server } from "../server.ts";

let server: Server;
let browser: Browser;
let picture: Buffer; // a PNG made here
beforeAll(async () => {
  [server, browser] = await Promise.all([Server.start(), launch()]);
  const id = await server.draw({ prompt: "a big yellow heart", steps: 3, seed: 77, sampler: "heun" });
  picture = Buffer.from(await (await server.get(`/outputs/${id}.png`)).arrayBuffer());
});
afterAll(async () => {
  await browser?.close();
  await server?.stop();
});

// Drops a file as a hand does: over the page first, then on the zone that appears.
async function drop(page: Page, zone: string, name: string, bytes: Buffer): Promise<void> {
  const transfer = await page.evaluateHandle(
    ([fileName, base64]) => {
      const data = new DataTransfer();
      const content = Uint8Array.from(atob(base64!), (c) => c.charCodeAt(0));
      data.items.add(new File([content], fileName!, { type: "image/png" }));
      return data;
    },
    [name, bytes.toString("base64")],
  );
  await page.dispatchEvent("body", "dragenter", { dataTransfer: transfer });
  await page.getByText(zone).waitFor();
  await page.locator(".drop-zone", { hasText: zone }).dispatchEvent("drop", { dataTransfer: transfer });
  await page.getByText(zone).waitFor({ state: "hidden" });
}

test("a dropped picture is what the next job starts from, also after a reload", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await whenReady(page);
  await page.getByLabel("Prompt", { exact: true }).fill("now a blue heart");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("6");
  await drop(page, "Start from this picture", "heart.png", picture);
  await page.locator(".start-preview img").first().waitFor();
  await page.getByRole("spinbutton", { name: "Strength", exact: true }).fill("0.5");
  await page.reload();
  await whenReady(page);
  await page.locator(".start-preview img").first().waitFor();
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await page.locator(".results .frame-image[alt='now a blue heart']").waitFor();
  const { images } = await server.json("/images?limit=1");
  expect(images[0].metadata).toMatchObject({ prompt: "now a blue heart", strength: 0.5, width: 128 });
  expect(complaints).toEqual([]);
  await context.close();
});

test("settings come out of a PNG made here, and out of A1111's", async () => {
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  await drop(page, "Use its settings", "heart.png", picture);
  await page.getByText("The settings are in the form.").waitFor();
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe("a big yellow heart");
  expect(await page.getByLabel("Seed", { exact: true }).inputValue()).toBe("77");
  expect(await page.getByLabel("Sampler", { exact: true }).inputValue()).toBe("heun");
  expect(await page.getByRole("spinbutton", { name: "Steps", exact: true }).inputValue()).toBe("3");
  await drop(page, "Use its settings", "a1111.png", withText("a castle <lora:neon:0.4>\nNegative prompt: fog\nSteps: 9, Sampler: DPM++ 2M Karras, CFG scale: 4, Seed: 123, Size: 64x96, Model: unknown"));
  await page.getByText(/Not taken over: model is left out: there is no model 'unknown'/).waitFor();
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe("a castle <lora:neon:0.4>");
  expect(await page.getByLabel("Negative prompt").inputValue()).toBe("fog");
  expect(await page.getByLabel("Sampler", { exact: true }).inputValue()).toBe("dpmpp_2m");
  expect(await page.getByLabel("Schedule", { exact: true }).inputValue()).toBe("karras");
  expect(await page.getByRole("spinbutton", { name: "Height", exact: true }).inputValue()).toBe("96");
  await drop(page, "Use its settings", "plain.png", withText(""));
  await page.getByText(/carries no settings/).waitFor();
  await context.close();
});

function withText(text: string): Buffer {
  const data = Buffer.concat([Buffer.from("parameters\0"), Buffer.from(text, "latin1")]);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  const chunk = Buffer.concat([Buffer.from("tEXt"), data]);
  const check = Buffer.alloc(4);
  check.writeUInt32BE(crc32(chunk));
  return Buffer.concat([picture.subarray(0, 33), head, chunk, check, end]);
}
const end = Buffer.from([0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82]);

test("HTML in a PNG's texts and in a file's name is shown as text", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await whenReady(page);
  const hostile = `<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>`;
  const name = `"><img src=x onerror=window.pwned=1>.png`;
  await drop(page, "Use its settings", name, withText(`${hostile}\nNegative prompt: ${hostile}\nSteps: 3, Sampler: ${hostile}, Model: ${hostile}`));
  await page.getByText(/Not taken over: .*there is no model '<img src=x onerror=/).waitFor();
  expect(await page.getByLabel("Prompt", { exact: true }).inputValue()).toBe(hostile);
  expect(await page.getByLabel("Negative prompt").inputValue()).toBe(hostile);
  await drop(page, "Use its settings", name, withText(""));
  await page.getByText(/carries no settings/).waitFor();
  await drop(page, "Start from this picture", name, picture);
  await page.locator(".start-facts").getByText(name).waitFor();
  await page.reload();
  await whenReady(page);
  await page.locator(".start-facts").getByText(name).waitFor();
  expect(await page.evaluate(() => (globalThis as unknown as { pwned?: number }).pwned)).toBeUndefined();
  expect(await page.locator("img[src='x']").count()).toBe(0);
  // The file without settings is refused, which Chromium notes.
  expect(complaints.filter((text) => !text.includes("status of 400"))).toEqual([]);
  await context.close();
});

test("a pasted picture is taken, and what is no picture is refused in words", async () => {
  const { page, context } = await open(browser, server.url);
  await whenReady(page);
  const paste = (type: string, base64: string) =>
    page.evaluate(
      ([kind, content]) => {
        const data = new DataTransfer();
        data.items.add(new File([Uint8Array.from(atob(content!), (c) => c.charCodeAt(0))], "pasted.png", { type: kind! }));
        window.dispatchEvent(new ClipboardEvent("paste", { clipboardData: data }));
      },
      [type, base64],
    );
  await paste("image/png", Buffer.from("no picture at all").toString("base64"));
  await page.getByText("pasted.png is no picture that this browser can read.").waitFor();
  await paste("image/png", picture.toString("base64"));
  await page.locator(".start-facts").getByText("pasted.png").waitFor();
  await page.getByRole("button", { name: "Remove the picture" }).click();
  await page.getByText("Drop, paste or pick a picture").waitFor();
  await context.close();
});

// How far two pictures differ in the left and in the right half: the mean of the channels' differences.
function difference(page: Page, first: string, second: string): Promise<[number, number]> {
  return page.evaluate(
    async ([a, b]) => {
      const pixels = async (url: string) => {
        const image = new Image();
        image.src = url;
        await image.decode();
        const canvas = new OffscreenCanvas(image.width, image.height);
        const context = canvas.getContext("2d")!;
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, image.width, image.height);
      };
      const [one, two] = [await pixels(a!), await pixels(b!)];
      const sums: [number, number] = [0, 0];
      for (let i = 0; i < one.data.length; i += 1) {
        const x = (i >> 2) % one.width;
        sums[x < one.width / 2 ? 0 : 1] += Math.abs(one.data[i]! - two.data[i]!);
      }
      return sums.map((sum) => sum / (one.data.length / 2)) as [number, number];
    },
    [first, second],
  );
}

test("with a painted mask only what is under it changes", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await whenReady(page);
  await page.getByLabel("Prompt", { exact: true }).fill("a green ground");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("8");
  await drop(page, "Start from this picture", "heart.png", picture);
  await page.getByRole("button", { name: "Paint a mask", exact: true }).click();
  expect(await violations(page)).toEqual([]);
  await page.getByRole("spinbutton", { name: "Brush size", exact: true }).fill("30");
  const canvas = page.locator(".mask-layers canvas");
  const box = (await canvas.boundingBox())!;
  const at = (x: number, y: number) => [box.x + box.width * x, box.y + box.height * y] as const;
  const stroke = async (x: number) => {
    await page.mouse.move(...at(x, 0.1));
    await page.mouse.down();
    await page.mouse.move(...at(x, 0.9), { steps: 5 });
    await page.mouse.up();
  };
  await stroke(0.9);
  await page.getByRole("button", { name: "Undo" }).click();
  for (const x of [0.05, 0.15, 0.25]) await stroke(x);
  await page.getByRole("button", { name: "Use this mask" }).click();
  await page.getByRole("spinbutton", { name: "Feather", exact: true }).fill("0");
  await page.getByRole("spinbutton", { name: "Strength", exact: true }).fill("1");
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await page.locator(".results .frame-image[alt='a green ground']").waitFor();
  const { images } = await server.json("/images?limit=1");
  const before = `data:image/png;base64,${picture.toString("base64")}`;
  const [left, right] = await difference(page, before, images[0].image_url);
  expect(left).toBeGreaterThan(5);
  expect(right).toBeLessThan(1);
  expect(complaints).toEqual([]);
  await context.close();
});

test("a picture is extended by its handles: the new part is drawn, the old one stays", async () => {
  const { page, context, complaints } = await open(browser, server.url);
  await whenReady(page);
  await page.getByLabel("Prompt", { exact: true }).fill("a wider heart");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("4");
  await drop(page, "Start from this picture", "heart.png", picture);
  await page.getByRole("button", { name: "Extend it" }).click();
  expect(await violations(page)).toEqual([]);
  const handle = page.getByRole("slider", { name: "Room on the right" });
  await handle.focus();
  await page.keyboard.press("ArrowRight");
  await page.getByText("136 × 128").waitFor();
  const grip = (await handle.boundingBox())!;
  const image = (await page.locator(".outpaint-box img").boundingBox())!;
  await page.mouse.move(grip.x + grip.width / 2, grip.y + grip.height / 2);
  await page.mouse.down();
  await page.mouse.move(grip.x + grip.width / 2 + (image.width * 56) / 128, grip.y + grip.height / 2, { steps: 4 });
  await page.mouse.up();
  await page.getByText("192 × 128").waitFor();
  await page.getByRole("button", { name: "Use this size" }).click();
  await page.locator(".start-facts").getByText("192 × 128").waitFor();
  await page.getByRole("spinbutton", { name: "Feather", exact: true }).fill("0");
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await page.locator(".results .frame-image[alt='a wider heart']").waitFor();
  const { images } = await server.json("/images?limit=1");
  expect(images[0]).toMatchObject({ width: 192, height: 128 });
  const changed = await page.evaluate(
    async ([before, after]) => {
      const pixels = async (url: string) => {
        const image = Object.assign(new Image(), { src: url });
        await image.decode();
        const context = new OffscreenCanvas(image.width, image.height).getContext("2d")!;
        context.drawImage(image, 0, 0);
        return context.getImageData(0, 0, 96, 128).data;
      };
      const [one, two] = [await pixels(before!), await pixels(after!)];
      return one.filter((value, i) => value !== two[i]).length;
    },
    [`data:image/png;base64,${picture.toString("base64")}`, images[0].image_url],
  );
  expect(changed).toBe(0);
  expect(complaints).toEqual([]);
  await context.close();
});
