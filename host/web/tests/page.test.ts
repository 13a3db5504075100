// What is committed is what its sources make.
import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { generate } from "../tools/types.ts";
import { executable, webFolder } from "./server.ts";

test("the committed page is what its sources build, byte for byte (script/ui build makes it anew)", async () => {
  const outDir = mkdtempSync(join(tmpdir(), "ablerefusal-build-"));
  try {
    const vite = join(webFolder, "node_modules/vite/bin/vite.js");
    const args = [vite, "build", "--outDir", outDir, "--emptyOutDir", "--logLevel", "error"];
    execFileSync(process.execPath, args, { cwd: webFolder, env: { ...process.env, NODE_ENV: "production" } });
    const dist = join(webFolder, "dist");
    expect(readdirSync(dist).sort()).toEqual(["app.css", "app.js", "icon.svg", "index.html"]);
    expect(readdirSync(outDir).sort()).toEqual(readdirSync(dist).sort());
    for (const name of readdirSync(dist)) {
      expect(readFileSync(join(outDir, name)).equals(readFileSync(join(dist, name))), name).toBe(true);
    }
  } finally {
    rmSync(outDir, { recursive: true });
  }
});

test.runIf(existsSync(executable))("the committed types are those of the server (script/ui types makes them anew)", async () => {
  for (const [file, made] of Object.entries(await generate())) expect(made, file).toBe(readFileSync(file, "utf8"));
});
