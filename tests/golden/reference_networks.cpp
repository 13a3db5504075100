#include "reference_networks.h"

#include "test_job.h"

#include <plugins/sd15/family_sd.h>
#include <plugins/sdxl/added_conditions.h>
#include <plugins/sdxl/family_sdxl.h>

#include <c10/core/InferenceMode.h>

#include <map>

namespace able::golden {

diffusion::Family family_of(const GoldenSet &golden) {
    const bool xl = diffusion::read_unet_config(golden.model()).added.has_value();
    return xl ? sdxl::family(golden.model()) : sd15::family(golden.model());
}

const diffusion::Networks &networks_of(const GoldenSet &golden, const std::string &dtype) {
    static TestJob job;
    static std::map<std::string, diffusion::Networks> loaded;
    const std::string key = golden.name() + " " + dtype;
    auto found = loaded.find(key);
    if (found == loaded.end()) {
        const c10::InferenceMode inference;
        const auto placement = diffusion::choose_placement({}, "cpu", dtype);
        const std::vector<diffusion::TextFolders> texts = family_of(golden).texts;
        found =
            loaded.emplace(key, diffusion::load_networks(golden.model(), nullptr, texts, placement, job.abi())).first;
    }
    return found->second;
}

at::Tensor tensor(const GoldenSet &golden, const std::string &name) {
    Array from = golden.array(name);
    return at::from_blob(from.values.data(), from.shape, at::kFloat).clone();
}

std::vector<float> values(const at::Tensor &from) {
    const at::Tensor dense = from.contiguous();
    return {dense.data_ptr<float>(), dense.data_ptr<float>() + dense.numel()};
}

diffusion::Unet::Prompt unet_prompt(const GoldenSet &golden, const nlohmann::json &entry) {
    diffusion::Unet::Prompt prompt{tensor(golden, entry["context"]), {}};
    if (entry.contains("pooled")) {
        const at::Tensor pooled = tensor(golden, entry["pooled"]);
        const at::Tensor numbers = tensor(golden, entry["time_ids"]).to(at::kDouble);
        std::vector<at::Tensor> rows;
        for (int64_t i = 0; i < pooled.size(0); ++i) {
            const std::span<const double> row(numbers[i].data_ptr<double>(), static_cast<size_t>(numbers.size(1)));
            rows.push_back(
                sdxl::added_conditions(diffusion::read_unet_config(golden.model()), pooled.narrow(0, i, 1), row));
        }
        prompt.added = at::cat(rows);
    }
    return prompt;
}

} // namespace able::golden
