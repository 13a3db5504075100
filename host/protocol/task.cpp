#include "task.h"

#include "error.h"

#include "host/base/quote.h"

#include <nlohmann/json.hpp>

#include <utility>

namespace able::protocol {
namespace {

using nlohmann::json;

template <std::size_t Index = 0>
Task decode_named(const std::string &name, const json &document) {
    if constexpr (Index == std::variant_size_v<Task>) {
        throw ProtocolError("there is no task " + base::quote(name));
    } else {
        using Alternative = std::variant_alternative_t<Index, Task>;
        return name == Alternative::task_name ? document.get<Alternative>() : decode_named<Index + 1>(name, document);
    }
}

std::uint32_t images(const Generate &generate) {
    return generate.batch_size;
}
std::uint32_t images(const Load & /*load*/) {
    return 0;
}

} // namespace

void to_json(json &json, const Load &load) {
    json = {{"model_id", load.model_id}, {"model_path", load.model_path}, {"vae_path", load.vae_path},
            {"params", load.params},     {"width", load.width},           {"height", load.height}};
}

void from_json(const json &json, Load &load) {
    json.at("model_id").get_to(load.model_id);
    json.at("model_path").get_to(load.model_path);
    json.at("vae_path").get_to(load.vae_path);
    load.params = json.at("params");
    json.at("width").get_to(load.width);
    json.at("height").get_to(load.height);
}

json encode_task(const Task &task) {
    return std::visit(
        [](const auto &alternative) {
            json document = alternative;
            document["task"] = alternative.task_name;
            return document;
        },
        task);
}

Task decode_task(const json &document) {
    const auto name = document.is_object() ? document.find("task") : document.end();
    if (name == document.end() || !name->is_string()) {
        throw ProtocolError("a task does not say what it is");
    }
    try {
        return decode_named(name->get_ref<const std::string &>(), document);
    } catch (const json::exception &error) {
        throw ProtocolError("the task " + base::quote(name->get_ref<const std::string &>()) +
                            " is not as it must be: " + error.what());
    }
}

const std::string &model_of(const Task &task) {
    return std::visit([](const auto &alternative) -> const std::string & { return alternative.model_id; }, task);
}

std::uint32_t images_of(const Task &task) {
    return std::visit([](const auto &alternative) { return images(alternative); }, task);
}

} // namespace able::protocol
