// Every sampler that k-diffusion or diffusers has, over 20 steps of real networks with the same noise: data/samplers,
// made by tools/sampler-golden/latents.py, where all is float64.
#include "sampling_run.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <set>

namespace samplers_test {

using namespace able::golden;

TEST_CASE("samplers make the reference's latents in 20 steps of SD 1.5 and of SDXL") {
    const auto folder = data_folder() / "samplers";
    std::ifstream file(folder / "index.json");
    const auto index = nlohmann::json::parse(file);
    const auto tensors = able::models::Source::open_file(folder / "latents.safetensors");
    std::set<std::string> seen;
    for (const auto &entry : index.at("runs")) {
        const std::string folder_name = entry.at("model"), id = entry.at("sampler");
        CAPTURE(folder_name, id, entry.at("params").dump(), entry.at("reference").get<std::string>());
        SamplerRun made;
        made.sampler = id;
        made.params = entry.at("params").get<std::map<std::string, double>>();
        made.sigmas = entry.at("sigmas").get<std::vector<double>>();
        const Array noise = array_of(*tensors, folder_name + "/noise");
        made.x = noise.at(0);
        for (float &value : made.x.values) {
            value = static_cast<float>(value * made.sigmas.front());
        }
        made.step_noise = noise;
        const auto first = static_cast<std::ptrdiff_t>(made.x.values.size());
        made.step_noise.values.erase(made.step_noise.values.begin(), made.step_noise.values.begin() + first);
        --made.step_noise.shape.front();
        made.prompt = {index.at("prompt"), 0, ABLE_PROMPT_POSITIVE, index.at("width"), index.at("height")};
        made.negative = {index.at("negative"), 0, ABLE_PROMPT_NEGATIVE, index.at("width"), index.at("height")};
        made.cfg = index.at("cfg");

        const Sampled sampled = sample(shared_model(golden_set(folder_name)), made);
        const double error = relative_error(sampled.latents.values, array_of(*tensors, entry.at("latents")).values);
        CAPTURE(error);
        CHECK(error < 1e-4);
        CHECK(sampled.evaluations == entry.at("evaluations"));
        seen.insert(folder_name + " " + id);
    }
    CHECK(seen.size() == 2 * 23); // those that either program has
}

} // namespace samplers_test
