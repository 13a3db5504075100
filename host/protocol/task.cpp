#include "task.h"

#include "error.h"

#include <nlohmann/json.hpp>

namespace able::protocol {
namespace {

using nlohmann::json;

std::uint32_t images(const Generate &generate) {
    return generate.batch_size;
}
std::uint32_t images(const Load & /*load*/) {
    return 0;
}

} // namespace

json encode_task(const Task &task) {
    return base::to_document(task);
}

Task decode_task(const json &document) {
    try {
        return base::from_document<Task>(document, "a task");
    } catch (const base::MemberError &error) {
        throw ProtocolError(error.what());
    }
}

const std::string &model_of(const Task &task) {
    return std::visit([](const auto &alternative) -> const std::string & { return alternative.model_id; }, task);
}

std::uint32_t images_of(const Task &task) {
    return std::visit([](const auto &alternative) { return images(alternative); }, task);
}

} // namespace able::protocol
