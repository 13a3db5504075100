// A prompt as the UNet's cross-attention sees it.
#pragma once

#include <ATen/ATen.h>

#include <functional>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

namespace able::diffusion {

// The tokens of a prompt, and the keys and values that each cross-attention makes of them. These are the same at every
// step, so each is made once.
class PromptContext {
public:
    struct KeysValues {
        at::Tensor keys, values;
    };

    // tokens [N, tokens, width]
    explicit PromptContext(at::Tensor tokens) : tokens_(std::move(tokens)) {}

    const at::Tensor &tokens() const { return tokens_; }
    // What `layer` made of the tokens, by `make` at its first call. `layer` is any address of its own.
    const KeysValues &of(const void *layer, const std::function<KeysValues(const at::Tensor &tokens)> &make);

private:
    at::Tensor tokens_;
    std::unordered_map<const void *, KeysValues> made_;
};

// The contexts used last: those of a step that evaluates several prompts one after the other.
class PromptContexts {
public:
    // The context of these tokens. Valid until the next call.
    PromptContext &of(const at::Tensor &tokens);
    void clear() { recent_.clear(); }

private:
    std::vector<std::unique_ptr<PromptContext>> recent_; // the last one first
};

} // namespace able::diffusion
