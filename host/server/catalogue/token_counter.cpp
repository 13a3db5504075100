#include "token_counter.h"

#include "host/protocol/ask_child.h"

#include <nlohmann/json.hpp>

#include <stdexcept>
#include <utility>

namespace able::server {

namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds limit{60'000}; // a pipeline may bring a large library along
// Three numbers for each token of prompts of 10,000 characters, by two encoders, for every picture of a batch.
constexpr base::JsonLimits answer_limits{.max_depth = 16, .max_values = 10'000'000};

} // namespace

std::vector<EncoderTokens> count_tokens(const std::filesystem::path &executable, const json &registered,
                                        const ModelEntry &model,
                                        const std::vector<std::vector<prompt::Segment>> &prompts,
                                        const std::vector<WordTokens> &words) {
    protocol::TokenRequest request{registered, model.pipeline, model.path.string(), {}, words};
    for (const auto &segments : prompts) {
        auto &list = request.prompts.emplace_back();
        for (const auto &segment : segments) {
            list.push_back({segment.text, segment.weight, segment.is_break});
        }
    }
    auto answer = protocol::ask_child<protocol::TokenAnswer>({.executable = executable,
                                                              .mode = "--tokens",
                                                              .who = "the process that counts tokens",
                                                              .input = base::to_document(request).dump(),
                                                              .limit = limit,
                                                              .json = answer_limits});
    if (!answer.error.empty()) {
        throw std::runtime_error(answer.error);
    }
    for (const auto &encoder : answer.encoders) {
        if (encoder.prompts.size() != prompts.size()) {
            throw std::runtime_error("the process that counts tokens did not answer for every prompt");
        }
    }
    return std::move(answer.encoders);
}

} // namespace able::server
