// Shows a checkpoint that has only the moving averages of a UNet as if they were its weights.
#pragma once

#include <ablerefusal/source.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

namespace able::diffusion {

// Latent diffusion's training keeps a moving average of each of the UNet's weights (LitEma, ldm/modules/ema.py), under
// the weight's name without its dots: "model_ema.diffusion_modelinput_blocks00weight". If a file lacks the weights, the
// averages take their place.
class EmaSource {
public:
    // Null for a source that has its weights, or no averages. `source` must outlive the result.
    static std::unique_ptr<const EmaSource> of(const able_source *source);
    EmaSource(const EmaSource &) = delete;
    EmaSource &operator=(const EmaSource &) = delete;

    // The file with the averages under the weights' names. Lives as long as this object. Any thread.
    const able_source *abi() const { return &abi_; }

private:
    explicit EmaSource(const able_source *source);
    static const EmaSource &from(const able_source *view) noexcept;

    const able_source *source_;
    std::map<std::string, const able_view *, std::less<>> tensors_;
    std::vector<const char *> names_; // in the order of names
    able_source abi_;
};

} // namespace able::diffusion
