// The adapter plugin for LoRA and its relatives. docs/lora.md says which, with the papers.
#include "adapter_file.h"
#include "alpha.h"
#include "family.h"
#include "key.h"
#include "peft_settings.h"
#include "shapes.h"

#include <ablerefusal/glue.hpp>
#include <ablerefusal/one_object.hpp>

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>

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

// Parts that a module has together or not at all.
constexpr std::array companions{
    std::pair{Part::down, Part::up},
    std::pair{Part::hada_w1_a, Part::hada_w1_b},
    std::pair{Part::hada_w1_a, Part::hada_w2_a},
    std::pair{Part::hada_w2_a, Part::hada_w2_b},
    std::pair{Part::glora_a1, Part::glora_a2},
    std::pair{Part::glora_b1, Part::glora_b2},
};

// Why open() would refuse the file whatever the model is; "" if nothing is seen here.
std::string fault_of(const able_source &source) {
    try {
        const PeftSettings settings(source);
        std::map<std::string_view, std::array<bool, part_count>> modules;
        const uint64_t count = source.tensor_count(&source);
        for (uint64_t i = 0; i < count; ++i) {
            const char *name = source.tensor_name(&source, i);
            const auto key = name != nullptr ? parse_key(name) : std::nullopt;
            // A lone ".weight" may be anything.
            if (!key || key->part == Part::unsupported || key->part == Part::channels || key->part == Part::on_input) {
                continue;
            }
            const able_view *view = source.tensor(&source, name);
            if (key->part == Part::alpha && view != nullptr) {
                read_alpha(*view, name);
            } else {
                read_tensor(source, name);
            }
            modules[key->module][static_cast<std::size_t>(key->part)] = true;
        }
        for (const auto &[module, parts] : modules) {
            for (const auto &[one, other] : companions) {
                const bool has_one = parts[static_cast<std::size_t>(one)];
                if (has_one != parts[static_cast<std::size_t>(other)]) {
                    return "the module " + in_quotes(module) + " has " + part_name(has_one ? one : other) + " and no " +
                           part_name(has_one ? other : one) + "; the file is damaged or not complete";
                }
            }
        }
        return "";
    } catch (const Error &error) {
        return error.what();
    }
}

able_status probe(const able_source *source, able_adapter_probe *out) noexcept {
    return guard(nullptr, [&] {
        const Findings findings = look_at_names(*source);
        const char *kind = kind_of(findings);
        const char *family = guess_family(*source);
        out->score = kind != nullptr ? 90 : 0;
        out->family = family != nullptr ? family : "";
        // The host copies it before it asks again.
        static thread_local std::string fault;
        fault = kind != nullptr ? fault_of(*source) : "";
        if (!fault.empty()) {
            out->score = 0;
            out->why = fault.c_str();
            return;
        }
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
