// The names of tensors in adapter files: a module of the model, and which part of its change the tensor is.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace able::lora {

enum class Part {
    down,       // [rank, in]
    up,         // [out, rank]
    alpha,      // a scalar
    unsupported // of a method that this plugin does not apply; `method` says which
};

// A way to change weights that this plugin does not apply.
struct Method {
    const char *name;
    const char *refusal; // one line, for a file of nothing else
};

struct Key {
    std::string_view module; // as the file spells it; into the text given to parse_key()
    Part part;
    const Method *method; // NULL unless unsupported
};

// Splits "lora_unet_mid_block_…_to_q.lora_down.weight" after the module. Nothing where the name is not of an adapter's.
// Knows kohya's suffixes, PEFT's, and those that diffusers wrote before it used PEFT.
std::optional<Key> parse_key(std::string_view name);

// A key for a message: quoted, and cut if it is absurdly long.
std::string in_quotes(std::string_view name);

} // namespace able::lora
