#include "jpeg.h"

#include "exif.h"

#include <array>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <string>

#include <jerror.h>
#include <jpeglib.h>

namespace able::images {

namespace {

// A progressive file of a few kilobytes can ask for thousands of passes over the whole picture.
constexpr int most_scans = 200;
constexpr std::size_t most_memory = std::size_t{1} << 30U; // libjpeg's own, for progressive coefficients

// libjpeg reports errors by a function that must not return. It jumps, because an exception may not cross C frames.
struct Errors {
    jpeg_error_mgr manager{};
    std::jmp_buf jump{};
    std::array<char, JMSG_LENGTH_MAX> message{};
};

[[noreturn]] void fail_decoding(j_common_ptr info) {
    auto *errors = static_cast<Errors *>(info->client_data);
    info->err->format_message(info, errors->message.data());
    std::longjmp(errors->jump, 1);
}

// Warnings are repairs of damaged data. Only harmless ones pass: half a picture is no picture.
void on_message(j_common_ptr info, int level) {
    if (level < 0 && info->err->msg_code != JWRN_EXTRANEOUS_DATA && info->err->msg_code != JWRN_ADOBE_XFORM &&
        info->err->msg_code != JWRN_BOGUS_PROGRESSION) {
        fail_decoding(info);
    }
}

void on_progress(j_common_ptr info) {
    if (!info->is_decompressor) {
        return;
    }
    if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > most_scans) {
        info->err->msg_code = JERR_BAD_PROGRESSION;
        fail_decoding(info);
    }
}

void set_errors(j_common_ptr info, Errors &errors) {
    info->err = jpeg_std_error(&errors.manager);
    errors.manager.error_exit = fail_decoding;
    errors.manager.emit_message = on_message;
    errors.manager.output_message = [](j_common_ptr) {
    };
    info->client_data = &errors;
}

struct Decoder {
    Errors errors;
    jpeg_decompress_struct info{};
    jpeg_progress_mgr progress{};

    Decoder() {
        set_errors(reinterpret_cast<j_common_ptr>(&info), errors);
        progress.progress_monitor = on_progress;
    }
    ~Decoder() { jpeg_destroy_decompress(&info); }
    Decoder(const Decoder &) = delete;
    Decoder &operator=(const Decoder &) = delete;
};

// In the functions below nothing with a destructor lives between setjmp and a possible longjmp. False: errors.message.
bool read_jpeg_header(Decoder &decoder, std::span<const std::byte> bytes) {
    if (setjmp(decoder.errors.jump) != 0) {
        return false;
    }
    jpeg_decompress_struct &info = decoder.info;
    jpeg_create_decompress(&info);
    info.client_data = &decoder.errors;
    info.progress = &decoder.progress;
    info.mem->max_memory_to_use = static_cast<long>(most_memory);
    jpeg_mem_src(&info, reinterpret_cast<const unsigned char *>(bytes.data()), bytes.size());
    jpeg_save_markers(&info, JPEG_APP0 + 1, 0xFFFF);
    return jpeg_read_header(&info, TRUE) == JPEG_HEADER_OK;
}

bool read_jpeg_pixels(Decoder &decoder, std::uint8_t *pixels) {
    if (setjmp(decoder.errors.jump) != 0) {
        return false;
    }
    jpeg_decompress_struct &info = decoder.info;
    jpeg_start_decompress(&info);
    const std::size_t stride = std::size_t{info.output_width} * static_cast<std::size_t>(info.output_components);
    while (info.output_scanline < info.output_height) {
        JSAMPROW row = pixels + stride * info.output_scanline;
        jpeg_read_scanlines(&info, &row, 1);
    }
    jpeg_finish_decompress(&info);
    return true;
}

// Adobe's programs, and so nearly all CMYK files, store the inks inverted. No colour profile is applied.
std::vector<std::uint8_t> rgb_of_cmyk(std::span<const std::uint8_t> cmyk, bool inverted) {
    std::vector<std::uint8_t> rgb(cmyk.size() / 4 * 3);
    for (std::size_t i = 0; i < cmyk.size() / 4; ++i) {
        const auto light = [&](std::size_t c) {
            const std::uint32_t value = cmyk[4 * i + c];
            return inverted ? value : 255U - value;
        };
        for (std::size_t c = 0; c < 3; ++c) {
            rgb[3 * i + c] = static_cast<std::uint8_t>((light(c) * light(3) + 127U) / 255U);
        }
    }
    return rgb;
}

int orientation_of(const jpeg_decompress_struct &info) {
    constexpr std::string_view signature("Exif\0\0", 6);
    for (jpeg_saved_marker_ptr marker = info.marker_list; marker != nullptr; marker = marker->next) {
        const std::span<const std::uint8_t> data(marker->data, marker->data_length);
        if (data.size() > signature.size() && std::memcmp(data.data(), signature.data(), signature.size()) == 0) {
            return exif_orientation(data.subspan(signature.size()));
        }
    }
    return 1;
}

[[noreturn]] void damaged_jpeg(const Errors &errors) {
    throw ImageError(ABLE_BAD_FILE, std::string("damaged JPEG picture: ") + errors.message.data() + "; send it again");
}

struct Encoder {
    Errors errors;
    jpeg_compress_struct info{};
    unsigned char *data = nullptr; // malloc'ed by libjpeg
    unsigned long size = 0;

    Encoder() { set_errors(reinterpret_cast<j_common_ptr>(&info), errors); }
    ~Encoder() {
        jpeg_destroy_compress(&info);
        std::free(data);
    }
    Encoder(const Encoder &) = delete;
    Encoder &operator=(const Encoder &) = delete;
};

bool write_jpeg(Encoder &encoder, const Image &image, int quality) {
    if (setjmp(encoder.errors.jump) != 0) {
        return false;
    }
    jpeg_compress_struct &info = encoder.info;
    jpeg_create_compress(&info);
    info.client_data = &encoder.errors;
    jpeg_mem_dest(&info, &encoder.data, &encoder.size);
    info.image_width = image.width;
    info.image_height = image.height;
    info.input_components = 3;
    info.in_color_space = JCS_RGB;
    jpeg_set_defaults(&info);
    jpeg_set_quality(&info, quality, TRUE);
    jpeg_start_compress(&info, TRUE);
    while (info.next_scanline < info.image_height) {
        // libjpeg does not write to it.
        JSAMPROW row = const_cast<std::uint8_t *>(&image.rgb[std::size_t{info.next_scanline} * image.width * 3]);
        jpeg_write_scanlines(&info, &row, 1);
    }
    jpeg_finish_compress(&info);
    return true;
}

} // namespace

Image decode_jpeg(std::span<const std::byte> bytes, const DecodeLimits &limits) {
    require_size(limits, "JPEG", bytes.size());
    if (bytes.empty()) {
        throw ImageError(ABLE_BAD_FILE, "damaged JPEG picture: it has no bytes");
    }
    const auto decoder = std::make_unique<Decoder>();
    if (!read_jpeg_header(*decoder, bytes)) {
        damaged_jpeg(decoder->errors);
    }
    jpeg_decompress_struct &info = decoder->info;
    require_within(limits, "JPEG", info.image_width, info.image_height);
    const bool cmyk = info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
    info.out_color_space = cmyk ? JCS_CMYK : JCS_RGB;
    const int orientation = orientation_of(info); // finishing frees the markers

    std::vector<std::uint8_t> pixels(std::size_t{info.image_width} * info.image_height * (cmyk ? 4 : 3));
    if (!read_jpeg_pixels(*decoder, pixels.data())) {
        damaged_jpeg(decoder->errors);
    }
    if (cmyk) {
        pixels = rgb_of_cmyk(pixels, info.saw_Adobe_marker != FALSE);
    }
    return upright({info.image_width, info.image_height, std::move(pixels)}, orientation);
}

std::vector<std::byte> encode_jpeg(const Image &image, int quality) {
    require_consistent(image);
    if (quality < 1 || quality > 100) {
        throw ImageError(ABLE_INVALID_ARGUMENT,
                         "a JPEG's quality is a number from 1 to 100, not " + std::to_string(quality));
    }
    const auto encoder = std::make_unique<Encoder>();
    if (!write_jpeg(*encoder, image, quality)) {
        throw ImageError(ABLE_INVALID_ARGUMENT,
                         std::string("the picture cannot be written as JPEG: ") + encoder->errors.message.data());
    }
    const auto *data = reinterpret_cast<const std::byte *>(encoder->data);
    return {data, data + encoder->size};
}

} // namespace able::images
