// Makes src/api/schema.d.ts and src/api/fields.ts from the OpenAPI document of the built server.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import openapiTS, { astToString } from "openapi-typescript";
import { Server, webFolder } from "../tests/server.ts";

export const schemaFile = join(webFolder, "src/api/schema.d.ts");

export const fieldsFile = join(webFolder, "src/api/fields.ts");

interface Field {
  type: string;
  default?: unknown;
  minimum?: number;
  maximum?: number;
  "x-position": number;
  "x-record"?: string;
}
interface OpenApi {
  components: { schemas: { GenerateRequest: { properties: Record<string, Field> } } };
}

function fieldLine([name, field]: [string, Field]): string {
  const { type, minimum, maximum, default: standard, "x-record": record } = field;
  // A seed has more digits than a number here.
  const limits = maximum !== undefined && Number.isSafeInteger(Math.ceil(maximum)) ? { minimum, maximum } : {};
  return `  ${name}: ${JSON.stringify({ type, default: standard, ...limits, record })},\n`;
}

function makeFields({ components }: OpenApi): string {
  const fields = Object.entries(components.schemas.GenerateRequest.properties);
  const lines = fields.sort(([, a], [, b]) => a["x-position"] - b["x-position"]).map(fieldLine);
  return `// Made by script/ui types from /api/v1/openapi.json: what the page knows of a request's fields before a server answers.
// \`record\` is where an image's metadata has the value.
export const fields = {\n${lines.join("")}} as const;\n`;
}

// By the file's name.
export async function generate(): Promise<Record<string, string>> {
  const server = await Server.start();
  try {
    const document = await server.json("/openapi.json");
    const types = astToString(await openapiTS(document));
    return {
      [schemaFile]: `// Made by script/ui types from /api/v1/openapi.json.\n${types}`,
      [fieldsFile]: makeFields(document as unknown as OpenApi),
    };
  } finally {
    await server.stop();
  }
}

if (import.meta.main) {
  for (const [file, made] of Object.entries(await generate())) {
    const changed = made !== readFileSync(file, { encoding: "utf8", flag: "a+" });
    writeFileSync(file, made);
    console.log(`${file}: ${changed ? "changed" : "is as it was"}`);
  }
}
