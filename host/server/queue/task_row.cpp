#include "task_row.h"

#include "host/protocol/error.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace able::server {
namespace {

using nlohmann::json;

// Raise it when a member changes its meaning or becomes necessary, and say in upgraded() how the version before becomes
// this one. A member that a task may lack needs nothing here: see base::later_member.
constexpr std::uint64_t row_version = 3;

// Version 1 (up to commit d245aff) had no "version": jobs could only generate, the id of the job was among the members,
// and prompts had no language at first.
json from_version_1(json document) {
    const auto prompt = document.find("prompt"), negative_prompt = document.find("negative_prompt");
    if (prompt != document.end() && negative_prompt != document.end() && !document.contains("prompts")) {
        document["prompts"] = {{{"prompt", *prompt}, {"negative_prompt", *negative_prompt}}};
    }
    document.emplace("task", protocol::Generate::tag.name);
    document.emplace("prompt_syntax", "plain");
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
    if (*version != 2 && *version != row_version) { // 2 had only fewer members
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
