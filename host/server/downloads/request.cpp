#include "request.h"

#include "hub_repo.h"

#include "host/base/request_error.h"
#include "host/models/hub_cache.h"

#include <nlohmann/json.hpp>

#include <algorithm>

namespace able::downloads {
namespace {

using nlohmann::json;

constexpr std::size_t max_named_files = 200;
constexpr std::size_t longest_revision = 200;

[[noreturn]] void refuse(const std::string &field, const std::string &message, std::vector<std::string> allowed = {}) {
    throw base::RequestError(base::ErrorKind::invalid, "invalid_value", field + " " + message, field,
                             std::move(allowed));
}

std::string text_of(const json &value, const std::string &field) {
    if (!value.is_string()) {
        throw base::RequestError(base::ErrorKind::invalid, "wrong_type", field + " must be a string", field);
    }
    return value.get<std::string>();
}

// Letters, digits, `.`, `_`, `-` and `/`, as names of branches that are safe to join to a folder.
bool is_revision(const std::string &text) {
    const bool plain = std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
               c == '-' || c == '/';
    });
    return plain && text.size() <= longest_revision && is_safe_path(text);
}

std::vector<std::string> file_names(const json &value) {
    if (!value.is_array() || value.empty() || value.size() > max_named_files) {
        refuse("files", "must be a list of 1 to " + std::to_string(max_named_files) + " file names of the repository");
    }
    std::vector<std::string> files;
    for (const json &item : value) {
        files.push_back(text_of(item, "files"));
        if (!is_safe_path(files.back())) {
            refuse("files", "has a name that is not a file's: \"" + files.back().substr(0, 200) + "\"");
        }
    }
    return files;
}

// Of the fields in `names`.
Request parse(const json &document, const std::vector<std::string> &names) {
    if (!document.is_object()) {
        throw base::RequestError(base::ErrorKind::invalid, "wrong_type", "the request must be a JSON object");
    }
    Request request;
    for (const auto &[name, value] : document.items()) {
        if (std::find(names.begin(), names.end(), name) == names.end()) {
            throw base::RequestError(base::ErrorKind::invalid, "unknown_field",
                                     "unknown field \"" + name.substr(0, 100) + "\"", name, names);
        }
        if (name == "repo") {
            request.repo = text_of(value, name);
        } else if (name == "revision") {
            request.revision = text_of(value, name);
        } else if (name == "files") {
            request.files = file_names(value);
        } else if (name == "variant") {
            request.variant = text_of(value, name);
        } else {
            request.kind = text_of(value, name);
        }
    }
    if (!document.contains("repo")) {
        throw base::RequestError(base::ErrorKind::invalid, "missing_field",
                                 "repo is missing: the repository's name on the hub, such as org/name", "repo");
    }
    if (!models::is_repo_id(request.repo)) {
        refuse("repo",
               "must be a repository's name on the hub, such as org/name: letters, digits, \".\", \"_\", \"-\"");
    }
    if (!is_revision(request.revision)) {
        refuse("revision", "must be the name of a branch or tag, or a commit");
    }
    const std::string &variant = request.variant;
    if (variant.size() > 32 ||
        std::any_of(variant.begin(), variant.end(), [](unsigned char c) { return std::isalnum(c) == 0 && c != '_'; })) {
        refuse("variant", "must be a word such as fp16");
    }
    if (request.kind != "model" && request.kind != "lora") {
        refuse("kind", "must be model or lora", {"model", "lora"});
    }
    return request;
}

} // namespace

Request parse_request(const json &document) {
    return parse(document, {"repo", "revision", "files", "variant", "kind"});
}

Request parse_hub_request(const json &document) {
    return parse(document, {"repo", "revision", "variant"});
}

json hub_request_schema() {
    json schema = request_schema();
    schema["properties"].erase("files");
    schema["properties"].erase("kind");
    return schema;
}

json request_schema() {
    const auto text = [](const char *description) {
        return json{{"type", "string"}, {"description", description}};
    };
    json files{{"type", "array"}, {"items", {{"type", "string"}}}, {"minItems", 1}, {"maxItems", max_named_files}};
    files["description"] =
        "Which files to get. Left out: of a diffusers model what it needs, else the only file of weights.";
    json kind{{"type", "string"}, {"enum", {"model", "lora"}}, {"default", "model"}};
    kind["description"] = "Where single files go: among the models or among the LoRAs.";
    json revision = text("Branch, tag or commit.");
    revision["default"] = "main";
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"repo"}},
            {"properties",
             {{"repo", text("The repository on the hub: org/name.")},
              {"revision", std::move(revision)},
              {"files", std::move(files)},
              {"variant", text("Weights to prefer where there are several, such as fp16.")},
              {"kind", std::move(kind)}}}};
}

} // namespace able::downloads
