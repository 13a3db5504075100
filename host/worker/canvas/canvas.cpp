#include "canvas.h"

#include "host/images/decode.h"
#include "host/images/resize.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <array>

namespace able::worker {

namespace {

images::Image decode(const char *field, const std::vector<std::uint8_t> &bytes) {
    try {
        return images::decode(std::as_bytes(std::span(bytes)));
    } catch (const images::ImageError &error) {
        throw images::ImageError(error.status(), std::string(field) + ": " + error.what());
    }
}

[[noreturn]] void refuse_mask(const std::string &message) {
    throw plugins::CallError(ABLE_INVALID_ARGUMENT, "mask: " + message);
}

std::vector<float> in_unit_range(const images::Image &image) {
    std::vector<float> pixels(image.rgb.size());
    std::transform(image.rgb.begin(), image.rgb.end(), pixels.begin(),
                   [](std::uint8_t value) { return static_cast<float>(value) / 255.0F; });
    return pixels;
}

able_image view_of(std::vector<float> &pixels, const protocol::Generate &spec) {
    auto image = make_struct<able_image>();
    image.width = spec.width;
    image.height = spec.height;
    image.pixels = pixels.data();
    return image;
}

} // namespace

Canvas::Canvas(const protocol::Generate &spec, plugins::Model &model, const able_params *params,
               const plugins::JobContext &job)
    : spec_(spec), model_(model), params_(params), job_(job), has_picture_(!spec.init_image.empty()) {
    if (!has_picture_) {
        return;
    }
    read_picture();
    if (!spec_.inpainting.mask.empty()) {
        read_mask();
    }
}

void Canvas::read_picture() {
    original_ = decode("init_image", spec_.init_image);
    if (!spec_.inpainting.only_masked || spec_.inpainting.mask.empty()) {
        original_ = images::resize_lanczos(original_, spec_.width, spec_.height);
    }
    picture_ = original_;
}

void Canvas::read_mask() {
    const protocol::Inpainting &inpainting = spec_.inpainting;
    mask_ = images::read_mask(decode("mask", inpainting.mask), original_.width, original_.height);
    mask_ = images::blurred(inpainting.invert ? images::inverted(std::move(mask_)) : std::move(mask_), inpainting.blur);
    if (mask_.empty()) {
        refuse_mask(std::string("nothing in it is ") + (inpainting.invert ? "black" : "white") +
                    (inpainting.blur > 0 ? " once its edge is blurred" : "") + ", so there is nothing to paint" +
                    (inpainting.blur > 0 ? "; lower mask_blur or paint the mask wider" : ""));
    }
    overlay_ = inpainting.only_masked ? mask_ : images::doubled(mask_);
    if (inpainting.only_masked) {
        region_ = images::region_to_paint(mask_, inpainting.padding, spec_.width, spec_.height);
        overlay_ = images::crop(mask_, *region_);
        mask_ = images::resize_within(overlay_, spec_.width, spec_.height);
        picture_ = images::resize_within(images::crop(original_, *region_), spec_.width, spec_.height);
    }
    if (inpainting.content == "fill") {
        picture_ = images::filled(picture_, mask_);
    }
}

std::array<std::int64_t, 4> Canvas::shape(std::int64_t channels) const {
    const auto scale = model_.info().scale_factor;
    return {1, channels, spec_.height / scale, spec_.width / scale};
}

plugins::Tensor Canvas::upload(const std::vector<float> &noise) const {
    return model_.upload(shape(model_.info().latent_channels), noise, job_);
}

plugins::Tensor Canvas::encode(const plugins::Tensor &posterior_noise) const {
    std::vector<float> pixels = in_unit_range(picture_);
    return model_.encode_image(view_of(pixels, spec_), posterior_noise, params_, job_);
}

// Without a mask all of the picture is to be painted, and without a picture too.
plugins::Input Canvas::show(const plugins::Tensor &posterior_noise) const {
    const std::size_t count = std::size_t{spec_.width} * spec_.height;
    std::vector<float> pixels = masked() ? in_unit_range(picture_) : std::vector<float>(3 * count, 0.5F);
    const std::vector<float> mask = masked() ? images::binary(mask_) : std::vector<float>(count, 1.0F);
    return model_.make_inpaint(view_of(pixels, spec_), mask, posterior_noise, job_);
}

plugins::Tensor Canvas::latent_mask() const {
    const std::vector<float> values = images::binary(mask_, model_.info().scale_factor);
    if (std::none_of(values.begin(), values.end(), [](float value) { return value == 1.0F; })) {
        refuse_mask("what is to be painted is too thin: the model paints in squares of " +
                    std::to_string(model_.info().scale_factor) + " pixels; paint the mask wider" +
                    (region_ ? "" : ", or set inpaint_region to \"only_masked\", which enlarges it"));
    }
    return model_.upload(shape(1), values, job_);
}

plugins::Tensor Canvas::combined(double a, const plugins::Tensor &x, double b, const plugins::Tensor &y) const {
    const auto &ops = model_.ops();
    plugins::Tensor out(&ops, ops.like(&ops, x.get()));
    if (!out) {
        throw plugins::CallError(ABLE_OUT_OF_MEMORY, "no memory for the latents; try a smaller image");
    }
    const std::array<double, 2> coefficients{a, b};
    const std::array<const able_tensor *, 2> in{x.get(), y.get()};
    job_.check(ops.lincomb(&ops, out.get(), 2, coefficients.data(), in.data()), "adding the noise");
    return out;
}

// `original` with what is under the mask replaced as the job wants it.
plugins::Tensor Canvas::hidden(plugins::Tensor original, const plugins::Tensor &noise, const plugins::Tensor &mask,
                               bool all_noise) const {
    const bool by_noise = spec_.inpainting.content == "noise" && !all_noise;
    const bool by_zeros = spec_.inpainting.content == "zeros" || all_noise;
    if (!by_noise && !by_zeros) {
        return original;
    }
    const auto &ops = model_.ops();
    plugins::Tensor out = combined(by_noise ? 1 : 0, noise, 0, noise);
    job_.check(ops.blend(&ops, out.get(), out.get(), original.get(), mask.get()), "hiding what is under the mask");
    return out;
}

Canvas::Start Canvas::start(ImageNoise &noise, double sigma) const {
    Start start;
    const bool inpaints = model_.inpaints();
    const bool keeps = masked() && !inpaints; // an inpainting model sees what is around by itself
    // diffusers' is_strength_max: nothing of what is under the mask is left.
    const bool all_noise = !has_picture_ || (spec_.strength >= 1 && (masked() || inpaints));
    plugins::Tensor original;
    if (has_picture_ && (!all_noise || keeps)) {
        original = encode(upload(noise.draw()));
    }
    const plugins::Tensor fresh = upload(noise.initial());
    plugins::Tensor mask = masked() ? latent_mask() : plugins::Tensor();
    if (keeps) {
        start.inpaint.original = combined(1, original, 0, original);
    }
    if (original && masked()) {
        original = hidden(std::move(original), fresh, mask, all_noise);
    }
    start.x = original ? combined(1, original, sigma, fresh) : combined(sigma, fresh, 0, fresh);
    if (keeps) {
        start.inpaint.mask = std::move(mask);
    }
    if (inpaints) {
        start.inpaint.inpainting.emplace(show(upload(noise.draw())));
    }
    return start;
}

images::Image Canvas::finish(images::Image painted) const {
    if (!masked()) {
        return painted;
    }
    if (!region_) {
        return images::composite(original_, painted, overlay_);
    }
    images::Image result = original_;
    const images::Image part = images::resize_back(painted, region_->width(), region_->height());
    images::paste(result, images::composite(images::crop(original_, *region_), part, overlay_), *region_);
    return result;
}

} // namespace able::worker
