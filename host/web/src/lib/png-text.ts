// The texts in a PNG file: tEXt, zTXt and iTXt chunks (PNG specification, third edition, section 11.3.3).
// The bytes may be anybody's: lengths are checked, and what does not fit is left out.

const signature = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const maxText = 4 << 20; // bytes of one text once it is decompressed

export function isPng(bytes: Uint8Array): boolean {
  return signature.every((byte, i) => bytes[i] === byte);
}

export async function pngTexts(bytes: Uint8Array): Promise<Map<string, string>> {
  const texts = new Map<string, string>();
  if (!isPng(bytes)) return texts;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 8; at + 12 <= bytes.length; ) {
    const length = view.getUint32(at);
    const type = latin1(bytes.subarray(at + 4, at + 8));
    if (type === "IEND" || at + 12 + length > bytes.length) break;
    const text = await textOf(type, bytes.subarray(at + 8, at + 8 + length));
    if (text && !texts.has(text.keyword)) texts.set(text.keyword, text.value);
    at += 12 + length;
  }
  return texts;
}

interface Text {
  keyword: string;
  value: string;
}

async function textOf(type: string, data: Uint8Array): Promise<Text | undefined> {
  const end = data.indexOf(0);
  if (end < 1) return undefined;
  const keyword = latin1(data.subarray(0, end));
  const rest = data.subarray(end + 1);
  try {
    if (type === "tEXt") return { keyword, value: latin1(rest) };
    if (type === "zTXt") return { keyword, value: latin1(await inflate(rest.subarray(1))) };
    if (type === "iTXt") return { keyword, value: await international(rest) };
  } catch {
    // Damaged: as good as not there.
  }
  return undefined;
}

// After the keyword: compression flag and method, language tag, translated keyword, text in UTF-8.
async function international(data: Uint8Array): Promise<string> {
  const language = data.indexOf(0, 2);
  const translated = data.indexOf(0, language + 1);
  if (language < 0 || translated < 0) throw new Error("damaged");
  const text = data.subarray(translated + 1);
  return new TextDecoder("utf-8", { fatal: true }).decode(data[0] === 1 ? await inflate(text) : text);
}

async function inflate(data: Uint8Array): Promise<Uint8Array> {
  const stream = new Blob([data as BlobPart]).stream().pipeThrough(new DecompressionStream("deflate"));
  const pieces: Uint8Array[] = [];
  let size = 0;
  const reader = stream.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) break;
    size += value.length;
    if (size > maxText) {
      await reader.cancel();
      throw new Error("too long");
    }
    pieces.push(value);
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}

// ISO 8859-1 as such: TextDecoder would take it for Windows-1252.
function latin1(data: Uint8Array): string {
  let text = "";
  for (const byte of data) text += String.fromCharCode(byte);
  return text;
}
