// What a child is asked about a model and what is to be loaded with it, and what it answers.
#pragma once

#include "probe.h"

namespace able::protocol {

struct LoadCheck {
    std::vector<nlohmann::json> plugins; // plugins_to_json
    ProbeSettings settings;
    std::string pipeline, path;                       // the model's
    std::string vae_path;                             // of an autoencoder in place of the model's own; empty: that one
    nlohmann::json params = nlohmann::json::object(); // of the pipeline, as Generate::load_params

    static constexpr auto members() {
        using S = LoadCheck;
        return std::tuple(base::member("plugins", &S::plugins), base::member("settings", &S::settings),
                          base::member("pipeline", &S::pipeline), base::member("path", &S::path),
                          base::member("vae_path", &S::vae_path), base::member("params", &S::params));
    }
};

struct LoadVerdict {
    bool lasting = false; // it depends on nothing but the files, the plugins and the settings
    std::string problem;  // why they would not load; empty if they would

    static constexpr auto members() {
        using S = LoadVerdict;
        return std::tuple(base::member("lasting", &S::lasting), base::text_member("problem", &S::problem, 2000));
    }
};

} // namespace able::protocol
