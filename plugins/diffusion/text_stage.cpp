#include "text_stage.h"

#include "prompt_weights.h"

#include <optional>

namespace able::diffusion {

std::vector<text::Chunk> TextStage::chunks(std::span<const text::Piece> pieces) {
    // The rest of a row is start and end; read_text_config() sees to it that there is some.
    return text::prompt_chunks(tokenizer, pieces, static_cast<size_t>(encoder.config().positions - 2), words.names);
}

PromptRows TextStage::rows(std::span<const text::Chunk> chunks) const {
    const int64_t positions = encoder.config().positions;
    std::vector<int64_t> ids;
    std::vector<float> weights;
    std::vector<ReplacedTokens> replaced;
    for (const text::Chunk &chunk : chunks) {
        const std::vector<uint32_t> row = tokenizer.framed(chunk.ids, static_cast<size_t>(positions));
        ids.insert(ids.end(), row.begin(), row.end());
        for (const text::PlacedWord &word : chunk.words) { // behind the start
            replaced.push_back({static_cast<int64_t>(ids.size()) / positions - 1,
                                static_cast<int64_t>(word.position) + 1, words.vectors.at(word.word)});
        }
        weights.push_back(1);
        weights.insert(weights.end(), chunk.weights.begin(), chunk.weights.end());
        weights.resize(ids.size(), 1);
    }
    return {at::tensor(ids, at::kLong).view({-1, positions}), at::tensor(weights, at::kFloat).view({-1, positions}),
            std::move(replaced)};
}

at::Tensor TextStage::context(const PromptRows &rows, const at::Tensor &states, int32_t weighting,
                              const std::function<at::Tensor(const PromptRows &)> &encode) const {
    const auto empty = [&] {
        const text::Chunk none;
        return encode(this->rows({&none, 1})).to(at::kFloat);
    };
    const at::Tensor result = weighed(states.to(at::kFloat), rows.weights, weighting, empty);
    return result.reshape({1, -1, result.size(2)});
}

TextStage load_text_stage(const able_source *source, WeightStore &store, const TextFolders &folders,
                          const TextConfig &config, at::ScalarType dtype) {
    const std::string &root = folders.encoder;
    const std::string wrapped = root + ".text_model";
    // Text encoders come with and without the wrapper `text_model`; targets of adapters are always named with it.
    const bool bare = store.has(root + ".embeddings.token_embedding.weight");
    // An fp32 encoder's weights on a CPU, which are read once a prompt, need not take twice what their file does.
    const Weights::Formats formats{dtype, dtype, /*keep_narrow=*/dtype == at::kFloat && store.on_cpu()};
    const Weights weights(store, wrapped, bare ? root : wrapped, formats, true);
    std::optional<Weights> projection;
    if (folders.projects) {
        projection.emplace(store, root, root, formats, true);
    }
    return {text::ClipTokenizer(source, folders.tokenizer, config.vocabulary),
            ClipTextEncoder::load(weights, config, projection)};
}

} // namespace able::diffusion
