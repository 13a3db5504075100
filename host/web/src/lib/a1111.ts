// The text "parameters" that A1111 and many other programs write into their PNG files:
//
//   the prompt
//   Negative prompt: what not
//   Steps: 20, Sampler: DPM++ 2M, Schedule type: Karras, CFG scale: 7, Seed: 1, Size: 512x768, …
//
// A value with a comma, a colon or a line end in it is in double quotes, as JSON has them.

export interface Parameters {
  prompt: string;
  negativePrompt: string;
  loras: { name: string; weight: number }[]; // of <lora:name:weight> in the prompt, which they are taken out of
  values: Map<string, string>; // by their names in lower case
}

const pair = /\s*([\w ./-]+):\s*("(?:\\.|[^\\"])*"|[^,]*)(?:,|$)/g;
const lora = /<lora:([^:>]+)(?::(-?\d*\.?\d+))?[^>]*>/g;

// Nothing if it is no such text.
export function parseParameters(text: string): Parameters | undefined {
  const lines = text.replace(/\r\n/g, "\n").trimEnd().split("\n");
  const last = lines.findLastIndex((line) => /^Steps: \d+/.test(line));
  if (last < 0) return undefined;
  const values = new Map<string, string>();
  for (const [, name, value] of lines.slice(last).join(" ").matchAll(pair)) {
    values.set(name!.trim().toLowerCase(), unquote(value!.trim()));
  }
  const texts = lines.slice(0, last);
  const negative = texts.findIndex((line) => line.startsWith("Negative prompt:"));
  const promptLines = negative < 0 ? texts : texts.slice(0, negative);
  const negativeLines = negative < 0 ? [] : texts.slice(negative);
  const loras: Parameters["loras"] = [];
  const prompt = promptLines
    .join("\n")
    .replace(lora, (_, name: string, weight?: string) => {
      loras.push({ name, weight: weight === undefined ? 1 : Number(weight) });
      return "";
    })
    .trim();
  const negativePrompt = negativeLines.join("\n").replace(/^Negative prompt:\s*/, "").trim();
  return { prompt, negativePrompt, loras, values };
}

function unquote(value: string): string {
  if (!value.startsWith('"')) return value;
  try {
    return String(JSON.parse(value));
  } catch {
    return value;
  }
}
