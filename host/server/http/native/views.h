// What the server knows, in the API's words.
#pragma once

#include "host/server/engine.h"
#include "host/server/queue/events.h"
#include "host/server/requests/wildcard_list.h"

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace able::http {

std::string output_url(const std::string &file);

nlohmann::json job_view(const server::Job &job);
nlohmann::json queue_view(const server::QueueState &queue);
// A job with the request that it is of, for lists.
nlohmann::json listed_job_view(const server::Job &job);
nlohmann::json facets_view(const server::ImageFacets &facets);
nlohmann::json image_view(const server::ImageRecord &image);
// An event's data, with the addresses of the images in it.
nlohmann::json event_view(const server::Event &event);
// The last event of a job, from its record.
server::Event final_event(const server::Job &job);

// `worker_memory`: bytes that a worker may use, 0 = not known.
nlohmann::json models_view(const server::Catalogue &catalogue, const server::WorkState &work,
                           std::uint64_t worker_memory, const std::string &default_model);
nlohmann::json vaes_view(const server::Catalogue &catalogue);
nlohmann::json loras_view(const server::Catalogue &catalogue);
nlohmann::json embeddings_view(const server::Catalogue &catalogue);
nlohmann::json wildcards_view(const std::vector<server::WildcardEntry> &wildcards);
nlohmann::json samplers_view(const plugins::Registry &registry);
nlohmann::json schedules_view(const plugins::Registry &registry);
nlohmann::json adapters_view(const plugins::Registry &registry);
nlohmann::json pipelines_view(const plugins::Registry &registry);
nlohmann::json plugins_view(const plugins::Registry &registry);

} // namespace able::http
