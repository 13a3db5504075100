#include "openapi_replies.h"

namespace able::http {
namespace {

using nlohmann::json;

// Objects list all their fields: the document sets required and additionalProperties from that (see complete()). A "?"
// before a type stands for null as well.
constexpr const char *schemas_text = R"json({
  "Health": {"status": {"enum": ["ok"]}, "time": "string"},
  "Ready": {
    "status": {"enum": ["ready", "starting", "failing"]},
    "system": {"version": "string", "cores": "integer", "device": "string", "dtype": "string",
               "worker_memory_bytes": "integer"},
    "services": {
      "worker": {"status": "string", "workers": ["WorkerState"]},
      "storage": {"status": {"enum": ["ok", "failing"]}, "reason": "?string", "free_bytes": "integer"},
      "queue": {"status": {"enum": ["ok", "paused"]}, "waiting": "integer", "running": "integer",
                "max_queue_size": "integer"}
    }
  },
  "WorkerState": {"pid": "?integer", "loaded_model": "?string", "loaded_models": ["string"], "job": "?string"},

  "JobStatus": {"enum": ["queued", "processing", "completed", "failed", "cancelled"]},
  "Accepted": {"id": "string", "status": "JobStatus", "position": "integer", "message": "string"},
  "Cancelled": {"id": "string", "status": {"enum": ["cancelled", "cancelling"]}, "message": "string"},
  "JobError": {"code": "string", "message": "string"},
  "Result": {"image_url": "string", "image_path": "string", "seed": "integer", "width": "integer", "height": "integer",
             "metadata": "Metadata"},
  "Metadata": {"type": "object", "additionalProperties": true},
  "Job": {"id": "string", "status": "JobStatus", "position": "?integer", "progress": "number", "current_step": "integer",
          "total_steps": "integer", "eta_seconds": "?number", "results": ["Result"], "error": "?JobError",
          "created_at": "?string", "started_at": "?string", "completed_at": "?string"},
  "ListedJob": {"id": "string", "status": "JobStatus", "position": "?integer", "progress": "number",
                "current_step": "integer", "total_steps": "integer", "eta_seconds": "?number", "results": ["Result"],
                "error": "?JobError", "created_at": "?string", "started_at": "?string", "completed_at": "?string",
                "request": "GenerateRequest"},
  "JobPage": {"jobs": ["ListedJob"], "count": "integer", "total": "integer", "limit": "integer", "offset": "integer"},

  "PromptReport": {"prompt": "string", "parts": ["PromptPart"], "loras": ["PromptLora"],
                   "embeddings": ["PromptEmbedding"], "model": "?string",
                   "token_count": "?integer", "chunk_size": "?integer", "chunk_count": "?integer",
                   "errors": ["PromptError"]},
  "PromptPart": {"weight": "number", "schedule": ["PromptEntry"]},
  "PromptEntry": {"type": "object", "required": ["until_step", "segments"], "additionalProperties": false,
                  "properties": {"until_step": {"type": "integer"},
                                 "segments": {"type": "array", "items": {"$ref": "#/components/schemas/PromptSegment"}},
                                 "token_count": {"type": "integer"},
                                 "encoders": {"type": "array",
                                              "items": {"$ref": "#/components/schemas/PromptTokens"}}}},
  "PromptSegment": {"type": "object", "additionalProperties": false,
                    "properties": {"text": {"type": "string"}, "weight": {"type": "number"},
                                   "break": {"type": "boolean"}}},
  "PromptTokens": {"tokenizer": "string", "chunk_size": "integer", "token_count": "integer", "chunks": ["PromptChunk"]},
  "PromptChunk": {"count": "integer", "ids": ["integer"], "weights": ["number"]},
  "PromptEmbedding": {"name": "string", "id": "?string", "tokens": "?integer"},
  "PromptLora": {"name": "string", "id": "?string", "unet_weight": "number", "text_weight": "number",
                 "block_weights": ["number"]},
  "PromptError": {"type": "object", "required": ["field", "code", "message"], "additionalProperties": false,
                  "properties": {"field": {"type": "string"}, "code": {"type": "string"}, "message": {"type": "string"},
                                 "allowed": {"type": "array", "items": {"type": "string"}}}},

  "QueuedJob": {"id": "string", "request": "GenerateRequest", "status": "JobStatus", "position": "integer",
                "progress": "number"},
  "QueueState": {"queue": ["QueuedJob"], "count": "integer", "paused": "boolean"},
  "Paused": {"paused": "boolean"},
  "Moved": {"id": "string", "position": "integer"},

  "Model": {"id": "string", "name": "string", "kind": "string", "family": "?string", "variant": "?string",
            "dtype": "?string", "size_bytes": "integer", "default_width": "?integer", "default_height": "?integer",
            "pipeline": "?string", "traits": "ModelTraits", "loaded": "boolean", "ready": "boolean",
            "reason": "?string", "bundled": "boolean", "memory": "?MemoryNeed"},
  "ModelTraits": {"family_name": "?string", "size_multiple": "?integer", "smallest_side": "?integer",
                  "largest_side": "?integer", "sizes": ["PictureSize"], "sampler": "?string", "schedule": "?string",
                  "steps": "?integer", "cfg_scale": "?number", "prompt": "?PromptTraits"},
  "PictureSize": {"width": "integer", "height": "integer"},
  "PromptTraits": {"weights": "boolean", "comfy_weights": "boolean", "break": "boolean", "clip_skip": "boolean",
                   "negative_prompt": "boolean", "embeddings": "boolean", "chunk_size": "?integer",
                   "most_tokens": "?integer"},
  "MemoryNeed": {"weights_bytes": "integer", "working_bytes": "integer", "fits": "?boolean"},
  "ModelList": {"models": ["Model"], "count": "integer", "default": "?string", "warnings": ["string"]},
  "Lora": {"id": "string", "name": "string", "path": "string", "family": "?string", "type": "?string",
           "adapter": "?string", "size_bytes": "integer", "ready": "boolean", "reason": "?string", "title": "?string",
           "author": "?string", "base_model": "?string", "trigger_words": ["string"], "tags": ["LoraTag"],
           "few_steps": "?FewSteps", "sha256": "?string", "auto_v2": "?string", "auto_v3": "?string"},
  "LoraTag": {"tag": "string", "count": "integer"},
  "FewSteps": {"kind": "string", "sampler": "string", "schedule": "string", "steps": "integer", "cfg_scale": "number"},
  "Embedding": {"id": "string", "name": "string", "path": "string", "family": "?string", "size_bytes": "integer",
                "ready": "boolean", "reason": "?string", "word": "?string", "tokens": "?integer",
                "sha256": "?string", "auto_v2": "?string", "auto_v3": "?string"},
  "EmbeddingList": {"embeddings": ["Embedding"], "count": "integer"},
  "Wildcard": {"name": "string", "lines": "?integer", "ready": "boolean", "reason": "?string"},
  "WildcardList": {"wildcards": ["Wildcard"], "count": "integer"},
  "Vae": {"id": "string", "name": "string", "kind": "string", "dtype": "?string", "size_bytes": "integer"},
  "VaeList": {"vaes": ["Vae"], "count": "integer"},
  "LoraList": {"loras": ["Lora"], "count": "integer"},

  "HubFile": {"path": "string", "size_bytes": "integer"},
  "HubWhole": {"files": "integer", "size_bytes": "integer"},
  "HubRepo": {"repo": "string", "revision": "string", "commit": "string", "whole": "?HubWhole", "files": ["HubFile"],
              "others": "integer"},
  "DownloadFile": {"path": "string", "size_bytes": "integer", "bytes_done": "integer", "hash": "string",
                   "checked": "boolean"},
  "Download": {"id": "string", "repo": "string", "revision": "string", "kind": {"enum": ["model", "lora"]},
               "state": {"enum": ["waiting", "running", "paused", "completed", "failed", "cancelled"]},
               "commit": "?string", "bytes_done": "integer", "bytes_total": "?integer", "files": ["DownloadFile"],
               "error": "?JobError", "created_at": "string", "ended_at": "?string"},
  "DownloadList": {"downloads": ["Download"], "count": "integer"},

  "ModelChange": {"model": "string", "status": {"enum": ["loading", "unloading"]}},
  "ConfigKey": {"name": "string", "value": "string", "help": "string", "takes": "string",
                "kind": {"enum": ["boolean", "integer", "number", "size", "string", "list"]}, "minimum": "?number",
                "maximum": "?number", "choices": ["string"], "secret": "boolean", "live": "boolean",
                "source": {"enum": ["default", "file", "changed", "start"]}, "origin": "string"},
  "ConfigState": {"keys": ["ConfigKey"], "changes_file": "?string", "not_kept": "?string"},
  "LogLines": {"lines": ["string"]},

  "ParameterSchema": {"type": "object", "additionalProperties": true},
  "Sampler": {"id": "string", "name": "string", "summary": "string", "url": "?string", "aliases": ["string"],
              "plugin": "string", "plugin_version": "string", "experimental": "boolean", "parameters": "ParameterSchema",
              "default_schedule": "string", "stochastic": "boolean", "few_steps": "boolean"},
  "SamplerList": {"samplers": ["Sampler"]},
  "Schedule": {"id": "string", "name": "string", "summary": "string", "url": "?string", "aliases": ["string"],
               "plugin": "string", "plugin_version": "string", "experimental": "boolean",
               "parameters": "ParameterSchema"},
  "ScheduleList": {"schedules": ["Schedule"]},
  "Adapter": {"id": "string", "name": "string", "summary": "string", "url": "?string", "aliases": ["string"],
              "plugin": "string", "plugin_version": "string", "experimental": "boolean",
              "parameters": "ParameterSchema"},
  "AdapterList": {"adapters": ["Adapter"]},
  "Pipeline": {"id": "string", "name": "string", "summary": "string", "url": "?string", "aliases": ["string"],
               "plugin": "string", "plugin_version": "string", "experimental": "boolean",
               "parameters": "ParameterSchema"},
  "PipelineList": {"pipelines": ["Pipeline"]},
  "PluginObject": {"kind": "string", "id": "string", "name": "string"},
  "Plugin": {"file": "string", "state": {"enum": ["active", "refused", "quarantined", "shadowed"]}, "reason": "?string",
             "id": "?string", "name": "?string", "version": "?string", "vendor": "?string", "licence": "?string",
             "url": "?string", "engine": "?string", "abi_minor": "integer", "min_host_minor": "integer",
             "objects": ["PluginObject"]},
  "PluginList": {"plugins": ["Plugin"], "count": "integer"},

  "Image": {"image_url": "string", "image_path": "string", "seed": "integer", "width": "integer", "height": "integer",
            "metadata": "Metadata", "id": "string", "job_id": "string", "created_at": "string",
            "request": "GenerateRequest", "starred": "boolean", "trashed_at": "?string"},
  "ImagePage": {"images": ["Image"], "count": "integer", "total": "integer", "limit": "integer", "offset": "integer"},
  "FacetCount": {"id": "string", "images": "integer"},
  "ImageFacets": {"models": ["FacetCount"], "samplers": ["FacetCount"], "loras": ["FacetCount"]},
  "Deleted": {"id": "string", "deleted": "boolean"}
})json";

constexpr const char *replies_text = R"json({
  "GET /api/v1/health": "Health",
  "GET /api/v1/ready": "Ready",
  "POST /api/v1/generate": "Accepted",
  "GET /api/v1/generate": "JobPage",
  "GET /api/v1/generate/{id}": "Job",
  "POST /api/v1/generate/{id}/cancel": "Cancelled",
  "POST /api/v1/prompt/parse": "PromptReport",
  "GET /api/v1/queue": "QueueState",
  "POST /api/v1/queue/pause": "Paused",
  "POST /api/v1/queue/resume": "Paused",
  "POST /api/v1/queue/{id}/move": "Moved",
  "GET /api/v1/models": "ModelList",
  "POST /api/v1/models/refresh": "ModelList",
  "POST /api/v1/models/hub": "HubRepo",
  "POST /api/v1/models/download": "Download",
  "GET /api/v1/models/downloads": "DownloadList",
  "POST /api/v1/models/downloads/{id}/pause": "Download",
  "POST /api/v1/models/downloads/{id}/resume": "Download",
  "POST /api/v1/models/downloads/{id}/cancel": "Download",
  "DELETE /api/v1/models/downloads/{id}": "Deleted",
  "POST /api/v1/models/load": "ModelChange",
  "POST /api/v1/models/unload": "ModelChange",
  "GET /api/v1/config": "ConfigState",
  "POST /api/v1/config": "ConfigState",
  "GET /api/v1/logs": "LogLines",
  "GET /api/v1/loras": "LoraList",
  "GET /api/v1/embeddings": "EmbeddingList",
  "GET /api/v1/wildcards": "WildcardList",
  "GET /api/v1/vaes": "VaeList",
  "GET /api/v1/samplers": "SamplerList",
  "GET /api/v1/schedules": "ScheduleList",
  "GET /api/v1/adapters": "AdapterList",
  "GET /api/v1/pipelines": "PipelineList",
  "GET /api/v1/plugins": "PluginList",
  "GET /api/v1/images": "ImagePage",
  "GET /api/v1/images/facets": "ImageFacets",
  "GET /api/v1/images/{id}": "Image",
  "POST /api/v1/images/{id}/star": "Image",
  "POST /api/v1/images/{id}/trash": "Image",
  "POST /api/v1/images/{id}/restore": "Image",
  "DELETE /api/v1/images/{id}": "Deleted"
})json";

constexpr const char *queries_text = R"json({
  "GET /api/v1/generate": {
    "status": ["JobStatus", "Only jobs in this state."],
    "limit": [{"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Jobs in the reply."],
    "offset": [{"type": "integer", "minimum": 0, "default": 0}, "Jobs to skip."]
  },
  "GET /api/v1/logs": {
    "limit": [{"type": "integer", "minimum": 1, "maximum": 1000, "default": 200}, "Lines in the reply."]
  },
  "GET /api/v1/images": {
    "q": ["string", "Words that the prompt contains, all of them, in any order and case."],
    "model": ["string", "Id of the model."],
    "sampler": ["string", "Id of the sampler."],
    "lora": ["string", "Id of a LoRA that was applied."],
    "starred": ["boolean", "true: only images with a star."],
    "trashed": ["boolean", "true: the images in the trash; otherwise those that are not."],
    "since": ["string", "Made at this time or later: a day or a time in UTC, such as 2026-01-31T12:00:00.000Z."],
    "until": ["string", "Made before this time."],
    "limit": [{"type": "integer", "minimum": 1, "maximum": 200, "default": 50}, "Images in the reply."],
    "offset": [{"type": "integer", "minimum": 0, "default": 0}, "Images to skip."]
  }
})json";

bool is_basic(const std::string &name) {
    return name == "string" || name == "integer" || name == "number" || name == "boolean";
}

// The shorthand above as JSON Schema.
json complete(const json &shorthand) {
    if (shorthand.is_string()) {
        const auto name = shorthand.get<std::string>();
        if (name.starts_with('?')) {
            const std::string plain = name.substr(1);
            return is_basic(plain) ? json{{"type", {plain, "null"}}}
                                   : json{{"anyOf", {complete(plain), json{{"type", "null"}}}}};
        }
        return is_basic(name) ? json{{"type", name}} : json{{"$ref", "#/components/schemas/" + name}};
    }
    if (shorthand.is_array()) {
        return {{"type", "array"}, {"items", complete(shorthand.at(0))}};
    }
    if (shorthand.contains("enum")) {
        return {{"type", "string"}, {"enum", shorthand.at("enum")}};
    }
    // A schema as it is. (An object may have a field that is called type.)
    const bool number = shorthand.contains("minimum") && shorthand.at("minimum").is_number();
    if (shorthand.contains("additionalProperties") || number) {
        return shorthand;
    }
    json schema{{"type", "object"}, {"additionalProperties", false}, {"required", json::array()}};
    for (const auto &[name, value] : shorthand.items()) {
        schema["required"].push_back(name);
        schema["properties"][name] = complete(value);
    }
    return schema;
}

} // namespace

const json &reply_schemas() {
    static const json schemas = [] {
        json all = json::parse(schemas_text);
        for (json &schema : all) {
            schema = complete(schema);
        }
        return all;
    }();
    return schemas;
}

std::optional<std::string> reply_schema(const std::string &method, const std::string &pattern) {
    static const json replies = json::parse(replies_text);
    const auto found = replies.find(method + " " + pattern);
    return found == replies.end() ? std::nullopt : std::optional(found->get<std::string>());
}

json query_parameters(const std::string &method, const std::string &pattern) {
    static const json queries = json::parse(queries_text);
    json parameters = json::array();
    if (const auto found = queries.find(method + " " + pattern); found != queries.end()) {
        for (const auto &[name, description] : found->items()) {
            parameters.push_back({{"name", name},
                                  {"in", "query"},
                                  {"required", false},
                                  {"description", description.at(1)},
                                  {"schema", complete(description.at(0))}});
        }
    }
    return parameters;
}

} // namespace able::http
