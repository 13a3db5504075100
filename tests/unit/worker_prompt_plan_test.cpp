// Which prompts the model is asked under at each evaluation, and how the parts of a prompt with AND are put together.
#include "fake_host.hpp"

#include "host/worker/prompts/prompt_plan.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <map>

namespace worker_prompt_plan_test {

using namespace able;
using protocol::Generate;
using protocol::ImagePrompt;
using worker::PromptPlan;

namespace {

// A model whose conditionings are numbered texts and whose latents are one number: D under text k is value(k).
class TextModel {
public:
    TextModel() {
        info_.family = info_.variant = "fake";
        info_.levels = &levels_;
        info_.prompt = &prompt_;
        prompt_.flags = ABLE_HONOURS_NEGATIVE | ABLE_HONOURS_WEIGHTS | ABLE_HONOURS_EMPTY_WEIGHTS | ABLE_HONOURS_BREAK;
        info_.latent_channels = 4;
        info_.scale_factor = info_.size_multiple = 8;
        ops_.like = [](const able_ops *, const able_tensor *) noexcept {
            return tensor(new double(0));
        };
        ops_.make = [](auto...) noexcept -> able_tensor * {
            return nullptr;
        };
        ops_.retain = [](auto...) noexcept {
        };
        ops_.shape = [](auto...) noexcept {
            return able_status{ABLE_UNSUPPORTED};
        };
        ops_.upload = [](auto...) noexcept {
            return able_status{ABLE_UNSUPPORTED};
        };
        ops_.download = [](auto...) noexcept {
            return able_status{ABLE_UNSUPPORTED};
        };
        ops_.release = [](const able_ops *, able_tensor *t) noexcept {
            delete &number(t);
        };
        ops_.lincomb = [](const able_ops *, able_tensor *out, std::uint32_t count, const double *coefficients,
                          const able_tensor *const *in) noexcept {
            double sum = 0;
            for (std::uint32_t i = 0; i < count; ++i) {
                sum += coefficients[i] * number(in[i]);
            }
            number(out) = sum;
            return able_status{ABLE_OK};
        };
        model_.self = this;
        model_.info = &info_;
        model_.ops = &ops_;
        model_.targets = &targets_;
        model_.device = "cpu";
        model_.dtype = "fp32";
        model_.set_adapters = [](auto...) noexcept {
            return able_status{ABLE_OK};
        };
        model_.encode_text = [](able_model *m, const able_text_request *request, const able_job *,
                                able_conditioning **out) noexcept {
            std::string text = request->role == ABLE_PROMPT_NEGATIVE ? "-" : "";
            for (std::uint32_t i = 0; i < request->segment_count; ++i) {
                const auto &segment = *request->segments[i];
                text += (segment.flags & ABLE_SEGMENT_BREAK) != 0 ? "|" : segment.text;
                text += segment.weight != 1 ? "*" : "";
            }
            self(m).encoded.push_back(text + (request->weighting == ABLE_WEIGHTING_EMPTY ? " (comfy)" : ""));
            *out = reinterpret_cast<able_conditioning *>(new std::string(text));
            return able_status{ABLE_OK};
        };
        model_.release_conditioning = [](able_model *, able_conditioning *c) noexcept {
            delete reinterpret_cast<std::string *>(c);
        };
        model_.decode = [](auto...) noexcept {
            return able_status{ABLE_UNSUPPORTED};
        };
        model_.denoise = [](able_model *m, const able_evaluation *evaluation, const able_job *) noexcept {
            auto &prompts = self(m).asked.emplace_back();
            for (std::uint32_t i = 0; i < evaluation->count; ++i) {
                prompts.push_back(*reinterpret_cast<const std::string *>(evaluation->conditionings[i]));
                number(evaluation->outs[i]) = self(m).values[prompts.back()];
            }
            return able_status{ABLE_OK};
        };
        model_.unload = [](able_model *) noexcept {
        };
        pipeline_.load = [](const able_load_request *request, auto, able_model **out) noexcept {
            const able_source *source = request->components[0]->source;
            *out = const_cast<able_model *>(reinterpret_cast<const able_model *>(source));
            return able_status{ABLE_OK};
        };
    }

    plugins::Model load() {
        plugins::LoadRequest request;
        request.components.push_back({ABLE_ROLE_MODEL, reinterpret_cast<const able_source *>(&model_)});
        return {pipeline_, request, job};
    }

    static able_tensor *tensor(double *number) { return reinterpret_cast<able_tensor *>(number); }
    static double &number(able_tensor *t) { return *reinterpret_cast<double *>(t); }
    static double number(const able_tensor *t) { return *reinterpret_cast<const double *>(t); }

    plugins::JobContext job;
    std::map<std::string, double> values;
    std::vector<std::string> encoded;
    std::vector<std::vector<std::string>> asked;

private:
    static TextModel &self(able_model *model) { return *static_cast<TextModel *>(model->self); }

    std::vector<double> sigmas_{0.1, 10};
    able_noise_levels levels_ = tests::level_table(sigmas_);

public:
    able_prompt_support prompt_ = make_struct<able_prompt_support>();

private:
    able_model_info info_ = make_struct<able_model_info>();
    able_ops ops_ = make_struct<able_ops>();
    able_targets targets_ = make_struct<able_targets>();
    able_model model_ = make_struct<able_model>();
    able_pipeline pipeline_ = make_struct<able_pipeline>();
};

Generate job(const std::string &prompt, std::uint32_t steps = 10) {
    Generate spec;
    spec.prompts = {{prompt, "bad", {}}};
    spec.steps = steps;
    spec.cfg_scale = 7;
    return spec;
}

struct Run {
    std::vector<std::vector<std::string>> asked;
    std::vector<std::string> encoded;
    double out = 0, unconditional = 0, negative = 0;
};

Run run(TextModel &text, const Generate &spec, int evaluations, std::uint32_t evaluations_a_step = 1) {
    auto model = text.load();
    PromptPlan plan =
        worker::make_prompt_plan(spec, spec.prompts.front(), model, nullptr, evaluations_a_step, text.job);
    Run result;
    double x = 0;
    plan.begin(TextModel::tensor(&x));
    for (int i = 0; i < evaluations; ++i) {
        worker::PlanOutputs outputs{TextModel::tensor(&result.out)};
        if (spec.cfg_scale != 1) {
            outputs.unconditional = TextModel::tensor(&result.unconditional);
        }
        if (plan.has_negative()) {
            outputs.negative = TextModel::tensor(&result.negative);
        }
        REQUIRE(plan.denoise(TextModel::tensor(&x), 1.0, outputs, text.job) == ABLE_OK);
    }
    result.asked = text.asked;
    result.encoded = text.encoded;
    return result;
}

using Texts = std::vector<std::string>;

// What the prompt was at each evaluation.
Texts positive(const Run &run) {
    Texts texts;
    for (const auto &asked : run.asked) {
        texts.push_back(asked.back());
    }
    return texts;
}

} // namespace

TEST_CASE("a plain prompt is encoded once, and the negative one only where guidance needs it") {
    TextModel guided;
    CHECK(run(guided, job("fox"), 2).asked == std::vector<Texts>{{"-bad", "fox"}, {"-bad", "fox"}});
    CHECK(guided.encoded == Texts{"fox", "-bad"});
    TextModel alone;
    Generate spec = job("fox");
    spec.cfg_scale = 1;
    CHECK(run(alone, spec, 1).asked == std::vector<Texts>{{"fox"}});
    CHECK(alone.encoded == Texts{"fox"});
}

TEST_CASE("a schedule counts evaluations, and its first entry lasts one longer, as the reference's") {
    TextModel text;
    const Run result = run(text, job("[a:b:0.5]", 4), 4);
    CHECK(positive(result) == Texts{"a", "a", "a", "b"});
    TextModel second_order;
    CHECK(positive(run(second_order, job("[a:b:0.5]", 4), 8, 2)) == Texts{"a", "a", "a", "a", "a", "b", "b", "b"});
    TextModel alternating;
    const Run other = run(alternating, job("[a|b]", 4), 4);
    CHECK(positive(other) == Texts{"a", "a", "b", "a"}); // entries end at 1, 2, 3, 4, counted from 0
    CHECK(other.encoded == Texts{"a", "b", "-bad"});     // each text once
}

TEST_CASE("the negative prompt has a schedule too, and no AND") {
    TextModel text;
    Generate spec = job("fox", 4);
    spec.prompts.front().negative_prompt = "[a:b:1] AND c";
    const Run result = run(text, spec, 3);
    CHECK(result.asked == std::vector<Texts>{{"-a AND c", "fox"}, {"-a AND c", "fox"}, {"-b AND c", "fox"}});
}

TEST_CASE("AND composes: u + sum of weight * (c - u)") {
    TextModel text;
    text.values = {{"-bad", 1}, {"fox", 5}, {" owl", 11}};
    const Run result = run(text, job("fox :1.5 AND owl:-0.5"), 1);
    CHECK(result.asked == std::vector<Texts>{{"-bad", "fox", " owl"}});
    CHECK(result.unconditional == 1);
    CHECK(result.out == Approx(1 + 1.5 * (5 - 1) - 0.5 * (11 - 1)));

    TextModel alone; // without guidance the negative prompt is still what the parts are measured from
    alone.values = text.values;
    Generate spec = job("fox AND owl");
    spec.cfg_scale = 1;
    CHECK(run(alone, spec, 1).out == Approx(1 + (5 - 1) + (11 - 1)));
}

TEST_CASE("where the negative prompt has a part of its own, the unconditional one is empty") {
    TextModel text;
    text.values = {{"-", 1}, {"fox", 5}, {" owl", 11}, {"-bad", 3}};
    Generate spec = job("fox AND owl");
    spec.guidance.perp_neg_scale = 0.5;
    const Run result = run(text, spec, 1);
    CHECK(result.asked == std::vector<Texts>{{"-", "fox", " owl", "-bad"}});
    CHECK(result.negative == 3);
    CHECK(result.out == Approx(1 + (5 - 1) + (11 - 1)));
}

TEST_CASE("weights, breaks and tags reach the pipeline as they should") {
    TextModel text;
    Generate spec = job("<lora:x:1>a (b) BREAK c");
    spec.prompt_weighting = "comfy";
    CHECK(run(text, spec, 1).encoded.front() == "a b*|c (comfy)");
    TextModel plain;
    spec.prompt_syntax = "plain";
    CHECK(run(plain, spec, 1).encoded.front() == "<lora:x:1>a (b) BREAK c (comfy)");
}

TEST_CASE("what a model does not honour of a prompt is refused, and said") {
    TextModel text;
    text.prompt_.flags = ABLE_HONOURS_NEGATIVE | ABLE_HONOURS_WEIGHTS;
    CHECK_NOTHROW(run(text, job("a (b)"), 1));
    CHECK_THROWS_WITH(run(text, job("a BREAK b"), 1), Catch::Contains("BREAK"));
    Generate spec = job("a (b)");
    spec.prompt_weighting = "comfy";
    CHECK_THROWS_WITH(run(text, spec, 1), Catch::Contains("prompt_weighting"));
    spec.prompts.front().prompt = "a b";
    CHECK_NOTHROW(run(text, spec, 1));
    spec.clip_skip = 2;
    CHECK_THROWS_WITH(run(text, spec, 1), Catch::Contains("clip_skip"));
    TextModel positive_only;
    positive_only.prompt_.flags = 0;
    CHECK_THROWS_WITH(run(positive_only, job("a"), 1), Catch::Contains("negative prompt"));
}

} // namespace worker_prompt_plan_test
