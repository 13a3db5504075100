#include "token_counter.h"

#include "host/base/subprocess.h"

#include <nlohmann/json.hpp>

#include <stdexcept>

namespace able::server {

namespace {

using nlohmann::json;

constexpr std::chrono::milliseconds limit{60'000}; // a pipeline may bring a large library along

} // namespace

std::vector<EncoderTokens> count_tokens(const std::filesystem::path &executable, const json &registered,
                                        const ModelEntry &model,
                                        const std::vector<std::vector<prompt::Segment>> &prompts,
                                        const std::vector<WordTokens> &words) {
    json texts = json::array();
    for (const auto &segments : prompts) {
        json list = json::array();
        for (const auto &segment : segments) {
            list.push_back({{"text", segment.text}, {"weight", segment.weight}, {"break", segment.is_break}});
        }
        texts.push_back(std::move(list));
    }
    json known = json::array();
    for (const WordTokens &word : words) {
        known.push_back({{"names", word.names}, {"tokens", word.tokens}});
    }
    const json request{{"plugins", registered},
                       {"pipeline", model.pipeline},
                       {"path", model.path.string()},
                       {"prompts", std::move(texts)},
                       {"words", std::move(known)}};
    const auto child = base::run_child({executable.string(), "worker", "--tokens"}, request.dump(), limit);
    const auto answer = json::parse(child.out, nullptr, false);
    if (!answer.is_object()) {
        throw std::runtime_error("the process that counts tokens " +
                                 (child.timed_out ? std::string("took too long") : base::describe_exit(child.status)));
    }
    if (answer.contains("error")) {
        throw std::runtime_error(answer.at("error").get<std::string>());
    }
    std::vector<EncoderTokens> encoders;
    for (const json &entry : answer.at("encoders")) {
        auto &encoder = encoders.emplace_back();
        entry.at("tokenizer").get_to(encoder.tokenizer);
        entry.at("room").get_to(encoder.room);
        for (const json &prompt : entry.at("prompts")) {
            auto &chunks = encoder.prompts.emplace_back();
            for (const json &chunk : prompt) {
                chunks.push_back({chunk.at("ids").get<std::vector<std::uint32_t>>(),
                                  chunk.at("weights").get<std::vector<double>>(),
                                  chunk.at("words").get<std::vector<std::uint32_t>>()});
            }
        }
        if (encoder.prompts.size() != prompts.size()) {
            throw std::runtime_error("the process that counts tokens did not answer for every prompt");
        }
    }
    return encoders;
}

} // namespace able::server
