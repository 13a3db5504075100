#include "prompt_context.h"

#include <algorithm>

namespace able::diffusion {

const PromptContext::KeysValues &PromptContext::of(const void *layer,
                                                   const std::function<KeysValues(const at::Tensor &)> &make) {
    const auto found = made_.find(layer);
    return found != made_.end() ? found->second : made_.emplace(layer, make(tokens_)).first->second;
}

PromptContext &PromptContexts::of(const at::Tensor &tokens) {
    constexpr size_t most = 2; // a prompt and a negative prompt of different lengths
    // Comparing all values costs less than the smallest of the layers.
    const auto found = std::find_if(recent_.begin(), recent_.end(), [&](const std::unique_ptr<PromptContext> &context) {
        return context->tokens().sizes() == tokens.sizes() && context->tokens().scalar_type() == tokens.scalar_type() &&
               at::equal(context->tokens(), tokens);
    });
    if (found != recent_.end()) {
        std::rotate(recent_.begin(), found, found + 1);
        return *recent_.front();
    }
    if (recent_.size() == most) {
        recent_.pop_back();
    }
    recent_.insert(recent_.begin(), std::make_unique<PromptContext>(tokens));
    return *recent_.front();
}

} // namespace able::diffusion
