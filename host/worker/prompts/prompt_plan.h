// The prompts in force at each evaluation of the model, encoded.
#pragma once

#include "host/protocol/generate.h"
#include "host/worker/models/plugin_set.h"
#include "host/worker/sampling/deep_cache.h"

#include "host/plugins/calls/calls.h"
#include "host/prompt/prompt.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace able::worker {

// What a plan is made of. The unconditional prompt is the negative one, or "" where `negative` has a part of its own in
// guidance (Perp-Neg).
struct PlannedPrompts {
    std::vector<prompt::ScheduledPart> parts;
    prompt::ScheduledPart unconditional;
    std::optional<prompt::ScheduledPart> negative;
};

// Where the estimates of an evaluation go; null: it is not wanted.
struct PlanOutputs {
    able_tensor *conditional = nullptr;
    able_tensor *unconditional = nullptr;
    able_tensor *negative = nullptr;
};

class PromptPlan {
public:
    using Encode = std::function<plugins::Conditioning(const std::vector<prompt::Segment> &, std::int32_t role)>;

    // Encodes all but the unconditional prompt, and that too if the parts cannot do without, where they are composed,
    // or `with_unconditional`. The model outlives the plan. Throws what `encoder` throws.
    PromptPlan(plugins::Model &model, const PlannedPrompts &prompts, bool with_unconditional, Encode encoder);

    bool has_unconditional() const noexcept { return !unconditional_.empty(); }
    bool has_negative() const noexcept { return !negative_.empty(); }
    // For a sampler that wants the unconditional estimate where nobody else does. Throws what `encoder` throws.
    void encode_unconditional();

    // Begins a run over latents like `x`: the next evaluation is number `first`, and no deep features are kept yet.
    // Each evaluation is given `inputs`, which outlive the run, and the pipeline's `params`. Throws CallError if there
    // is no memory.
    void begin(const able_tensor *x, std::uint32_t first = 0, std::vector<plugins::InputUse> inputs = {},
               const protocol::DeepCacheOptions &deep_cache = {}, const able_params *params = nullptr);
    // Ends it: what was kept for it alone goes.
    void end() noexcept { deep_cache_.reset(); }

    // One evaluation, under the prompts whose turn it is. The conditional estimate is u + sum of weight * (D - u) over
    // the parts, where u is the unconditional one; what is left to guidance is u + scale * (conditional - u). Liu et
    // al. 2022, "Compositional Visual Generation with Composable Diffusion Models". Outputs are wanted only of what the
    // plan has.
    able_status denoise(const able_tensor *x, double sigma, PlanOutputs outputs,
                        const plugins::JobContext &job) noexcept;

private:
    struct Encoded {
        std::uint32_t end_at_step; // see prompt::Scheduled
        std::shared_ptr<const plugins::Conditioning> conditioning;
    };
    struct Part {
        double weight;
        std::vector<Encoded> entries;
    };

    std::vector<Encoded> encode(const prompt::ScheduledPart &part, std::int32_t role) const;
    bool is_composed() const { return parts_.size() > 1 || parts_.front().weight != 1; }

    plugins::Model &model_;
    prompt::ScheduledPart unconditional_text_;
    Encode encode_;
    std::vector<Part> parts_;
    std::vector<Encoded> unconditional_;  // empty until somebody needs it
    std::vector<Encoded> negative_;       // empty where there is none
    std::vector<plugins::Tensor> more_;   // for what is composed: the unconditional estimate, those of the later parts
    std::optional<DeepCache> deep_cache_; // of the run, where there is one
    std::vector<plugins::InputUse> inputs_;
    const able_params *params_ = nullptr;
    std::uint32_t evaluation_ = 0;
};

// The plan of an image's prompt, encoded with the pipeline's `params`. Schedules count evaluations:
// `evaluations_a_step` of them are a step. Throws prompt::PromptError, plugins::CallError.
PromptPlan make_prompt_plan(const protocol::Generate &spec, const protocol::ImagePrompt &prompt, plugins::Model &model,
                            const able_params *params, std::uint32_t evaluations_a_step,
                            const plugins::JobContext &job);

} // namespace able::worker
