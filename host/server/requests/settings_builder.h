// Builds a request from a picture's texts. Invalid values, and names that are not known here, are left out with a
// warning.
#pragma once

#include "picture_settings.h"

#include <array>
#include <utility>

namespace able::server {

class SettingsBuilder {
public:
    SettingsBuilder(const plugins::Registry &registry, const Catalogue &catalogue)
        : registry_(registry), catalogue_(catalogue) {}

    const Catalogue &catalogue() const { return catalogue_; }
    const plugins::Registry &registry() const { return registry_; }
    std::vector<std::string> &warnings() { return result_.warnings; }
    void warn(std::string text) { result_.warnings.push_back(std::move(text)); }

    void take(const std::string &field, const nlohmann::json &value);
    // Of a number that is written as text: "1e-1".
    void take_number(const std::string &field, const std::string &text);
    // `name` is looked up among the models or VAEs here.
    void take_model(const char *field, const std::string &name);
    void take_vae(const std::string &name);
    // Also "DPM++ 2M Karras".
    void take_sampler(const std::string &name);
    void take_schedule(const std::string &name);
    // Of the sampler or schedule that was taken before; those it does not have are left out.
    void take_params(const char *field, const nlohmann::json &values);
    // Whether the sampler or schedule that was taken before has this parameter.
    bool has_param(const char *field, std::string_view key) const;
    void need_embedding(const std::string &name, const std::string &hash);

    PictureSettings finish() { return std::move(result_); }

private:
    const std::optional<plugins::Object> &object_of(std::string_view field) const {
        return field == "sampler_params" ? sampler_ : schedule_;
    }

    const plugins::Registry &registry_;
    const Catalogue &catalogue_;
    PictureSettings result_;
    std::optional<plugins::Object> sampler_, schedule_;
};

} // namespace able::server
