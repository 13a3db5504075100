#include "token_answer.h"

#include "host/plugins/calls/calls.h"
#include "host/worker/models/loaded_model.h"
#include "host/worker/models/plugin_set.h"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace able::worker {

namespace {

using nlohmann::json;

std::vector<plugins::Word> words_of(const json &list) {
    std::vector<plugins::Word> words;
    for (const json &word : list) {
        words.push_back({word.at("names").get<std::vector<std::string>>(), word.at("tokens").get<std::uint64_t>()});
    }
    return words;
}

std::vector<plugins::TextSegment> segments_of(const json &prompt) {
    std::vector<plugins::TextSegment> segments;
    for (const json &segment : prompt) {
        segments.push_back({segment.at("text").get<std::string>(), segment.at("weight").get<double>(),
                            segment.at("break").get<bool>()});
    }
    return segments;
}

// Adds a prompt's chunks to those of the encoders; `number` prompts are there already.
void add_prompt(json &encoders, const std::vector<plugins::TokenChunk> &chunks, std::size_t number) {
    for (const auto &chunk : chunks) {
        while (encoders.size() <= chunk.encoder) {
            encoders.push_back({{"tokenizer", ""}, {"room", 0}, {"prompts", json::array()}});
        }
        json &encoder = encoders[chunk.encoder];
        encoder["tokenizer"] = chunk.tokenizer_name;
        encoder["room"] = chunk.room;
        while (encoder["prompts"].size() <= number) {
            encoder["prompts"].push_back(json::array());
        }
        encoder["prompts"].back().push_back({{"ids", chunk.ids}, {"weights", chunk.weights}, {"words", chunk.words}});
    }
    for (json &encoder : encoders) {
        while (encoder["prompts"].size() <= number) {
            encoder["prompts"].push_back(json::array());
        }
    }
}

json count(const able_pipeline &pipeline, const std::string &id, const json &request) {
    const auto source = open_model_source(request.at("path").get<std::string>());
    const std::vector<plugins::Component> components{{ABLE_ROLE_MODEL, source->abi()}};
    const auto words = words_of(request.at("words"));
    const plugins::JobContext job;
    json encoders = json::array();
    std::size_t number = 0;
    for (const json &prompt : request.at("prompts")) {
        const auto chunks = plugins::tokenize(pipeline, components, segments_of(prompt), words, nullptr, job);
        if (!chunks) {
            throw std::runtime_error("its pipeline '" + id + "' does not tell how it divides a prompt");
        }
        add_prompt(encoders, *chunks, number++);
    }
    return {{"encoders", std::move(encoders)}};
}

} // namespace

json token_answer(const json &request) {
    try {
        PluginSet set(request.at("plugins"));
        const auto pipeline = set.pipeline(request.at("pipeline").get<std::string>());
        return count(*pipeline.object, pipeline.origin.id, request);
    } catch (const std::exception &error) {
        return {{"error", error.what()}};
    }
}

} // namespace able::worker
