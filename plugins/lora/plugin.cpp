// The adapter plugin for low-rank changes: Hu et al. 2021, "LoRA: Low-Rank Adaptation of Large Language Models".
#include "family.h"
#include "key.h"
#include "low_rank_file.h"

#include <ablerefusal/glue.hpp>

#include <memory>
#include <string_view>

namespace able::lora {

namespace {

struct Findings {
    bool down = false, up = false;
    const Method *method = nullptr;
};

Findings look_at_names(const able_source &source) {
    Findings findings;
    const uint64_t count = source.tensor_count(&source);
    for (uint64_t i = 0; i < count; ++i) {
        const char *name = source.tensor_name(&source, i);
        const auto key = name != nullptr ? parse_key(name) : std::nullopt;
        if (!key) {
            continue;
        }
        findings.down |= key->part == Part::down;
        findings.up |= key->part == Part::up;
        if (findings.method == nullptr) {
            findings.method = key->method;
        }
    }
    return findings;
}

able_status probe(const able_source *source, able_probe *out) noexcept {
    return guard(nullptr, [&] {
        const Findings findings = look_at_names(*source);
        const char *family = guess_family(*source);
        out->score = findings.down && findings.up ? 90 : 0;
        out->family = family != nullptr ? family : "sd1";
        out->variant = "lora";
        out->default_width = 0;
        out->default_height = 0;
        out->why = out->score > 0 ? "pairs of low-rank factors"
                   : findings.method != nullptr
                       ? findings.method->refusal
                       : "no pairs of low-rank factors (lora_down and lora_up, lora_A and lora_B)";
    });
}

able_status open(const able_source *source, const able_targets *targets, const able_job *job,
                 able_adapter_file **out) noexcept {
    return guard(job, [&] { *out = LowRankFile::hand_over(std::make_unique<LowRankFile>(*source, *targets)); });
}

constexpr const char *aliases[] = {"LoRA", "locon", "lycoris_locon", "peft"};

constexpr able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = 0,
    .id = "lora",
    .name = "LoRA",
    .summary = "Low-rank changes of weights, in kohya's and in diffusers' naming, for linear and convolution layers.",
    .url = "https://arxiv.org/abs/2106.09685",
    .aliases = aliases,
    .params = nullptr,
    .alias_count = std::size(aliases),
    .param_count = 0,
};

constexpr able_adapter adapter = {
    .struct_size = sizeof(able_adapter), .descriptor = &descriptor, .probe = probe, .open = open};

constexpr able_factory factory = {
    .struct_size = sizeof(able_factory),
    .count = 1,
    .at = [](uint32_t index) noexcept -> const void * { return index == 0 ? &adapter : nullptr; },
};

constexpr able_plugin plugin = {
    .struct_size = sizeof(able_plugin),
    .abi_minor = ABLE_ABI_MINOR,
    .min_host_minor = 0,
    .id = "able.lora",
    .name = "LoRA",
    .version = "0.1.0",
    .vendor = "AbleRefusal",
    .licence = "MIT",
    .url = nullptr,
    .engine = nullptr,
    .get_factory = [](const char *id) noexcept -> const able_factory * {
        return std::string_view(id) == ABLE_FACTORY_ADAPTER ? &factory : nullptr;
    },
};

} // namespace

} // namespace able::lora

extern "C" const able_plugin *able_plugin_v1(void) noexcept {
    return &able::lora::plugin;
}
