// What POST /models/download takes.
#pragma once

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <vector>

namespace able::downloads {

struct Request {
    std::string repo;               // org/name
    std::string revision = "main";  // branch, tag or commit
    std::vector<std::string> files; // empty: what is needed, see choose_files
    std::string variant;            // of weights, such as "fp16"; empty: the plain ones
    std::string kind = "model";     // or "lora"
};

// Throws base::RequestError that names the field.
Request parse_request(const nlohmann::json &document);

// What POST /models/hub takes: repo, revision and variant.
Request parse_hub_request(const nlohmann::json &document);

// JSON Schemas, for the OpenAPI document.
nlohmann::json request_schema();
nlohmann::json hub_request_schema();

} // namespace able::downloads
