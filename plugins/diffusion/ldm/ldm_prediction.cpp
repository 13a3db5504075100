#include "ldm_prediction.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <string_view>

namespace able::diffusion {
namespace {

// IEEE 754 half precision; infinities and NaN as 0, since no weight is one.
double half(uint16_t bits) {
    const int exponent = bits >> 10U & 0x1F;
    const int fraction = bits & 0x3FF;
    const double magnitude = exponent == 0    ? std::ldexp(fraction, -24)
                             : exponent == 31 ? 0.0
                                              : std::ldexp(1024 + fraction, exponent - 25);
    return (bits & 0x8000U) != 0 ? -magnitude : magnitude;
}

template <class Bits>
Bits load(const void *data, int64_t index) {
    Bits bits{};
    std::memcpy(&bits, static_cast<const char *>(data) + static_cast<size_t>(index) * sizeof bits, sizeof bits);
    return bits;
}

double element(const able_view &view, int64_t index) {
    const char *data = static_cast<const char *>(view.data) + view.byte_offset;
    if (view.dtype_code == ABLE_DTYPE_BFLOAT && view.dtype_bits == 16) {
        const uint32_t bits = uint32_t{load<uint16_t>(data, index)} << 16U;
        return load<float>(&bits, 0);
    }
    if (view.dtype_code != ABLE_DTYPE_FLOAT) {
        return 0.0;
    }
    switch (view.dtype_bits) {
    case 16:
        return half(load<uint16_t>(data, index));
    case 32:
        return load<float>(data, index);
    case 64:
        return load<double>(data, index);
    default:
        return 0.0;
    }
}

// Over all of the elements.
double standard_deviation(const able_view &view) {
    const int64_t count = view.ndim == 1 ? view.shape[0] : 0;
    double sum = 0;
    double squares = 0;
    for (int64_t i = 0; i < count; ++i) {
        const double value = element(view, i);
        sum += value;
        squares += value * value;
    }
    if (count == 0) {
        return 0.0;
    }
    const double mean = sum / static_cast<double>(count);
    return std::sqrt(std::max(squares / static_cast<double>(count) - mean * mean, 0.0));
}

std::string_view metadata(const able_source *source, const char *key) {
    const char *value = source->metadata != nullptr ? source->metadata(source, key) : nullptr;
    return value != nullptr ? value : "";
}

} // namespace

LdmPrediction find_prediction(const able_source *source, const LdmLayout &layout) {
    const std::string_view said = metadata(source, "modelspec.prediction_type");
    if (said == "v" || said == "v_prediction") {
        return LdmPrediction::v;
    }
    if (said == "epsilon") {
        return LdmPrediction::epsilon;
    }
    if (SourceShapes(source, "").has("v_pred")) {
        return LdmPrediction::v;
    }
    const bool sd2 = !layout.texts.empty() && layout.texts.front().open_clip && layout.unet.added_width == 0;
    if (!sd2 || layout.unet.in_channels != 4 || metadata(source, "global_step") == "875000") {
        return LdmPrediction::epsilon; // 875000: SD 2.0 base, as diffusers takes it
    }
    // ComfyUI, comfy/supported_models.py, SD20.model_type: the two trainings differ there.
    const able_view *bias =
        SourceShapes(source, *layout.unet_prefix).find("output_blocks.11.1.transformer_blocks.0.norm1.bias");
    return bias != nullptr && standard_deviation(*bias) > 0.09 ? LdmPrediction::v : LdmPrediction::epsilon;
}

} // namespace able::diffusion
