// Every format of adapter files, made by LyCORIS and by diffusers and PEFT: tools/lora-formats/make.py.
#include "adapter_file.h"
#include "reference_networks.h"
#include "sampling_run.h"

#include <c10/core/InferenceMode.h>

#include <catch2/catch.hpp>
#include <map>
#include <set>

namespace lora_formats_test {

using namespace able;
using namespace able::golden;

namespace {

const std::vector<GoldenSet> &format_sets() {
    static const auto sets = [] {
        std::vector<GoldenSet> found;
        for (const char *model : {"tiny-sd15", "tiny-sdxl"}) {
            found.emplace_back(data_folder() / "lora-formats" / (std::string("golden-") + model + ".json"));
        }
        return found;
    }();
    return sets;
}

// The networks of a set's model, with what adapters can change in them.
struct Merging {
    const GoldenSet &golden;
    c10::InferenceMode inference;
    TestJob job;
    diffusion::Family family;
    diffusion::Networks networks;
    diffusion::AdapterMerger merger;
    std::map<std::string, diffusion::Parameter> weights;
    std::map<std::string, at::Tensor> originals;

    explicit Merging(const GoldenSet &set, const std::string &dtype = "fp32")
        : golden(set), family(family_of(set)),
          networks(diffusion::load_networks(set.model(), nullptr, family.texts,
                                            diffusion::choose_placement({}, "cpu", dtype), job.abi())),
          merger(set.model(), networks.parameters, family.name) {
        for (const diffusion::Parameter &parameter : networks.parameters) {
            weights[parameter.target] = parameter;
            originals[parameter.target] = parameter.values().clone();
        }
    }

    void apply(const std::vector<able_adapter_use> &uses) {
        std::vector<const able_adapter_use *> pointers;
        for (const able_adapter_use &each : uses) {
            pointers.push_back(&each);
        }
        merger.set(pointers, job.abi());
    }
    std::map<std::string, at::Tensor> copies() const {
        std::map<std::string, at::Tensor> result;
        for (const auto &[name, weight] : weights) {
            result[name] = weight.values().clone();
        }
        return result;
    }
    size_t differences(const std::map<std::string, at::Tensor> &from) const {
        size_t count = 0;
        for (const auto &[name, weight] : weights) {
            count += at::equal(weight.values(), from.at(name)) ? 0 : 1;
        }
        return count;
    }
};

struct Opened {
    std::unique_ptr<LoraFile> file;
    able_adapter_use use;
};

Opened open(const nlohmann::json &run, const able_targets *targets) {
    const double strength = run["loras"][0]["strength"];
    auto file = std::make_unique<LoraFile>(run["loras"][0]["file"], targets);
    const able_adapter_use made = use(file->abi(), strength, strength);
    return {std::move(file), made};
}

std::vector<nlohmann::json> format_runs(const GoldenSet &golden) {
    std::vector<nlohmann::json> runs;
    for (const auto &run : golden.index()["runs"]) {
        if (run.contains("weights")) {
            runs.push_back(run);
        }
    }
    return runs;
}

} // namespace

TEST_CASE("every format leaves the reference's weights, changes no others, and goes without a trace") {
    for (const GoldenSet &golden : format_sets()) {
        Merging merging(golden);
        size_t formats = 0;
        for (const auto &run : format_runs(golden)) {
            INFO(golden.name() << " " << run["name"]);
            const Opened opened = open(run, merging.merger.targets());
            const able_adapter_file *file = opened.file->abi();
            CHECK(file->unmatched_count(file) == 0);
            std::set<std::string> changed; // GLoRA changes a weight in two steps
            for (uint32_t i = 0; i < file->delta_count(file); ++i) {
                changed.insert(file->delta_at(file, i)->target);
            }
            CHECK(changed.size() == run["weights"].size());
            merging.apply({opened.use});
            for (const auto &[target, tensor_name] : run["weights"].items()) {
                INFO(target);
                const Array expected = golden.array(tensor_name);
                const at::Tensor found = merging.weights.at(target).values();
                CHECK(found.sizes() == at::IntArrayRef(expected.shape));
                CHECK(relative_error(values(found), expected.values) < 1e-5);
            }
            CHECK(merging.differences(merging.originals) == run["weights"].size());
            able_adapter_use nothing = opened.use;
            nothing.strength = 0;
            nothing.strength_count = 0;
            merging.apply({nothing});
            CHECK(merging.differences(merging.originals) == 0);
            merging.apply({opened.use});
            merging.apply({});
            CHECK(merging.differences(merging.originals) == 0);
            ++formats;
        }
        CHECK(formats >= 10);
    }
}

TEST_CASE("every format's picture is the reference's, and the model's own comes back") {
    for (const GoldenSet &golden : format_sets()) {
        LoadedModel model(golden);
        const auto set = [&model](const std::vector<const able_adapter_use *> &uses) {
            return model.abi()->set_adapters(model.abi(), static_cast<uint32_t>(uses.size()), uses.data(),
                                             model.job().abi());
        };
        const nlohmann::json &plain = named(golden.index()["runs"], "plain");
        const Picture before = run(model, golden, plain);
        CHECK(share_within_one(before.pixels, golden.bytes(plain["tensors"]["image"])) >= 0.999);
        for (const auto &entry : format_runs(golden)) {
            INFO(golden.name() << " " << entry["name"]);
            const Opened opened = open(entry, model.abi()->targets);
            REQUIRE(set({&opened.use}) == ABLE_OK);
            const Picture picture = run(model, golden, entry);
            const std::vector<uint8_t> image = golden.bytes(entry["tensors"]["image"]);
            CHECK(relative_error(picture.latents, golden.array(entry["tensors"]["latents"]).values) < 1e-3);
            CHECK(share_within_one(picture.pixels, image) >= 0.999);
            CHECK(share_within_one(before.pixels, image) < 0.9); // it does change the picture
            REQUIRE(set({}) == ABLE_OK);
        }
        CHECK(run(model, golden, plain).pixels == before.pixels);
    }
}

TEST_CASE("in bf16 too every format goes without a trace, alone and beside others") {
    for (const GoldenSet &golden : format_sets()) {
        Merging merging(golden, "bf16");
        std::vector<Opened> opened;
        std::vector<able_adapter_use> uses;
        for (const auto &run : format_runs(golden)) {
            INFO(golden.name() << " " << run["name"]);
            opened.push_back(open(run, merging.merger.targets()));
            uses.push_back(opened.back().use);
            merging.apply({uses.back()});
            CHECK(merging.differences(merging.originals) == run["weights"].size());
            merging.apply({});
            CHECK(merging.differences(merging.originals) == 0);
        }
        merging.apply(uses);
        CHECK(merging.differences(merging.originals) > 10);
        const auto all = merging.copies();
        merging.apply({uses.front()}); // what is applied does not depend on what was
        const auto first = merging.copies();
        merging.apply({});
        CHECK(merging.differences(merging.originals) == 0);
        merging.apply({uses.front()});
        CHECK(merging.differences(first) == 0);
        merging.apply(uses);
        CHECK(merging.differences(all) == 0);
    }
}

TEST_CASE("a change that is cancelled half way is taken back") {
    const GoldenSet &golden = format_sets().front();
    Merging merging(golden);
    const Opened before = open(named(golden.index()["runs"], "locon"), merging.merger.targets());
    const Opened other = open(named(golden.index()["runs"], "full"), merging.merger.targets());
    merging.apply({before.use});
    const auto applied = merging.copies();
    merging.job.cancel_at(UINT64_MAX);
    merging.apply({before.use, other.use});
    const uint64_t polls = merging.job.polls();
    REQUIRE(polls > 8);
    merging.apply({before.use});
    for (uint64_t poll = 0; poll < polls; ++poll) {
        merging.job.cancel_at(poll);
        CHECK_THROWS_WITH(merging.apply({other.use, before.use}), Catch::Contains("cancelled"));
        CHECK(merging.differences(applied) == 0);
    }
}

} // namespace lora_formats_test
