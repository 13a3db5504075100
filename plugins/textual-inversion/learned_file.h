// An embedding matched to a model's text encoders: what able_adapter.open makes.
#pragma once

#include "layout.h"

#include <ablerefusal/adapter.h>

#include <array>
#include <memory>
#include <string>
#include <vector>

namespace able::textual_inversion {

class LearnedFile {
public:
    // The vectors stay where they are, in the source's memory. Throws able::Error if the file is no embedding, or not
    // one for text encoders such as the model's.
    LearnedFile(const able_source &source, const able_targets &targets);
    LearnedFile(const LearnedFile &) = delete;
    LearnedFile &operator=(const LearnedFile &) = delete;

    // The file as the ABI sees it. From here on its close() is what frees it.
    static able_adapter_file *hand_over(std::unique_ptr<LearnedFile> file);

private:
    struct Vectors {
        std::string encoder;
        std::array<int64_t, 2> shape;
        able_token_vectors abi;
    };

    static const LearnedFile &self(const able_adapter_file *file) {
        return *static_cast<const LearnedFile *>(file->self);
    }
    void add(const std::string &encoder, int64_t width, const able_source &source, const char *tensor);
    void describe();

    able_adapter_file interface_{};
    std::vector<std::unique_ptr<Vectors>> vectors_; // their addresses are given out
    std::vector<std::string> unmatched_;
};

} // namespace able::textual_inversion
