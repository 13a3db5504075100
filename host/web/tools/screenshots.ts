// Makes the pictures of docs/user-guide.md from the running program: script/ui screenshots [FOLDER].
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { launch, open, whenReady } from "../tests/browser.ts";
import { rootFolder, Server } from "../tests/server.ts";

const folder = process.argv[2] ?? join(rootFolder, "docs/pictures");
mkdirSync(folder, { recursive: true });

const prompts = [
  "a big red circle on a blue ground",
  "two yellow stars at the top on a green ground",
  "a big outlined blue heart on a white ground",
  "a small purple square on a yellow ground",
  "a big green triangle on a black ground",
  "three red hearts on a white ground",
  "a big yellow star on a purple ground",
  "a big white cross on a red ground",
  "two blue circles at the bottom on a yellow ground",
  "a big orange square on a blue ground",
];
const settings = { cfg_scale: 3, steps: 20 };

const server = await Server.start();
const browser = await launch();
try {
  const drawn: string[] = [];
  for (const [i, prompt] of prompts.entries()) drawn.push(await server.draw({ ...settings, prompt, seed: 11 + i }));
  for (const i of [1, 4]) await server.post(`/images/${drawn[i]}/star`, { starred: true });

  const { page } = await open(browser, server.url);
  // Chromium writes WebP, a quarter of PNG's size.
  const converter = await browser.newPage();
  const toWebp = async (png: Buffer) => {
    const url = await converter.evaluate(async (source) => {
      const image = Object.assign(new Image(), { src: source });
      await image.decode();
      const canvas = Object.assign(document.createElement("canvas"), { width: image.width, height: image.height });
      canvas.getContext("2d")!.drawImage(image, 0, 0);
      return canvas.toDataURL("image/webp", 0.86);
    }, `data:image/png;base64,${png.toString("base64")}`);
    return Buffer.from(url.slice(url.indexOf(",") + 1), "base64");
  };
  const shoot = async (name: string, top = 0) => {
    await page.locator(".form-fields").evaluateAll((forms, to) => forms.forEach((form) => form.scrollTo(0, to)), top);
    for (const toast of await page.locator(".toast .icon-button").all()) await toast.click().catch(() => {});
    await page.waitForTimeout(400); // what moves has come to rest
    writeFileSync(join(folder, `${name}.webp`), await toWebp(await page.screenshot()));
    console.log(`${name}.webp`);
  };
  await whenReady(page);
  await page.getByLabel("Prompt", { exact: true }).fill("a big red heart on a white ground");
  await page.getByRole("spinbutton", { name: "Guidance", exact: true }).fill("3");
  await page.getByRole("button", { name: "Add a LoRA" }).click();
  await page.getByRole("button", { name: "neon", exact: true }).click();
  await page.getByRole("spinbutton", { name: "Weight of neon", exact: true }).fill("0.8");
  await page.getByRole("spinbutton", { name: "Steps", exact: true }).fill("60");
  await page.getByRole("button", { name: "Generate", exact: true }).click();
  await page.getByText(/Step (2\d|3\d) of 60/).waitFor();
  await shoot("generate");
  await page.locator(".results .frame-image").waitFor();
  await shoot("result");

  for (const prompt of prompts.slice(0, 4)) await server.post("/generate", { ...settings, prompt, steps: 60, preview: 1 });
  await page.goto(`${server.url}/#/queue`);
  await page.locator(".job.running").getByText(/Step \d+ of/).waitFor();
  await shoot("queue");
  for (const { id } of (await server.json("/queue")).queue.reverse()) await server.post(`/generate/${id}/cancel`);
  await server.until("/queue", ({ count }) => count === 0);

  await page.goto(`${server.url}/#/gallery`);
  await page.locator(".cell img").first().waitFor();
  await shoot("gallery");
  await page.getByRole("button", { name: prompts[1]! }).first().click();
  await page.getByRole("dialog").getByText("Use all settings").waitFor();
  await shoot("detail");
  await page.getByRole("button", { name: "Start from it" }).click();
  await page.locator(".start-preview img").first().waitFor();
  await shoot("start", 10_000);
  await page.getByRole("button", { name: "Paint a mask", exact: true }).click();
  const canvas = (await page.locator(".mask-layers canvas").boundingBox())!;
  const at = (x: number, y: number) => [canvas.x + canvas.width * x, canvas.y + canvas.height * y] as const;
  await page.mouse.move(...at(0.2, 0.25));
  await page.mouse.down();
  for (const [x, y] of [[0.4, 0.18], [0.45, 0.35], [0.25, 0.4]] as const) await page.mouse.move(...at(x, y), { steps: 4 });
  await page.mouse.up();
  await shoot("mask");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "Extend it" }).click();
  for (const side of ["on the left", "on the right", "above"]) {
    await page.getByRole("slider", { name: `Room ${side}` }).focus();
    for (let i = 0; i < 4; i += 1) await page.keyboard.press(side === "above" ? "ArrowUp" : side === "on the left" ? "ArrowLeft" : "ArrowRight");
  }
  await shoot("extend");
  await page.keyboard.press("Escape");
  await page.goto(`${server.url}/#/models`);
  await page.locator(".item").first().waitFor();
  await shoot("models");
  // Where the settings are kept, as it is for people.
  await page.route("**/api/v1/config", async (route) => {
    const reply = await route.fetch();
    await route.fulfill({ response: reply, body: (await reply.text()).replaceAll(server.folder, "/home/ann") });
  });
  await page.goto(`${server.url}/#/system`);
  await page.locator(".plugins li").first().waitFor();
  await page.getByRole("radio", { name: "Light" }).check();
  await shoot("system");
  await page.goto(`${server.url}/#/gallery`);
  await page.setViewportSize({ width: 390, height: 780 });
  await page.goto(`${server.url}/#/generate`);
  await whenReady(page);
  await shoot("small");
} finally {
  await browser.close();
  await server.stop();
}
