#include "generate.h"

#include <algorithm>

namespace able::protocol {

const ImagePrompt &prompt_of(const Generate &spec, std::uint32_t index) {
    return spec.prompts.size() == 1 ? spec.prompts.front() : spec.prompts.at(index);
}

std::vector<LoraUse> loras_of(const Generate &spec, const ImagePrompt &prompt) {
    std::vector<LoraUse> loras = spec.loras;
    loras.insert(loras.end(), prompt.loras.begin(), prompt.loras.end());
    return loras;
}

std::uint32_t steps_from_picture(std::uint32_t steps, double strength) {
    return std::min(static_cast<std::uint32_t>(steps * strength), steps);
}

} // namespace able::protocol
