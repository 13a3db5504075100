#include "text_stage.h"

#include <algorithm>
#include <optional>

namespace able::diffusion {

at::Tensor TextStage::row(const std::string &text, const able_job *job) {
    const auto length = static_cast<size_t>(encoder.config().positions);
    std::vector<uint32_t> ids = tokenizer.encode(text);
    const size_t room = length - 2;
    if (ids.size() > room && job != nullptr) {
        const std::string line = "the prompt is " + std::to_string(ids.size()) + " tokens long; the last " +
                                 std::to_string(ids.size() - room) + " were cut";
        job->log(job, ABLE_LOG_WARNING, line.c_str());
    }
    ids.resize(std::min(ids.size(), room));
    const std::vector<uint32_t> framed = tokenizer.framed(ids, length);
    const std::vector<int64_t> wide(framed.begin(), framed.end());
    return at::tensor(wide, at::kLong).unsqueeze(0);
}

TextStage load_text_stage(const able_source *source, WeightStore &store, const TextFolders &folders,
                          const TextConfig &config, at::ScalarType dtype) {
    const std::string &root = folders.encoder;
    const std::string wrapped = root + ".text_model";
    // Text encoders come with and without the wrapper `text_model`; targets of adapters are always named with it.
    const bool bare = store.has(root + ".embeddings.token_embedding.weight");
    const Weights::Formats formats{dtype, dtype};
    const Weights weights(store, wrapped, bare ? root : wrapped, formats, true);
    std::optional<Weights> projection;
    if (folders.projects) {
        projection.emplace(store, root, root, formats, true);
    }
    return {ClipTokenizer(source, folders.tokenizer, config.vocabulary),
            ClipTextEncoder::load(weights, config, projection)};
}

} // namespace able::diffusion
