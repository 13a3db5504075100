#include "prompt_plan.h"

#include "host/prompt/tags.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>

namespace able::worker {

PromptPlan::PromptPlan(plugins::Model &model, const PlannedPrompts &prompts, bool with_unconditional, Encode encoder)
    : model_(model), unconditional_text_(prompts.unconditional), encode_(std::move(encoder)) {
    for (const auto &part : prompts.parts) {
        parts_.push_back({part.weight, encode(part, ABLE_PROMPT_POSITIVE)});
    }
    if (prompts.negative) {
        negative_ = encode(*prompts.negative, ABLE_PROMPT_NEGATIVE);
    }
    if (with_unconditional || is_composed()) {
        encode_unconditional();
    }
}

std::vector<PromptPlan::Encoded> PromptPlan::encode(const prompt::ScheduledPart &part, std::int32_t role) const {
    std::vector<Encoded> entries;
    for (std::size_t i = 0; i < part.variants.size(); ++i) {
        const auto &variant = part.variants[i];
        // Alternation comes back to the same few texts.
        const auto same = std::find_if(part.variants.begin(), part.variants.begin() + static_cast<std::ptrdiff_t>(i),
                                       [&](const auto &earlier) { return earlier.segments == variant.segments; });
        const auto known = static_cast<std::size_t>(same - part.variants.begin());
        entries.push_back({variant.end_at_step,
                           known < i ? entries[known].conditioning
                                     : std::make_shared<const plugins::Conditioning>(encode_(variant.segments, role))});
    }
    return entries;
}

void PromptPlan::encode_unconditional() {
    unconditional_ = encode(unconditional_text_, ABLE_PROMPT_NEGATIVE);
}

void PromptPlan::begin(const able_tensor *x, std::uint32_t first, std::vector<plugins::InputUse> inputs,
                       const protocol::DeepCacheOptions &deep_cache, const able_params *params) {
    evaluation_ = first;
    inputs_ = std::move(inputs);
    params_ = params;
    more_.clear();
    deep_cache_.reset();
    if (deep_cache.on()) {
        deep_cache_.emplace(model_, deep_cache);
    }
    const auto &ops = model_.ops();
    for (std::size_t i = 0; is_composed() && i < parts_.size(); ++i) {
        more_.emplace_back(&ops, ops.like(&ops, x));
        if (!more_.back()) {
            throw plugins::CallError(ABLE_OUT_OF_MEMORY,
                                     "no memory for the latents of a prompt with AND; try a smaller image");
        }
    }
}

able_status PromptPlan::denoise(const able_tensor *x, double sigma, PlanOutputs outputs,
                                const plugins::JobContext &job) noexcept {
    try {
        const std::uint32_t now = evaluation_++;
        std::vector<const able_conditioning *> conditionings;
        std::vector<able_tensor *> outs;
        const auto ask = [&](const std::vector<Encoded> &entries, able_tensor *out) {
            conditionings.push_back(prompt::at_step(entries, now).conditioning->get());
            outs.push_back(out);
        };
        if (is_composed() && outputs.unconditional == nullptr) {
            outputs.unconditional = more_.front().get();
        }
        if (outputs.unconditional != nullptr) {
            ask(unconditional_, outputs.unconditional);
        }
        for (std::size_t i = 0; i < parts_.size(); ++i) {
            ask(parts_[i].entries, i == 0 ? outputs.conditional : more_[i].get());
        }
        const std::size_t composed = outs.size();
        if (outputs.negative != nullptr) {
            ask(negative_, outputs.negative);
        }
        const plugins::Evaluation evaluation{x, sigma, conditionings, outs, inputs_, params_};
        ABLE_TRY(deep_cache_ ? deep_cache_->denoise(evaluation, job) : model_.denoise(evaluation, job));
        if (!is_composed()) {
            return ABLE_OK;
        }
        std::vector<double> coefficients{1};
        for (const Part &part : parts_) {
            coefficients.front() -= part.weight;
            coefficients.push_back(part.weight);
        }
        const std::vector<const able_tensor *> in(outs.begin(), outs.begin() + static_cast<std::ptrdiff_t>(composed));
        const auto &ops = model_.ops();
        return ops.lincomb(&ops, outputs.conditional, static_cast<std::uint32_t>(in.size()), coefficients.data(),
                           in.data());
    } catch (const std::exception &error) { // no memory for the lists
        return job.fail(ABLE_OUT_OF_MEMORY, error.what());
    }
}

PromptPlan make_prompt_plan(const protocol::Generate &spec, const protocol::ImagePrompt &prompt, plugins::Model &model,
                            const able_params *params, std::uint32_t evaluations_a_step,
                            const plugins::JobContext &job) {
    const auto syntax = prompt::syntax_of(spec.prompt_syntax).value_or(prompt::Syntax::plain);
    const bool plain = syntax == prompt::Syntax::plain;
    const std::string text = plain ? prompt.prompt : prompt::take_tags(prompt.prompt).text;
    const std::uint32_t steps = spec.steps * evaluations_a_step;
    const auto encode = [&spec, &model, params, &job](const std::vector<prompt::Segment> &segments, std::int32_t role) {
        plugins::TextRequest request;
        for (const auto &segment : segments) {
            request.segments.push_back({segment.text, segment.weight, segment.is_break});
        }
        request.role = role;
        request.weighting = spec.prompt_weighting == "comfy" ? ABLE_WEIGHTING_EMPTY : ABLE_WEIGHTING_MEAN;
        request.clip_skip = spec.clip_skip;
        request.width = spec.width;
        request.height = spec.height;
        request.params = params;
        return model.encode_text(request, job);
    };
    const auto &perp_neg = spec.guidance.perp_neg_scale;
    const bool perpendicular = perp_neg.value_or(0) > 0 && !prompt.negative_prompt.empty();
    const auto negative = prompt::parse_negative_prompt(prompt.negative_prompt, syntax, steps);
    PlannedPrompts prompts{prompt::parse_prompt(text, syntax, steps), negative, std::nullopt};
    if (perp_neg) { // the negative prompt has a part of its own
        prompts.unconditional = prompt::parse_negative_prompt("", syntax, steps);
    }
    if (perpendicular) {
        prompts.negative = negative;
    }
    return {model, prompts, spec.cfg_scale != 1 || perpendicular, encode};
}

} // namespace able::worker
