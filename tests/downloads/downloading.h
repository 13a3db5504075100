// A hub, and a manager that downloads from it into a folder of the test's.
#pragma once

#include "hub_server.h"
#include "server_fakes.hpp"

#include "host/server/downloads/manager.h"

#include <fstream>
#include <sstream>

namespace fakes {

inline std::string read_file(const std::filesystem::path &path) {
    std::ifstream stream(path, std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    return text.str();
}

class Downloading {
public:
    Downloading() : hub(folder_.path()) {
        options.hub.url = hub.url();
        options.hub.ca_file = hub.certificate.certificate;
        options.hub.allow_private = true;
        options.hub_cache = folder_.path() / "hub";
        options.models_dir = folder_.path() / "models";
        options.lora_dir = folder_.path() / "models/loras";
        options.list_file = folder_.path() / "temp/downloads.json";
        options.first_wait = std::chrono::milliseconds(0);
        options.report_every = std::chrono::milliseconds(0);
    }

    able::downloads::Manager &start() {
        manager = std::make_unique<able::downloads::Manager>(
            options, able::downloads::Manager::Listener{[this](const nlohmann::json &view) {
                                                            const std::lock_guard lock(mutex_);
                                                            events_.push_back(view);
                                                        },
                                                        [this] {
                                                            ++completed;
                                                        }});
        manager->start();
        return *manager;
    }

    nlohmann::json view(const std::string &id) const {
        const nlohmann::json list = manager->list();
        for (const auto &download : list.at("downloads")) {
            if (download.at("id") == id) {
                return download;
            }
        }
        return nullptr;
    }
    // Asks for `request` and waits until it is in one of the states that last.
    nlohmann::json get(const nlohmann::json &request) {
        const std::string id = manager->add(request).at("id");
        return ended(id);
    }
    nlohmann::json ended(const std::string &id) const {
        eventually([&] {
            const auto state = view(id).at("state");
            return state == "completed" || state == "failed" || state == "cancelled";
        });
        return view(id);
    }
    std::vector<nlohmann::json> events() const {
        const std::lock_guard lock(mutex_);
        return events_;
    }
    const std::filesystem::path &folder() const { return folder_.path(); }

private:
    TempDir folder_;
    mutable std::mutex mutex_;
    std::vector<nlohmann::json> events_;

public:
    Hub hub;
    able::downloads::Options options;
    std::atomic<int> completed{0};
    std::unique_ptr<able::downloads::Manager> manager; // first to go
};

// Bytes that are not the same everywhere.
inline std::string content_of(std::size_t size) {
    std::string content(size, '\0');
    std::uint32_t state = 1;
    for (char &c : content) {
        state = state * 1664525U + 1013904223U;
        c = static_cast<char>(state >> 24U);
    }
    return content;
}

inline void add_diffusers_model(Hub &hub) {
    hub.files = {{"model_index.json", {R"({"_class_name": "StableDiffusionPipeline"})"}},
                 {"README.md", {"Read me."}},
                 {"unet/config.json", {"{}"}},
                 {"unet/diffusion_pytorch_model.safetensors", {content_of(3'000'000), true}},
                 {"unet/diffusion_pytorch_model.fp16.safetensors", {content_of(1'500'000), true}},
                 {"unet/diffusion_pytorch_model.bin", {content_of(1000), true}},
                 {"vae/config.json", {"{ }"}},
                 {"vae/diffusion_pytorch_model.safetensors", {content_of(700'000), true}},
                 {"text_encoder/model.safetensors", {content_of(400'000), true}},
                 {"tokenizer/vocab.json", {"{\"a\": 1}"}},
                 {"tokenizer/merges.txt", {"#version"}},
                 {"safety_checker/model.safetensors", {content_of(900'000), true}}};
}

} // namespace fakes
