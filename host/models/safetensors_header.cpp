#include "safetensors_header.h"

#include "error.h"
#include "file_kind.h"
#include "host/base/quote.h"
#include "safetensors_json.h"
#include "saved_text.h"
#include "weight_file.h"

#include <algorithm>
#include <numeric>
#include <optional>
#include <string_view>

namespace able::models {

namespace {

constexpr std::uint64_t prefix_bytes = 8;

[[noreturn]] void invalid(const std::string &label, const std::string &what) {
    throw ModelError(ABLE_BAD_FILE, label + ": " + what + "; download the file again");
}

std::string_view as_text(std::span<const std::byte> bytes) {
    return {reinterpret_cast<const char *>(bytes.data()), bytes.size()};
}

void refuse_lookalikes(std::span<const std::byte> start, const std::string &label) {
    switch (file_kind(start)) {
    case FileKind::zip:
    case FileKind::pickle:
        throw ModelError(ABLE_UNSUPPORTED,
                         label + ": this is a pickle checkpoint under a safetensors name; rename it to end in .ckpt, "
                                 "or use the model's safetensors version");
    default:
        return;
    }
}

void check_size(const TensorEntry &tensor, const std::string &label) {
    const std::optional<std::uint64_t> elements = element_count(tensor.shape);
    std::uint64_t bytes = 0;
    if (!elements || __builtin_mul_overflow(*elements, std::uint64_t{dtype_bytes(tensor.dtype)}, &bytes)) {
        invalid(label, "the shape of tensor " + base::quote(tensor.name) + " is too large for any file");
    }
    if (tensor.end < tensor.begin) {
        invalid(label, "tensor " + base::quote(tensor.name) + " ends before it begins");
    }
    if (tensor.end - tensor.begin != bytes) {
        invalid(label, "tensor " + base::quote(tensor.name) + " has " + std::to_string(tensor.end - tensor.begin) +
                           " bytes of data where its shape needs " + std::to_string(bytes));
    }
}

// Without holes or overlaps, so that no byte has two meanings or none.
void check_tiling(const std::vector<TensorEntry> &tensors, std::uint64_t data_size, const std::string &label) {
    std::vector<std::uint32_t> order(tensors.size());
    std::iota(order.begin(), order.end(), 0U);
    std::sort(order.begin(), order.end(), [&tensors](std::uint32_t a, std::uint32_t b) {
        return std::pair(tensors[a].begin, tensors[a].end) < std::pair(tensors[b].begin, tensors[b].end);
    });
    std::uint64_t previous_end = 0;
    for (const std::uint32_t index : order) {
        const TensorEntry &tensor = tensors[index];
        if (tensor.begin != previous_end) {
            invalid(label,
                    "the data of tensor " + base::quote(tensor.name) +
                        (tensor.begin < previous_end ? " overlaps another tensor's" : " leaves a hole before it"));
        }
        previous_end = tensor.end;
    }
    if (previous_end > data_size) {
        invalid(label, "truncated: the header promises " + std::to_string(previous_end) +
                           " bytes of data, the file has " + std::to_string(data_size));
    }
    if (previous_end < data_size) {
        invalid(label, std::to_string(data_size - previous_end) + " bytes at the end of the file belong to no tensor");
    }
}

} // namespace

SafetensorsHeader parse_safetensors_header(std::span<const std::byte> start, std::uint64_t file_size,
                                           const std::string &label, const SafetensorsLimits &limits) {
    const std::string_view text = as_text(start);
    refuse_text(start, label);
    refuse_lookalikes(start, label);
    if (file_size < prefix_bytes || start.size() < prefix_bytes) {
        invalid(label, "the file has only " + std::to_string(file_size) + " bytes and holds no safetensors header");
    }
    std::uint64_t header_bytes = 0;
    for (std::size_t i = 0; i < prefix_bytes; ++i) {
        header_bytes |= std::to_integer<std::uint64_t>(start[i]) << (8U * i);
    }
    if (header_bytes > limits.header_bytes) {
        invalid(label, "not a safetensors file, or a damaged one: its first bytes claim a header of " +
                           std::to_string(header_bytes) + " bytes, more than " + std::to_string(limits.header_bytes));
    }
    if (header_bytes > file_size - prefix_bytes || start.size() - prefix_bytes < header_bytes) {
        invalid(label, "truncated: the header promises " + std::to_string(header_bytes) +
                           " bytes of its own, the file has " + std::to_string(file_size - prefix_bytes));
    }
    const std::string_view json = text.substr(prefix_bytes, header_bytes);
    if (!json.starts_with('{')) {
        invalid(label, "not a safetensors file: its header does not start with '{'");
    }

    HeaderJson parsed = parse_header_json(json, label, limits);
    for (const TensorEntry &tensor : parsed.tensors) {
        check_size(tensor, label);
    }
    SafetensorsHeader header;
    header.data_offset = prefix_bytes + header_bytes;
    check_tiling(parsed.tensors, file_size - header.data_offset, label);
    header.tensors = std::move(parsed.tensors);
    header.metadata = std::move(parsed.metadata);
    return header;
}

} // namespace able::models
