#include "model_fit.h"

#include "refusal.h"

#include "host/plugins/describe/param_values.h"

#include <ablerefusal/prompt.h>

#include <algorithm>

namespace able::server {
namespace {

void check_side(const char *field, std::uint32_t side, const ModelEntry &model) {
    const protocol::ModelTraits &traits = model.traits;
    if (traits.size_multiple > 1 && side % traits.size_multiple != 0) {
        refuse("invalid_value", field,
               std::string(field) + " is " + std::to_string(side) + ", and the model " + quoted(model.id) +
                   " draws multiples of " + std::to_string(traits.size_multiple) + " pixels");
    }
    if (side < traits.smallest_side || (traits.largest_side != 0 && side > traits.largest_side)) {
        refuse("out_of_range", field,
               std::string(field) + " is " + std::to_string(side) + ", and the model " + quoted(model.id) + " draws " +
                   (traits.largest_side == 0
                        ? "at least " + std::to_string(traits.smallest_side)
                        : std::to_string(traits.smallest_side) + " to " + std::to_string(traits.largest_side)) +
                   " pixels");
    }
}

void unhonoured(const char *field, const ModelEntry &model, const std::string &what) {
    refuse("not_honoured", field, "the model " + quoted(model.id) + " does not honour " + what);
}

} // namespace

void take_model_defaults(Request &request, const ModelEntry &model, const plugins::Registry &registry) {
    const protocol::ModelTraits &traits = model.traits;
    const auto open = [&](const char *field) {
        return !request.given.contains(field);
    };
    if (open("sampler") && open("sampler_params") && !traits.sampler.empty() &&
        registry.find(plugins::ObjectKind::sampler, traits.sampler)) {
        request.sampler = traits.sampler;
    }
    // A sampler that somebody chose brings its own.
    if (open("sampler") && open("schedule") && open("schedule_params") && request.sigmas.empty() &&
        !traits.schedule.empty() && registry.find(plugins::ObjectKind::schedule, traits.schedule)) {
        request.schedule = traits.schedule;
    }
    if (open("steps") && request.sigmas.empty() && traits.steps != 0) {
        request.steps = traits.steps;
    }
    if (open("cfg_scale") && traits.guidance != 0) {
        request.cfg_scale = traits.guidance;
    }
}

void check_size(std::uint32_t width, std::uint32_t height, const ModelEntry &model) {
    check_side("width", width, model);
    check_side("height", height, model);
    const auto &sizes = model.traits.sizes;
    if (sizes.empty() || std::find(sizes.begin(), sizes.end(), std::pair(width, height)) != sizes.end()) {
        return;
    }
    std::vector<std::string> allowed;
    std::string list;
    for (const auto &[w, h] : sizes) {
        allowed.push_back(std::to_string(w) + "x" + std::to_string(h));
        list += (list.empty() ? "" : ", ") + allowed.back();
    }
    refuse("invalid_value", "width", "the model " + quoted(model.id) + " draws the sizes " + list, std::move(allowed));
}

void check_prompt(std::span<const prompt::ScheduledPart> parts, const std::string &weighting, bool negative,
                  const char *field, const ModelEntry &model) {
    if (!model.traits.prompt) { // only the loaded model knows, and says so then
        return;
    }
    const std::uint32_t honours = model.traits.prompt->honours;
    const std::uint32_t weights = weighting == "comfy" ? ABLE_HONOURS_EMPTY_WEIGHTS : ABLE_HONOURS_WEIGHTS;
    for (const auto &part : parts) {
        for (const auto &variant : part.variants) {
            for (const auto &segment : variant.segments) {
                if (segment.is_break && (honours & ABLE_HONOURS_BREAK) == 0) {
                    unhonoured(field, model, "BREAK; leave it out");
                }
                if (!segment.is_break && segment.weight != 1 && (honours & weights) == 0) {
                    unhonoured(field, model,
                               (weighting == "comfy" && (honours & ABLE_HONOURS_WEIGHTS) != 0
                                    ? "the prompt_weighting \"comfy\"; leave it out"
                                    : "weights, as of " + quoted(segment.text) +
                                          "; write it without, or set prompt_syntax to \"plain\""));
                }
                if (negative && !segment.text.empty() && (honours & ABLE_HONOURS_NEGATIVE) == 0) {
                    unhonoured(field, model, "a negative prompt; leave it out");
                }
            }
        }
    }
}

void check_clip_skip(std::uint32_t clip_skip, const ModelEntry &model) {
    if (clip_skip != 0 && model.traits.prompt && (model.traits.prompt->honours & ABLE_HONOURS_CLIP_SKIP) == 0) {
        unhonoured("clip_skip", model, "clip_skip; leave it out");
    }
}

} // namespace able::server
