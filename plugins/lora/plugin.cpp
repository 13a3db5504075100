// The adapter plugin for LoRA and its relatives. docs/lora.md says which, with the papers.
#include "adapter_file.h"
#include "family.h"
#include "key.h"

#include <ablerefusal/glue.hpp>
#include <ablerefusal/one_object.hpp>

#include <array>
#include <memory>

namespace able::lora {

namespace {

struct Findings {
    std::array<bool, part_count> parts{};
    const Method *method = nullptr;

    bool has(Part part) const { return parts[static_cast<std::size_t>(part)]; }
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
        findings.parts[static_cast<std::size_t>(key->part)] = true;
        if (findings.method == nullptr) {
            findings.method = key->method;
        }
    }
    return findings;
}

// What the parts make; NULL where they make nothing.
const char *kind_of(const Findings &found) {
    if (found.has(Part::down) && found.has(Part::up)) {
        return "pairs of low-rank factors";
    }
    if (found.has(Part::hada_w1_a) && found.has(Part::hada_w2_a)) {
        return "factors of Hadamard products (LoHa)";
    }
    const bool first = found.has(Part::lokr_w1) || found.has(Part::lokr_w1_a);
    if (first && (found.has(Part::lokr_w2) || found.has(Part::lokr_w2_a))) {
        return "factors of Kronecker products (LoKr)";
    }
    if (found.has(Part::channels) && found.has(Part::on_input)) {
        return "factors of channels ((IA)3)";
    }
    if (found.has(Part::glora_a1) && found.has(Part::glora_b1)) {
        return "factors of generalised products (GLoRA)";
    }
    if (found.has(Part::rotations)) {
        return "rotations (OFT, BOFT)";
    }
    return found.has(Part::weight_diff) || found.has(Part::bias_diff) ? "differences of weights" : nullptr;
}

able_status probe(const able_source *source, able_adapter_probe *out) noexcept {
    return guard(nullptr, [&] {
        const Findings findings = look_at_names(*source);
        const char *kind = kind_of(findings);
        const char *family = guess_family(*source);
        out->score = kind != nullptr ? 90 : 0;
        out->family = family != nullptr ? family : "";
        out->variant = "lora";
        out->why = kind != nullptr              ? kind
                   : findings.method != nullptr ? findings.method->refusal
                                                : "no pairs of low-rank factors (lora_down and lora_up, lora_A and "
                                                  "lora_B), nor those of LoHa, LoKr, (IA)3, GLoRA, OFT or of whole "
                                                  "differences";
    });
}

able_status open(const able_source *source, const able_targets *targets, const able_params *, const able_job *job,
                 able_adapter_file **out) noexcept {
    return guard(job, [&] { *out = AdapterFile::hand_over(std::make_unique<AdapterFile>(*source, *targets)); });
}

constexpr const char *aliases[] = {"LoRA", "locon", "lycoris_locon", "lycoris", "peft"};

constexpr able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = 0,
    .id = "lora",
    .name = "LoRA",
    .summary =
        "LoRA, LoCon, LoHa, LoKr, (IA)3, GLoRA, OFT, BOFT, DoRA and whole differences, in kohya's and in diffusers' "
        "naming.",
    .url = "https://arxiv.org/abs/2106.09685",
    .aliases = aliases,
    .params = nullptr,
    .alias_count = std::size(aliases),
    .param_count = 0,
};

constexpr able_adapter adapter = {
    .struct_size = sizeof(able_adapter), .descriptor = &descriptor, .probe = probe, .open = open};

constexpr able_plugin plugin = OneObject<adapter>::plugin("able.lora", ABLE_PLUGIN_VERSION, "AbleRefusal", "MIT");

} // namespace

} // namespace able::lora

extern "C" const able_plugin *able_plugin_v1(void) noexcept {
    return &able::lora::plugin;
}
