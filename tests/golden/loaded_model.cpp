#include "loaded_model.h"

#include "plugin_library.h"

#include <ablerefusal/glue.hpp>

#include <map>

namespace able::golden {

const GoldenSet &sd15_set() {
    return golden_set("tiny-sd15");
}

const able_source *tiny_source() {
    return sd15_set().model();
}

LoadedModel &shared_model(const GoldenSet &golden) {
    static std::map<std::string, std::unique_ptr<LoadedModel>> models;
    auto &model = models[golden.name()];
    if (model == nullptr) {
        model = std::make_unique<LoadedModel>(golden);
    }
    return *model;
}

LoadedModel &tiny_model() {
    return shared_model(sd15_set());
}

void LoadedModel::check(able_status status) {
    if (status != ABLE_OK) {
        throw Error(status, job_.message());
    }
}

LoadArguments::LoadArguments(const able_source *source, const LoadOptions &options)
    : components_{{{sizeof(able_component), ABLE_ROLE_MODEL, source},
                   {sizeof(able_component), ABLE_ROLE_VAE, options.vae}}},
      pointers_{&components_[0], &components_[1]}, params_(make_struct<able_params>()),
      request_(make_struct<able_load_request>()) {
    params_.number = [](const able_params *, const char *) noexcept {
        return 0.0;
    };
    params_.string = [](const able_params *, const char *) noexcept {
        return "";
    };
    request_.component_count = options.vae != nullptr ? 2 : 1;
    request_.components = pointers_.data();
    request_.device = options.device;
    request_.dtype = options.dtype;
    request_.threads = options.threads;
    request_.tiling = options.tiling;
    request_.params = &params_;
}

able_memory estimate(const able_source *source, const LoadOptions &options, uint32_t side) {
    const LoadArguments load(source, options);
    auto memory = make_struct<able_memory>();
    TestJob job;
    const able_status status = pipeline_for(source).estimate(load.abi(), side, side, 2, job.abi(), &memory);
    if (status != ABLE_OK) {
        throw Error(status, job.message());
    }
    return memory;
}

LoadedModel::LoadedModel(const GoldenSet &golden, const LoadOptions &options, const able_source *source,
                         const able_pipeline &pipeline)
    : golden_(&golden), source_(source), pipeline_(&pipeline) {
    const LoadArguments load(source, options);
    check(pipeline.load(load.abi(), job_.abi(), &model_));
}

LoadedModel::LoadedModel(const GoldenSet &golden, const LoadOptions &options)
    : LoadedModel(golden, options, golden.model(), pipeline_for(golden.model())) {}

LoadedModel::LoadedModel(const LoadOptions &options, const able_source *source)
    : LoadedModel(sd15_set(), options, source, pipeline("sd15")) {}

LoadedModel::~LoadedModel() {
    model_->unload(model_);
}

LoadedModel::Tensor LoadedModel::tensor(const Array &values) {
    able_tensor *made = ops()->make(ops(), static_cast<uint32_t>(values.shape.size()), values.shape.data());
    if (made == nullptr) {
        throw Error(ABLE_OUT_OF_MEMORY, "make failed");
    }
    Tensor owned(made, [ops = ops()](able_tensor *tensor) { ops->release(ops, tensor); });
    check(ops()->upload(ops(), made, values.values.data(), values.values.size()));
    return owned;
}

Array LoadedModel::values(const able_tensor *tensor) const {
    Array result;
    result.shape.resize(8);
    uint32_t rank = 0;
    able::check(ops()->shape(ops(), tensor, 8, result.shape.data(), &rank), "shape");
    result.shape.resize(rank);
    int64_t count = 1;
    for (const int64_t extent : result.shape) {
        count *= extent;
    }
    result.values.resize(static_cast<size_t>(count));
    able::check(ops()->download(ops(), tensor, result.values.data(), result.values.size()), "download");
    return result;
}

LoadedModel::Conditioning LoadedModel::encode(const Prompt &prompt) {
    auto segment = make_struct<able_text_segment>();
    segment.text = prompt.text.c_str();
    segment.weight = 1.0;
    const able_text_segment *const segments[] = {&segment};
    auto request = make_struct<able_text_request>();
    request.segment_count = 1;
    request.segments = segments;
    request.clip_skip = prompt.clip_skip;
    request.width = prompt.width;
    request.height = prompt.height;
    request.role = prompt.role;
    able_conditioning *made = nullptr;
    check(model_->encode_text(model_, &request, job_.abi(), &made));
    return {made, [model = model_](able_conditioning *c) {
                model->release_conditioning(model, c);
            }};
}

Array LoadedModel::part(const able_conditioning *conditioning, const char *name) {
    const able_tensor *tensor = model_->conditioning_tensor(model_, conditioning, name);
    return tensor != nullptr ? values(tensor) : Array{};
}

std::vector<uint32_t> LoadedModel::tokens(const std::string &text, uint32_t encoder) {
    struct Taken {
        uint32_t encoder;
        uint32_t chunks = 0;
        std::vector<uint32_t> before = {}, text = {}, after = {};
    } taken{encoder};
    const able_component component{sizeof(able_component), ABLE_ROLE_MODEL, source_};
    const able_component *const components[] = {&component};
    auto segment = make_struct<able_text_segment>();
    segment.text = text.c_str();
    segment.weight = 1.0;
    const able_text_segment *const segments[] = {&segment};
    auto request = make_struct<able_token_request>();
    request.component_count = 1;
    request.components = components;
    request.segment_count = 1;
    request.segments = segments;
    request.host = &taken;
    request.chunk = [](const able_token_request *asked, const able_token_chunk *chunk) noexcept {
        auto &own = *static_cast<Taken *>(asked->host);
        if (chunk->encoder == own.encoder) {
            const uint32_t *begin = chunk->ids + chunk->text_begin, *rest = begin + chunk->text_count;
            own.before.assign(chunk->ids, begin);
            own.text.insert(own.text.end(), begin, rest);
            own.after.assign(rest, chunk->ids + chunk->count);
            ++own.chunks;
        }
        return able_status{ABLE_OK};
    };
    check(pipeline_->tokenize(&request, job_.abi()));
    if (taken.chunks == 0) {
        throw Error(ABLE_INVALID_ARGUMENT, "there is no such text encoder");
    }
    if (taken.chunks > 1) { // a row without padding: start, all of the text, end
        taken.after.resize(1);
    }
    std::vector<uint32_t> ids = taken.before;
    ids.insert(ids.end(), taken.text.begin(), taken.text.end());
    ids.insert(ids.end(), taken.after.begin(), taken.after.end());
    return ids;
}

able_status LoadedModel::evaluate(const able_tensor *x, double sigma,
                                  std::span<const able_conditioning *const> conditionings,
                                  std::span<able_tensor *const> outs, std::span<const able_input_use> inputs,
                                  const able_job *job) noexcept {
    std::vector<const able_input_use *> uses;
    for (const able_input_use &use : inputs) {
        uses.push_back(&use);
    }
    auto evaluation = make_struct<able_evaluation>();
    evaluation.count = static_cast<uint32_t>(conditionings.size());
    evaluation.x = x;
    evaluation.sigma = sigma;
    evaluation.conditionings = conditionings.data();
    evaluation.outs = outs.data();
    evaluation.inputs = uses.data();
    evaluation.input_count = static_cast<uint32_t>(uses.size());
    return model_->denoise(model_, &evaluation, job != nullptr ? job : job_.abi());
}

Array LoadedModel::denoise(const Array &x, double sigma, std::span<const able_conditioning *const> conditionings,
                           size_t wanted) {
    const Tensor in = tensor(x);
    std::vector<Tensor> owned;
    std::vector<able_tensor *> outs;
    for (size_t k = 0; k < conditionings.size(); ++k) {
        owned.push_back(tensor(x));
        outs.push_back(owned.back().get());
    }
    check(evaluate(in.get(), sigma, conditionings, outs));
    return values(outs.at(wanted));
}

std::vector<float> LoadedModel::decode(const Array &latents) {
    const Tensor in = tensor(latents);
    auto image = make_struct<able_image>();
    image.height = static_cast<uint32_t>(latents.extent(2)) * info().scale_factor;
    image.width = static_cast<uint32_t>(latents.extent(3)) * info().scale_factor;
    std::vector<float> pixels(size_t{image.height} * image.width * 3);
    image.pixels = pixels.data();
    check(model_->decode(model_, in.get(), 0, &image, job_.abi()));
    return pixels;
}

Array LoadedModel::encode_image(std::vector<float> &pixels, uint32_t width, uint32_t height, const Array *noise) {
    auto image = make_struct<able_image>();
    image.width = width;
    image.height = height;
    image.pixels = pixels.data();
    const Tensor draws = noise != nullptr ? tensor(*noise) : Tensor();
    auto request = make_struct<able_image_request>();
    request.image = &image;
    request.noise = draws.get();
    able_tensor *latents = nullptr;
    check(model_->encode_image(model_, &request, job_.abi(), &latents));
    const Tensor owned(latents, [ops = ops()](able_tensor *tensor) { ops->release(ops, tensor); });
    return values(latents);
}

able_memory LoadedModel::memory(uint32_t width, uint32_t height, uint32_t batch) {
    auto memory = make_struct<able_memory>();
    check(model_->memory(model_, width, height, batch, &memory));
    return memory;
}

LoadedModel::Input LoadedModel::make_inpaint(std::vector<float> &pixels, uint32_t width, uint32_t height,
                                             const std::vector<float> &mask, const Array *noise) {
    auto image = make_struct<able_image>();
    image.width = width;
    image.height = height;
    image.pixels = pixels.data();
    const Tensor draws = noise != nullptr ? tensor(*noise) : Tensor();
    able_input *made = nullptr;
    check(inpaint()->make(model_, &image, mask.empty() ? nullptr : mask.data(), draws.get(), job_.abi(), &made));
    return {made, [this](able_input *input) {
                inpaint()->release(model_, input);
            }};
}

Array LoadedModel::encode_inpaint(std::vector<float> &pixels, uint32_t width, uint32_t height,
                                  const std::vector<float> &mask, const Array *noise) {
    const Input made = make_inpaint(pixels, width, height, mask, noise);
    return values(inpaint()->channels(model_, made.get()));
}

LoadedModel::Input LoadedModel::inpaint_input(const Array &channels) {
    const auto side = [&](size_t axis) {
        return static_cast<uint32_t>(channels.extent(axis)) * info().scale_factor;
    };
    const size_t count = size_t{side(2)} * side(3);
    std::vector<float> grey(3 * count, 0.5F);
    Input made = make_inpaint(grey, side(3), side(2), std::vector<float>(count, 1.0F), nullptr);
    auto *shown = const_cast<able_tensor *>(inpaint()->channels(model_, made.get()));
    check(ops()->upload(ops(), shown, channels.values.data(), channels.values.size()));
    return made;
}

} // namespace able::golden
