// Reads whatever a file of weights gives, so that the sanitizers see every byte that it says is there.
#pragma once

#include "host/models/weight_file.h"

#include <cstdlib>

namespace able::fuzz {

inline void read_all(const models::WeightFile &file) {
    unsigned sum = 0;
    for (const models::WeightFile::Tensor &tensor : file.tensors()) {
        const auto *bytes = static_cast<const unsigned char *>(tensor.view.data);
        for (std::uint64_t i = 0; i < tensor.bytes; ++i) {
            sum += bytes[i];
        }
        // Its shape, its type and its bytes agree, and it is found under its name.
        std::uint64_t expected = tensor.view.dtype_bits / 8U;
        for (const std::int64_t extent : tensor.shape) {
            expected *= static_cast<std::uint64_t>(extent);
        }
        if (expected != tensor.bytes || file.find(tensor.name) != &tensor) {
            std::abort();
        }
    }
    [[maybe_unused]] static volatile unsigned kept;
    kept = sum;
}

} // namespace able::fuzz
