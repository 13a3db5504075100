// What the engine knows, in the API's words.
#pragma once

#include "host/jobs/engine.h"
#include "host/jobs/events.h"
#include "host/jobs/wildcard_list.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace able::http {

std::string output_url(const std::string &file);

nlohmann::json job_view(const jobs::Job &job);
nlohmann::json queue_view(const jobs::QueueState &queue);
// A job with the request that it is of, for lists.
nlohmann::json listed_job_view(const jobs::Job &job);
nlohmann::json facets_view(const jobs::ImageFacets &facets);
nlohmann::json image_view(const jobs::ImageRecord &image);
// An event's data, with the addresses of the images in it.
nlohmann::json event_view(const jobs::Event &event);
// The last event of a job, from its record.
jobs::Event final_event(const jobs::Job &job);

nlohmann::json models_view(const models::Catalogue &catalogue, const jobs::EngineState &state,
                           const std::string &default_model);
nlohmann::json vaes_view(const models::Catalogue &catalogue);
nlohmann::json loras_view(const models::Catalogue &catalogue);
nlohmann::json embeddings_view(const models::Catalogue &catalogue);
nlohmann::json wildcards_view(const std::vector<jobs::WildcardEntry> &wildcards);
nlohmann::json samplers_view(const plugins::Registry &registry);
nlohmann::json schedules_view(const plugins::Registry &registry);
nlohmann::json adapters_view(const plugins::Registry &registry);
nlohmann::json plugins_view(const plugins::Registry &registry);

} // namespace able::http
