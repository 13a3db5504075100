// An adapter file matched to a model: what able_adapter.open makes.
#pragma once

#include "deltas.h"

#include <ablerefusal/adapter.h>

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace able::lora {

class AdapterFile {
public:
    // Matches every tensor of `source` to `targets`. The factors stay where they are, in the source's memory; the names
    // of targets are copied.
    // Throws able::Error where nothing matches, where a factor lacks its partner or has a wrong shape, and where the
    // file changes a matched weight by a method that is not applied here, rather than to make another image in silence.
    AdapterFile(const able_source &source, const able_targets &targets);
    AdapterFile(const AdapterFile &) = delete;
    AdapterFile &operator=(const AdapterFile &) = delete;

    // The file as the ABI sees it. From here on its close() is what frees it.
    static able_adapter_file *hand_over(std::unique_ptr<AdapterFile> file);

private:
    static const AdapterFile &self(const able_adapter_file *file) {
        return *static_cast<const AdapterFile *>(file->self);
    }

    able_adapter_file interface_{};
    DeltaMaker::Layouts layouts_;
    std::deque<std::string> target_names_;
    std::vector<able_delta> deltas_;
    std::vector<std::string> unmatched_;
};

} // namespace able::lora
