#include "file_probe.h"
#include "load_check.h"
#include "worker_main.h"

#include "host/worker/prompts/token_answer.h"

#include "host/base/utf8.h"
#include "host/images/png.h"
#include "host/plugins/calls/entry_symbol.h"
#include "host/plugins/calls/library.h"
#include "host/protocol/answer_stream.h"
#include "host/protocol/picture_texts.h"

#include <algorithm>
#include <iostream>
#include <iterator>
#include <span>

#include <unistd.h>

namespace able::worker {

namespace {

template <class Request>
Request request_on_standard_input() {
    return base::from_document<Request>(nlohmann::json::parse(std::cin), "the request");
}

} // namespace

int describe_main(const std::filesystem::path &file) {
    const protocol::AnswerStream answer;
    try {
        plugins::require_entry_symbol(file);
        answer.line(base::to_document(plugins::DescribeAnswer{"", plugins::describe(*plugins::load_plugin(file))}));
    } catch (const plugins::PluginError &error) {
        answer.line(base::to_document(plugins::DescribeAnswer{error.what(), std::nullopt}));
    }
    // A plugin's destructors have no say in how this ends.
    _exit(0);
}

int probe_main() {
    const protocol::AnswerStream answer;
    const auto request = request_on_standard_input<protocol::ProbeRequest>();
    const FileProbe probe(request);
    for (const auto &question : request.questions) {
        answer.line(base::to_document(probe.answer(question)));
    }
    _exit(0);
}

int check_main() {
    const protocol::AnswerStream answer;
    answer.line(base::to_document(check_load(request_on_standard_input<protocol::LoadCheck>())));
    _exit(0);
}

int texts_main() {
    const protocol::AnswerStream answer;
    const std::string bytes{std::istreambuf_iterator<char>(std::cin), std::istreambuf_iterator<char>()};
    protocol::TextsAnswer found;
    try {
        for (const auto &[key, text] : images::read_png_texts(std::as_bytes(std::span(bytes)))) {
            const bool wanted = key == "ablerefusal" || key == "parameters";
            const bool known = std::any_of(found.texts.begin(), found.texts.end(),
                                           [&key = key](const auto &each) { return each.first == key; });
            if (wanted && !known && base::is_utf8(text)) {
                found.texts.emplace_back(key, text);
            }
        }
    } catch (const images::ImageError &error) {
        found = {error.what(), {}};
    }
    answer.line(base::to_document(found));
    _exit(0);
}

int tokens_main() {
    const protocol::AnswerStream answer;
    answer.line(base::to_document(token_answer(request_on_standard_input<protocol::TokenRequest>())));
    _exit(0);
}

} // namespace able::worker
