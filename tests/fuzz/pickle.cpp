// The pickle of a checkpoint, in an archive with two storages.
#include "read_all.h"

#include "host/models/checkpoint.h"
#include "host/models/error.h"
#include "tests/unit/models_checkpoints.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string code(reinterpret_cast<const char *>(data), size);
    const std::string file = able::test::zip({{"archive/data.pkl", code},
                                              {"archive/data/0", std::string(24, '\1')},
                                              {"archive/data/1", std::string(16, '\2')}});
    try {
        const std::span<const std::byte> bytes = std::as_bytes(std::span(file));
        able::fuzz::read_all(*able::models::CheckpointFile::from_memory(bytes, "fuzz"));
    } catch (const able::models::ModelError &) {
        return 0;
    }
    return 0;
}
