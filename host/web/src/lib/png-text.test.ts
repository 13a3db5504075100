import { deflateSync } from "node:zlib";
import { expect, test } from "vitest";
import { pngTexts } from "./png-text";

const ascii = (text: string) => Buffer.from(text, "latin1");

function chunk(type: string, data: Buffer): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(data.length);
  return Buffer.concat([head, ascii(type), data, Buffer.alloc(4)]); // nobody here looks at the checksum
}

const png = (...chunks: Buffer[]) =>
  new Uint8Array(Buffer.concat([ascii("\x89PNG\r\n\x1a\n"), ...chunks, chunk("IEND", Buffer.alloc(0))]));

test("plain, compressed and international texts are read", async () => {
  const texts = await pngTexts(
    png(
      chunk("IHDR", Buffer.alloc(13)),
      chunk("tEXt", ascii("parameters\0caf\xe9")),
      chunk("zTXt", Buffer.concat([ascii("long\0\0"), deflateSync(ascii("x".repeat(1000)))])),
      chunk("iTXt", Buffer.concat([ascii("ablerefusal\0\0\0\0\0"), Buffer.from("☃")])),
      chunk("iTXt", Buffer.concat([ascii("packed\0\x01\0en\0\0"), deflateSync(Buffer.from("ü"))])),
    ),
  );
  expect(Object.fromEntries(texts)).toEqual({
    parameters: "café",
    long: "x".repeat(1000),
    ablerefusal: "☃",
    packed: "ü",
  });
});

test("what is no PNG, cut off or damaged has no texts, and is no error", async () => {
  const good = png(chunk("tEXt", ascii("a\0b")));
  expect((await pngTexts(new Uint8Array([1, 2, 3]))).size).toBe(0);
  for (let length = 0; length < good.length - 12; length += 1) {
    expect((await pngTexts(good.subarray(0, length))).size).toBeLessThanOrEqual(1);
  }
  expect((await pngTexts(png(chunk("zTXt", ascii("z\0\0garbage"))))).size).toBe(0);
  const huge = Buffer.alloc(8);
  huge.writeUInt32BE(0xffffffff);
  expect((await pngTexts(png(huge))).size).toBe(0);
});

test("a text that swells beyond all measure is left out", async () => {
  const bomb = Buffer.concat([ascii("bomb\0\0"), deflateSync(Buffer.alloc(16 << 20))]);
  expect((await pngTexts(png(chunk("zTXt", bomb)))).size).toBe(0);
});
