#include "png.h"

#include "composite.h"
#include "exif.h"
#include "png_errors.h"

#include <csetjmp>
#include <cstring>

namespace able::images {

namespace {

struct Reader {
    PngErrors errors;
    std::span<const std::byte> rest;
    png_structp png = nullptr;
    png_infop info = nullptr;

    explicit Reader(std::span<const std::byte> bytes) : rest(bytes) {
        png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &errors, on_png_error, on_png_warning);
        info = png != nullptr ? png_create_info_struct(png) : nullptr;
        if (info == nullptr) {
            png_destroy_read_struct(&png, nullptr, nullptr);
            throw std::bad_alloc();
        }
    }
    ~Reader() { png_destroy_read_struct(&png, &info, nullptr); }
    Reader(const Reader &) = delete;
    Reader &operator=(const Reader &) = delete;
};

void read_bytes(png_structp png, png_bytep out, std::size_t count) {
    auto *reader = static_cast<Reader *>(png_get_io_ptr(png));
    if (reader->rest.size() < count) {
        png_error(png, "the file is cut short");
    }
    std::memcpy(out, reader->rest.data(), count);
    reader->rest = reader->rest.subspan(count);
}

// False: errors.message says why.
bool read_png_header(Reader &reader) {
    if (setjmp(png_jmpbuf(reader.png)) != 0) {
        return false;
    }
    png_set_read_fn(reader.png, &reader, read_bytes);
    // The limits are checked with a better message; libpng's own would come first.
    png_set_user_limits(reader.png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    // Skips all chunks but those that make the pixels: nothing to decompress, nothing to keep.
    png_set_keep_unknown_chunks(reader.png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
    png_read_info(reader.png, reader.info);
    return true;
}

// RGBA, `rows` of width * 4 bytes, whatever the file's own form is.
bool read_png_pixels(Reader &reader, std::uint8_t *pixels, std::size_t stride, std::uint32_t height) {
    if (setjmp(png_jmpbuf(reader.png)) != 0) {
        return false;
    }
    png_set_expand(reader.png);
    png_set_scale_16(reader.png);
    png_set_gray_to_rgb(reader.png);
    png_set_add_alpha(reader.png, 0xFF, PNG_FILLER_AFTER);
    const int passes = png_set_interlace_handling(reader.png);
    png_read_update_info(reader.png, reader.info);
    if (png_get_rowbytes(reader.png, reader.info) != stride) {
        png_error(reader.png, "its rows have an unexpected length");
    }
    for (int pass = 0; pass < passes; ++pass) {
        for (std::uint32_t y = 0; y < height; ++y) {
            png_read_row(reader.png, pixels + stride * y, nullptr);
        }
    }
    png_read_end(reader.png, nullptr);
    return true;
}

// The orientation in the eXIf chunk (PNG specification, third edition, 11.3.3.5), which may be anywhere in the file.
// Walks the chunks itself, because the reader above keeps none.
int chunk_orientation(std::span<const std::byte> bytes) {
    constexpr std::size_t signature = 8, frame = 12; // length, type, CRC
    for (auto rest = bytes.subspan(signature); rest.size() >= frame;) {
        const auto *data = reinterpret_cast<const std::uint8_t *>(rest.data());
        const std::size_t length = png_get_uint_32(data);
        if (length > rest.size() - frame) {
            break;
        }
        if (std::memcmp(data + 4, "eXIf", 4) == 0) {
            return exif_orientation({data + 8, length});
        }
        rest = rest.subspan(frame + length);
    }
    return 1;
}

[[noreturn]] void damaged(const Reader &reader) {
    throw ImageError(ABLE_BAD_FILE,
                     std::string("damaged PNG picture: ") + reader.errors.message.data() + "; send it again");
}

} // namespace

Image decode_png(std::span<const std::byte> bytes, const DecodeLimits &limits) {
    require_size(limits, "PNG", bytes.size());
    Reader reader(bytes);
    if (!read_png_header(reader)) {
        damaged(reader);
    }
    const std::uint32_t width = png_get_image_width(reader.png, reader.info);
    const std::uint32_t height = png_get_image_height(reader.png, reader.info);
    require_within(limits, "PNG", width, height);
    const std::size_t stride = std::size_t{width} * 4;
    std::vector<std::uint8_t> rgba(stride * height);
    if (!read_png_pixels(reader, rgba.data(), stride, height)) {
        damaged(reader);
    }
    return upright(over_white(width, height, rgba), chunk_orientation(bytes));
}

} // namespace able::images
