// Models and plugins as the API shows and uses them.
#pragma once

#include "catalogue.h"

#include "host/plugins/describe/registry.h"
#include "host/server/queue/environment.h"
#include "host/server/queue/queue.h"
#include "host/server/requests/from_image.h"
#include "host/server/settings/settings.h"

#include <nlohmann/json.hpp>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace able::server {

// Thread-safe.
class Models {
public:
    // What it is given outlives it.
    Models(Environment &environment, const Settings &settings, Queue &queue);

    // Whether plugins and models have been looked at.
    bool ready() const;
    std::shared_ptr<const plugins::Registry> plugins() const;
    std::shared_ptr<const Catalogue> catalogue() const;
    // Looks for models again.
    std::shared_ptr<const Catalogue> refresh() const;
    // Queues a task for a worker to take the model into memory; see Queue::load. Throws RequestError for a model that
    // is not there, cannot be used or does not fit.
    void load(std::string_view id);
    // What a prompt means, see prompt_report.h. Throws RequestError.
    nlohmann::json parse_prompt(const nlohmann::json &request) const;
    // See from_image.h; `gallery` is as PictureReader::in_gallery. Throw RequestError.
    using InGallery = std::function<std::optional<nlohmann::json>(const std::string &id)>;
    PictureSettings settings_of_picture(const nlohmann::json &picture, const InGallery &gallery) const;
    PictureSettings fill_from_image(const nlohmann::json &request, const InGallery &gallery) const;

private:
    PictureReader reader(const InGallery &gallery) const;

    Environment &environment_;
    const Settings &settings_;
    Queue &queue_;
};

} // namespace able::server
