// Checkpoints that torch.save made, and those that it would never make.
#include "models_checkpoints.hpp"
#include "models_files.hpp"

#include "host/models/checkpoint.h"
#include "host/models/error.h"

#include <catch2/catch.hpp>

#include <cstring>

namespace models_checkpoint_test {

using namespace able::models;
using able::test::checkpoint;
using able::test::zip;
using able::test::ZipPart;
namespace pickle = able::test::pickle;
namespace fs = std::filesystem;

namespace {

std::shared_ptr<const CheckpointFile> read(const std::string &file) {
    return CheckpointFile::from_memory(std::as_bytes(std::span(file)), "x.ckpt");
}

std::pair<int, std::string> refusal(const std::string &file) {
    return able::test::failure<ModelError>([&] { read(file); });
}

fs::path data(const char *name) {
    return fs::path(ABLE_SOURCE_DIR) / "tests/unit/data/checkpoints" / name;
}

template <class Number>
std::vector<Number> numbers_in(const WeightFile::Tensor *tensor) {
    REQUIRE(tensor != nullptr);
    std::vector<Number> result(tensor->bytes / sizeof(Number));
    std::memcpy(result.data(), tensor->view.data, tensor->bytes);
    return result;
}

// One tensor "a" of the storage "0", which has 8 bytes.
std::string with_tensor(const std::string &tensor) {
    return checkpoint(pickle::dict({pickle::text("a"), tensor}), {"12345678"});
}

const std::string floats = pickle::storage("FloatStorage", "0", 2);

struct Case {
    const char *what;
    std::string file;
    int status;
    const char *expected; // in the message
};

void check(const Case &c) {
    INFO(c.what);
    const auto [status, text] = refusal(c.file);
    CHECK(status == c.status);
    CHECK_THAT(text, Catch::StartsWith("x.ckpt: "));
    CHECK_THAT(text, Catch::Contains(c.expected));
}

} // namespace

TEST_CASE("every number format that torch saves is read with its type and bytes", "[models][checkpoint]") {
    const auto file = CheckpointFile::open(data("formats.ckpt"));
    const std::vector<std::pair<const char *, const char *>> rows{
        {"bf16", "bf16"}, {"bool", "bool"},        {"f16", "fp16"},         {"f32", "fp32"},
        {"f64", "fp64"},  {"f8_e4m3", "fp8_e4m3"}, {"f8_e5m2", "fp8_e5m2"}, {"i16", "int16"},
        {"i32", "int32"}, {"i64", "int64"},        {"i8", "int8"},          {"u8", "uint8"}};
    REQUIRE(file->tensors().size() == rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const WeightFile::Tensor &tensor = file->tensors()[i];
        CHECK(tensor.name == rows[i].first);
        CHECK(dtype_label(tensor.dtype) == rows[i].second);
        CHECK(tensor.shape == std::vector<std::int64_t>{2, 3});
        CHECK(tensor.bytes == 6U * tensor.view.dtype_bits / 8);
    }
    CHECK(numbers_in<float>(file->find("f32")) == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(numbers_in<std::int64_t>(file->find("i64")) == std::vector<std::int64_t>{0, 1, 2, 3, 4, 5});
    CHECK(numbers_in<std::uint16_t>(file->find("bf16"))[1] == 0x3F80);
    CHECK(numbers_in<std::uint8_t>(file->find("f8_e4m3"))[1] == 0x38);
    CHECK(numbers_in<std::uint8_t>(file->find("f8_e5m2"))[1] == 0x3C);
}

TEST_CASE("tensors that share a storage are views into it", "[models][checkpoint]") {
    const auto file = CheckpointFile::open(data(GENERATE("views.pt", "protocol4.bin")));
    const auto *whole = file->find("whole");
    const auto *rows = file->find("rows");
    CHECK(numbers_in<float>(rows) == std::vector<float>{6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17});
    CHECK(static_cast<const char *>(rows->view.data) ==
          static_cast<const char *>(whole->view.data) + 6 * sizeof(float));
    CHECK(rows->view.strides == nullptr);
    CHECK(numbers_in<float>(file->find("scalar")) == std::vector<float>{7});
    CHECK(file->find("scalar")->view.ndim == 0);
    CHECK(file->find("empty")->bytes == 0);
    CHECK(numbers_in<float>(file->find("parameter")) == std::vector<float>{0, 1, 2});
    CHECK(file->find("expanded_ones")->shape == std::vector<std::int64_t>{1, 5});
}

TEST_CASE("a training checkpoint gives its state_dict, and its numbers as metadata", "[models][checkpoint]") {
    const auto file = CheckpointFile::open(data("training.ckpt"));
    REQUIRE(file->tensors().size() == 2);
    CHECK(numbers_in<float>(file->find("weight")) == std::vector<float>{0, 1, 2, 3, 4, 5});
    CHECK(file->metadata() == WeightFile::Metadata{{"epoch", "3"}, {"global_step", "875000"}});
    CHECK(file->size_bytes() == fs::file_size(data("training.ckpt")));
}

TEST_CASE("what torch saves but is not weights is refused in words", "[models][checkpoint]") {
    const auto [name, expected] = GENERATE(table<const char *, const char *>({
        {"legacy.ckpt", "torch before 1.6"},
        {"module.pt", "'torch.nn.modules.linear.Linear'"},
        {"list.pt", "no dictionary of weights"},
        {"program.pt", "TorchScript"},
        {"transposed.ckpt", "contiguous()"},
    }));
    const auto [status, text] = able::test::failure<ModelError>([&, file = name] { CheckpointFile::open(data(file)); });
    CHECK(status == ABLE_UNSUPPORTED);
    CHECK_THAT(text, Catch::Contains(expected));
    CHECK_THAT(text, Catch::Contains(name));
}

TEST_CASE("a name that is not on the list is refused, and is not called", "[models][checkpoint]") {
    const std::vector<std::pair<std::string, std::string>> names{{"os", "system"},
                                                                 {"posix", "system"},
                                                                 {"builtins", "eval"},
                                                                 {"__builtin__", "exec"},
                                                                 {"builtins", "getattr"},
                                                                 {"subprocess", "Popen"},
                                                                 {"torch", "load"},
                                                                 {"torch._utils", "_rebuild_xla_tensor"},
                                                                 {"torch", "Tensor"},
                                                                 {"collections", "deque"},
                                                                 {"", ""},
                                                                 {"torch.nn", "Linear"},
                                                                 {"numpy", "load"},
                                                                 {"torch ", "FloatStorage"}};
    for (const auto &[module, name] : names) {
        const std::string command = pickle::call(pickle::global(module, name), {pickle::text("touch /tmp/x")});
        const auto [status, text] = refusal(checkpoint(command));
        CHECK(status == ABLE_UNSUPPORTED);
        CHECK_THAT(text, Catch::Contains("'" + module + "." + name + "'") && Catch::Contains("convert"));
    }
    const std::string on_stack = pickle::text("os") + pickle::text("system") + "\x93";
    CHECK_THAT(refusal(checkpoint(on_stack)).second, Catch::Contains("'os.system'"));
}

TEST_CASE("a well-formed checkpoint made by hand is read", "[models][checkpoint]") {
    const auto file = read(with_tensor(pickle::tensor(floats, 0, {2}, {1})));
    CHECK(file->find("a")->bytes == 8);
    CHECK(refusal(with_tensor(pickle::tensor(floats, 1, {1}, {99}))).first == 0); // a stride that is never taken
    CHECK(refusal(with_tensor(pickle::tensor(floats, 2, {0, 7}, {9, 9}))).first == 0);
}

TEST_CASE("a tensor that breaks a rule is refused with the reason", "[models][checkpoint]") {
    const std::int64_t huge = std::int64_t{1} << 62;
    const std::string rebuild = pickle::global("torch._utils", "_rebuild_tensor_v2");
    const std::string typed = pickle::global("torch._utils", "_rebuild_tensor_v3");
    check(GENERATE_COPY(values<Case>({
        {"past the end", with_tensor(pickle::tensor(floats, 0, {3}, {1})), ABLE_BAD_FILE, "past the end"},
        {"offset past the end", with_tensor(pickle::tensor(floats, 1, {2}, {1})), ABLE_BAD_FILE, "past the end"},
        {"huge offset", with_tensor(pickle::tensor(floats, huge, {2}, {1})), ABLE_BAD_FILE, "past the end"},
        {"empty, far out", with_tensor(pickle::tensor(floats, 3, {0}, {1})), ABLE_BAD_FILE, "past the end"},
        {"huge extent", with_tensor(pickle::tensor(floats, 0, {huge}, {1})), ABLE_BAD_FILE, "past the end"},
        {"overflowing product", with_tensor(pickle::tensor(floats, 0, {huge, 4}, {4, 1})), ABLE_BAD_FILE,
         "past the end"},
        {"negative offset", with_tensor(pickle::tensor(floats, -1, {1}, {1})), ABLE_BAD_FILE, "offset"},
        {"negative extent", with_tensor(pickle::tensor(floats, 0, {-2}, {1})), ABLE_BAD_FILE, "0 and above"},
        {"negative stride", with_tensor(pickle::tensor(floats, 1, {2}, {-1})), ABLE_BAD_FILE, "0 and above"},
        {"repeated element", with_tensor(pickle::tensor(floats, 0, {2}, {0})), ABLE_UNSUPPORTED, "row by row"},
        {"column order", with_tensor(pickle::tensor(pickle::storage("ByteStorage", "0", 8), 0, {2, 4}, {1, 2})),
         ABLE_UNSUPPORTED, "tensor 'a' is stored transposed"},
        {"fewer strides", with_tensor(pickle::tensor(floats, 0, {1, 2}, {1})), ABLE_BAD_FILE, "stride"},
        {"nine dimensions",
         with_tensor(pickle::tensor(floats, 0, {1, 1, 1, 1, 1, 1, 1, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 1})),
         ABLE_BAD_FILE, "at most 8"},
        {"a shape of texts",
         with_tensor(pickle::call(
             rebuild, {floats, pickle::number(0), pickle::tuple({pickle::text("2")}), pickle::numbers({1})})),
         ABLE_BAD_FILE, "other than numbers"},
        {"no storage", with_tensor(pickle::call(rebuild, {pickle::number(0), pickle::number(0), ")", ")"})),
         ABLE_BAD_FILE, "without a storage"},
        {"too few arguments", with_tensor(pickle::call(rebuild, {floats})), ABLE_BAD_FILE, "without a storage"},
        {"a storage of another size", with_tensor(pickle::tensor(pickle::storage("FloatStorage", "0", 3), 0, {1}, {1})),
         ABLE_BAD_FILE, "has 8 bytes where 3 elements are promised"},
        {"a storage of an overflowing size",
         with_tensor(pickle::tensor(pickle::storage("DoubleStorage", "0", huge), 0, {1}, {1})), ABLE_BAD_FILE,
         "promised"},
        {"a storage of a negative size",
         with_tensor(pickle::tensor(pickle::storage("FloatStorage", "0", -2), 0, {1}, {1})), ABLE_BAD_FILE, "negative"},
        {"a storage that is not there",
         with_tensor(pickle::tensor(pickle::storage("FloatStorage", "1", 2), 0, {1}, {1})), ABLE_BAD_FILE,
         "data of tensor 'a' is not in the archive"},
        {"a storage outside",
         with_tensor(pickle::tensor(pickle::storage("FloatStorage", "../byteorder", 2), 0, {1}, {1})), ABLE_BAD_FILE,
         "not in the archive"},
        {"bytes without a type", with_tensor(pickle::tensor(pickle::storage("UntypedStorage", "0", 8), 0, {1}, {1})),
         ABLE_BAD_FILE, "number format"},
        {"a type that is none",
         with_tensor(pickle::call(typed, {pickle::storage("UntypedStorage", "0", 8), pickle::number(0),
                                          pickle::numbers({1}), pickle::numbers({1}), "\x89", "N", "N"})),
         ABLE_BAD_FILE, "number format"},
        {"a storage of a class that is none",
         with_tensor(pickle::tensor(pickle::tuple({pickle::text("storage"), pickle::global("torch", "float32"),
                                                   pickle::text("0"), pickle::text("cpu"), pickle::number(2)}) +
                                        "Q",
                                    0, {1}, {1})),
         ABLE_BAD_FILE, "no storage"},
        {"another kind of reference", with_tensor(pickle::text("module") + "Q"), ABLE_BAD_FILE, "no storage"},
        {"a name twice",
         checkpoint(pickle::dict({pickle::text("a"), pickle::tensor(floats, 0, {1}, {1}), pickle::text("a"),
                                  pickle::tensor(floats, 1, {1}, {1})}),
                    {"12345678"}),
         ABLE_BAD_FILE, "tensor 'a' appears twice"},
        {"a NUL in a name",
         checkpoint(pickle::dict({pickle::text(std::string_view("a\0b", 3)), pickle::tensor(floats, 0, {1}, {1})}),
                    {"12345678"}),
         ABLE_BAD_FILE, "NUL"},
        {"a name that is not UTF-8",
         checkpoint(pickle::dict({pickle::text("a\xff"), pickle::tensor(floats, 0, {1}, {1})}), {"12345678"}),
         ABLE_BAD_FILE, "UTF-8"},
        {"a very long name",
         checkpoint(pickle::dict({pickle::text(std::string(1025, 'n')), pickle::tensor(floats, 0, {1}, {1})}),
                    {"12345678"}),
         ABLE_BAD_FILE, "too long"},
        {"a parameter without a tensor",
         with_tensor(pickle::call(pickle::global("torch._utils", "_rebuild_parameter"), {floats, "\x88", "N"})),
         ABLE_BAD_FILE, "parameter"},
    })));
}

TEST_CASE("an archive that breaks a rule is refused with the reason", "[models][checkpoint]") {
    const std::string code = pickle::program("}");
    const ZipPart list{"archive/data.pkl", code};
    ZipPart deflated{"archive/data/0", "12345678"};
    deflated.method = 8;
    ZipPart encrypted{"archive/data/0", "12345678"};
    encrypted.flags = 1;
    ZipPart longer{"archive/data/0", "12345678"};
    longer.size_error = 100'000;
    ZipPart overlapping{"archive/data/0", "12345678"};
    overlapping.size_error = 60; // into the next entry's data
    ZipPart misplaced{"archive/data/0", "12345678"};
    misplaced.offset_error = 3;
    ZipPart outside{"archive/data/0", "12345678"};
    outside.offset_error = 1'000'000;
    ZipPart order{"archive/byteorder", "big"};
    const std::string whole = zip({list});
    check(GENERATE_COPY(values<Case>({
        {"not even a zip", std::string("\x01\x02\x03"), ABLE_BAD_FILE, "not a checkpoint that torch.save made"},
        {"safetensors", able::test::safetensors("{}"), ABLE_UNSUPPORTED, "rename it to end in .safetensors"},
        {"a pointer", "version https://git-lfs.github.com/spec/v1", ABLE_BAD_FILE, "git lfs pull"},
        {"a web page", "\n\n<HTML>", ABLE_BAD_FILE, "it begins with \"<HTML>\"; it is probably a saved web page"},
        {"a bare pickle", code, ABLE_UNSUPPORTED, "torch before 1.6"},
        {"a tar archive", std::string(257, 'x') + "ustar" + std::string(300, '\0'), ABLE_UNSUPPORTED,
         "torch before 1.6"},
        {"no end record", whole.substr(0, whole.size() - 22), ABLE_BAD_FILE, "no list of entries"},
        {"a claim of more entries", zip({list}, 9), ABLE_BAD_FILE, "breaks off"},
        {"no entries", std::string("PK\x03\x04") + zip({}), ABLE_BAD_FILE, "breaks off"},
        {"compression", zip({list, deflated}), ABLE_UNSUPPORTED, "is compressed"},
        {"encryption", zip({list, encrypted}), ABLE_UNSUPPORTED, "is encrypted"},
        {"an entry past the end", zip({list, longer}), ABLE_BAD_FILE, "past the end of the file"},
        {"overlapping entries", zip({overlapping, list}), ABLE_BAD_FILE, "overlap"},
        {"an entry that is not where it should be", zip({list, misplaced}), ABLE_BAD_FILE, "not where the list"},
        {"an entry outside", zip({list, outside}), ABLE_BAD_FILE, "not where the list"},
        {"a name twice", zip({list, list}), ABLE_BAD_FILE, "appears twice"},
        {"no name", zip({list, {"", "x"}}), ABLE_BAD_FILE, "no name"},
        {"a NUL in a name", zip({list, {std::string("archive/\0x", 10), "x"}}), ABLE_BAD_FILE, "NUL"},
        {"a very long name", zip({list, {"archive/" + std::string(1100, 'n'), "x"}}), ABLE_BAD_FILE, "name has 1108"},
        {"two folders", zip({list, {"other/data/0", "x"}}), ABLE_BAD_FILE, "not in the folder"},
        {"no folder", zip({{"data.pkl", code}}), ABLE_BAD_FILE, "not one folder"},
        {"an absolute path", zip({{"/data.pkl", code}}), ABLE_BAD_FILE, "not one folder"},
        {"a folder above", zip({{"../data.pkl", code}}), ABLE_BAD_FILE, "not one folder"},
        {"no pickle", zip({{"archive/data/0", "x"}}), ABLE_BAD_FILE, "has no data.pkl"},
        {"another machine's bytes", zip({list, order}), ABLE_UNSUPPORTED, "big-endian"},
    })));
}

TEST_CASE("a valid checkpoint cut anywhere is refused", "[models][checkpoint]") {
    const std::string file = with_tensor(pickle::tensor(floats, 0, {2}, {1}));
    for (std::size_t length = 0; length < file.size(); ++length) {
        INFO(length);
        CHECK(refusal(file.substr(0, length)).first == ABLE_BAD_FILE);
    }
    CHECK(refusal(file).first == 0);
}

TEST_CASE("an embedding gives its string_to_param, a ParameterDict too", "[models][checkpoint]") {
    const std::filesystem::path folder = std::filesystem::path(ABLE_SOURCE_DIR) / "tests/golden/data/embeddings";
    const auto file = CheckpointFile::open(folder / "easyneg.pt");
    REQUIRE(file->tensors().size() == 1);
    CHECK(file->tensors()[0].name == "string_to_param.*");
    CHECK(file->tensors()[0].shape == std::vector<std::int64_t>{3, 32});
    CHECK(file->metadata() == WeightFile::Metadata{{"step", "100"}});
    const auto classic = CheckpointFile::open(folder / "classic.pt"); // beside a tensor in string_to_token
    REQUIRE(classic->tensors().size() == 1);
    CHECK(classic->tensors()[0].name == "string_to_param.*");
    CHECK(classic->tensors()[0].shape == std::vector<std::int64_t>{2, 32});
    CHECK(CheckpointFile::open(folder / "cat-toy.bin")->tensors()[0].name == "<cat-toy>");
}

} // namespace models_checkpoint_test
