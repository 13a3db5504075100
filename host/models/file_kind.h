// What else users drop in a model folder, told apart by its first bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace able::models {

enum class FileKind : std::uint8_t {
    zip,              // as torch.save writes since 1.6
    pickle,           // as torch.save wrote before, or any other pickle
    tar,              // as torch.save wrote in its first releases
    safetensors_like, // eight bytes, then a JSON object
    other,
};

// From the first 512 bytes, or as many as there are.
FileKind file_kind(std::span<const std::byte> start) noexcept;

} // namespace able::models
