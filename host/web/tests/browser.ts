// Chromium, driven by Playwright.
import axe from "axe-core";
import { execFileSync } from "node:child_process";
import { type Browser, type BrowserContextOptions, chromium, type Page } from "playwright-core";

export function chromiumPath(): string {
  return process.env.ABLE_CHROMIUM ?? execFileSync("which", ["chromium"]).toString().trim();
}

export function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: chromiumPath(),
    headless: true,
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-sync",
      "--disable-dev-shm-usage",
    ],
  });
}

// A page in a fresh profile, and everything that it has to complain about.
export async function open(browser: Browser, url: string, options: BrowserContextOptions = {}) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 800 }, colorScheme: "dark", ...options });
  context.setDefaultTimeout(60_000);
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on("pageerror", (error) => complaints.push(error.message));
  page.on("console", (message) => {
    // A server that is restarted on purpose is no complaint.
    if (message.type() === "error" && !message.text().includes("net::ERR")) complaints.push(message.text());
  });
  await page.goto(url);
  return { page, context, complaints };
}

// Once the lists have come.
export async function whenReady(page: Page): Promise<void> {
  await page.getByLabel("Sampler", { exact: true }).locator("option", { hasText: "Euler a" }).first().waitFor({ state: "attached" });
}

// What axe has against the page as it is.
export async function violations(page: Page): Promise<string[]> {
  if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe.source);
  const results = await page.evaluate(async () => {
    const options = { runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"] };
    return (globalThis as unknown as { axe: typeof axe }).axe.run(document, options);
  });
  return results.violations.flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.html} ${node.failureSummary}`));
}
