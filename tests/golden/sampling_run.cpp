#include "sampling_run.h"

#include "plugin_library.h"

#include "host/worker/sampling/guidance.h"

#include <ablerefusal/glue.hpp>

#include <cmath>

namespace able::golden {
namespace {

// What able_sampling's callbacks need.
struct Context {
    LoadedModel *model;
    double cfg;
    worker::Guidance guidance;
    worker::LevelRange guided;
    LoadedModel::Conditioning prompt, unconditional, negative; // the last of Perp-Neg, otherwise null
    LoadedModel::Tensor unconditional_estimate, negative_estimate;
    const Array &noise; // [draws, channels, height, width]
    int64_t drawn = 0;
    uint32_t evaluations = 0;
    LoadedModel::Input channels;        // what an inpainting model is shown
    LoadedModel::Tensor mask, original; // what any other model keeps, if anything
};

able_status denoise(const able_sampling *s, const able_tensor *x, double sigma, able_tensor *out) noexcept {
    auto &context = *static_cast<Context *>(s->host);
    ++context.evaluations;
    const able_conditioning *const conditionings[] = {context.prompt.get(), context.unconditional.get(),
                                                      context.negative.get()};
    able_tensor *const outs[] = {out, context.unconditional_estimate.get(), context.negative_estimate.get()};
    const bool guided = context.cfg != 1.0 && context.guided.contains(sigma);
    const uint32_t count = !guided ? 1 : context.negative ? 3 : 2;
    const able_input_use shown{sizeof(able_input_use), ABLE_ALL_CONDITIONINGS, context.channels.get(), 0, 1};
    ABLE_TRY(context.model->evaluate(x, sigma, {conditionings, count}, {outs, count},
                                     {&shown, context.channels ? size_t{1} : size_t{0}}, s->job));
    if (guided) {
        ABLE_TRY(context.guidance.apply({x, sigma, out, outs[1], context.negative ? outs[2] : nullptr}));
    }
    return context.mask == nullptr ? ABLE_OK
                                   : s->ops->blend(s->ops, out, out, context.original.get(), context.mask.get());
}

able_status denoise_pair(const able_sampling *s, const able_tensor *, double, able_tensor *, able_tensor *) noexcept {
    return s->job->fail(s->job, ABLE_UNSUPPORTED, "no sampler of these tests asks for it");
}

able_status noise(const able_sampling *s, able_tensor *out, double, double) noexcept {
    auto &context = *static_cast<Context *>(s->host);
    if (context.drawn >= context.noise.extent(0)) {
        return s->job->fail(s->job, ABLE_INTERNAL, "the sampler draws more noise than the reference did");
    }
    const Array draw = context.noise.at(context.drawn++);
    return s->ops->upload(s->ops, out, draw.values.data(), draw.values.size());
}

able_status step(const able_sampling *, uint32_t, const able_tensor *, const able_tensor *) noexcept {
    return ABLE_OK;
}

// The schedule's sigmas for the run, from its first step on.
std::vector<double> sigmas_for(LoadedModel &model, const nlohmann::json &entry) {
    const able_schedule &made = schedule(entry["schedule"]);
    const Params params(made.descriptor);
    const uint32_t steps = entry["steps"];
    std::vector<double> sigmas(steps + 8);
    uint32_t count = 0;
    auto request = make_struct<able_schedule_request>();
    request.steps = steps;
    request.width = entry["width"];
    request.height = entry["height"];
    request.info = &model.info();
    request.levels = model.info().levels;
    request.params = params.abi();
    model.check(made.sigmas(&request, model.job().abi(), static_cast<uint32_t>(sigmas.size()), sigmas.data(), &count));
    sigmas.resize(count);
    const auto first = entry.value("first_step", 0);
    return {sigmas.begin() + first, sigmas.end()};
}

Array start(const GoldenSet &golden, const nlohmann::json &entry, double sigma) {
    Array x = golden.array(entry["tensors"]["noise"]);
    for (float &value : x.values) {
        value = static_cast<float>(value * sigma);
    }
    if (entry.contains("init_latents")) {
        const Array init = golden.array(entry["init_latents"]);
        for (size_t i = 0; i < x.values.size(); ++i) {
            x.values[i] += init.values[i];
        }
    }
    return x;
}

protocol::GuidanceOptions guidance_of(const nlohmann::json &entry) {
    protocol::GuidanceOptions options;
    const nlohmann::json request = entry.value("request", nlohmann::json::object());
    options.rescale = request.value("guidance_rescale", 0.0);
    if (request.contains("perp_neg_scale")) {
        options.perp_neg_scale = request["perp_neg_scale"].get<double>();
    }
    options.start = request.value("guidance_start", 0.0);
    options.end = request.value("guidance_end", 1.0);
    return options;
}

} // namespace

Sampled sample(LoadedModel &model, const SamplerRun &run) {
    const protocol::GuidanceOptions &options = run.guidance;
    Prompt empty = run.negative;
    empty.text = "";
    const LoadedModel::Tensor like = model.tensor(run.x);
    Context context{&model,
                    run.cfg,
                    {*model.ops(), model.info().prediction, run.cfg, options, like.get()},
                    worker::guided_levels(run.sigmas, options.start, options.end),
                    model.encode(run.prompt),
                    model.encode(options.perp_neg_scale ? empty : run.negative),
                    options.perp_neg_scale ? model.encode(run.negative) : nullptr,
                    model.tensor(run.x),
                    model.tensor(run.x),
                    run.step_noise,
                    0,
                    0,
                    {},
                    {},
                    {}};
    if (!run.channels.values.empty()) {
        context.channels = model.inpaint_input(run.channels);
    }
    if (!run.mask.values.empty()) {
        context.mask = model.tensor(run.mask);
        context.original = model.tensor(run.original);
    }
    const able_sampler &made = sampler(run.sampler);
    const Params params(made.descriptor, run.params);
    const LoadedModel::Tensor latents = model.tensor(run.x);
    auto sampling = make_struct<able_sampling>();
    sampling.steps = static_cast<uint32_t>(run.sigmas.size() - 1);
    sampling.sigmas = run.sigmas.data();
    sampling.x = latents.get();
    sampling.params = params.abi();
    sampling.info = &model.info();
    sampling.levels = model.info().levels;
    sampling.job = model.job().abi();
    sampling.ops = model.ops();
    sampling.host = &context;
    sampling.denoise = denoise;
    sampling.denoise_pair = denoise_pair;
    sampling.noise = noise;
    sampling.step = step;
    model.check(made.sample(&sampling));
    return {model.values(latents.get()), context.evaluations};
}

Picture run(LoadedModel &model, const std::string &name) {
    return run(model, model.golden(), named(model.golden().index()["runs"], name));
}

Picture run(LoadedModel &model, const GoldenSet &golden, const nlohmann::json &entry) {
    const nlohmann::json &tensors = entry["tensors"];
    SamplerRun made;
    made.sampler = entry["sampler"];
    made.sigmas = sigmas_for(model, entry);
    made.x = start(golden, entry, made.sigmas.front());
    made.step_noise = tensors.contains("step_noise") ? golden.array(tensors["step_noise"]) : Array{{0}, {}};
    made.prompt = {entry["prompt"], entry.value("clip_skip", 0U), ABLE_PROMPT_POSITIVE, entry["width"],
                   entry["height"]};
    made.negative = made.prompt;
    made.negative.text = entry["negative"];
    made.negative.role = ABLE_PROMPT_NEGATIVE;
    made.cfg = entry["cfg"];
    made.guidance = guidance_of(entry);
    if (tensors.contains("channels")) {
        made.channels = golden.array(tensors["channels"]);
    }
    if (entry.contains("latent_mask")) {
        made.mask = golden.array(entry["latent_mask"]);
        made.original = golden.array(entry["original"]);
    }
    const Array result = sample(model, made).latents;

    Picture picture;
    picture.latents = result.values;
    picture.pixels = model.decode(result);
    const std::vector<float> sigmas32(made.sigmas.begin(), made.sigmas.end());
    picture.sigma_error = relative_error(sigmas32, golden.array(tensors["sigmas"]).values);
    return picture;
}

double share_within_one(const std::vector<float> &pixels, const std::vector<uint8_t> &expected) {
    if (pixels.size() != expected.size()) {
        return 0;
    }
    size_t close = 0;
    for (size_t i = 0; i < pixels.size(); ++i) {
        close += std::abs(std::nearbyint(pixels[i] * 255.0) - double{static_cast<double>(expected[i])}) <= 1.0 ? 1 : 0;
    }
    return static_cast<double>(close) / static_cast<double>(pixels.size());
}

double psnr(const std::vector<float> &pixels, const std::vector<uint8_t> &expected) {
    double squares = 0;
    for (size_t i = 0; i < pixels.size(); ++i) {
        const double difference = pixels[i] - expected[i] / 255.0;
        squares += difference * difference;
    }
    return -10.0 * std::log10(squares / static_cast<double>(pixels.size()));
}

} // namespace able::golden
