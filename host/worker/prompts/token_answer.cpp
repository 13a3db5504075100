#include "token_answer.h"

#include "host/worker/models/loaded_model.h"
#include "text/clip_vocabulary.h"
#include "text/prompt_chunks.h"

#include <nlohmann/json.hpp>

#include <algorithm>
#include <limits>

namespace able::worker {

namespace {

using nlohmann::json;

constexpr std::int64_t usual_positions = 77; // of CLIP: start, 75 tokens, end
constexpr std::int64_t most_positions = 4096;
constexpr std::int64_t any_vocabulary = std::numeric_limits<std::int32_t>::max();

bool has(const able_source *source, const std::string &path) {
    std::uint64_t length = 0;
    return source->text(source, path.c_str(), &length) != nullptr;
}

std::uint32_t room_of(const able_source *source, const std::string &encoder) {
    std::int64_t positions = usual_positions;
    std::uint64_t length = 0;
    if (const char *text = source->text(source, (encoder + "/config.json").c_str(), &length)) {
        const auto config = json::parse(text, text + length, nullptr, false);
        if (config.is_object() && config.contains("max_position_embeddings") &&
            config.at("max_position_embeddings").is_number_integer()) {
            positions = config.at("max_position_embeddings").get<std::int64_t>();
        }
    }
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(positions, 3, most_positions) - 2);
}

std::vector<text::NewWord> new_words(const json &list) {
    std::vector<text::NewWord> words;
    for (const json &word : list) {
        words.push_back({word.at("names").get<std::vector<std::string>>(), word.at("tokens").get<std::size_t>()});
    }
    return words;
}

json encoder_json(const able_source *source, const std::string &suffix, const json &request) {
    const json &prompts = request.at("prompts");
    const std::string folder = "tokenizer" + suffix;
    text::ClipTokenizer tokenizer(source, folder, any_vocabulary);
    const std::uint32_t room = room_of(source, "text_encoder" + suffix);
    const text::PromptWords words(tokenizer, new_words(request.value("words", json::array())));
    json counted = json::array();
    for (const json &prompt : prompts) {
        std::vector<text::Piece> pieces;
        for (const json &segment : prompt) {
            pieces.push_back({segment.at("text").get_ref<const std::string &>(), segment.at("weight").get<double>(),
                              segment.at("break").get<bool>()});
        }
        json chunks = json::array();
        for (const auto &chunk : text::prompt_chunks(tokenizer, pieces, room, words)) {
            chunks.push_back({{"ids", chunk.ids}, {"weights", chunk.weights}});
        }
        counted.push_back(std::move(chunks));
    }
    return {{"tokenizer", folder}, {"room", room}, {"prompts", std::move(counted)}};
}

} // namespace

json token_answer(const json &request) {
    try {
        // Checkpoints in one file carry no vocabulary: all that are known here have CLIP's.
        if (request.at("kind") == "file") {
            return {{"encoders", {encoder_json(text::clip_tokenizer_source(), "", request)}}};
        }
        const auto source = open_model_source(request.at("path").get<std::string>());
        json encoders = json::array();
        for (const char *suffix : {"", "_2", "_3"}) {
            const std::string folder = std::string("tokenizer") + suffix;
            if (has(source->abi(), folder + "/vocab.json") && has(source->abi(), folder + "/merges.txt")) {
                encoders.push_back(encoder_json(source->abi(), suffix, request));
            }
        }
        if (encoders.empty()) {
            return {{"error", "the model has no tokenizer of a kind that is known here"}};
        }
        return {{"encoders", std::move(encoders)}};
    } catch (const std::exception &error) {
        return {{"error", error.what()}};
    }
}

} // namespace able::worker
