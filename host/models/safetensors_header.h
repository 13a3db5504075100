// The strict parser of a safetensors header.
//
// Format: https://github.com/huggingface/safetensors (README, "Format"). The header comes from strangers and decides
// what memory is read, so every promise of the format is checked before anything relies on it.
#pragma once

#include "dtype.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace able::models {

// Bounds on what a header may ask for. A file beyond them is refused, however well formed.
struct SafetensorsLimits {
    std::uint64_t header_bytes = 100'000'000; // the reference implementation's own bound
    std::size_t tensors = 200'000;
    std::size_t rank = 8;
    std::size_t name_bytes = 1024;
    std::size_t metadata_entries = 65'536;
};

struct TensorEntry {
    std::string name;
    DType dtype = DType::f32;
    std::vector<std::int64_t> shape; // empty for a scalar; an extent may be 0
    std::uint64_t begin = 0;         // bytes [begin, end) of the data buffer
    std::uint64_t end = 0;
};

struct SafetensorsHeader {
    std::uint64_t data_offset = 0;    // where the data buffer starts in the file
    std::vector<TensorEntry> tensors; // in the order of names
    std::map<std::string, std::string, std::less<>> metadata;
};

// Parses and checks the header of a file of `file_size` bytes, of which `start` holds at least the header: the first
// min(file_size, 8 + N) bytes. Tensors tile the data buffer exactly. `label` names the file in errors.
// Throws ModelError: ABLE_BAD_FILE, or ABLE_UNSUPPORTED for an element type without a place in the ABI.
SafetensorsHeader parse_safetensors_header(std::span<const std::byte> start, std::uint64_t file_size,
                                           const std::string &label, const SafetensorsLimits &limits = {});

} // namespace able::models
