// Finished images as the gallery sees them.
#pragma once

#include "host/server/queue/job.h"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace able::server {

// A finished image and the job it is of.
struct ImageRecord {
    std::string id; // the file's name without its extension
    std::string job_id;
    Result result;
    nlohmann::json request; // of the job
    bool starred = false;
    std::string trashed_at; // ISO 8601, UTC; empty = not in the trash
};

struct ImagePage {
    std::vector<ImageRecord> images; // newest first
    std::size_t total = 0;           // that fit the filter
};

// Which images are meant; everything that is set must fit.
struct ImageFilter {
    std::vector<std::string> words;                  // each is in the prompt, as A-Z or a-z
    std::optional<std::string> model, sampler, lora; // ids
    std::string since, until;                        // ISO 8601, UTC, milliseconds: since <= created_at < until
    bool starred = false;                            // only those
    bool trashed = false;                            // those in the trash; otherwise those that are not
};

// What the images outside the trash were made with: the values that a filter can have.
struct ImageFacets {
    struct Count {
        std::string id;
        std::size_t images = 0;
    };
    std::vector<Count> models, samplers, loras; // the most used first
};

} // namespace able::server
