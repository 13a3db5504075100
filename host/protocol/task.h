// What a worker can be asked to do. A new kind of task is a struct with its tag and its members, and one more
// alternative of Task; the compiler then names every place that has to say what becomes of it.
#pragma once

#include "generate.h"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <string>
#include <variant>

namespace able::protocol {

// Takes a model into memory before a job needs it.
struct Load {
    static constexpr base::Tag tag{"task", "load"};

    std::string model_id, model_path;
    std::string vae_path;                             // of an autoencoder in place of the model's own; empty: that one
    std::uint32_t width = 0, height = 0;              // pixels of the picture that has to fit beside it
    nlohmann::json params = nlohmann::json::object(); // of the pipeline, as Generate::load_params

    static constexpr auto members() {
        return std::tuple(base::member("model_id", &Load::model_id), base::member("model_path", &Load::model_path),
                          base::member("vae_path", &Load::vae_path), base::member("width", &Load::width),
                          base::member("height", &Load::height), base::later_member("params", &Load::params));
    }
};

using Task = std::variant<Generate, Load>;

// With the task's name as "task". Throws ProtocolError for a document that is no task, or lacks a part of one.
nlohmann::json encode_task(const Task &task);
Task decode_task(const nlohmann::json &document);

// The model that the task needs in memory: a worker that holds it is the one to take the task.
const std::string &model_of(const Task &task);

// How many images the task makes. 0 for tasks that make none.
std::uint32_t images_of(const Task &task);

} // namespace able::protocol
