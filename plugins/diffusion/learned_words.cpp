#include "learned_words.h"

#include "view_tensor.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <string>

namespace able::diffusion {
namespace {

bool has_word(const able_adapter_use &use) {
    const able_adapter_file *file = use.file;
    return file->token_vectors_count != nullptr && file->token_vectors_at != nullptr &&
           file->token_vectors_count(file) > 0;
}

std::vector<std::string> names_of(const able_adapter_use &use) {
    std::vector<std::string> names;
    if (use.words != nullptr) {
        names.assign(use.words, use.words + use.word_count);
    }
    if (names.empty()) {
        throw Error(ABLE_INVALID_ARGUMENT, "an adapter adds a new word for prompts, and the request gives it no name");
    }
    return names;
}

[[noreturn]] void refuse(const std::string &word, const std::string &what) {
    throw Error(ABLE_INVALID_ARGUMENT, "the vectors of the word \"" + word + "\" " + what);
}

at::Tensor vectors_for(const able_token_vectors &given, const std::string &word, const TextStage &text) {
    const able_view &view = given.vectors;
    const int64_t width = text.encoder.config().width;
    if (view.ndim != 2 || view.shape[0] < 1 || view.shape[1] != width) {
        refuse(word, std::string("for \"") + given.encoder + "\" have the shape " +
                         (view.ndim > 0 && view.ndim <= 8 ? shape_text(shape_of(view)) : "of no matrix") +
                         ", and the encoder reads vectors of " + std::to_string(width) + " values");
    }
    at::Tensor vectors = copy_view(view, word, text.encoder.device(), at::kFloat);
    if (!vectors.isfinite().all().item<bool>()) {
        refuse(word, std::string("for \"") + given.encoder +
                         "\" hold values that are no numbers (NaN or infinity); the file is damaged");
    }
    return vectors;
}

// The vectors of a use's word, one tensor for each encoder.
std::vector<at::Tensor> vectors_of(const able_adapter_use &use, const std::string &word,
                                   std::span<const TextStage> texts, std::span<const TextFolders> folders) {
    std::vector<at::Tensor> vectors(texts.size());
    const uint32_t count = use.file->token_vectors_count(use.file);
    for (uint32_t i = 0; i < count; ++i) {
        const able_token_vectors *given = use.file->token_vectors_at(use.file, i);
        if (given == nullptr || given->encoder == nullptr) {
            throw Error(ABLE_INVALID_ARGUMENT, "an adapter announces vectors that it does not give");
        }
        const auto folder = std::find_if(folders.begin(), folders.end(),
                                         [&](const TextFolders &each) { return each.encoder == given->encoder; });
        if (folder == folders.end()) {
            refuse(word, std::string("are for \"") + given->encoder + "\", which this model does not have");
        }
        const auto index = static_cast<size_t>(folder - folders.begin());
        vectors[index] = vectors_for(*given, word, texts[index]);
    }
    for (size_t i = 0; i < vectors.size(); ++i) {
        if (!vectors[i].defined()) {
            refuse(word, "are missing for \"" + folders[i].encoder + "\"");
        }
        if (vectors[i].size(0) != vectors[0].size(0)) {
            refuse(word, "differ in number between the text encoders");
        }
    }
    return vectors;
}

} // namespace

std::vector<LearnedWords> learned_words(std::span<const able_adapter_use *const> uses, std::vector<TextStage> &texts,
                                        std::span<const TextFolders> folders) {
    std::vector<LearnedWords> learned(texts.size());
    std::vector<text::NewWord> words;
    for (const able_adapter_use *use : uses) {
        if (use == nullptr || use->file == nullptr) {
            throw Error(ABLE_INVALID_ARGUMENT, "an adapter to apply is missing");
        }
        if (!has_word(*use)) {
            continue;
        }
        text::NewWord word{names_of(*use), 0};
        const std::vector<at::Tensor> vectors = vectors_of(*use, word.names.front(), texts, folders);
        word.tokens = static_cast<size_t>(vectors.front().size(0));
        words.push_back(std::move(word));
        for (size_t i = 0; i < texts.size(); ++i) {
            learned[i].vectors.push_back(vectors[i]);
        }
    }
    for (size_t i = 0; i < texts.size(); ++i) {
        learned[i].names = text::PromptWords(texts[i].tokenizer, words);
    }
    return learned;
}

} // namespace able::diffusion
