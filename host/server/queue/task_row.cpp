#include "task_row.h"

#include "host/protocol/error.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace able::server {
namespace {

using nlohmann::json;

// Raise it when the members of a task change, and say in upgraded() how the version before becomes this one.
constexpr std::uint64_t row_version = 2;

// Version 1 (commit d245aff) had no "version": jobs could only generate, the id of the job was among the members, and
// pipelines had no parameters.
json from_version_1(json document) {
    document.erase("id");
    document["task"] = "generate";
    document["pipeline_params"] = json::object();
    document["load_params"] = json::object();
    return document;
}

json upgraded(json document) {
    if (!document.is_object()) {
        throw protocol::ProtocolError("a stored task is damaged");
    }
    const auto version = document.find("version");
    if (version == document.end()) {
        return from_version_1(std::move(document));
    }
    if (*version != row_version) {
        throw protocol::ProtocolError("a stored task is of version " + version->dump() +
                                      ", which this program does "
                                      "not know");
    }
    return std::move(document.at("task"));
}

Pictures take(protocol::Generate &generate) {
    return {std::exchange(generate.init_image, {}), std::exchange(generate.inpainting.mask, {})};
}
Pictures take(protocol::Load & /*load*/) {
    return {};
}

void put(protocol::Generate &generate, Pictures pictures) {
    generate.init_image = std::move(pictures.init_image);
    generate.inpainting.mask = std::move(pictures.mask);
}
void put(protocol::Load & /*load*/, const Pictures & /*pictures*/) {}

} // namespace

Pictures take_pictures(protocol::Task &task) {
    return std::visit([](auto &alternative) { return take(alternative); }, task);
}

void put_pictures(protocol::Task &task, Pictures pictures) {
    std::visit([&](auto &alternative) { put(alternative, std::move(pictures)); }, task);
}

std::vector<std::uint8_t> encode_task_row(const protocol::Task &task) {
    return json::to_cbor({{"version", row_version}, {"task", protocol::encode_task(task)}});
}

protocol::Task decode_task_row(const std::vector<std::uint8_t> &row) {
    return protocol::decode_task(upgraded(json::from_cbor(row, true, false)));
}

} // namespace able::server
