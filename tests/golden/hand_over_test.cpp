// SDXL's base model and refiner one after the other, against diffusers' denoising_end and denoising_start.
#include "sampling_run.h"

#include <catch2/catch.hpp>

#include <algorithm>

namespace hand_over_test {

using namespace able;
using namespace able::golden;

namespace {

struct Errors {
    double handed, latents, decibels;
};

// Draws `first` to `last` of `noise`.
Array draws(const Array &noise, int64_t first, int64_t last) {
    const auto each = static_cast<int64_t>(noise.values.size()) / std::max<int64_t>(noise.extent(0), 1);
    Array part{noise.shape, {noise.values.begin() + first * each, noise.values.begin() + last * each}};
    part.shape[0] = last - first;
    return part;
}

Errors hand_over(const GoldenSet &golden, const nlohmann::json &entry, LoadedModel &base, LoadedModel &refiner) {
    const nlohmann::json &tensors = entry["tensors"];
    const std::vector<float> all = golden.array(tensors["sigmas"]).values;
    const auto base_steps = entry["base_steps"].get<std::ptrdiff_t>();
    const Array noise = tensors.contains("step_noise") ? golden.array(tensors["step_noise"]) : Array{{0}, {}};
    const int64_t own = std::min<int64_t>(base_steps, noise.extent(0)); // a draw for each step but the last

    SamplerRun run;
    run.sampler = entry["sampler"];
    run.cfg = entry["cfg"];
    run.prompt = {entry["prompt"], 0, ABLE_PROMPT_POSITIVE, entry["width"], entry["height"]};
    run.negative = run.prompt;
    run.negative.text = entry["negative"];
    run.negative.role = ABLE_PROMPT_NEGATIVE;
    run.sigmas.assign(all.begin(), all.begin() + base_steps + 1);
    run.step_noise = draws(noise, 0, own);
    run.x = golden.array(tensors["noise"]);
    for (float &value : run.x.values) {
        value *= all.front();
    }
    const Array handed = sample(base, run).latents;

    run.sigmas.assign(all.begin() + base_steps, all.end());
    run.step_noise = draws(noise, own, noise.extent(0));
    run.x = handed;
    const Array latents = sample(refiner, run).latents;
    return {relative_error(handed.values, golden.array(tensors["handed"]).values),
            relative_error(latents.values, golden.array(tensors["latents"]).values),
            psnr(refiner.decode(latents), golden.bytes(tensors["image"]))};
}

} // namespace

TEST_CASE("hand-over: the base model's latents go on in the refiner as in the reference") {
    const GoldenSet golden(data_folder() / "hand-over/golden.json");
    LoadedModel base16(golden_set("tiny-sdxl"), {.dtype = "bf16"});
    LoadedModel refiner16(golden_set("tiny-sdxl-refiner"), {.dtype = "bf16"});
    REQUIRE(golden.index()["runs"].size() >= 4);
    for (const auto &entry : golden.index()["runs"]) {
        INFO(entry["name"]);
        const Errors wide = hand_over(golden, entry, shared_model(golden_set("tiny-sdxl")),
                                      shared_model(golden_set("tiny-sdxl-refiner")));
        CAPTURE(wide.handed, wide.latents, wide.decibels);
        CHECK(wide.handed < 1e-3);
        CHECK(wide.latents < 1e-3);
        CHECK(wide.decibels > 55);
        const Errors narrow = hand_over(golden, entry, base16, refiner16);
        CAPTURE(narrow.handed, narrow.latents, narrow.decibels);
        CHECK(narrow.latents < 0.2);
        CHECK(narrow.decibels > 33.0);
    }
}

} // namespace hand_over_test
