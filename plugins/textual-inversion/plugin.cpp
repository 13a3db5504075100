// The adapter plugin for new words: Gal et al. 2022, "An Image is Worth One Word: Personalizing Text-to-Image
// Generation using Textual Inversion".
#include "layout.h"
#include "learned_file.h"

#include <ablerefusal/glue.hpp>
#include <ablerefusal/one_object.hpp>

#include <iterator>
#include <memory>

namespace able::textual_inversion {

namespace {

able_status probe(const able_source *source, able_adapter_probe *out) noexcept {
    return guard(nullptr, [&] {
        const Layout layout = read_layout(*source);
        const bool found = layout.kind != Layout::Kind::none;
        out->score = found ? 80 : 0;
        out->family = layout.family;
        out->variant = "embedding";
        out->why = found ? "vectors for the words of prompts" : layout.problem;
        if (found) {
            const char *tensor = layout.kind == Layout::Kind::single ? layout.vectors
                                 : layout.clip_g != nullptr          ? layout.clip_g
                                                                     : layout.clip_l;
            out->word_tokens = static_cast<uint64_t>(tokens_of(*source->tensor(source, tensor)));
            out->word = layout.word;
        }
    });
}

able_status open(const able_source *source, const able_targets *targets, const able_params *, const able_job *job,
                 able_adapter_file **out) noexcept {
    return guard(job, [&] { *out = LearnedFile::hand_over(std::make_unique<LearnedFile>(*source, *targets)); });
}

constexpr const char *aliases[] = {"Textual Inversion", "embedding"};

constexpr able_descriptor descriptor = {
    .struct_size = sizeof(able_descriptor),
    .flags = 0,
    .id = "textual_inversion",
    .name = "Textual inversion",
    .summary =
        "New words for prompts, in AUTOMATIC1111's and in diffusers' layout, for one text encoder or SDXL's two.",
    .url = "https://arxiv.org/abs/2208.01618",
    .aliases = aliases,
    .params = nullptr,
    .alias_count = std::size(aliases),
    .param_count = 0,
};

constexpr able_adapter adapter = {
    .struct_size = sizeof(able_adapter), .descriptor = &descriptor, .probe = probe, .open = open};

constexpr able_plugin plugin =
    OneObject<adapter>::plugin("able.textual_inversion", ABLE_PLUGIN_VERSION, "AbleRefusal", "MIT");

} // namespace

} // namespace able::textual_inversion

extern "C" const able_plugin *able_plugin_v1(void) noexcept {
    return &able::textual_inversion::plugin;
}
