#include "torch_guard.h"

#include <string>
#include <string_view>

namespace able::diffusion {

Error translate(const c10::Error &error) {
    const std::string_view text = error.what_without_backtrace();
    const std::string line(text.substr(0, text.find('\n')));
    // The CPU allocator's failure has no type of its own; CUDA's has had one since 1.13.
    const bool memory = dynamic_cast<const c10::OutOfMemoryError *>(&error) != nullptr ||
                        line.find("can't allocate memory") != std::string::npos ||
                        line.find("not enough memory") != std::string::npos;
    if (memory) {
        return {ABLE_OUT_OF_MEMORY, "out of memory; try a smaller picture or batch (libtorch: " + line + ")"};
    }
    const bool device = line.find("CUDA error") != std::string::npos || line.find("cuDNN error") != std::string::npos;
    return {device ? ABLE_DEVICE_ERROR : ABLE_INTERNAL, "libtorch: " + line};
}

} // namespace able::diffusion
