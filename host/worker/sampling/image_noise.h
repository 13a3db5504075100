// All the noise that goes into one image.
#pragma once

#include "host/protocol/generate_options.h"
#include "noise.h"
#include "noise_variation.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace able::worker {

// The noise of one image, from its seeds and nothing else: neither its place in a batch nor any other image. There is
// one stream for each seed, drawn from in this order: for the encoder's posterior (image to image, as diffusers does),
// for the start, then for the sampler.
class ImageNoise {
public:
    // `shape` is the latents', `scale_factor` the pixels each way that a latent stands for. `options.subseed` is this
    // image's own.
    ImageNoise(std::uint64_t seed, const protocol::NoiseOptions &options, const LatentShape &shape,
               std::uint32_t scale_factor);

    std::uint64_t seed() const noexcept { return stream_.seed(); }

    // The next draw of the image's stream, unit normal, in the latents' shape.
    std::vector<float> draw();
    // The unit noise to start from, for the latents' shape: the next draw, varied as the options say. A subseed and
    // another size have their noise where an image of that seed and size has it: after as many draws.
    std::vector<float> initial();
    // For the noise that the sampler adds, once initial() was called.
    TorchGenerator &steps() noexcept { return steps_ ? *steps_ : stream_; }

private:
    LatentShape resized() const;
    std::vector<float> start_of(std::uint64_t seed, const LatentShape &shape) const;

    protocol::NoiseOptions options_;
    LatentShape shape_;
    std::uint32_t scale_factor_;
    TorchGenerator stream_;
    std::optional<TorchGenerator> steps_; // where a delta asks for another stream
    std::size_t draws_ = 0;
};

} // namespace able::worker
