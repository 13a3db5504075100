#include "png.h"

#include "host/base/utf8.h"

#include <optional>

#include <zlib.h>

namespace able::images {

namespace {

constexpr std::size_t longest_text = std::size_t{4} << 20U;
constexpr std::size_t inflate_step = std::size_t{64} << 10U;
constexpr std::size_t most_texts = 256;
constexpr std::size_t longest_together = std::size_t{16} << 20U;

[[noreturn]] void damaged(const std::string &what) {
    throw ImageError(ABLE_BAD_FILE, "damaged PNG picture: " + what + "; send it again");
}

void require_text_size(std::size_t bytes) {
    if (bytes > longest_text) {
        throw ImageError(ABLE_UNSUPPORTED, "a text in the PNG has more than 4 MiB");
    }
}

struct Inflater {
    z_stream stream{};
    Inflater() {
        if (inflateInit(&stream) != Z_OK) {
            throw std::bad_alloc();
        }
    }
    ~Inflater() { inflateEnd(&stream); }
    Inflater(const Inflater &) = delete;
    Inflater &operator=(const Inflater &) = delete;
};

std::string inflated(std::string_view packed) {
    Inflater inflater;
    z_stream &stream = inflater.stream;
    // zlib reads only, but its struct has no const.
    stream.next_in = reinterpret_cast<Bytef *>(const_cast<char *>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    std::string text;
    int status = Z_OK;
    while (status == Z_OK) {
        const std::size_t before = text.size();
        text.resize(before + inflate_step);
        stream.next_out = reinterpret_cast<Bytef *>(text.data() + before);
        stream.avail_out = static_cast<uInt>(text.size() - before);
        status = inflate(&stream, Z_NO_FLUSH);
        text.resize(text.size() - stream.avail_out);
        require_text_size(text.size());
    }
    if (status != Z_STREAM_END) {
        damaged("a compressed text cannot be unpacked");
    }
    return text;
}

// Takes what comes before the next NUL off `rest`, and the NUL.
std::string_view take_field(std::string_view &rest) {
    const std::size_t nul = rest.find('\0');
    if (nul == std::string_view::npos) {
        damaged("a text chunk lacks one of its fields");
    }
    const std::string_view field = rest.substr(0, nul);
    rest.remove_prefix(nul + 1);
    return field;
}

std::uint8_t take_byte(std::string_view &rest) {
    if (rest.empty()) {
        damaged("a text chunk is too short");
    }
    const auto value = static_cast<std::uint8_t>(rest.front());
    rest.remove_prefix(1);
    return value;
}

void require_deflate(std::uint8_t method) {
    if (method != 0) {
        damaged("a text is compressed by an unknown method");
    }
}

// PNG specification, third edition, 11.3.3.2 - 11.3.3.4. Nothing for a chunk that is no text.
std::optional<TextChunk> parse_text(std::string_view type, std::string_view data) {
    if (type == "tEXt") {
        const std::string_view key = take_field(data);
        return TextChunk{base::utf8_of_latin1(key), base::utf8_of_latin1(data)};
    }
    if (type == "zTXt") {
        const std::string_view key = take_field(data);
        require_deflate(take_byte(data));
        return TextChunk{base::utf8_of_latin1(key), base::utf8_of_latin1(inflated(data))};
    }
    if (type != "iTXt") {
        return std::nullopt;
    }
    const std::string_view key = take_field(data);
    const bool compressed = take_byte(data) != 0;
    const std::uint8_t method = take_byte(data);
    take_field(data); // language
    take_field(data); // translated keyword
    if (compressed) {
        require_deflate(method);
    }
    std::string text = compressed ? inflated(data) : std::string(data);
    // Against the specification, but seen: better an odd letter than no settings at all.
    if (!base::is_utf8(text)) {
        text = base::utf8_of_latin1(text);
    }
    return TextChunk{base::utf8_of_latin1(key), std::move(text)};
}

std::uint32_t big_endian(std::string_view bytes) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i) {
        value = value << 8U | static_cast<unsigned char>(bytes[i]);
    }
    return value;
}

std::uint32_t crc_of(std::string_view bytes) {
    return static_cast<std::uint32_t>(crc32_z(0, reinterpret_cast<const Bytef *>(bytes.data()), bytes.size()));
}

} // namespace

std::vector<TextChunk> read_png_texts(std::span<const std::byte> bytes, const DecodeLimits &limits) {
    constexpr std::string_view signature("\x89PNG\r\n\x1a\n", 8);
    constexpr std::size_t frame = 12; // length, type, CRC
    require_size(limits, "PNG", bytes.size());
    std::string_view rest(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    if (!rest.starts_with(signature)) {
        throw ImageError(ABLE_UNSUPPORTED, "not a PNG picture");
    }
    rest.remove_prefix(signature.size());

    std::vector<TextChunk> texts;
    std::size_t total = 0;
    for (std::string_view type; type != "IEND";) {
        if (rest.size() < frame) {
            damaged("the file is cut short");
        }
        const std::uint32_t length = big_endian(rest);
        if (length > rest.size() - frame) {
            damaged("the file is cut short");
        }
        type = rest.substr(4, 4);
        const std::string_view data = rest.substr(8, length);
        const bool is_text = type == "tEXt" || type == "zTXt" || type == "iTXt";
        if (is_text &&
            crc_of(rest.substr(4, 4 + std::size_t{length})) != big_endian(rest.substr(8 + std::size_t{length}))) {
            damaged("the check sum of a text is wrong");
        }
        if (is_text) {
            require_text_size(length);
            if (texts.size() == most_texts) {
                throw ImageError(ABLE_UNSUPPORTED, "the PNG has more than " + std::to_string(most_texts) + " texts");
            }
        }
        if (std::optional<TextChunk> text = parse_text(type, data)) {
            total += text->text.size();
            if (total > longest_together) {
                throw ImageError(ABLE_UNSUPPORTED, "the texts of the PNG have more than 16 MiB together");
            }
            texts.push_back(std::move(*text));
        }
        rest.remove_prefix(frame + length);
    }
    return texts;
}

} // namespace able::images
