#include "memory_need.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace able::diffusion {
namespace {

constexpr uint64_t mebibyte = uint64_t{1} << 20;

// From what need of the whole picture at once on it goes in strips. On a CPU what a strip leaves behind is still in the
// cache for the next layer, and a tenth faster; on a GPU strips are slower, and for the memory's sake alone.
uint64_t strips_from(DeviceKind device) {
    return (device == DeviceKind::cpu ? 128 : 1024) * mebibyte;
}

uint64_t size_of(Dtype dtype) {
    return dtype == Dtype::fp32 ? 4 : 2;
}

// Measured, not derived. The decoder peaks where its last level takes over the wider maps of the one before: three of
// those in fp32.
uint64_t whole_decoder(const VaeConfig &vae, uint64_t pixels) {
    const auto channels = static_cast<uint64_t>(vae.channels[vae.channels.size() > 1 ? 1 : 0]);
    return 3 * pixels * channels * sizeof(float);
}

// One of the wider maps and two of the last level's, in the autoencoder's own format; the strips at work. Measured too.
uint64_t strip_decoder(const VaeConfig &vae, Dtype dtype, uint64_t pixels) {
    const auto wide = static_cast<uint64_t>(vae.channels[vae.channels.size() > 1 ? 1 : 0]);
    const auto narrow = static_cast<uint64_t>(vae.channels.front());
    return pixels * (wide + 2 * narrow) * size_of(dtype) + 128 * mebibyte;
}

uint64_t elements_of(const able_view &view) {
    uint64_t count = 1;
    for (int32_t i = 0; i < view.ndim; ++i) {
        count *= static_cast<uint64_t>(view.shape[i]);
    }
    return count;
}

bool is_of(std::string_view name, std::string_view component) {
    return name.size() > component.size() && name.starts_with(component) && name[component.size()] == '.';
}

bool is_norm(std::string_view name) {
    return name.find("norm") != std::string_view::npos;
}

// As Unet::load has them.
bool is_wide(std::string_view name) {
    for (const char *prefix : {"unet.time_embedding.", "unet.add_embedding.", "unet.conv_in.", "unet.conv_out."}) {
        if (name.starts_with(prefix)) {
            return true;
        }
    }
    return is_norm(name);
}

// As load_text_stage() has them.
uint64_t text_size(const Placement &placement, const able_view &view) {
    const bool narrow =
        placement.device == DeviceKind::cpu && placement.text == Dtype::fp32 && view.ndim == 2 && view.dtype_bits == 16;
    return narrow ? 2 : size_of(placement.text);
}

template <class SizeOf>
uint64_t sum(const able_source *source, SizeOf &&bytes_each) {
    uint64_t bytes = 0;
    for (uint64_t i = 0; const char *raw = source->tensor_name(source, i); ++i) {
        const std::string_view name(raw);
        const able_view *view = name.ends_with(".position_ids") ? nullptr : source->tensor(source, raw);
        bytes += view != nullptr ? elements_of(*view) * bytes_each(name, *view) : 0;
    }
    return bytes;
}

} // namespace

VaeTiling::VaeTiling(const able_load_request &request, DeviceKind device) : mode_(request.tiling), device_(device) {
    if (mode_ != ABLE_TILING_AUTO && mode_ != ABLE_TILING_ON && mode_ != ABLE_TILING_OFF) {
        throw Error(ABLE_INVALID_ARGUMENT, "tiling is " + std::to_string(mode_) + "; expected 0, 1 or 2");
    }
}

bool VaeTiling::in_strips(const VaeConfig &vae, uint64_t pixels) const {
    return mode_ == ABLE_TILING_ON || (mode_ == ABLE_TILING_AUTO && whole_decoder(vae, pixels) > strips_from(device_));
}

able_memory working_memory(const UnetConfig &unet, const VaeConfig &vae, const VaeTiling &tiling,
                           const Placement &placement, const PictureSize &size) {
    auto memory = make_struct<able_memory>();
    const uint64_t pixels = size.width * size.height;
    if (pixels == 0) {
        return memory;
    }
    // The UNet needs so many maps of its first level for each sample, and the scores of attention, which are bounded.
    // Measured too; a GPU's operations keep more at once.
    const auto scale = static_cast<uint64_t>(vae.scale());
    const auto channels = static_cast<uint64_t>(unet.levels.front().channels);
    const uint64_t value_bytes =
        placement.device == DeviceKind::cpu ? 24 * size_of(placement.weights) : 32 * sizeof(float);
    const uint64_t denoiser = value_bytes * pixels / (scale * scale) * channels * size.batch + 192 * mebibyte;
    const uint64_t whole = whole_decoder(vae, pixels);
    const uint64_t decoder =
        tiling.in_strips(vae, pixels) ? std::min(whole, strip_decoder(vae, placement.vae, pixels)) : whole;
    memory.encode = decoder; // the encoder is the smaller half
    memory.evaluate = denoiser;
    memory.decode = decoder;
    return memory;
}

uint64_t weight_bytes(const able_source *source, const able_source *vae, const std::vector<TextFolders> &texts,
                      const Placement &placement) {
    const uint64_t networks = sum(source, [&](std::string_view name, const able_view &view) -> uint64_t {
        if (is_of(name, "unet")) {
            return size_of(is_wide(name) ? placement.wide : placement.weights);
        }
        const bool text = std::any_of(texts.begin(), texts.end(),
                                      [name](const TextFolders &folders) { return is_of(name, folders.encoder); });
        return text ? text_size(placement, view) : 0;
    });
    const Dtype vae_wide = placement.device == DeviceKind::cpu ? Dtype::fp32 : placement.vae;
    return networks + sum(vae, [&](std::string_view name, const able_view &) -> uint64_t {
               return is_of(name, "vae") ? size_of(is_norm(name) ? vae_wide : placement.vae) : 0;
           });
}

} // namespace able::diffusion
