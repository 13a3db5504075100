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

able_memory estimate(const able_source *source, const LoadOptions &options, uint32_t side) {
    auto load = make_struct<able_load_options>();
    load.device = options.device;
    load.dtype = options.dtype;
    load.vae = options.vae;
    load.vae_tiling = options.vae_tiling;
    auto memory = make_struct<able_memory>();
    TestJob job;
    const able_status status = pipeline_for(source).estimate(source, &load, side, side, 2, job.abi(), &memory);
    if (status != ABLE_OK) {
        throw Error(status, job.message());
    }
    return memory;
}

LoadedModel::LoadedModel(const GoldenSet &golden, const LoadOptions &options, const able_source *source,
                         const able_pipeline &pipeline)
    : golden_(&golden) {
    auto load = make_struct<able_load_options>();
    load.device = options.device;
    load.dtype = options.dtype;
    load.threads = options.threads;
    load.vae_tiling = options.vae_tiling;
    load.vae = options.vae;
    check(pipeline.load(source, &load, job_.abi(), &model_));
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
    uint32_t count = 0;
    check(model_->tokenize(model_, encoder, text.c_str(), 0, nullptr, &count));
    std::vector<uint32_t> ids(count);
    check(model_->tokenize(model_, encoder, text.c_str(), count, ids.data(), &count));
    return ids;
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
    check(model_->denoise(model_, in.get(), sigma, static_cast<uint32_t>(conditionings.size()), conditionings.data(),
                          outs.data(), job_.abi()));
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
    able_tensor *latents = nullptr;
    check(model_->encode_image(model_, &image, draws.get(), job_.abi(), &latents));
    const Tensor owned(latents, [ops = ops()](able_tensor *tensor) { ops->release(ops, tensor); });
    return values(latents);
}

Array LoadedModel::encode_inpaint(std::vector<float> &pixels, uint32_t width, uint32_t height,
                                  const std::vector<float> &mask, const Array *noise) {
    auto image = make_struct<able_image>();
    image.width = width;
    image.height = height;
    image.pixels = pixels.data();
    const Tensor draws = noise != nullptr ? tensor(*noise) : Tensor();
    able_tensor *channels = nullptr;
    check(inpaint()->encode(model_, &image, mask.empty() ? nullptr : mask.data(), draws.get(), job_.abi(), &channels));
    const Tensor owned(channels, [ops = ops()](able_tensor *tensor) { ops->release(ops, tensor); });
    return values(channels);
}

} // namespace able::golden
