// The embeddings that a prompt uses: those whose names are words of it.
#pragma once

#include "host/base/request_error.h"

#include "host/prompt/prompt.h"
#include "host/protocol/generate.h"
#include "host/server/catalogue/catalogue.h"
#include "host/server/catalogue/token_counter.h"

#include <functional>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

// As Environment::count_tokens: how a model divides prompts, and where words stand in them. Empty: nobody can say.
using CountTokens = std::function<std::vector<EncoderTokens>(const ModelEntry &model,
                                                             const std::vector<std::vector<prompt::Segment>> &prompts,
                                                             const std::vector<WordTokens> &words)>;

class EmbeddingFinder {
public:
    // A name that occurs, and all embeddings of that name.
    struct Occurrence {
        std::string name;
        std::vector<const EmbeddingEntry *> entries;
    };

    // For prompts of `model`; null: nothing is found. All outlive the finder.
    EmbeddingFinder(const Catalogue &catalogue, const ModelEntry *model, CountTokens count_tokens);

    // The words inside a LoRA are looked for too.
    void add(const LoraEntry &lora);
    // Asks the model's pipeline, once for all of them, which names are words in these parts; find() then knows. Without
    // a name that could be one, nothing is asked. Throws RequestError for `field` where the pipeline cannot say.
    void look_up(std::span<const prompt::ScheduledPart> parts, const char *field);
    // The names in any of the part's texts, each once, in the order of names. An embedding's names are its file's name,
    // its id and the word that the file itself states; the pipeline finds them (able_word). The part must have been
    // looked up. Words inside a LoRA count only if `loras` has the LoRA (by path), and an embedding file of the same
    // name comes before them, as in A1111.
    std::vector<Occurrence> find(const prompt::ScheduledPart &part, const std::set<std::string> &loras) const;

private:
    void add(const EmbeddingEntry &entry);

    struct Name {
        Occurrence occurrence;
        std::string folded; // in lower case and without spaces
    };

    const ModelEntry *model_;
    CountTokens count_tokens_;
    std::vector<Name> names_;
    std::map<std::string, std::size_t> numbers_; // of names_, by the name as prompts are compared with it
    std::set<std::string> added_;                // LoRAs, by path
    std::map<std::string, std::set<std::size_t>, std::less<>> found_; // by text: indices of names
};

// Names of embeddings that look like templates and must not be drawn from: "a__b__c".
std::vector<std::string> template_like_names(const Catalogue &catalogue);

// The embedding that `occurrence` means, checked against `model` unless that is null. Throws RequestError for `field`
// if several have the name, if it cannot be used, or if it was made for another family.
const EmbeddingEntry &resolve_embedding(const EmbeddingFinder::Occurrence &occurrence, const char *field,
                                        const ModelEntry *model);

protocol::EmbeddingUse use_of(const EmbeddingEntry &entry);

// Throws RequestError for `field` if the adapter and the model are known to be of two families; `what` names the
// adapter.
void check_family(const std::string &field, const std::string &what, std::string_view family, const ModelEntry &model);

} // namespace able::server
