#include "ask_child.h"

#include "host/base/subprocess.h"

namespace able::protocol {

nlohmann::json ask_child_document(const ChildQuestion &question) {
    const auto child = base::run_child({question.executable.string(), "worker", question.mode}, question.input,
                                       question.limit, question.longest_answer);
    if (child.timed_out || child.out.empty()) {
        throw NoAnswer(question.who + " " +
                       (child.timed_out ? std::string("took too long") : base::describe_exit(child.status)));
    }
    return base::parse_strict_json(child.out, question.json);
}

} // namespace able::protocol
