// Makes src/api/schema.d.ts from the OpenAPI document of the built server.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { Server, webFolder } from "../tests/server.ts";

export const schemaFile = join(webFolder, "src/api/schema.d.ts");

export async function generate(): Promise<string> {
  const server = await Server.start();
  try {
    const ast = await openapiTS(await server.json("/openapi.json"));
    return `// Made by script/ui types from /api/v1/openapi.json.\n${astToString(ast)}`;
  } finally {
    await server.stop();
  }
}

if (import.meta.main) {
  const made = await generate();
  const changed = made !== readFileSync(schemaFile, { encoding: "utf8", flag: "a+" });
  writeFileSync(schemaFile, made);
  console.log(`${schemaFile}: ${changed ? "changed" : "is as it was"}`);
}
