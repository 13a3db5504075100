#include "token_answer.h"

#include "host/plugins/calls/calls.h"
#include "host/worker/models/loaded_model.h"
#include "host/worker/models/plugin_set.h"

#include <stdexcept>

namespace able::worker {

namespace {

// Adds a prompt's chunks to those of the encoders; `number` prompts are there already.
void add_prompt(std::vector<protocol::EncoderTokens> &encoders, const std::vector<plugins::TokenChunk> &chunks,
                std::size_t number) {
    for (const auto &chunk : chunks) {
        if (encoders.size() <= chunk.encoder) {
            encoders.resize(chunk.encoder + 1);
        }
        auto &encoder = encoders[chunk.encoder];
        encoder.tokenizer = chunk.tokenizer_name;
        encoder.room = chunk.room;
        encoder.prompts.resize(number + 1);
        encoder.prompts.back().push_back({chunk.ids, chunk.weights, chunk.words});
    }
    for (auto &encoder : encoders) {
        encoder.prompts.resize(number + 1);
    }
}

std::vector<protocol::EncoderTokens> count(const protocol::TokenRequest &request) {
    PluginSet set(request.plugins);
    const auto pipeline = set.pipeline(request.pipeline);
    const auto source = open_model_source(request.path);
    const std::vector<plugins::Component> components{{ABLE_ROLE_MODEL, source->abi()}};
    std::vector<plugins::Word> words;
    for (const auto &word : request.words) {
        words.push_back({word.names, word.tokens});
    }
    const plugins::JobContext job;
    std::vector<protocol::EncoderTokens> encoders;
    std::size_t number = 0;
    for (const auto &prompt : request.prompts) {
        std::vector<plugins::TextSegment> segments;
        for (const auto &segment : prompt) {
            segments.push_back({segment.text, segment.weight, segment.is_break});
        }
        const auto chunks = plugins::tokenize(*pipeline.object, components, segments, words, nullptr, job);
        if (!chunks) {
            throw std::runtime_error("its pipeline '" + pipeline.origin.id + "' does not tell how it divides a prompt");
        }
        add_prompt(encoders, *chunks, number++);
    }
    return encoders;
}

} // namespace

protocol::TokenAnswer token_answer(const protocol::TokenRequest &request) {
    try {
        return {"", count(request)};
    } catch (const std::exception &error) {
        return {error.what(), {}};
    }
}

} // namespace able::worker
