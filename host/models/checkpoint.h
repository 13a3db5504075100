// A checkpoint that torch.save made, in a read-only mapping.
#pragma once

#include "mapped_file.h"
#include "pickle.h"
#include "weight_file.h"
#include "zip_index.h"

namespace able::models {

// A zip archive of numbers and of a pickle that says which tensors they are (torch/serialization.py). The pickle is
// read and not run. The tensors are those of the dictionary at its top, or of the one called `state_dict` in that, or
// of an embedding's `string_to_param`, which then stands in front of their names with a dot. Other values are left out,
// but the numbers at the top are the file's metadata ("global_step").
class CheckpointFile final : public WeightFile {
public:
    // Maps `path` and reads its pickle. Throws ModelError: as MappedFile::open, ABLE_BAD_FILE, and ABLE_UNSUPPORTED for
    // older formats, names that are not on the list, tensors that are not stored row by row.
    static std::shared_ptr<const CheckpointFile> open(const std::filesystem::path &path);

    // The same over memory that outlives the object; `label` stands for the path in errors.
    static std::shared_ptr<const CheckpointFile> from_memory(std::span<const std::byte> bytes, std::string label);

    void let_go() const noexcept override {
        if (mapping_) {
            mapping_->let_go();
        }
    }

private:
    CheckpointFile(std::unique_ptr<const MappedFile> mapping, std::span<const std::byte> bytes, std::string label);

    void read_weights(const Pickle &pickle, const std::vector<ZipEntry> &entries, const std::string &root);
    void read_metadata(const Pickle &pickle);

    std::unique_ptr<const MappedFile> mapping_; // null over memory
};

} // namespace able::models
