// Adapters: merged as the reference merges them, and taken out without a trace.
#include "adapter_file.h"
#include "reference_networks.h"
#include "sampling_run.h"

#include <ablerefusal/glue.hpp>
#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <map>

namespace adapters_test {

using namespace able;
using namespace able::golden;

namespace {

able_status set(LoadedModel &model, const std::vector<able_adapter_use> &uses) {
    std::vector<const able_adapter_use *> pointers;
    for (const able_adapter_use &entry : uses) {
        pointers.push_back(&entry);
    }
    return model.abi()->set_adapters(model.abi(), static_cast<uint32_t>(pointers.size()), pointers.data(),
                                     model.job().abi());
}

struct Opened {
    std::vector<std::unique_ptr<LoraFile>> files;
    std::vector<able_adapter_use> uses;
};

Opened open_all(const nlohmann::json &loras, const able_targets *targets) {
    Opened opened;
    for (const auto &entry : loras) {
        const double strength = entry["strength"];
        opened.files.push_back(std::make_unique<LoraFile>(entry["file"], targets));
        opened.uses.push_back(use(opened.files.back()->abi(), strength, strength));
    }
    return opened;
}

std::string with_weight(const std::string &module) {
    return module + ".weight";
}

} // namespace

TEST_CASE("every reference run with adapters comes out the same, and without them the picture is the old one") {
    for (const char *name : {"tiny-sd15", "tiny-sdxl"}) {
        const GoldenSet &golden = golden_set(name);
        LoadedModel model(golden);
        const Picture before = run(model, "euler_normal");
        int runs = 0;
        for (const auto &entry : golden.index()["runs"]) {
            if (!entry.contains("loras")) {
                continue;
            }
            INFO(name << " " << entry["name"]);
            const Opened opened = open_all(entry["loras"], model.abi()->targets);
            REQUIRE(set(model, opened.uses) == ABLE_OK);
            const Picture picture = run(model, entry["name"]);
            const double error = relative_error(picture.latents, golden.array(entry["tensors"]["latents"]).values);
            const std::vector<uint8_t> image = golden.bytes(entry["tensors"]["image"]);
            CAPTURE(error);
            CHECK(error < 1e-3);
            CHECK(share_within_one(picture.pixels, image) >= 0.999);
            CHECK(share_within_one(before.pixels, image) < 0.9); // it does change the picture
            ++runs;
        }
        CHECK(runs >= 2);

        REQUIRE(set(model, {}) == ABLE_OK);
        const Picture after = run(model, "euler_normal");
        CHECK(after.latents == before.latents);
        CHECK(after.pixels == before.pixels);
    }
}

TEST_CASE("every tensor of an adapter for the model's own family finds its weight") {
    for (const char *file : {"loras/kohya-sdxl.safetensors", "loras/peft-sdxl.safetensors"}) {
        const LoraFile lora(file, shared_model(golden_set("tiny-sdxl")).abi()->targets);
        CHECK(lora.abi()->unmatched_count(lora.abi()) == 0);
        std::map<std::string, int> components;
        for (uint32_t i = 0; i < lora.abi()->delta_count(lora.abi()); ++i) {
            const std::string target = lora.abi()->delta_at(lora.abi(), i)->target;
            ++components[target.substr(0, target.find('.'))];
        }
        CHECK(components["unet"] > 10);
        CHECK(components["text_encoder"] >= 8);
        CHECK(components["text_encoder_2"] >= 10);
    }
}

TEST_CASE("merged weights are the reference's, and the file's own bit for bit afterwards") {
    const c10::InferenceMode inference;
    TestJob job;
    for (const char *name : {"tiny-sd15", "tiny-sdxl"}) {
        const GoldenSet &golden = golden_set(name);
        const diffusion::Family family = family_of(golden);
        diffusion::Networks networks =
            diffusion::load_networks(golden.model(), nullptr, family.texts, diffusion::Placement{}, job.abi());
        std::map<std::string, diffusion::Parameter> weights;
        std::map<std::string, at::Tensor> originals;
        for (const diffusion::Parameter &parameter : networks.parameters) {
            weights[parameter.target] = parameter;
            originals[parameter.target] = parameter.values().clone();
        }
        size_t changed = 0;
        diffusion::AdapterMerger merger(golden.model(), networks.parameters, family.name);
        for (const auto &entry : golden.index()["runs"]) {
            if (!entry.contains("weights")) {
                continue;
            }
            const Opened opened = open_all(entry["loras"], merger.targets());
            std::vector<const able_adapter_use *> pointers;
            for (const able_adapter_use &each : opened.uses) {
                pointers.push_back(&each);
            }
            merger.set(pointers, job.abi());
            for (const auto &[module, tensor_name] : entry["weights"].items()) {
                INFO(name << " " << entry["name"] << ": " << module);
                const at::Tensor found = weights.at(with_weight(module)).values();
                const Array expected = golden.array(tensor_name);
                CHECK(found.sizes() == at::IntArrayRef(expected.shape));
                CHECK(relative_error(values(found), expected.values) < 1e-6);
                changed += at::equal(found, originals.at(with_weight(module))) ? 0 : 1;
            }
        }
        CHECK(changed >= 8);
        merger.set({}, job.abi());
        for (const auto &[weight, original] : originals) {
            INFO(weight);
            CHECK(at::equal(weights.at(weight).values(), original));
        }
    }
}

TEST_CASE("targets are all weights of UNet and text encoders, by their diffusers names") {
    for (const auto &golden : golden_sets()) {
        const able_targets *targets = shared_model(*golden).abi()->targets;
        std::map<std::string, const able_target *> by_name;
        for (uint32_t i = 0; i < targets->count(targets); ++i) {
            by_name[targets->at(targets, i)->name] = targets->at(targets, i);
        }
        CHECK(targets->at(targets, targets->count(targets)) == nullptr);
        CHECK(std::string(targets->family) == shared_model(*golden).info().family);
        const able_source *source = golden->model();
        size_t expected = 0;
        for (uint64_t i = 0; const char *name = source->tensor_name(source, i); ++i) {
            const able_view *view = source->tensor(source, name);
            const std::string text(name);
            if (text.rfind("vae.", 0) == 0 || text.find("position_ids") != std::string::npos) {
                CHECK(by_name.count(text) == 0);
                continue;
            }
            INFO(golden->name() << " " << text);
            REQUIRE(by_name.count(text) == 1);
            const able_target *target = by_name[text];
            CHECK(std::vector<int64_t>(target->shape, target->shape + target->ndim) ==
                  std::vector<int64_t>(view->shape, view->shape + view->ndim));
            ++expected;
        }
        CHECK(by_name.size() == expected);
    }
}

TEST_CASE("the UNet's and the text encoder's strengths are apart") {
    LoadedModel model;
    const Array plain = model.context(model.encode("a red fox").get());
    const LoraFile file("loras/kohya.safetensors", model.abi()->targets);
    REQUIRE(set(model, {use(file.abi(), 1.0, 0.0)}) == ABLE_OK);
    CHECK(model.context(model.encode("a red fox").get()).values == plain.values);
    REQUIRE(set(model, {use(file.abi(), 0.0, 1.0)}) == ABLE_OK);
    CHECK(model.context(model.encode("a red fox").get()).values != plain.values);
    REQUIRE(set(model, {use(file.abi(), 0.0, 0.0)}) == ABLE_OK);
    CHECK(model.context(model.encode("a red fox").get()).values == plain.values);
}

TEST_CASE("an adapter that does not fit is refused, names the weight, and changes nothing") {
    const std::string linear = "unet.mid_block.attentions.0.transformer_blocks.0.attn2.to_k.weight"; // [32, 32]
    const std::string conv = "unet.conv_in.weight";                                                  // [16, 4, 3, 3]
    LoadedModel model;
    const LoraFile good("loras/kohya.safetensors", model.abi()->targets);
    REQUIRE(set(model, {use(good.abi(), 1.0, 1.0)}) == ABLE_OK);
    const Picture before = run(model, "lora_kohya_1");

    struct Wrong {
        const char *what;
        std::function<void(MadeUpFile &)> make;
        double strength;
        const char *text;
    };
    const double nan = std::nan("");
    const std::vector<Wrong> cases{
        {"no such weight",
         [&](auto &f) {
             f.add("unet.nothing.weight", {32, 4}, {4, 32});
         },
         1, "unet.nothing.weight"},
        {"rows",
         [&](auto &f) {
             f.add(linear, {31, 4}, {4, 32});
         },
         1, "[31, 4]"},
        {"columns",
         [&](auto &f) {
             f.add(linear, {32, 4}, {4, 31});
         },
         1, "[4, 31]"},
        {"ranks",
         [&](auto &f) {
             f.add(linear, {32, 4}, {3, 32});
         },
         1, "[3, 32]"},
        {"kernel",
         [&](auto &f) {
             f.add(conv, {16, 4, 1, 1}, {4, 4, 1, 1});
         },
         1, "[16, 4, 3, 3]"},
        {"no matrix",
         [&](auto &f) {
             f.add(linear, {32}, {4, 32});
         },
         1, "rank 2"},
        {"kind",
         [&](auto &f) {
             f.add(linear, {32, 4}, {4, 32}).kind = 99;
         },
         1, "kind 99"},
        {"scale",
         [&](auto &f) {
             f.add(linear, {32, 4}, {4, 32}).scale = nan;
         },
         1, "scale"},
        {"strength",
         [&](auto &f) {
             f.add(linear, {32, 4}, {4, 32});
         },
         nan, "strength"},
        {"type",
         [&](auto &f) {
             f.add(linear, {32, 4}, {4, 32}).up.dtype_code = ABLE_DTYPE_FLOAT8_E5M2;
         },
         1, "type"},
        {"null target",
         [&](auto &f) {
             f.add(linear, {32, 4}, {4, 32}).target = nullptr;
         },
         1, "does not give"},
    };
    for (const Wrong &wrong : cases) {
        INFO(wrong.what);
        MadeUpFile file;
        file.add(linear, {32, 1}, {1, 32}); // one that is right comes first
        wrong.make(file);
        CHECK(set(model, {use(file.abi(), wrong.strength, 1.0)}) != ABLE_OK);
        CHECK_THAT(model.job().message(), Catch::Contains(wrong.text));
    }
    model.job().cancel_at(3);
    CHECK(set(model, {}) == ABLE_CANCELLED);
    model.job().cancel_at(UINT64_MAX);
    CHECK(run(model, "lora_kohya_1").latents == before.latents);
}

TEST_CASE("factors of convolutions and of every float type merge") {
    LoadedModel model;
    MadeUpFile file;
    file.add("unet.conv_in.weight", {16, 2, 1, 1}, {2, 4, 3, 3}).scale = 0.01;
    REQUIRE(set(model, {use(file.abi(), 1.0, 1.0)}) == ABLE_OK);
    const Picture changed = run(model, "euler_normal");
    CHECK(relative_error(changed.latents, run(tiny_model(), "euler_normal").latents) > 1e-3);

    // The same as fp16 (1.0 is 0x3c00) and as fp64, at addresses that fit no alignment.
    std::vector<char> half(2 * 32 + 1);
    std::vector<char> wide(8 * 72 + 1);
    for (size_t i = 0; i < 32; ++i) {
        const uint16_t one = 0x3c00;
        std::memcpy(&half[1 + 2 * i], &one, 2);
    }
    for (size_t i = 0; i < 72; ++i) {
        const double one = 1.0;
        std::memcpy(&wide[1 + 8 * i], &one, 8);
    }
    MadeUpFile mixed;
    able_delta &delta = mixed.add("unet.conv_in.weight", {16, 2, 1, 1}, {2, 4, 3, 3});
    delta.scale = 0.01;
    delta.up.data = half.data();
    delta.up.byte_offset = 1;
    delta.up.dtype_bits = 16;
    delta.down.data = wide.data() + 1;
    delta.down.dtype_bits = 64;
    REQUIRE(set(model, {use(mixed.abi(), 1.0, 1.0)}) == ABLE_OK);
    CHECK(run(model, "euler_normal").latents == changed.latents);
}

TEST_CASE("a file for another family is refused in words") {
    CHECK_THROWS_WITH(LoraFile("loras/sdxl.safetensors", tiny_model().abi()->targets), Catch::Contains("SDXL"));
    CHECK_THROWS_WITH(LoraFile("loras/kohya.safetensors", shared_model(golden_set("tiny-sdxl")).abi()->targets),
                      Catch::Contains("has shape [4, 32, 1, 1]") && Catch::Contains("must be [4, 24]"));
}

} // namespace adapters_test
