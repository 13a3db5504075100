// The LoRA plugin: the formats beside pairs of factors, as deltas of the ABI. tests/golden/lora_formats_test.cpp has
// what they come to; here is what a file must be like.
#include "fake_host.hpp"
#include "fake_source.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <functional>

namespace lora_formats_test {

using namespace able::tests;
using Catch::Matchers::Contains;

namespace {

const able_adapter &lora() {
    static const PluginFile file(ABLE_PLUGIN_DIR "/lora.so");
    return file.find<able_adapter>(ABLE_FACTORY_ADAPTER, "lora");
}

using Shape = std::vector<int64_t>;

const std::string linear = "lora_unet_proj"; // [24, 16]
const std::string conv = "lora_unet_conv";   // [24, 16, 3, 3]
const std::string norm = "lora_unet_norm";   // [24]

FakeTargets targets() {
    return {"sd1",
            {{"unet.proj.weight", {24, 16}},
             {"unet.proj.bias", {24}},
             {"unet.conv.weight", {24, 16, 3, 3}},
             {"unet.norm.weight", {24}},
             {"unet.norm.bias", {24}}}};
}

struct Close {
    void operator()(able_adapter_file *file) const { file->close(file); }
};

struct Opened {
    able_status status;
    std::string message;
    std::unique_ptr<able_adapter_file, Close> file;

    uint32_t count() const { return file->delta_count(file.get()); }
    const able_delta &at(uint32_t index) const { return *file->delta_at(file.get(), index); }
};

Opened open(const FakeSource &source) {
    const FakeJob job;
    const FakeTargets all = targets();
    able_adapter_file *file = nullptr;
    const able_status status =
        lora().open(source.get(), all.get(), FakeParams(*lora().descriptor).get(), job.get(), &file);
    return {status, job.message, std::unique_ptr<able_adapter_file, Close>(file)};
}

Shape shape_of(const able_view &view) {
    return view.data != nullptr ? Shape(view.shape, view.shape + view.ndim) : Shape();
}

uint32_t score(const FakeSource &source) {
    able_adapter_probe result{};
    result.struct_size = sizeof result;
    REQUIRE(lora().probe(source.get(), &result) == ABLE_OK);
    return result.score;
}

// Parts of one module by their suffix.
struct Parts {
    std::string module;
    std::vector<std::pair<std::string, Shape>> tensors;
};

FakeSource &add(FakeSource &source, const Parts &parts) {
    for (const auto &[suffix, shape] : parts.tensors) {
        source.add(parts.module + "." + suffix, shape);
    }
    return source;
}

} // namespace

TEST_CASE("Each format becomes the delta that says what it does", "[lora]") {
    struct Format {
        Parts parts;
        int32_t kind;
        std::string target;
        double scale; // with an alpha of 1
        Shape up, mid, down, up2, mid2, down2;
    };
    const auto format = GENERATE(values<Format>({
        {{conv, {{"lora_down.weight", {4, 16, 1, 1}}, {"lora_mid.weight", {2, 4, 3, 3}}, {"lora_up.weight", {24, 2}}}},
         ABLE_DELTA_MATRIX,
         "unet.conv.weight",
         0.25,
         {24, 2},
         {2, 4, 3, 3},
         {4, 16, 1, 1},
         {},
         {},
         {}},
        {{linear, {{"hada_w1_a", {24, 4}}, {"hada_w1_b", {4, 16}}, {"hada_w2_a", {24, 2}}, {"hada_w2_b", {2, 16}}}},
         ABLE_DELTA_HADAMARD,
         "unet.proj.weight",
         0.25,
         {24, 4},
         {},
         {4, 16},
         {24, 2},
         {},
         {2, 16}},
        {{conv, {{"hada_w1_a", {24, 4}}, {"hada_w1_b", {4, 144}}, {"hada_w2_a", {24, 4}}, {"hada_w2_b", {4, 144}}}},
         ABLE_DELTA_HADAMARD,
         "unet.conv.weight",
         0.25,
         {24, 4},
         {},
         {4, 144},
         {24, 4},
         {},
         {4, 144}},
        {{conv,
          {{"hada_t1", {2, 4, 3, 3}},
           {"hada_w1_a", {2, 24}},
           {"hada_w1_b", {4, 16}},
           {"hada_t2", {4, 4, 3, 3}},
           {"hada_w2_a", {4, 24}},
           {"hada_w2_b", {4, 16}}}},
         ABLE_DELTA_HADAMARD,
         "unet.conv.weight",
         0.25,
         {24, 2},
         {2, 4, 3, 3},
         {4, 16},
         {24, 4},
         {4, 4, 3, 3},
         {4, 16}},
        {{linear, {{"lokr_w1", {4, 2}}, {"lokr_w2", {6, 8}}}},
         ABLE_DELTA_KRONECKER,
         "unet.proj.weight",
         1.0,
         {4, 2},
         {},
         {},
         {6, 8},
         {},
         {}}, // LyCORIS: alpha does not count
        {{linear, {{"lokr_w1_a", {4, 8}}, {"lokr_w1_b", {8, 2}}, {"lokr_w2", {6, 8}}}},
         ABLE_DELTA_KRONECKER,
         "unet.proj.weight",
         0.125,
         {4, 8},
         {},
         {8, 2},
         {6, 8},
         {},
         {}},
        {{conv, {{"lokr_w1", {4, 2}}, {"lokr_w2_a", {6, 2}}, {"lokr_w2_b", {2, 72}}}},
         ABLE_DELTA_KRONECKER,
         "unet.conv.weight",
         0.5,
         {4, 2},
         {},
         {},
         {6, 2},
         {},
         {2, 72}},
        {{conv, {{"lokr_w1", {4, 2}}, {"lokr_w2", {6, 8, 3, 3}}}},
         ABLE_DELTA_KRONECKER,
         "unet.conv.weight",
         1.0,
         {4, 2},
         {},
         {},
         {6, 8, 3, 3},
         {},
         {}},
        {{conv, {{"lokr_w1", {4, 2}}, {"lokr_t2", {2, 3, 3, 3}}, {"lokr_w2_a", {2, 6}}, {"lokr_w2_b", {3, 8}}}},
         ABLE_DELTA_KRONECKER,
         "unet.conv.weight",
         1.0 / 3,
         {4, 2},
         {},
         {},
         {6, 2},
         {2, 3, 3, 3},
         {3, 8}},
        {{conv, {{"diff", {24, 16, 3, 3}}}},
         ABLE_DELTA_MATRIX,
         "unet.conv.weight",
         1.0,
         {24, 16, 3, 3},
         {},
         {},
         {},
         {},
         {}},
        {{linear, {{"diff_b", {24}}}}, ABLE_DELTA_MATRIX, "unet.proj.bias", 1.0, {24}, {}, {}, {}, {}, {}},
        {{norm, {{"w_norm", {24}}}}, ABLE_DELTA_MATRIX, "unet.norm.weight", 1.0, {24}, {}, {}, {}, {}, {}},
        {{norm, {{"b_norm", {24}}}}, ABLE_DELTA_MATRIX, "unet.norm.bias", 1.0, {24}, {}, {}, {}, {}, {}},
    }));
    FakeSource source;
    add(source, format.parts);
    CAPTURE(format.parts.module, format.parts.tensors.front().first);
    CHECK(score(source) > 0);
    if (format.parts.module != norm && format.target != "unet.proj.bias") {
        source.add_scalar(format.parts.module + ".alpha", FakeSource::fp32, 1.0F);
    }
    const Opened opened = open(source);
    INFO(opened.message);
    REQUIRE(opened.status == ABLE_OK);
    CHECK(opened.file->unmatched_count(opened.file.get()) == 0);
    REQUIRE(opened.count() == 1);
    const able_delta &delta = opened.at(0);
    CHECK(delta.kind == format.kind);
    CHECK(delta.target == format.target);
    CHECK(delta.scale == Approx(format.scale));
    CHECK(shape_of(delta.up) == format.up);
    CHECK(shape_of(delta.mid) == format.mid);
    CHECK(shape_of(delta.down) == format.down);
    CHECK(shape_of(delta.up2) == format.up2);
    CHECK(shape_of(delta.mid2) == format.mid2);
    CHECK(shape_of(delta.down2) == format.down2);
    if (delta.mid2.data != nullptr) { // LyCORIS stores it on its side
        REQUIRE(delta.up2.strides != nullptr);
        CHECK(Shape(delta.up2.strides, delta.up2.strides + 2) == Shape{1, delta.up2.shape[0]});
    }
}

TEST_CASE("(IA)3 says by a flag of any whole type whose channels it scales", "[lora]") {
    const bool on_input = GENERATE(false, true);
    const auto type = GENERATE(0, 1, 2);
    FakeSource source;
    const std::string key = linear + ".on_input";
    const FakeSource::Dtype boolean{ABLE_DTYPE_BOOL, 8};
    if (type == 0) {
        source.add_scalar(key, FakeSource::int64, int64_t{on_input});
    } else {
        source.add_scalar(key, type == 1 ? FakeSource::uint8 : boolean, static_cast<uint8_t>(on_input));
    }
    SECTION("a vector") {
        source.add(linear + ".weight", {on_input ? 16 : 24});
    }
    SECTION("as convolutions have it") {
        source.add(linear + ".weight", {1, on_input ? 16 : 24, 1, 1});
    }
    const Opened opened = open(source);
    INFO(opened.message);
    REQUIRE(opened.status == ABLE_OK);
    CHECK(opened.at(0).kind == ABLE_DELTA_CHANNELS);
    CHECK(opened.at(0).axis == (on_input ? ABLE_AXIS_IN : ABLE_AXIS_OUT));
    CHECK(score(source) > 0);
}

TEST_CASE("rotations fit the rows that they turn", "[lora][faults]") {
    const auto [shape, fits] = GENERATE(table<Shape, bool>({
        {{6, 4, 4}, true},
        {{3, 6, 4, 4}, false}, // a stage would reach over 16 of the 24 rows
        {{2, 6, 4, 4}, true},
        {{1, 8, 3, 3}, false}, // halves of three rows
        {{6, 4, 5}, false},
        {{5, 4, 4}, false},
        {{24, 24}, false},
    }));
    CAPTURE(shape);
    FakeSource source;
    source.add(linear + ".oft_blocks", shape).add_scalar(linear + ".alpha", FakeSource::fp32, 0.5F);
    CHECK(score(source) > 0);
    const Opened opened = open(source);
    INFO(opened.message);
    CHECK(opened.status == (fits ? ABLE_OK : ABLE_BAD_FILE));
    if (fits) {
        REQUIRE(opened.count() == 1);
        CHECK(opened.at(0).kind == ABLE_DELTA_ROTATION);
        CHECK(opened.at(0).scale == Approx(0.5 * 24)); // a row's limit
    }
    source.add(linear + ".rescale", {16, 1});
    CHECK(open(source).status == ABLE_BAD_FILE);
}

TEST_CASE("GLoRA multiplies the weight, then adds to it", "[lora]") {
    FakeSource source;
    source.add(conv + ".a1.weight", {16, 4, 1, 1}).add(conv + ".a2.weight", {4, 16, 1, 1});
    source.add(conv + ".b1.weight", {24, 4, 1, 1}).add(conv + ".b2.weight", {4, 16, 3, 3});
    source.add_scalar(conv + ".alpha", FakeSource::fp32, 2.0F);
    const Opened opened = open(source);
    INFO(opened.message);
    REQUIRE(opened.status == ABLE_OK);
    REQUIRE(opened.count() == 2);
    CHECK(opened.at(0).kind == ABLE_DELTA_INPUTS);
    CHECK(opened.at(1).kind == ABLE_DELTA_LOW_RANK);
    CHECK(opened.at(0).scale == 0.5);
    CHECK(opened.at(1).scale == 0.5);
}

TEST_CASE("GLoRA without one of its factors, or of another shape, is refused", "[lora][faults]") {
    const std::string missing = GENERATE("a1", "a2", "b1", "b2");
    CAPTURE(missing);
    FakeSource source, misshapen;
    const std::vector<std::pair<std::string, Shape>> factors{
        {"a1", {16, 4}}, {"a2", {4, 16}}, {"b1", {24, 4}}, {"b2", {4, 16}}};
    for (const auto &[name, shape] : factors) {
        if (name != missing) {
            source.add(linear + "." + name + ".weight", shape);
        }
        misshapen.add(linear + "." + name + ".weight", name == missing ? Shape{5, 5} : shape);
    }
    CHECK_THAT(open(source).message, Catch::Contains("the " + missing + " for"));
    CHECK(open(misshapen).status == ABLE_BAD_FILE);
}

TEST_CASE("A checkpoint's weights are no (IA)3", "[lora][faults]") {
    FakeSource source;
    source.add("unet.proj.weight", {24, 16}).add("unet.norm.weight", {24});
    CHECK(score(source) == 0);
    CHECK(open(source).status == ABLE_UNSUPPORTED);
    source.add(linear + ".lora_down.weight", {4, 16}).add(linear + ".lora_up.weight", {24, 4});
    const Opened opened = open(source);
    REQUIRE(opened.status == ABLE_OK);
    CHECK(opened.count() == 1);
    CHECK(opened.file->unmatched_count(opened.file.get()) == 2);
}

TEST_CASE("DoRA's magnitudes go with any factors, over the channels that their shape says", "[lora]") {
    struct Magnitude {
        std::string module, suffix;
        Shape shape;
        int32_t axis;
    };
    const auto magnitude = GENERATE(values<Magnitude>({
        {linear, "dora_scale", {24, 1}, ABLE_AXIS_OUT},
        {linear, "dora_scale", {24}, ABLE_AXIS_OUT},
        {linear, "dora_scale", {1, 16}, ABLE_AXIS_IN},
        {conv, "dora_scale", {24, 1, 1, 1}, ABLE_AXIS_OUT},
        {conv, "dora_scale", {1, 16, 1, 1}, ABLE_AXIS_IN},
        {linear, "lora_magnitude_vector", {24}, ABLE_AXIS_OUT},
        {conv, "lora_magnitude_vector.weight", {1, 24, 1, 1}, ABLE_AXIS_OUT},
    }));
    CAPTURE(magnitude.module, magnitude.suffix, magnitude.shape);
    FakeSource source;
    source.add(magnitude.module + "." + magnitude.suffix, magnitude.shape);
    int32_t kind = ABLE_DELTA_LOW_RANK;
    const bool is_conv = magnitude.module == conv;
    SECTION("LoRA") {
        source.add(magnitude.module + ".lora_up.weight", {24, 4})
            .add(magnitude.module + ".lora_down.weight", is_conv ? Shape{4, 16, 3, 3} : Shape{4, 16});
    }
    SECTION("LoKr") {
        source.add(magnitude.module + ".lokr_w1", {4, 2})
            .add(magnitude.module + ".lokr_w2", is_conv ? Shape{6, 8, 3, 3} : Shape{6, 8});
        kind = ABLE_DELTA_KRONECKER;
    }
    const Opened opened = open(source);
    INFO(opened.message);
    REQUIRE(opened.status == ABLE_OK);
    CHECK(opened.at(0).kind == (kind | ABLE_DELTA_DORA));
    CHECK(opened.at(0).axis == magnitude.axis);
    CHECK(shape_of(opened.at(0).magnitude) == magnitude.shape);
}

TEST_CASE("PEFT's bias has the scale of the factors that it comes with", "[lora]") {
    FakeSource source;
    source.add("unet.proj.lora_A.weight", {4, 16}).add("unet.proj.lora_B.weight", {24, 4});
    source.add("unet.proj.lora_B.bias", {24});
    source.metadata["lora_adapter_metadata"] = R"({"unet.lora_alpha": 8})";
    const Opened opened = open(source);
    INFO(opened.message);
    REQUIRE(opened.status == ABLE_OK);
    REQUIRE(opened.count() == 2);
    CHECK(std::string(opened.at(1).target) == "unet.proj.bias");
    CHECK(opened.at(1).kind == ABLE_DELTA_MATRIX);
    CHECK(opened.at(1).scale == 2.0);
}

TEST_CASE("Other names of today's files lead to the same weights", "[lora]") {
    const std::string module = GENERATE("lycoris_proj", "unet.proj", "base_model.model.proj");
    const std::string adapter = GENERATE("", "default.");
    FakeSource source;
    source.add(module + ".lora_A." + adapter + "weight", {4, 16})
        .add(module + ".lora_B." + adapter + "weight", {24, 4});
    const Opened opened = open(source);
    INFO(opened.message);
    REQUIRE(opened.status == ABLE_OK);
    CHECK(std::string(opened.at(0).target) == "unet.proj.weight");
}

TEST_CASE("Parts that lack, do not fit, or are of two formats are refused with what was found", "[lora][faults]") {
    struct Wrong {
        Parts parts;
        std::string text, other;
    };
    const auto wrong = GENERATE(values<Wrong>({
        {{linear, {{"hada_w1_a", {24, 4}}, {"hada_w1_b", {4, 16}}, {"hada_w2_a", {24, 4}}}}, "hada_w2_b", "missing"},
        {{linear, {{"hada_w1_a", {24, 4}}, {"hada_w1_b", {4, 15}}, {"hada_w2_a", {24, 4}}, {"hada_w2_b", {4, 16}}}},
         "[4, 15]",
         "[4, 16]"},
        {{linear, {{"hada_w1_a", {24, 3}}, {"hada_w1_b", {4, 16}}, {"hada_w2_a", {24, 4}}, {"hada_w2_b", {4, 16}}}},
         "[24, 3]",
         "[24, 4]"},
        {{conv,
          {{"hada_t1", {4, 4, 3, 3}},
           {"hada_w1_a", {4, 24}},
           {"hada_w1_b", {4, 16}},
           {"hada_w2_a", {4, 24}},
           {"hada_w2_b", {4, 16}}}},
         "other core",
         "missing"},
        {{conv,
          {{"hada_t1", {4, 4, 3, 1}},
           {"hada_t2", {4, 4, 3, 3}},
           {"hada_w1_a", {4, 24}},
           {"hada_w1_b", {4, 16}},
           {"hada_w2_a", {4, 24}},
           {"hada_w2_b", {4, 16}}}},
         "[4, 4, 3, 1]",
         "[4, 4, 3, 3]"},
        {{linear, {{"lora_down.weight", {4, 16}}, {"lora_mid.weight", {4, 4}}, {"lora_up.weight", {24, 4}}}},
         "lora_mid",
         "core of a convolution"},
        {{conv, {{"lora_down.weight", {4, 16}}, {"lora_mid.weight", {4, 4, 3, 3}}, {"lora_up.weight", {24, 5}}}},
         "[24, 5]",
         "[24, 4]"},
        {{linear, {{"lokr_w1", {4, 2}}}}, "lokr_w2", "missing"},
        {{linear, {{"lokr_w2", {4, 2}}}}, "lokr_w1", "missing"},
        {{linear, {{"lokr_w1", {4, 2}}, {"lokr_w2", {6, 7}}}}, "[24, 14]", "[24, 16]"},
        {{linear, {{"lokr_w1", {INT64_MAX, 2}}, {"lokr_w2", {6, 8}}}}, "lokr_w1", ""},
        {{conv, {{"lokr_w1", {4, 2}}, {"lokr_w2", {6, 72}}}}, "[6, 72]", "[6, 72, 3, 3]"},
        {{linear, {{"lokr_w1", {4, 2}}, {"lokr_w1_a", {4, 2}}, {"lokr_w1_b", {2, 2}}, {"lokr_w2", {6, 8}}}},
         "lokr_w1",
         "both whole and in factors"},
        {{linear, {{"diff", {16, 24}}}}, "[16, 24]", "[24, 16]"},
        {{linear, {{"diff_b", {16}}}}, "[16]", "[24]"},
        {{norm, {{"w_norm", {23}}}}, "[23]", "[24]"},
        {{linear, {{"dora_scale", {24, 1}}}}, "dora_scale", "no factors"},
        {{linear, {{"lora_down.weight", {4, 16}}, {"lora_up.weight", {24, 4}}, {"dora_scale", {16, 1}}}},
         "[16, 1]",
         "[24, 1] or [1, 16]"},
        {{linear, {{"lora_down.weight", {4, 16}}, {"lora_up.weight", {24, 4}}, {"lora_magnitude_vector", {16}}}},
         "[16]",
         "[24, 1]"},
        {{linear, {{"lora_down.weight", {4, 16}}, {"lora_up.weight", {24, 4}}, {"diff", {24, 16}}}},
         "two ways at once",
         "unet.proj.weight"},
        {{linear, {{"lora_down.weight", {0, 16}}, {"lora_mid.weight", {4, 4}}, {"lora_up.weight", {24, 4}}}},
         "lora_down",
         "at least one row"},
        {{linear, {{"hada_w1_a", {24, 0}}, {"hada_w1_b", {0, 16}}, {"hada_w2_a", {24, 4}}, {"hada_w2_b", {4, 16}}}},
         "hada_w1_b",
         "at least one row"},
    }));
    CAPTURE(wrong.parts.module, wrong.parts.tensors.front().first, wrong.text);
    FakeSource source;
    for (const auto &[suffix, shape] : wrong.parts.tensors) {
        const bool absurd = !shape.empty() && shape[0] == INT64_MAX;
        absurd ? source.add_shape_only(wrong.parts.module + "." + suffix, shape)
               : source.add(wrong.parts.module + "." + suffix, shape);
    }
    const Opened opened = open(source);
    CHECK(opened.status == ABLE_BAD_FILE);
    CHECK_THAT(opened.message, Contains(wrong.text) && Contains(wrong.other) && Contains(wrong.parts.module));
}

TEST_CASE("(IA)3's flag and channels must be what they are", "[lora][faults]") {
    FakeSource source;
    source.add(linear + ".weight", {24}).add_scalar(linear + ".on_input", FakeSource::int64, int64_t{0});
    std::string text;
    SECTION("too many") {
        source.add(linear + ".weight", {25});
        text = "[25]";
    }
    SECTION("the input's") {
        source.add_scalar(linear + ".on_input", FakeSource::int64, int64_t{1});
        text = "input";
    }
    SECTION("a table") {
        source.add(linear + ".weight", {24, 16});
        text = "[24, 16]";
    }
    SECTION("no flag but a float") {
        source.add_scalar(linear + ".on_input", FakeSource::fp32, 1.0F);
        text = "neither a boolean nor an integer";
    }
    SECTION("flags") {
        source.add(linear + ".on_input", {2}, FakeSource::int64);
        text = "single value";
    }
    SECTION("magnitudes besides") {
        source.add(linear + ".dora_scale", {24, 1});
        text = "no magnitudes";
    }
    const Opened opened = open(source);
    CHECK(opened.status != ABLE_OK);
    CHECK_THAT(opened.message, Contains(text));
}

} // namespace lora_formats_test
