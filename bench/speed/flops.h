// How much arithmetic a network is, by the direct algorithms: two operations a multiplication and addition of every
// convolution, matrix product and attention. What norms and activations add is left out, as in torch's FlopCounterMode.
#pragma once

#include <ablerefusal/ablerefusal.h>

#include <cstdint>
#include <optional>

namespace able::bench {

struct Latents {
    std::int64_t batch = 1, height = 0, width = 0;
};

struct UnetFlops {
    double evaluation = 0; // what depends on the latents
    double prompt = 0;     // keys and values of the prompt's tokens: the same in each evaluation
};

// The UNet among `targets` (a diffusers UNet2DConditionModel) on `latents`, under prompts of `tokens` tokens: all of
// it, or what lies above a branch (see ablerefusal/deep_cache.h).
UnetFlops unet_flops(const able_targets &targets, Latents latents, std::int64_t tokens,
                     std::optional<std::uint32_t> branch = {});

// The decoder of Stable Diffusion's autoencoder: 128, 256, 512 and 512 channels, 8 pixels a latent. Rombach et al.
// 2022.
double decoder_flops(Latents latents);

} // namespace able::bench
