#include "prediction.h"

#include <ablerefusal/model_info.h>

#include <cmath>

namespace able::diffusion {

double input_scale(double sigma) {
    return 1.0 / std::sqrt(sigma * sigma + 1.0);
}

at::Tensor denoised(int32_t prediction, const at::Tensor &x, const at::Tensor &output, double sigma) {
    const at::Tensor predicted = output.to(at::kFloat);
    if (prediction == ABLE_PREDICTION_SAMPLE) {
        return predicted;
    }
    if (prediction == ABLE_PREDICTION_V) {
        const double scale = input_scale(sigma);
        return x * (scale * scale) - predicted * (sigma * scale);
    }
    return x - predicted * sigma;
}

} // namespace able::diffusion
