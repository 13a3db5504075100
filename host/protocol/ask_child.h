// Asks a child process, `ablerefusal worker MODE`, which gets one document and answers with one.
#pragma once

#include "host/base/members.h"
#include "host/base/strict_json.h"

#include <chrono>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace able::protocol {

// The child did not answer: what() says what became of it.
class NoAnswer : public std::runtime_error {
public:
    using runtime_error::runtime_error;
};

struct ChildQuestion {
    std::filesystem::path executable;
    std::string mode;  // "--tokens"
    std::string who;   // in errors: "the process that counts tokens"
    std::string input; // for its standard input
    std::chrono::milliseconds limit;
    std::size_t longest_answer = 16U << 20; // bytes
    base::JsonLimits json = {.max_depth = 16, .max_values = 10'000};
};

// Throws NoAnswer; base::RequestError for an answer that is no strict JSON.
nlohmann::json ask_child_document(const ChildQuestion &question);

// Throws what ask_child_document() throws, and base::MemberError for an answer of another shape.
template <class Answer>
Answer ask_child(const ChildQuestion &question) {
    return base::from_document<Answer>(ask_child_document(question), "the answer of " + question.who);
}

} // namespace able::protocol
