#include "task_row.h"

#include "host/protocol/error.h"

#include <nlohmann/json.hpp>

#include <string>
#include <utility>

namespace able::server {
namespace {

using nlohmann::json;

// Raise it when the members of a task change, and say in upgraded() how the version before becomes this one.
constexpr std::uint64_t row_version = 3;

void add_missing(json &object, const json &defaults) {
    for (const auto &[name, value] : defaults.items()) {
        if (!object.contains(name)) {
            object[name] = value;
        } else if (value.is_object() && object[name].is_object()) {
            add_missing(object[name], value);
        }
    }
}

void add_missing_to_each(json &list, const json &defaults) {
    if (list.is_array()) {
        for (json &entry : list) {
            if (entry.is_object()) {
                add_missing(entry, defaults);
            }
        }
    }
}

// Version 1 (up to commit d245aff) had no "version": jobs could only generate, and the id of the job was among the
// members. Its members grew without a number, so those that a row lacks are given what they meant when it was written.
json from_version_1(json document) {
    const json newest = protocol::encode_task(protocol::Generate{});
    json defaults = json::object();
    for (const char *name : {"task", "prompt_weighting", "guidance", "noise", "deep_cache", "sigmas", "inpainting",
                             "few_steps", "pipeline_params", "load_params"}) {
        defaults[name] = newest.at(name);
    }
    defaults["prompt_syntax"] = "plain"; // prompts had no language
    const auto prompt = document.find("prompt"), negative_prompt = document.find("negative_prompt");
    if (prompt != document.end() && negative_prompt != document.end()) {
        defaults["prompts"] = {{{"prompt", *prompt}, {"negative_prompt", *negative_prompt}}};
    }
    document.erase("id");
    add_missing(document, defaults);
    const json lora{{"blocks", json::array()}, {"params", json::object()}};
    add_missing_to_each(document["prompts"], {{"loras", json::array()}, {"embeddings", json::array()}});
    for (json &each : document["prompts"]) {
        if (each.is_object()) {
            add_missing_to_each(each["loras"], lora);
        }
    }
    add_missing_to_each(document["loras"], lora);
    return document;
}

// Version 2 had no embeddings inside LoRAs.
json from_version_2(json task) {
    if (const auto prompts = task.find("prompts"); prompts != task.end() && prompts->is_array()) {
        for (json &each : *prompts) {
            if (each.is_object()) {
                add_missing_to_each(each["embeddings"], {{"bundled", ""}});
            }
        }
    }
    return task;
}

json upgraded(json document) {
    if (!document.is_object()) {
        throw protocol::ProtocolError("a stored task is damaged");
    }
    const auto version = document.find("version");
    if (version == document.end()) {
        return from_version_2(from_version_1(std::move(document)));
    }
    if (*version == 2) {
        return from_version_2(std::move(document.at("task")));
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
