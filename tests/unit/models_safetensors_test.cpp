#include "models_files.hpp"

#include "host/base/quote.h"
#include "host/models/error.h"
#include "host/models/safetensors.h"

#include <catch2/catch.hpp>

#include <sys/stat.h>

namespace models_safetensors_test {

using namespace able::base;
using namespace able::models;
using able::test::safetensors;
using able::test::TempFolder;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<const SafetensorsFile> read(const std::string &file, const SafetensorsLimits &limits = {}) {
    return SafetensorsFile::from_memory(std::as_bytes(std::span(file)), "x.safetensors", limits);
}

std::pair<int, std::string> refusal(const std::string &file, const SafetensorsLimits &limits = {}) {
    return able::test::failure<ModelError>([&] { read(file, limits); });
}

struct Case {
    const char *what;
    std::string json;
    std::size_t data;
    const char *expected; // in the message
};

// One F32 tensor "a" of two elements, with `field` in place of the given one.
std::string tensor_with(const std::string &dtype, const std::string &shape, const std::string &offsets) {
    return R"({"a":{"dtype":)" + dtype + R"(,"shape":)" + shape + R"(,"data_offsets":)" + offsets + "}}";
}

} // namespace

TEST_CASE("a well-formed safetensors file gives its tensors as views into its bytes", "[models][safetensors]") {
    const std::string json = R"({"__metadata__":{"format":"pt","ss_tag":"käse"},)"
                             R"("b":{"dtype":"F16","shape":[2,3],"data_offsets":[4,16]},)"
                             R"("a":{"dtype":"F32","shape":[],"data_offsets":[0,4]},)"
                             R"("empty":{"dtype":"BF16","shape":[0,5],"data_offsets":[16,16]},)"
                             R"("c":{"dtype":"BOOL","shape":[1],"data_offsets":[16,17]}}   )";
    const std::string bytes = safetensors(json, 17);
    const auto file = read(bytes);

    REQUIRE(file->tensors().size() == 4);
    CHECK(file->tensors()[0].name == "a");
    CHECK(file->tensors()[3].name == "empty");
    CHECK(file->metadata().at("ss_tag") == "käse");
    CHECK(file->size_bytes() == bytes.size());

    const WeightFile::Tensor *b = file->find("b");
    REQUIRE(b != nullptr);
    CHECK(b->view.ndim == 2);
    CHECK(b->view.shape[0] == 2);
    CHECK(b->view.shape[1] == 3);
    CHECK(b->view.strides == nullptr);
    CHECK(b->view.dtype_code == ABLE_DTYPE_FLOAT);
    CHECK(b->view.dtype_bits == 16);
    CHECK(b->view.dtype_lanes == 1);
    CHECK(b->view.device_type == ABLE_DEVICE_CPU);
    CHECK(b->bytes == 12);
    CHECK(*static_cast<const unsigned char *>(b->view.data) == 4);
    CHECK(file->find("a")->view.ndim == 0);
    CHECK(file->find("empty")->bytes == 0);
    CHECK(file->find("c")->view.dtype_code == ABLE_DTYPE_BOOL);
    CHECK(file->find("d") == nullptr);
}

TEST_CASE("every element type of the ABI is read with its code and size", "[models][safetensors]") {
    struct Row {
        const char *name;
        int code, bits;
        const char *label;
    };
    const auto row =
        GENERATE(Row{"F64", ABLE_DTYPE_FLOAT, 64, "fp64"}, Row{"F32", ABLE_DTYPE_FLOAT, 32, "fp32"},
                 Row{"F16", ABLE_DTYPE_FLOAT, 16, "fp16"}, Row{"BF16", ABLE_DTYPE_BFLOAT, 16, "bf16"},
                 Row{"F8_E4M3", ABLE_DTYPE_FLOAT8_E4M3FN, 8, "fp8_e4m3"},
                 Row{"F8_E5M2", ABLE_DTYPE_FLOAT8_E5M2, 8, "fp8_e5m2"}, Row{"I64", ABLE_DTYPE_INT, 64, "int64"},
                 Row{"I32", ABLE_DTYPE_INT, 32, "int32"}, Row{"I16", ABLE_DTYPE_INT, 16, "int16"},
                 Row{"I8", ABLE_DTYPE_INT, 8, "int8"}, Row{"U64", ABLE_DTYPE_UINT, 64, "uint64"},
                 Row{"U32", ABLE_DTYPE_UINT, 32, "uint32"}, Row{"U16", ABLE_DTYPE_UINT, 16, "uint16"},
                 Row{"U8", ABLE_DTYPE_UINT, 8, "uint8"}, Row{"BOOL", ABLE_DTYPE_BOOL, 8, "bool"});
    const auto bytes = static_cast<std::size_t>(row.bits / 8 * 3);
    const std::string bytes_text = std::to_string(bytes);
    const std::string file =
        safetensors(tensor_with("\"" + std::string(row.name) + "\"", "[3]", "[0," + bytes_text + "]"), bytes);
    const auto opened = read(file);
    CHECK(int{opened->tensors()[0].view.dtype_code} == row.code);
    CHECK(int{opened->tensors()[0].view.dtype_bits} == row.bits);
    CHECK(dtype_label(opened->tensors()[0].dtype) == row.label);
}

TEST_CASE("a file without tensors is well formed", "[models][safetensors]") {
    CHECK(read(safetensors("{}"))->tensors().empty());
    CHECK(read(safetensors(R"({"__metadata__":{}})"))->tensors().empty());
}

TEST_CASE("a header that breaks a rule is refused with the reason", "[models][safetensors]") {
    const std::string a = R"("a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]})";
    const auto c = GENERATE_COPY(values<Case>({
        {"JSON error", "{\"a\":", 0, "not valid JSON"},
        {"text after the object", "{} x", 0, "not valid JSON"},
        {"two objects", "{}{}", 0, "not valid JSON"},
        {"NUL byte after the object", std::string("{}\0\0", 4), 0, "NUL byte"},
        {"invalid UTF-8", "{\"\xff\":1}", 0, "not valid JSON"},
        {"overlong UTF-8", "{\"\xc0\xaf\":1}", 0, "not valid JSON"},
        {"an array", "[]", 0, "does not start with '{'"},
        {"a leading space", " {}", 0, "does not start with '{'"},
        {"a byte order mark", "\xef\xbb\xbf{}", 0, "does not start with '{'"},
        {"an empty header", "", 0, "does not start with '{'"},
        {"a comment", "{/* */}", 0, "not valid JSON"},
        {"a tensor twice", "{" + a + "," + a + "}", 8, "tensor 'a' appears twice"},
        {"a tensor twice, escaped", "{" + a + R"(,"\u0061":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8,
         "appears twice"},
        {"dtype twice", R"({"a":{"dtype":"F32","dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8, "dtype twice"},
        {"shape twice", R"({"a":{"dtype":"F32","shape":[2],"shape":[2],"data_offsets":[0,8]}})", 8, "shape twice"},
        {"offsets twice", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"data_offsets":[0,8]}})", 8,
         "data_offsets twice"},
        {"metadata twice", R"({"__metadata__":{},"__metadata__":{}})", 0, "__metadata__ appears twice"},
        {"a metadata key twice", R"({"__metadata__":{"k":"1","k":"2"}})", 0, "'k' twice"},
        {"metadata that is no string", R"({"__metadata__":{"k":1}})", 0, "maps strings to strings"},
        {"nested metadata", R"({"__metadata__":{"k":{}}})", 0, "maps strings to strings"},
        {"metadata that is no object", R"({"__metadata__":[]})", 0, "maps strings to strings"},
        {"an unknown field", R"({"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8],"extra":1}})", 8, "'extra'"},
        {"no dtype", R"({"a":{"shape":[2],"data_offsets":[0,8]}})", 8, "has no dtype"},
        {"no shape", R"({"a":{"dtype":"F32","data_offsets":[0,8]}})", 8, "has no shape"},
        {"no offsets", R"({"a":{"dtype":"F32","shape":[2]}})", 8, "has no data_offsets"},
        {"an empty tensor", R"({"a":{}})", 0, "has no dtype"},
        {"a tensor that is a number", R"({"a":1})", 0, "a number"},
        {"a tensor that is null", R"({"a":null})", 0, "null"},
        {"a tensor that is an array", R"({"a":[]})", 0, "an array"},
        {"unknown dtype", tensor_with("\"F99\"", "[2]", "[0,8]"), 8, "the format does not know"},
        {"dtype in lower case", tensor_with("\"f32\"", "[2]", "[0,8]"), 8, "the format does not know"},
        {"dtype that is a number", tensor_with("32", "[2]", "[0,8]"), 8, "a number"},
        {"a negative dimension", tensor_with("\"F32\"", "[-2]", "[0,8]"), 8, "a negative number"},
        {"minus nought", tensor_with("\"F32\"", "[-0]", "[0,0]"), 0, "a negative number"},
        {"a float dimension", tensor_with("\"F32\"", "[2.0]", "[0,8]"), 8, "no plain integer"},
        {"an exponent", tensor_with("\"F32\"", "[2e0]", "[0,8]"), 8, "no plain integer"},
        {"a float offset", tensor_with("\"F32\"", "[2]", "[0,8.0]"), 8, "no plain integer"},
        {"a number past 64 bits", tensor_with("\"F32\"", "[18446744073709551616]", "[0,8]"), 8, "no plain integer"},
        {"a dimension past 63 bits", tensor_with("\"F32\"", "[9223372036854775808]", "[0,8]"), 8, "a dimension of"},
        {"a dimension that is a string", tensor_with("\"F32\"", "[\"2\"]", "[0,8]"), 8, "a string"},
        {"a nested shape", tensor_with("\"F32\"", "[[2]]", "[0,8]"), 8, "an array"},
        {"a shape that is an object", tensor_with("\"F32\"", "{}", "[0,8]"), 8, "an object"},
        {"nine dimensions", tensor_with("\"F32\"", "[1,1,1,1,1,1,1,1,2]", "[0,8]"), 8, "more than 8 dimensions"},
        {"an overflowing product", tensor_with("\"U8\"", "[4294967296,4294967296]", "[0,0]"), 0, "too large"},
        {"overflow hidden behind a zero", tensor_with("\"U8\"", "[0,9223372036854775807,2]", "[0,0]"), 0, "too large"},
        {"overflow in bytes", tensor_with("\"F64\"", "[4611686018427387904]", "[0,0]"), 0, "too large"},
        {"one offset", tensor_with("\"F32\"", "[2]", "[0]"), 8, "needs two data_offsets"},
        {"three offsets", tensor_with("\"F32\"", "[2]", "[0,8,8]"), 8, "more than two data_offsets"},
        {"an end before the beginning", tensor_with("\"F32\"", "[2]", "[8,0]"), 8, "ends before it begins"},
        {"fewer bytes than the shape", tensor_with("\"F32\"", "[2]", "[0,4]"), 4, "needs 8"},
        {"more bytes than the shape", tensor_with("\"F32\"", "[2]", "[0,16]"), 16, "needs 8"},
        {"a hole at the start", tensor_with("\"F32\"", "[2]", "[4,12]"), 12, "leaves a hole"},
        {"a hole between", "{" + a + R"(,"b":{"dtype":"U8","shape":[1],"data_offsets":[9,10]}})", 10, "leaves a hole"},
        {"an overlap", "{" + a + R"(,"b":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}})", 8, "overlaps"},
        {"the same bytes twice", "{" + a + R"(,"b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8, "overlaps"},
        {"data cut short", "{" + a + "}", 7, "truncated: the header promises 8 bytes of data, the file has 7"},
        {"data beyond the tensors", "{" + a + "}", 9, "1 bytes at the end of the file belong to no tensor"},
        {"data without tensors", "{}", 1, "belong to no tensor"},
        {"offsets past the end", tensor_with("\"U8\"", "[9223372036854775807]", "[0,9223372036854775807]"), 8,
         "truncated"},
        {"a NUL in a name", R"({"a\u0000b":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}})", 8, "NUL"},
        {"a NUL in a metadata key", R"({"__metadata__":{"a\u0000":"b"}})", 0, "NUL"},
        {"an unpaired surrogate", R"({"\ud800":{}})", 0, "not valid JSON"},
    }));
    INFO(c.what);
    const auto [status, text] = refusal(safetensors(c.json, c.data));
    CHECK(status == ABLE_BAD_FILE);
    CHECK_THAT(text, Catch::StartsWith("x.safetensors: "));
    CHECK_THAT(text, Catch::Contains(c.expected));
    CHECK_THAT(text, Catch::Contains("download"));
}

TEST_CASE("an element type that the ABI cannot express is unsupported, not damaged", "[models][safetensors]") {
    const auto name = GENERATE("F4", "F6_E2M3", "F6_E3M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ", "C64");
    const auto [status, text] = refusal(safetensors(tensor_with("\"" + std::string(name) + "\"", "[8]", "[0,64]"), 64));
    CHECK(status == ABLE_UNSUPPORTED);
    CHECK_THAT(text, Catch::Contains(name) && Catch::Contains("'a'"));
}

TEST_CASE("the length prefix is checked against the file before anything is read by it", "[models][safetensors]") {
    const auto with_length = [](std::uint64_t length) {
        std::string file = safetensors("{}");
        for (unsigned i = 0; i < 8; ++i) {
            file[i] = static_cast<char>(length >> (8 * i) & 0xFFU);
        }
        return refusal(file).second;
    };
    CHECK_THAT(with_length(3), Catch::Contains("truncated"));
    CHECK_THAT(with_length(100'000'000), Catch::Contains("truncated"));
    CHECK_THAT(with_length(100'000'001), Catch::Contains("more than 100000000"));
    CHECK_THAT(with_length(~std::uint64_t{0}), Catch::Contains("more than 100000000"));
    CHECK_THAT(with_length(~std::uint64_t{0} - 7), Catch::Contains("more than 100000000"));
    CHECK_THAT(refusal("").second, Catch::Contains("0 bytes"));
    CHECK_THAT(refusal("\x02").second, Catch::Contains("only 1 bytes"));
    CHECK_THAT(refusal(std::string(7, '\0')).second, Catch::Contains("only 7 bytes"));
}

TEST_CASE("a valid file cut anywhere is refused", "[models][safetensors]") {
    const std::string file = able::test::half_tensors({{"a", 3}, {"b", 2}});
    for (std::size_t length = 0; length < file.size(); ++length) {
        INFO(length);
        CHECK(refusal(file.substr(0, length)).first == ABLE_BAD_FILE);
    }
    CHECK(refusal(file).first == 0);
}

TEST_CASE("limits bound what a header may ask for", "[models][safetensors]") {
    SafetensorsLimits limits;
    limits.tensors = 2;
    limits.name_bytes = 4;
    limits.metadata_entries = 1;
    limits.header_bytes = 200;
    CHECK(refusal(able::test::half_tensors({{"a", 1}, {"b", 1}}), limits).first == 0);
    CHECK_THAT(refusal(able::test::half_tensors({{"a", 0}, {"b", 0}, {"c", 0}}), limits).second,
               Catch::Contains("more than 2 tensors"));
    CHECK_THAT(refusal(able::test::half_tensors({{"abcde", 1}}), limits).second, Catch::Contains("has 5 bytes"));
    CHECK_THAT(refusal(safetensors(R"({"__metadata__":{"a":"","b":""}})"), limits).second,
               Catch::Contains("more than 1 entries"));
    CHECK_THAT(refusal(safetensors("{" + std::string(200, ' ') + "}"), limits).second,
               Catch::Contains("more than 200"));
}

TEST_CASE("a deeply nested header is refused at the first level too many", "[models][safetensors]") {
    std::string json = R"({"a":{"dtype":)" + std::string(1'000'000, '[');
    CHECK_THAT(refusal(safetensors(json)).second, Catch::Contains("unexpected: an array"));
}

TEST_CASE("what users take for safetensors is named for what it is", "[models][safetensors]") {
    CHECK_THAT(refusal("PK\x03\x04 and so on").second, Catch::Contains("pickle"));
    CHECK(refusal("PK\x03\x04 and so on").first == ABLE_UNSUPPORTED);
    CHECK(refusal("\x80\x02}q.").first == ABLE_UNSUPPORTED);
    // A header of 0x280 bytes, or up to 0x5ff, starts as a pickle does.
    CHECK(refusal(safetensors("{" + std::string(0x27e, ' ') + "}")).first == 0);
    CHECK(refusal(safetensors("{" + std::string(0x47e, ' ') + "}")).first == 0);
    CHECK_THAT(refusal("version https://git-lfs.github.com/spec/v1\noid").second, Catch::Contains("git lfs pull"));
}

TEST_CASE("a text that was saved as weights is named, with its first words", "[models][safetensors]") {
    const auto [text, words] = GENERATE(table<std::string, std::string>({
        {"<!DOCTYPE html><html>", "<!DOCTYPE html><html>"},
        {"\r\n \n<!doctype HTML>\n<html lang=\"en\">", "<!doctype HTML> <html lang=\"en\">"},
        {"\xEF\xBB\xBF<html>", "<html>"},
        {"<HtMl><head>", "<HtMl><head>"},
        {"<?xml version=\"1.0\"?>\n<Error><Code>AccessDenied</Code>",
         "<?xml version=\"1.0\"?> <Error><Code>AccessDenied"},
        {R"({"error":"Unauthorized","message":"Please log in"})",
         R"({"error":"Unauthorized","message":"Please log in"})"},
        {"[1, 2]", "[1, 2]"},
        {"Not found", "Not found"},
        {std::string("\xFF\xFE<\0h\0t\0m\0l\0>\0", 14), "<html>"},
        {std::string("\xFE\xFF\0<\0b\0>", 8), "<b>"},
        {"caf\xE9 ferm\xE9", "café fermé"},
        {"<p>" + std::string(56, 'x') + "ä and more", "<p>" + std::string(56, 'x') + "…"},
    }));
    CAPTURE(text);
    const auto [status, message] = refusal(text);
    CHECK(status == ABLE_BAD_FILE);
    CHECK_THAT(message, Catch::Contains("this is a text, not weights: it begins with \"" + words));
    CHECK_THAT(message, Catch::Contains("a saved web page or an error message; download the file again"));
}

TEST_CASE("a few bytes of no encoding are no text", "[models][safetensors]") {
    for (const char *bytes : {"\x88", "\x88\x99", "\x88\x99\xaa", "\xEF\xBB\xBF", "\xFF\xFE", " \x88"}) {
        CAPTURE(bytes);
        const auto [status, message] = refusal(bytes);
        CHECK(status == ABLE_BAD_FILE);
        CHECK_THAT(message, !Catch::Contains("this is a text"));
    }
}

TEST_CASE("metadata may be null, as safetensors itself takes it", "[models][safetensors]") {
    const std::string tensor = R"("a":{"dtype":"U8","shape":[0],"data_offsets":[0,0]})";
    CHECK(refusal(safetensors(R"({"__metadata__":null,)" + tensor + "}")).first == 0);
    CHECK(refusal(safetensors("{" + tensor + R"(,"__metadata__":null})")).first == 0);
    CHECK(refusal(safetensors(R"({"__metadata__":null,"__metadata__":{}})")).first == ABLE_BAD_FILE);
    CHECK(refusal(safetensors(R"({"__metadata__":{"a":null}})")).first == ABLE_BAD_FILE);
}

TEST_CASE("no header length reads as a text", "[models][safetensors]") {
    // The lengths whose bytes are those of "<", "{", and of a mark of UTF-16.
    for (const std::size_t length : {std::size_t{0x3C}, std::size_t{0x7B}, std::size_t{0x207B}, std::size_t{0xFEFF}}) {
        CAPTURE(length);
        CHECK(refusal(safetensors("{" + std::string(length - 2, ' ') + "}")).first == 0);
    }
}

TEST_CASE("a hostile name cannot forge lines in a message", "[models][safetensors]") {
    CHECK(quote("a\nlevel=error\x1b[0m") == "'a?level=error?[0m'");
    CHECK(quote(std::string(500, 'x')).size() < 140);
    const std::string cut = quote(std::string(119, 'x') + "ä" + std::string(50, 'y'));
    CHECK_THAT(cut, Catch::EndsWith("x…'"));
    const auto [status, text] = refusal(safetensors(R"({"evil\nname":1})"));
    CHECK(text.find('\n') == std::string::npos);
}

TEST_CASE("a file on disk is mapped and read", "[models][safetensors]") {
    const TempFolder folder;
    able::test::write_file(folder / "m.safetensors", able::test::half_tensors({{"a", 3}}));
    const auto file = SafetensorsFile::open(folder / "m.safetensors");
    CHECK(file->find("a")->bytes == 6);
    CHECK(*static_cast<const unsigned char *>(file->find("a")->view.data) == 0);

    fs::create_symlink("m.safetensors", folder / "link.safetensors");
    CHECK(SafetensorsFile::open(folder / "link.safetensors")->tensors().size() == 1);
}

TEST_CASE("what is no regular file is refused without opening it", "[models][safetensors]") {
    const TempFolder folder;
    const auto refused = [](const fs::path &path) {
        return able::test::failure<ModelError>([&path] { SafetensorsFile::open(path); });
    };
    CHECK(refused(folder / "missing.safetensors").first == ABLE_NOT_FOUND);
    CHECK_THAT(refused(folder / "missing.safetensors").second, Catch::Contains("missing.safetensors: no such file"));
    CHECK_THAT(refused(folder.path()).second, Catch::Contains("not a regular file"));
    REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
    CHECK_THAT(refused(folder / "pipe").second, Catch::Contains("not a regular file"));
    able::test::write_file(folder / "empty", "");
    CHECK_THAT(refused(folder / "empty").second, Catch::Contains("empty"));
    fs::create_symlink("nowhere", folder / "dangling");
    CHECK(refused(folder / "dangling").first == ABLE_NOT_FOUND);
    CHECK_THAT(refused("/dev/zero").second, Catch::Contains("not a regular file"));
}

} // namespace models_safetensors_test
