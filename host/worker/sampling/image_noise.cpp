#include "image_noise.h"

namespace able::worker {

ImageNoise::ImageNoise(std::uint64_t seed, const protocol::NoiseOptions &options, const LatentShape &shape,
                       std::uint32_t scale_factor)
    : options_(options), shape_(shape), scale_factor_(scale_factor), stream_(seed) {
    if (options.eta_noise_seed_delta != 0) {
        steps_.emplace(seed + options.eta_noise_seed_delta);
    }
}

std::vector<float> ImageNoise::draw() {
    std::vector<float> values(shape_.elements());
    stream_.normal(values);
    ++draws_;
    return values;
}

LatentShape ImageNoise::resized() const {
    if (options_.resize_from_width == 0 || options_.resize_from_height == 0) {
        return shape_;
    }
    return {shape_.channels, options_.resize_from_height / scale_factor_, options_.resize_from_width / scale_factor_};
}

std::vector<float> ImageNoise::start_of(std::uint64_t seed, const LatentShape &shape) const {
    TorchGenerator stream(seed);
    std::vector<float> values(shape.elements());
    for (std::size_t i = 0; i <= draws_; ++i) {
        stream.normal(values);
    }
    return values;
}

std::vector<float> ImageNoise::initial() {
    const LatentShape shape = resized();
    const bool other_size = shape != shape_, varied = options_.subseed_strength != 0;
    std::vector<float> noise = other_size ? start_of(seed(), shape) : std::vector<float>();
    const std::vector<float> other = varied ? start_of(options_.subseed, shape) : std::vector<float>();
    std::vector<float> own = draw();
    if (!other_size) {
        return varied ? slerp(options_.subseed_strength, own, other, shape) : own;
    }
    if (varied) {
        noise = slerp(options_.subseed_strength, noise, other, shape);
    }
    paste_centred(own, shape_, noise, shape);
    return own;
}

} // namespace able::worker
