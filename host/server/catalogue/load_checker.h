// Whether a model would load with another autoencoder or with other parameters, found out by a child process before a
// job for it is taken. What `check` of the pipeline says of the model alone is a part of the catalogue.
#pragma once

#include "catalogue.h"

#include "host/plugins/describe/registry.h"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <filesystem>
#include <map>
#include <mutex>
#include <string>

namespace able::server {

// Thread-safe.
class LoadChecker {
public:
    // `executable` is ablerefusal itself.
    explicit LoadChecker(std::filesystem::path executable) : executable_(std::move(executable)) {}

    // Why the model would not load with the autoencoder (null: its own) and the parameters that loading depends on;
    // "" if it would. Throws std::runtime_error that says why nobody can tell.
    std::string problem(const ModelEntry &model, const ModelEntry *vae, const nlohmann::json &params,
                        const plugins::Registry &registry, const protocol::ProbeSettings &settings);

private:
    static constexpr std::size_t most_known = 1000;

    const std::filesystem::path executable_;
    std::mutex mutex_;
    std::map<std::string, std::string> known_; // problems by what was asked, and by the state of the files
};

} // namespace able::server
