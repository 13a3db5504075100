// What a job paints on: nothing, a picture, or the part of a picture that is under a mask.
#pragma once

#include "host/protocol/generate.h"
#include "host/worker/sampling/image_noise.h"
#include "host/worker/sampling/inpaint_latents.h"

#include "host/images/region.h"

#include <array>
#include <optional>
#include <vector>

namespace able::worker {

// One job's; docs/inpainting.md says what follows which reference.
class Canvas {
public:
    // Decodes the pictures that came with the job. Throws images::ImageError naming the field; CallError if the mask
    // leaves nothing to paint.
    Canvas(const protocol::Generate &spec, plugins::Model &model, const able_params *params,
           const plugins::JobContext &job);

    // Whether there is a picture, so that a run may begin in the middle.
    bool has_picture() const noexcept { return has_picture_; }

    struct Start {
        plugins::Tensor x; // latents at the run's first sigma
        InpaintLatents inpaint;
    };
    // Draws of `noise` [1, latent_channels, h, w], in diffusers' order: for the picture's posterior, if it is encoded;
    // for x; for the masked picture's posterior, if the model is an inpainting model. Throws CallError.
    Start start(ImageNoise &noise, double sigma) const;

    // What was painted, back in its place; outside the mask the picture as it came.
    images::Image finish(images::Image painted) const;

private:
    bool masked() const noexcept { return !mask_.values.empty(); }
    void read_picture();
    void read_mask();
    std::array<std::int64_t, 4> shape(std::int64_t channels) const;
    plugins::Tensor upload(const std::vector<float> &noise) const;
    plugins::Tensor latent_mask() const;
    plugins::Tensor encode(const plugins::Tensor &posterior_noise) const;
    plugins::Input show(const plugins::Tensor &posterior_noise) const;
    plugins::Tensor combined(double a, const plugins::Tensor &x, double b, const plugins::Tensor &y) const;
    plugins::Tensor hidden(plugins::Tensor original, const plugins::Tensor &noise, const plugins::Tensor &mask,
                           bool all_noise) const;

    const protocol::Generate &spec_;
    plugins::Model &model_;
    const able_params *params_; // the pipeline's
    const plugins::JobContext &job_;
    bool has_picture_;
    images::Image original_; // as it came; resized to the job's size unless a region of it is painted
    std::optional<images::Region> region_;
    images::Image picture_; // what the model gets, at the job's size
    images::Mask mask_;     // likewise; no values without a mask
    images::Mask overlay_;  // what is painted over the original, at the size of the original or its region
};

} // namespace able::worker
