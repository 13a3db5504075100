#include "png.h"

#include "host/base/utf8.h"
#include "png_errors.h"

#include <algorithm>
#include <csetjmp>

namespace able::images {

namespace {

constexpr std::size_t longest_written_text = std::size_t{4} << 20U; // what read_png_texts takes
// zlib's own default: on photographs a higher level costs twice the time for one percent.
constexpr int compression_level = 6;
constexpr int memory_level = 8;
constexpr int window_bits = 15;

bool is_printable_ascii(char c) {
    return c >= 0x20 && c <= 0x7E;
}

bool is_keyword(const std::string &key) {
    return !key.empty() && key.size() <= 79 && std::all_of(key.begin(), key.end(), is_printable_ascii) &&
           key.front() != ' ' && key.back() != ' ' && key.find("  ") == std::string::npos;
}

void require_writable(const TextChunk &chunk) {
    if (!is_keyword(chunk.key)) {
        throw ImageError(ABLE_INVALID_ARGUMENT, "a PNG's text needs a keyword of 1 to 79 printable ASCII characters, "
                                                "without spaces at its ends or two in a row");
    }
    if (!base::is_utf8(chunk.text) || chunk.text.find('\0') != std::string::npos) {
        throw ImageError(ABLE_INVALID_ARGUMENT,
                         "the PNG text '" + chunk.key + "' is not UTF-8, or holds a NUL character");
    }
    if (chunk.text.size() > longest_written_text) {
        throw ImageError(ABLE_INVALID_ARGUMENT, "the PNG text '" + chunk.key + "' has more than 4 MiB");
    }
}

// tEXt is Latin-1 without control characters but the line feed; what goes beyond ASCII becomes iTXt, which is UTF-8.
bool fits_plain_text(const std::string &text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return is_printable_ascii(c) || c == '\n'; });
}

struct Writer {
    PngErrors errors;
    std::vector<std::byte> out;
    png_structp png = nullptr;
    png_infop info = nullptr;

    Writer() {
        png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &errors, on_png_error, on_png_warning);
        info = png != nullptr ? png_create_info_struct(png) : nullptr;
        if (info == nullptr) {
            png_destroy_write_struct(&png, nullptr);
            throw std::bad_alloc();
        }
    }
    ~Writer() { png_destroy_write_struct(&png, &info); }
    Writer(const Writer &) = delete;
    Writer &operator=(const Writer &) = delete;
};

bool append(std::vector<std::byte> &out, const std::byte *data, std::size_t count) noexcept {
    try {
        out.insert(out.end(), data, data + count);
        return true;
    } catch (const std::exception &) {
        return false;
    }
}

void write_bytes(png_structp png, png_bytep data, std::size_t count) {
    auto *writer = static_cast<Writer *>(png_get_io_ptr(png));
    if (!append(writer->out, reinterpret_cast<const std::byte *>(data), count)) {
        png_error(png, "out of memory");
    }
}

bool write_png(Writer &writer, const Image &image, const std::vector<png_text> &texts) {
    if (setjmp(png_jmpbuf(writer.png)) != 0) {
        return false;
    }
    png_set_write_fn(writer.png, &writer, write_bytes, nullptr);
    png_set_IHDR(writer.png, writer.info, image.width, image.height, 8, PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE,
                 PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
    png_set_compression_level(writer.png, compression_level);
    png_set_compression_mem_level(writer.png, memory_level);
    png_set_compression_window_bits(writer.png, window_bits);
    png_set_filter(writer.png, PNG_FILTER_TYPE_BASE, PNG_ALL_FILTERS);
    png_set_text(writer.png, writer.info, texts.data(), static_cast<int>(texts.size()));
    png_write_info(writer.png, writer.info);
    for (std::uint32_t y = 0; y < image.height; ++y) {
        png_write_row(writer.png, &image.rgb[std::size_t{y} * image.width * 3]);
    }
    png_write_end(writer.png, nullptr);
    return true;
}

} // namespace

std::vector<std::byte> encode_png(const Image &image, std::span<const TextChunk> texts) {
    require_consistent(image);
    std::vector<png_text> chunks;
    std::string nothing; // libpng's structs have no const
    for (const TextChunk &text : texts) {
        require_writable(text);
        png_text chunk{};
        chunk.compression = fits_plain_text(text.text) ? PNG_TEXT_COMPRESSION_NONE : PNG_ITXT_COMPRESSION_NONE;
        chunk.key = const_cast<char *>(text.key.c_str());
        chunk.text = const_cast<char *>(text.text.c_str());
        chunk.text_length = text.text.size();
        chunk.lang = nothing.data();
        chunk.lang_key = nothing.data();
        chunks.push_back(chunk);
    }
    Writer writer;
    if (!write_png(writer, image, chunks)) {
        throw ImageError(ABLE_INVALID_ARGUMENT,
                         std::string("the picture cannot be written as PNG: ") + writer.errors.message.data());
    }
    return std::move(writer.out);
}

} // namespace able::images
