// PNG, JPEG and WebP. The pictures in data/images are made by make_images.py there, with Pillow's reading of each
// beside it.
#include "host/base/atomic_file.h"
#include "host/base/utf8.h"
#include "host/images/decode.h"
#include "host/images/exif.h"
#include "host/images/jpeg.h"
#include "host/images/png.h"
#include "host/images/webp.h"
#include "models_files.hpp"

#include <catch2/catch.hpp>

#include <iterator>
#include <zlib.h>

namespace images_png_test {

using namespace able::base;
using namespace able::images;
using able::test::TempFolder;
namespace fs = std::filesystem;

namespace {

std::string load(const std::string &name) {
    std::ifstream stream(std::string(ABLE_SOURCE_DIR) + "/tests/unit/data/images/" + name, std::ios::binary);
    return {std::istreambuf_iterator<char>(stream), {}};
}

std::span<const std::byte> as_bytes(const std::string &text) {
    return std::as_bytes(std::span(text));
}

std::string as_text(const std::vector<std::byte> &bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

std::pair<int, std::string> refusal(const std::string &file, const DecodeLimits &limits = {}) {
    return able::test::failure<ImageError>([&] { decode(as_bytes(file), limits); });
}

Image pattern(std::uint32_t width, std::uint32_t height) {
    Image image{width, height, {}};
    for (std::uint32_t i = 0; i < width * height * 3; ++i) {
        image.rgb.push_back(static_cast<std::uint8_t>(i * 7 + i / 11));
    }
    return image;
}

std::string big_endian(std::uint32_t value) {
    std::string text;
    for (const unsigned shift : {24U, 16U, 8U, 0U}) {
        text += static_cast<char>(value >> shift & 0xFFU);
    }
    return text;
}

std::string chunk(const std::string &type, const std::string &data) {
    const std::string body = type + data;
    const auto crc = crc32(0, reinterpret_cast<const Bytef *>(body.data()), static_cast<uInt>(body.size()));
    return big_endian(static_cast<std::uint32_t>(data.size())) + body + big_endian(static_cast<std::uint32_t>(crc));
}

std::string deflated(const std::string &data) {
    std::string packed(compressBound(data.size()), '\0');
    uLongf size = packed.size();
    compress(reinterpret_cast<Bytef *>(packed.data()), &size, reinterpret_cast<const Bytef *>(data.data()),
             data.size());
    packed.resize(size);
    return packed;
}

const std::string signature("\x89PNG\r\n\x1a\n", 8);

std::string header(std::uint32_t width, std::uint32_t height, char depth = 8, char colour = 2) {
    return chunk("IHDR", big_endian(width) + big_endian(height) + depth + colour + std::string(3, '\0'));
}

// A picture of 1x1 pixels with `extra` chunks before its pixels.
std::string pixel_with(const std::string &extra) {
    return signature + header(1, 1) + extra + chunk("IDAT", deflated(std::string(4, '\0'))) + chunk("IEND", "");
}

int largest_difference(const Image &a, const Image &b) {
    REQUIRE(a.width == b.width);
    REQUIRE(a.height == b.height);
    int largest = 0;
    for (std::size_t i = 0; i < a.rgb.size(); ++i) {
        largest = std::max(largest, std::abs(int{a.rgb[i]} - int{b.rgb[i]}));
    }
    return largest;
}

} // namespace

TEST_CASE("every kind of PNG decodes to RGB over white", "[images][png]") {
    const std::string name = GENERATE("png_rgba", "png_grey", "png_grey1", "png_palette", "png_interlaced", "png_rgb16",
                                      "png_grey16", "png_gamma", "resize_source");
    INFO(name);
    const Image image = decode(as_bytes(load(name + ".png")));
    if (name == "resize_source") {
        CHECK(image.width == 37);
        CHECK(image.height == 29);
        return;
    }
    const Image expected = decode_png(as_bytes(load(name + ".rgb.png")));
    CHECK(largest_difference(image, expected) == 0);
}

TEST_CASE("every kind of JPEG decodes as Pillow reads it, the right way up", "[images][jpeg]") {
    const std::string name = GENERATE("baseline", "progressive", "grey", "cmyk", "orientation2", "orientation3",
                                      "orientation4", "orientation5", "orientation6", "orientation7", "orientation8");
    INFO(name);
    const Image image = decode(as_bytes(load("jpeg_" + name + ".jpg")));
    const Image expected = decode_png(as_bytes(load("jpeg_" + name + ".rgb.png")));
    // Releases of libjpeg-turbo upsample chroma with slightly different rounding.
    CHECK(largest_difference(image, expected) <= 2);
}

TEST_CASE("WebP stills decode, lossless ones exactly", "[images][webp]") {
    const Image lossless = decode(as_bytes(load("webp_lossless.webp")));
    CHECK(largest_difference(lossless, decode_png(as_bytes(load("webp_lossless.rgb.png")))) == 0);
    const Image lossy = decode(as_bytes(load("webp_lossy.webp")));
    CHECK(largest_difference(lossy, decode_png(as_bytes(load("webp_lossy.rgb.png")))) <= 2);
    const auto [status, text] = refusal(load("webp_animated.webp"));
    CHECK(status == ABLE_UNSUPPORTED);
    CHECK_THAT(text, Catch::Contains("animated"));
}

TEST_CASE("PNG and WebP are the right way up, as Pillow turns them", "[images][exif]") {
    const int orientation = GENERATE(range(2, 9));
    CAPTURE(orientation);
    const std::string number = std::to_string(orientation);
    for (const auto &[name, extension] :
         {std::pair("png_orientation", ".png"), std::pair("webp_orientation", ".webp")}) {
        const Image image = decode(as_bytes(load(name + number + extension)));
        CHECK(largest_difference(image, decode_png(as_bytes(load(name + number + ".rgb.png")))) == 0);
    }
}

TEST_CASE("a damaged EXIF chunk leaves a picture as it is", "[images][exif]") {
    const std::string file = load("webp_orientation6.webp");
    const auto exif = file.find("EXIF");
    REQUIRE(exif != std::string::npos);
    std::string longer = file;
    longer[exif + 7] = '\x7F'; // of a length beyond the file
    CHECK(decode(as_bytes(longer)).width == 19);
    CHECK(decode(as_bytes(pixel_with(chunk("eXIf", "MM")))).width == 1);
}

TEST_CASE("an unknown format is refused by naming the known ones", "[images]") {
    const std::string file = GENERATE("GIF89a....", "BM......", "hello", "RIFF____WAVE", "\x89PNG");
    const auto [status, text] = refusal(file);
    CHECK(status == ABLE_UNSUPPORTED);
    CHECK_THAT(text, Catch::Contains("PNG, JPEG or WebP"));
    CHECK_THAT(refusal("").second, Catch::Contains("no bytes"));
}

TEST_CASE("a picture cut anywhere is refused", "[images]") {
    const std::string name = GENERATE("png_rgba.png", "png_interlaced.png", "jpeg_baseline.jpg", "jpeg_progressive.jpg",
                                      "webp_lossless.webp", "webp_lossy.webp");
    const std::string file = load(name);
    REQUIRE(refusal(file).first == 0);
    // A JPEG's last bytes may hold nothing but padding and the end marker; a lossy WebP's, too.
    const std::size_t last = file.size() - (name.starts_with("png") ? 1 : file.size() / 10);
    for (std::size_t length = 0; length < last; ++length) {
        INFO(name << " cut to " << length);
        CHECK(refusal(file.substr(0, length)).first != 0);
    }
}

TEST_CASE("a flipped bit never crashes the decoders, and never passes a PNG's check sums", "[images]") {
    const std::string name = GENERATE("png_rgba.png", "jpeg_baseline.jpg", "jpeg_cmyk.jpg", "jpeg_orientation6.jpg",
                                      "webp_lossless.webp", "webp_lossy.webp");
    const std::string file = load(name);
    const Image intact = decode(as_bytes(file));
    for (std::size_t i = 0; i < file.size(); ++i) {
        std::string damaged = file;
        damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
        DecodeLimits limits;
        limits.pixels = 1 << 20;
        try {
            const Image image = decode(as_bytes(damaged), limits);
            CHECK(image.rgb.size() == std::size_t{image.width} * image.height * 3);
            if (name == "png_rgba.png") {
                CHECK(image.rgb == intact.rgb);
            }
        } catch (const ImageError &) {
        }
    }
}

TEST_CASE("a size is refused by its claim, before memory is taken for it", "[images][png]") {
    const std::string tail = chunk("IDAT", deflated(std::string(4, '\0'))) + chunk("IEND", "");
    const auto claim = [&tail](std::uint32_t width, std::uint32_t height) {
        return refusal(signature + header(width, height) + tail);
    };
    CHECK(claim(16'385, 1).first == ABLE_UNSUPPORTED);
    CHECK_THAT(claim(16'385, 1).second, Catch::Contains("16385x1") && Catch::Contains("16384"));
    CHECK_THAT(claim(16'384, 16'384).second, Catch::Contains("67108864 pixels in all"));
    CHECK_THAT(claim(0x7FFFFFFF, 0x7FFFFFFF).second, Catch::Contains("too large"));
    CHECK(claim(0, 1).first == ABLE_BAD_FILE);
    CHECK(claim(0x80000000U, 1).first == ABLE_BAD_FILE);

    DecodeLimits limits;
    limits.side = 30;
    CHECK_THAT(refusal(load("jpeg_baseline.jpg"), limits).second,
               Catch::Contains("JPEG picture of 38x26 is too large"));
    CHECK_THAT(refusal(load("webp_lossy.webp"), limits).second, Catch::Contains("WebP picture of 38x26 is too large"));
    limits = {};
    limits.pixels = 38 * 26 - 1;
    CHECK_THAT(refusal(load("jpeg_baseline.jpg"), limits).second, Catch::Contains("pixels in all"));
    limits = {};
    limits.bytes = 100;
    for (const char *name : {"png_rgba.png", "jpeg_baseline.jpg", "webp_lossy.webp"}) {
        CHECK_THAT(refusal(load(name), limits).second, Catch::Contains("at most 100"));
    }
}

TEST_CASE("a PNG with fewer pixels than it claims is refused, one with more is bounded", "[images][png]") {
    const std::string few =
        signature + header(64, 64) + chunk("IDAT", deflated(std::string(100, '\0'))) + chunk("IEND", "");
    CHECK(refusal(few).first == ABLE_BAD_FILE);
    // 64 MB of zeros in 64 kB: libpng unpacks what the size needs and no more.
    const std::string bomb =
        signature + header(1, 1) + chunk("IDAT", deflated(std::string(64 << 20, '\0'))) + chunk("IEND", "");
    const auto [status, text] = refusal(bomb);
    CHECK((status == 0 || status == ABLE_BAD_FILE));
}

TEST_CASE("damaged PNG structure is refused", "[images][png]") {
    const std::string idat = chunk("IDAT", deflated(std::string(4, '\0')));
    const std::string end = chunk("IEND", "");
    CHECK(refusal(signature + header(1, 1) + idat + end).first == 0);
    CHECK(refusal(signature + idat + end).first == ABLE_BAD_FILE);
    CHECK(refusal(signature + header(1, 1) + end).first == ABLE_BAD_FILE);
    CHECK(refusal(signature + header(1, 1, 3) + idat + end).first == ABLE_BAD_FILE);
    CHECK(refusal(signature + header(1, 1, 8, 5) + idat + end).first == ABLE_BAD_FILE);
    CHECK(refusal(signature + header(1, 1, 8, 3) + idat + end).first == ABLE_BAD_FILE); // no palette
    std::string bad_crc = idat;
    bad_crc.back() = static_cast<char>(bad_crc.back() ^ 1);
    const auto [status, text] = refusal(signature + header(1, 1) + bad_crc + end);
    CHECK(status == ABLE_BAD_FILE);
    CHECK_THAT(text, Catch::Contains("damaged PNG picture") && Catch::Contains("CRC"));
}

TEST_CASE("compressed extras of a PNG are not unpacked while it is decoded", "[images][png]") {
    const std::string bomb = deflated(std::string(16 << 20, 'x'));
    const std::string zero(1, '\0');
    const std::string extras = chunk("zTXt", "k" + zero + zero + bomb) + chunk("iCCP", "p" + zero + zero + bomb) +
                               chunk("iTXt", "k" + zero + "\x01" + zero + zero + zero + bomb);
    CHECK(decode_png(as_bytes(pixel_with(extras))).width == 1);
}

TEST_CASE("a picture survives a round trip through PNG, with its texts", "[images][png]") {
    const Image image = pattern(33, 17);
    const std::vector<TextChunk> texts{
        {"parameters", "a cat\nNegative prompt: blurry\nSteps: 20, Seed: 1"},
        {"ablerefusal", R"({"prompt":"eine Katze, 猫, 🐈"})"},
        {"empty", ""},
        {"long", std::string(100'000, 'x')},
    };
    const std::vector<std::byte> file = encode_png(image, texts);
    const Image again = decode_png(file);
    CHECK(again.width == 33);
    CHECK(again.height == 17);
    CHECK(again.rgb == image.rgb);
    const std::vector<TextChunk> read = read_png_texts(file);
    REQUIRE(read.size() == texts.size());
    for (std::size_t i = 0; i < texts.size(); ++i) {
        CHECK(read[i].key == texts[i].key);
        CHECK(read[i].text == texts[i].text);
    }
    const std::string bytes = as_text(file);
    CHECK(bytes.find("tEXtparameters") != std::string::npos);
    CHECK(bytes.find("iTXtablerefusal") != std::string::npos);
    CHECK(bytes.find("tEXtparameters") < bytes.find("IDAT"));
    CHECK(bytes.find("tIME") == std::string::npos);
}

TEST_CASE("the same picture gives the same PNG", "[images][png]") {
    const Image image = pattern(64, 64);
    const std::vector<TextChunk> texts{{"parameters", "x"}};
    CHECK(encode_png(image, texts) == encode_png(image, texts));
}

TEST_CASE("what a PNG cannot hold is refused", "[images][png]") {
    const auto refused = [](const TextChunk &text) {
        const std::vector<TextChunk> texts{text};
        return able::test::failure<ImageError>([&texts] { encode_png(pattern(1, 1), texts); }).first;
    };
    CHECK(refused({"ok key", "ok"}) == 0);
    for (const std::string &key : {std::string(), std::string(80, 'k'), std::string(" k"), std::string("k "),
                                   std::string("k  k"), std::string("k\n"), std::string("ä"), std::string("k\0", 2)}) {
        INFO(key);
        CHECK(refused({key, "x"}) == ABLE_INVALID_ARGUMENT);
    }
    CHECK(refused({"k", std::string("a\0b", 3)}) == ABLE_INVALID_ARGUMENT);
    CHECK(refused({"k", "\xff"}) == ABLE_INVALID_ARGUMENT);
    CHECK(refused({"k", std::string((4 << 20) + 1, 'x')}) == ABLE_INVALID_ARGUMENT);
    CHECK_THROWS_AS(encode_png(Image{2, 2, {}}), ImageError);
    CHECK_THROWS_AS(encode_png(Image{}), ImageError);
}

TEST_CASE("texts of other programs are read, whatever chunk they are in", "[images][png]") {
    const std::string zero(1, '\0');
    const std::string latin = chunk("tEXt", "Comment" + zero + "caf\xe9");
    const std::string packed = chunk("zTXt", "Packed" + zero + zero + deflated("hello"));
    const std::string itxt = chunk("iTXt", "T" + zero + zero + zero + "de" + zero + "Titel" + zero + "Käse");
    const std::string packed_itxt = chunk("iTXt", "U" + zero + "\x01" + zero + zero + zero + deflated("猫"));
    const std::string wrong_itxt = chunk("iTXt", "V" + zero + zero + zero + zero + zero + "caf\xe9");
    const std::string late = signature + header(1, 1) + chunk("IDAT", deflated(std::string(4, '\0'))) + latin + packed +
                             itxt + packed_itxt + wrong_itxt + chunk("IEND", "") + "trailing";
    const std::vector<TextChunk> texts = read_png_texts(as_bytes(late));
    REQUIRE(texts.size() == 5);
    CHECK(texts[0].key == "Comment");
    CHECK(texts[0].text == "café");
    CHECK(texts[1].text == "hello");
    CHECK(texts[2].text == "Käse");
    CHECK(texts[3].text == "猫");
    CHECK(texts[4].text == "café");
}

TEST_CASE("damaged and excessive texts are refused", "[images][png]") {
    const std::string zero(1, '\0');
    const auto refused = [](const std::string &extra) {
        const std::string file = pixel_with(extra);
        return able::test::failure<ImageError>([&file] { read_png_texts(as_bytes(file)); });
    };
    CHECK(refused("").first == 0);
    CHECK(refused(chunk("tEXt", "no separator")).first == ABLE_BAD_FILE);
    CHECK(refused(chunk("zTXt", "k" + zero)).first == ABLE_BAD_FILE);
    CHECK(refused(chunk("zTXt", "k" + zero + "\x01" + deflated("x"))).first == ABLE_BAD_FILE);
    CHECK(refused(chunk("zTXt", "k" + zero + zero + "garbage")).first == ABLE_BAD_FILE);
    CHECK(refused(chunk("zTXt", "k" + zero + zero + deflated(std::string(100, 'x')).substr(0, 6))).first ==
          ABLE_BAD_FILE);
    CHECK(refused(chunk("iTXt", "k" + zero + zero + zero + "x")).first == ABLE_BAD_FILE);
    CHECK_THAT(refused(chunk("zTXt", "k" + zero + zero + deflated(std::string(64 << 20, 'x')))).second,
               Catch::Contains("4 MiB"));
    std::string many;
    for (int i = 0; i < 257; ++i) {
        many += chunk("tEXt", "k" + zero + "x");
    }
    CHECK_THAT(refused(many).second, Catch::Contains("more than 256"));
    std::string together;
    for (int i = 0; i < 5; ++i) {
        together += chunk("zTXt", "k" + zero + zero + deflated(std::string(4 << 20, 'x')));
    }
    CHECK_THAT(refused(together).second, Catch::Contains("16 MiB together"));
    std::string bad_crc = chunk("tEXt", "k" + zero + "x");
    bad_crc.back() = static_cast<char>(bad_crc.back() ^ 1);
    CHECK_THAT(refused(bad_crc).second, Catch::Contains("check sum"));
    const std::string file = encode_png(pattern(2, 2), {}).empty() ? "" : as_text(encode_png(pattern(2, 2)));
    for (std::size_t length = 0; length < file.size(); ++length) {
        const std::string cut = file.substr(0, length);
        CHECK_THROWS_AS(read_png_texts(as_bytes(cut)), ImageError);
    }
    const std::string endless = signature + "\xff\xff\xff\xff" + "tEXt" + std::string(20, 'x');
    CHECK_THROWS_AS(read_png_texts(as_bytes(endless)), ImageError);
}

TEST_CASE("a JPEG that is written reads back nearly the same", "[images][jpeg]") {
    Image image{64, 48, {}};
    for (std::uint32_t y = 0; y < 48; ++y) {
        for (std::uint32_t x = 0; x < 64; ++x) {
            image.rgb.insert(image.rgb.end(),
                             {static_cast<std::uint8_t>(4 * x), static_cast<std::uint8_t>(5 * y), 128});
        }
    }
    const std::vector<std::byte> fine = encode_jpeg(image, 95);
    CHECK(largest_difference(decode_jpeg(fine), image) < 16);
    CHECK(encode_jpeg(image, 30).size() < fine.size());
    CHECK_THROWS_WITH(encode_jpeg(image, 0), Catch::Contains("1 to 100"));
    CHECK_THROWS_WITH(encode_jpeg(image, 101), Catch::Contains("101"));
    CHECK_THROWS_AS(encode_jpeg(Image{70'000, 1, std::vector<std::uint8_t>(210'000)}), ImageError);
}

TEST_CASE("a JPEG with endless scans is refused", "[images][jpeg]") {
    const std::string file = load("jpeg_progressive.jpg");
    // The second scan, from its marker to the third's, again and again.
    const auto marker = [&file](std::size_t from) {
        return file.find("\xff\xda", from);
    };
    const std::size_t second = marker(marker(0) + 1);
    const std::size_t third = marker(second + 1);
    REQUIRE(third != std::string::npos);
    std::string bomb = file.substr(0, third);
    for (int i = 0; i < 5000; ++i) {
        bomb += file.substr(second, third - second);
    }
    bomb += file.substr(third);
    CHECK(refusal(bomb).first == ABLE_BAD_FILE);
}

TEST_CASE("damaged EXIF means upright", "[images][exif]") {
    const auto orientation = [](const std::string &tiff) {
        return exif_orientation({reinterpret_cast<const std::uint8_t *>(tiff.data()), tiff.size()});
    };
    const std::string entry("\x12\x01\x03\x00\x01\x00\x00\x00\x06\x00\x00\x00", 12);
    const std::string head("II*\0\x08\0\0\0", 8);
    const std::string one("\x01\x00", 2);
    CHECK(orientation(head + one + entry) == 6);
    const std::string big("MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x08\0\0", 22);
    CHECK(orientation(big) == 8);
    CHECK(orientation("") == 1);
    CHECK(orientation("II") == 1);
    CHECK(orientation(std::string("II*\0\xff\xff\xff\xff", 8)) == 1);
    CHECK(orientation(head + std::string("\xff\xff", 2)) == 1);
    CHECK(orientation(head + one + entry.substr(0, 8)) == 1);
    CHECK(orientation(head + one + entry.substr(0, 8) + std::string("\x09\0\0\0", 4)) == 1);
}

TEST_CASE("UTF-8 is told from what is none", "[images][utf8]") {
    for (const char *good : {"", "abc", "ä", "猫", "🐈", "\x7f", "\xed\x9f\xbf", "\xee\x80\x80", "\xf4\x8f\xbf\xbf"}) {
        CHECK(is_utf8(good));
    }
    for (const char *bad :
         {"\x80", "\xc0\xaf", "\xc1\xbf", "\xc3", "\xe0\x80\x80", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x80\x80\x80",
          "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xe7\x8c", "a\xff", "\xc3(", "\xe7(\xab"}) {
        INFO(bad);
        CHECK_FALSE(is_utf8(bad));
    }
    CHECK(utf8_of_latin1("caf\xe9 \x80\xff") == "café \xc2\x80ÿ");
}

TEST_CASE("a file is written whole, with the permissions of any other", "[images][file]") {
    const TempFolder folder;
    const std::string first = "first content";
    write_file_atomically(folder / "a.png", as_bytes(first));
    CHECK(fs::file_size(folder / "a.png") == first.size());
    able::test::write_file(folder / "ordinary", "x");
    CHECK(fs::status(folder / "a.png").permissions() == fs::status(folder / "ordinary").permissions());

    const std::string second = "second";
    write_file_atomically(folder / "a.png", as_bytes(second));
    CHECK(fs::file_size(folder / "a.png") == second.size());
    write_file_atomically(folder / std::string(255, 'n'), as_bytes(second));
    write_file_atomically(folder / "empty", {});
    CHECK(fs::file_size(folder / "empty") == 0);
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 4);
}

TEST_CASE("a failed write says why, and leaves nothing behind", "[images][file]") {
    const TempFolder folder;
    fs::create_directory(folder / "target");
    able::test::write_file(folder / "target/inside", "x");
    const std::string text = "x";
    CHECK_THROWS_WITH(write_file_atomically(folder / "target", as_bytes(text)), Catch::Contains("target"));
    CHECK_THROWS_WITH(write_file_atomically(folder / "no/such/a.png", as_bytes(text)),
                      Catch::Contains("no/such/a.png") && Catch::Contains("the folder must exist"));
    CHECK(std::distance(fs::directory_iterator(folder.path()), fs::directory_iterator()) == 1);
    CHECK(fs::exists(folder / "target/inside"));
}

} // namespace images_png_test
