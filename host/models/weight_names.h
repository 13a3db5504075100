// Names of weight files, and the table of their formats. Opens nothing, so the server may use it too.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace able::models {

// Which reader opens a file (open_weight_file in weight_file.cpp).
enum class WeightReader : std::uint8_t {
    none, // these weights are not read
    safetensors,
    torch_save, // without running the pickle
};

struct WeightFormat {
    std::string_view extension; // small letters; names have it in any case
    WeightReader reader;
    // What such a file is called in a component's folder: by diffusers, by transformers. Empty where folders have none.
    std::array<std::string_view, 2> bases;
};

// Where a folder or a repository has several, the first is taken: files of torch.save are slower to open.
inline constexpr std::array weight_formats{
    WeightFormat{".safetensors", WeightReader::safetensors, {"diffusion_pytorch_model", "model"}},
    WeightFormat{".bin", WeightReader::torch_save, {"diffusion_pytorch_model", "pytorch_model"}},
    WeightFormat{".ckpt", WeightReader::torch_save, {}},
    WeightFormat{".pt", WeightReader::torch_save, {}},
    WeightFormat{".pth", WeightReader::torch_save, {}},
    WeightFormat{".onnx", WeightReader::none, {}},
    WeightFormat{".gguf", WeightReader::none, {}},
};

// The format that a file's extension says; null if it is none of weight_formats or nothing stands before it.
const WeightFormat *weight_format(std::string_view name) noexcept;

// Whether a file's name says that it is read as weights.
bool is_weight_file_name(std::string_view name) noexcept;
bool is_safetensors_name(std::string_view name) noexcept;
// Whether component folders have files of this extension.
bool is_component_file_name(std::string_view name) noexcept;

// `name` without the extension of weights that are read; `name` itself if it has none.
std::string_view without_weight_extension(std::string_view name) noexcept;

// For messages: the extensions of is_weight_file_name, and what weights in a component's folder may be called:
// ".safetensors, .bin or .pt".
std::string weight_extensions();
std::string component_weight_names();

// What a file of a component's folder is to its weights.
struct ComponentFile {
    enum class Part : std::uint8_t { whole, shard, index };

    const WeightFormat *format;
    std::string_view base; // of the format's
    Part part;
    std::string variant; // "fp16", or "" for the plain files
};

// Reads a file's name: base[.variant].extension; a shard's base[.variant]-00001-of-00003.extension or
// base-00001-of-00003.variant.extension; an index' base.extension.index[.variant].json or
// base.extension.variant.index.json. Nothing if it is none of these.
std::optional<ComponentFile> component_file(std::string_view name);

// The files that a component's weights are read from.
struct ComponentWeights {
    std::string file;    // the weights, or the index of the shards
    std::string variant; // as in ComponentFile
    bool sharded = false;
    std::vector<std::string> shards;
};

// Picks from the names of the files in a component's folder. In the order of weight_formats: those of `prefer_variant`
// if it is not "" and they are there, else the plain ones, else the fp16 variant. Nothing if there are no weights.
std::optional<ComponentWeights> choose_weights(const std::vector<std::string> &names, std::string_view prefer_variant);

} // namespace able::models
