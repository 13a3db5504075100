// Names and shapes of a single file, one tensor a line: the name, and its extents behind blanks.
#include "diffusers_view.h"

#include "tests/unit/shape_source.hpp"

#include <cstdlib>
#include <sstream>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    able::tests::ShapeSource file(ABLE_SOURCE_FILE, std::size_t{64} << 10U);
    std::istringstream lines(std::string(reinterpret_cast<const char *>(data), size));
    for (std::string line; std::getline(lines, line);) {
        std::istringstream parts(line);
        std::string name;
        std::vector<int64_t> shape;
        parts >> name;
        // Few and small: all values lie in the same 64 KiB.
        for (int64_t extent = 0; shape.size() < 4 && parts >> extent;) {
            shape.push_back(std::abs(extent % 9));
        }
        // The host refuses a NUL in a name.
        if (name.find('\0') == std::string::npos) {
            file.add(name, shape);
        }
    }
    const able::diffusion::DiffusersView view(file.abi());
    const able_source *abi = view.abi();
    uint64_t count = 0;
    unsigned sum = 0;
    while (const char *name = abi->tensor_name(abi, count)) {
        const able_view *tensor = abi->tensor(abi, name);
        if (tensor == nullptr) {
            std::abort();
        }
        int64_t bytes = tensor->dtype_bits / 8;
        for (int32_t i = 0; i < tensor->ndim; ++i) {
            bytes *= tensor->shape[i];
        }
        for (int64_t i = 0; i < bytes; ++i) {
            sum += static_cast<const unsigned char *>(tensor->data)[i];
        }
        ++count;
    }
    if (count != abi->tensor_count(abi)) {
        std::abort();
    }
    [[maybe_unused]] static volatile unsigned kept;
    kept = sum;
    for (const char *path : {"unet/config.json", "vae/config.json", "text_encoder/config.json", "model_index.json"}) {
        abi->text(abi, path, nullptr);
    }
    return 0;
}
