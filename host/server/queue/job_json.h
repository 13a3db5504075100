// A job in JSON, for replies and events: each member is written here and nowhere else. Where an image can be fetched is
// for the API to add.
#pragma once

#include "job.h"

#include <nlohmann/json.hpp>

namespace able::server {

// How far it is.
nlohmann::json progress_json(const Job &job);
nlohmann::json result_json(const Result &result);
// All of it but the request.
nlohmann::json job_json(const Job &job);
// The data of a job's last event: job_json() with the place of each image in the batch.
nlohmann::json ended_job_json(const Job &job);

} // namespace able::server
