// The embeddings that a prompt uses: those whose names are words of it.
#pragma once

#include "host/base/request_error.h"

#include "host/prompt/prompt.h"
#include "host/protocol/job_spec.h"
#include "host/server/catalogue/catalogue.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

class EmbeddingFinder {
public:
    // A name that occurs, and all that are called so.
    struct Occurrence {
        std::string name;
        std::vector<const EmbeddingEntry *> entries;
    };

    // The catalogue outlives the finder.
    explicit EmbeddingFinder(const Catalogue &catalogue);
    ~EmbeddingFinder();
    EmbeddingFinder(const EmbeddingFinder &) = delete;
    EmbeddingFinder &operator=(const EmbeddingFinder &) = delete;

    // The names in any of the part's texts, each once, in the order of names. A name is a file's, its id, or its own
    // word for it, and is found as the pipelines find it, by CLIP's tokens (text/prompt_words.h).
    std::vector<Occurrence> find(const prompt::ScheduledPart &part) const;

private:
    struct Words;
    std::unique_ptr<Words> words_; // null: there are no embeddings
};

// The one that is meant, for `model` where that is not null. Throws RequestError for `field`: several are called so, it
// cannot be used, or it was made for another family.
const EmbeddingEntry &meant_embedding(const EmbeddingFinder::Occurrence &occurrence, const char *field,
                                      const ModelEntry *model);

protocol::EmbeddingUse use_of(const EmbeddingEntry &entry);

// Throws RequestError for `field` if the adapter and the model are known to be of two families; `what` names the
// adapter.
void check_family(const std::string &field, const std::string &what, std::string_view family, const ModelEntry &model);

} // namespace able::server
