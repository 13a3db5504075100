// Seeds have up to 63 bits, more than a JavaScript number holds. So a field called "seed" is text on this side of the
// network and a number on the other. Inside a JSON string the quote before the colon is escaped, so no text is touched.

export function parseJson(text: string): unknown {
  return JSON.parse(text.replace(/"seed":\s*(-?\d+)/g, '"seed":"$1"'));
}

export function writeJson(value: unknown): string {
  return JSON.stringify(value).replace(/"seed":"(-?\d+)"/g, '"seed":$1');
}
