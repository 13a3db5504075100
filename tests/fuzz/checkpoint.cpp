// A whole checkpoint of torch.save: the archive above all, since what is changed at random rarely gets past it.
#include "read_all.h"

#include "host/models/checkpoint.h"
#include "host/models/error.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    try {
        const std::span<const std::byte> bytes = std::as_bytes(std::span(data, size));
        able::fuzz::read_all(*able::models::CheckpointFile::from_memory(bytes, "fuzz"));
    } catch (const able::models::ModelError &) {
        return 0;
    }
    return 0;
}
