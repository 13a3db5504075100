// The names of tensors in adapter files: a module of the model, and which part of its change the tensor is.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace able::lora {

// docs/lora.md says how they make a change; shapes are for a module of the weight [out, in, kernel…].
enum class Part {
    down,        // LoRA, LoCon: [rank, in, kernel…]
    up,          // [out, rank]
    mid,         // [rank, rank, kernel…]: a Tucker decomposition's core, with down [rank, in]
    factor_bias, // PEFT's lora_B.bias: [out], of the module's bias
    hada_w1_a,   // LoHa: [out, rank], beside a core [rank, out]
    hada_w1_b,   // [rank, in * kernel], beside a core [rank, in]
    hada_w2_a,
    hada_w2_b,
    hada_t1, // [rank, rank, kernel…]: cores
    hada_t2,
    lokr_w1, // LoKr: a matrix, or its factors w1_a [rows, rank] and w1_b [rank, columns]
    lokr_w1_a,
    lokr_w1_b,
    lokr_w2,
    lokr_w2_a,
    lokr_w2_b,
    lokr_t2,
    weight_diff,    // of the weight's own shape
    bias_diff,      // of the bias's
    channels,       // (IA)3: one value for each channel
    on_input,       // a flag: the channels are those of the input
    magnitude,      // DoRA: [out, 1…] or [1, in, 1…]
    peft_magnitude, // PEFT's: of the output's channels, [out] or [1, out, 1…]
    glora_a1,       // GLoRA: [in, rank] and [rank, in], by which the weight itself is multiplied
    glora_a2,
    glora_b1, // [out, rank] and [rank, in, kernel…], whose product is added
    glora_b2,
    rotations,   // OFT: [blocks, b, b]; BOFT: [stages, blocks, b, b]
    rescale,     // of either: [out, 1…]
    alpha,       // a scalar
    unsupported, // of a method that this plugin does not apply; `method` says which
};
constexpr std::size_t part_count = static_cast<std::size_t>(Part::unsupported) + 1;

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
// Knows the suffixes of kohya's trainers, LyCORIS's, PEFT's, and those that diffusers wrote before it used PEFT.
// `.weight` alone is taken for (IA)3's, which only its companion `.on_input` makes sure of.
std::optional<Key> parse_key(std::string_view name);

// What a part that is missing is called in a message.
const char *part_name(Part part);

// A key for a message: quoted, and cut if it is absurdly long.
std::string in_quotes(std::string_view name);

} // namespace able::lora
