#!/usr/bin/env python3
"""Makes the pictures that the image tests compare against, with Pillow.

Run in this folder: python3 make_images.py (made with Pillow 13.0.0). Every `NAME.EXT` has its expected pixels, RGB over
white, in `NAME.rgb.png`; resize_WxH.png is resize_source.png resampled with Image.LANCZOS.
"""
import struct
import zlib

from PIL import Image, ImageOps


def pattern(width, height, channels):
    """A picture with gradients, hard edges and noise, from a linear congruential generator."""
    state, out = 12345, bytearray()
    for y in range(height):
        for x in range(width):
            for c in range(channels):
                state = (1103515245 * state + 12345) & 0x7FFFFFFF
                edge = 255 if (x // 7 + y // 5) % 2 else 0
                out.append((5 * x + 9 * y * (c + 1) + edge + (state >> 16) % 64) % 256)
    return bytes(out)


def over_white(image):
    rgba = image.convert("RGBA")
    out = bytearray()
    for r, g, b, a in rgba.get_flattened_data() if hasattr(rgba, "get_flattened_data") else rgba.getdata():
        out += bytes((v * a + 255 * (255 - a) + 127) // 255 for v in (r, g, b))
    return Image.frombytes("RGB", image.size, bytes(out))


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(header, rows, extra=b""):
    data = zlib.compress(rows)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", data) + chunk(b"IEND", b"")


def interlaced(image):
    """Adam7, which Pillow reads but does not write."""
    width, height = image.size
    pixels, raw = image.tobytes(), bytearray()
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    for x0, y0, dx, dy in passes:
        for y in range(y0, height, dy):
            row = b"".join(pixels[3 * (y * width + x):][:3] for x in range(x0, width, dx))
            if row:
                raw += b"\0" + row
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    return png(header, bytes(raw))


def rgb16(width, height):
    """16 bits a sample, with the expected rounding to 8."""
    high = pattern(width, height, 3)
    rows = b""
    for y in range(height):
        row = high[3 * width * y : 3 * width * (y + 1)]
        rows += b"\0" + b"".join(struct.pack(">H", v * 257) for v in row)
    header = struct.pack(">IIBBBBB", width, height, 16, 2, 0, 0, 0)
    return png(header, rows), high


def with_gamma(image):
    width, height = image.size
    pixels = image.tobytes()
    rows = b"".join(b"\0" + pixels[3 * width * y : 3 * width * (y + 1)] for y in range(height))
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return png(header, rows, chunk(b"gAMA", struct.pack(">I", 100000)))


def grey16(width, height):
    """16 bits of grey, which Pillow reads as such; its upper byte is the expected picture."""
    high = pattern(width, height, 1)
    rows = b"".join(
        b"\0" + b"".join(struct.pack(">H", v * 257) for v in high[width * y : width * (y + 1)]) for y in range(height)
    )
    return png(struct.pack(">IIBBBBB", width, height, 16, 0, 0, 0, 0), rows), high


def save(name, expected):
    expected.save(name.rsplit(".", 1)[0] + ".rgb.png", optimize=True)


def main():
    source = Image.frombytes("RGB", (37, 29), pattern(37, 29, 3))
    source.save("resize_source.png", optimize=True)
    # The last four run the vertical pass first, as from Pillow 13 on, or lie just beyond the rule.
    for size in ((20, 11), (64, 48), (37, 60), (5, 29), (1, 1), (36, 28), (60, 9), (37, 11), (33, 20), (33, 21)):
        source.resize(size, Image.LANCZOS).save("resize_%dx%d.png" % size, optimize=True)
    source.convert("L").save("luma.png", optimize=True)

    small = Image.frombytes("RGB", (19, 13), pattern(19, 13, 3))
    rgba = Image.frombytes("RGBA", (19, 13), pattern(19, 13, 4))
    rgba.save("png_rgba.png")
    save("png_rgba.png", over_white(rgba))
    small.convert("L").save("png_grey.png")
    save("png_grey.png", small.convert("L").convert("RGB"))
    small.convert("1").save("png_grey1.png")
    save("png_grey1.png", small.convert("1").convert("RGB"))
    palette = small.quantize(16)
    palette.save("png_palette.png", transparency=bytes([0, 128] + [255] * 14))
    save("png_palette.png", over_white(Image.open("png_palette.png")))
    with open("png_interlaced.png", "wb") as file:
        file.write(interlaced(small))
    save("png_interlaced.png", small)
    data, high = rgb16(19, 13)
    with open("png_rgb16.png", "wb") as file:
        file.write(data)
    save("png_rgb16.png", Image.frombytes("RGB", (19, 13), high))

    data, high = grey16(19, 13)
    with open("png_grey16.png", "wb") as file:
        file.write(data)
    wide = Image.open("png_grey16.png")
    assert [v >> 8 for v in wide.get_flattened_data()] == list(high)
    save("png_grey16.png", Image.frombytes("L", (19, 13), high).convert("RGB"))

    smooth = small.resize((38, 26), Image.BICUBIC)
    for name, options in (
        ("jpeg_baseline.jpg", {"quality": 90, "subsampling": 0}),
        ("jpeg_progressive.jpg", {"quality": 90, "progressive": True}),
    ):
        smooth.save(name, **options)
        save(name, Image.open(name).convert("RGB"))
    smooth.convert("L").save("jpeg_grey.jpg", quality=90)
    save("jpeg_grey.jpg", Image.open("jpeg_grey.jpg").convert("RGB"))
    smooth.convert("CMYK").save("jpeg_cmyk.jpg", quality=95)
    save("jpeg_cmyk.jpg", Image.open("jpeg_cmyk.jpg").convert("RGB"))
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        name = "jpeg_orientation%d.jpg" % orientation
        smooth.save(name, quality=90, subsampling=0, exif=exif)
        save(name, ImageOps.exif_transpose(Image.open(name)).convert("RGB"))

    # Orientations of PNG and WebP, which have the block in a chunk of its own.
    for orientation in range(2, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        for name, options in (
            ("png_orientation%d.png" % orientation, {}),
            ("webp_orientation%d.webp" % orientation, {"lossless": True}),
        ):
            small.save(name, exif=exif, **options)
            save(name, ImageOps.exif_transpose(Image.open(name)).convert("RGB"))

    # What Pillow ignores is ignored here: a gamma of 1.0, for which a viewer would brighten.
    with open("png_gamma.png", "wb") as file:
        file.write(with_gamma(small))
    save("png_gamma.png", Image.open("png_gamma.png").convert("RGB"))
    rgba.save("webp_lossless.webp", lossless=True, exact=True)
    save("webp_lossless.webp", over_white(rgba))
    smooth.save("webp_lossy.webp", quality=80)
    save("webp_lossy.webp", Image.open("webp_lossy.webp").convert("RGB"))
    small.save("webp_animated.webp", save_all=True, append_images=[ImageOps.mirror(small)], duration=100)


if __name__ == "__main__":
    main()
