#include "schemas.h"

#include "routes.h"

#include "host/server/downloads/request.h"
#include "host/server/requests/prompt_report.h"
#include "host/server/requests/request.h"

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
  "Accepted": {"id": "string", "status": "JobStatus", "position": "integer", "message": "string",
               "warnings": ["string"]},
  "RestoredRequest": {"request": "GenerateRequest", "warnings": ["string"]},
  "Cancelled": {"id": "string", "status": {"enum": ["cancelled", "cancelling"]}, "message": "string"},
  "JobError": {"code": "string", "message": "string"},
  "Result": {"image_url": "string", "image_path": "string", "seed": "integer", "width": "integer", "height": "integer",
             "metadata": "Metadata"},
  "Metadata": {"type": "object", "additionalProperties": true},
  "Job": {"id": "string", "status": "JobStatus", "attempts": "integer", "position": "?integer", "progress": "number", "current_step": "integer",
          "total_steps": "integer", "eta_seconds": "?number", "results": ["Result"], "error": "?JobError",
          "created_at": "?string", "started_at": "?string", "completed_at": "?string"},
  "ListedJob": {"id": "string", "status": "JobStatus", "attempts": "integer", "position": "?integer", "progress": "number",
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
            "reason": "?string", "needs": ["string"], "notes": ["string"], "bundled": "boolean",
            "memory": "?MemoryNeed"},
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
           "author": "?string", "alias": "?string", "base_model": "?string", "trigger_words": ["string"],
           "tags": ["LoraTag"], "few_steps": "?FewSteps", "words": ["LoraWord"], "sha256": "?string",
           "auto_v2": "?string", "auto_v3": "?string"},
  "LoraTag": {"tag": "string", "count": "integer"},
  "LoraWord": {"word": "string", "ready": "boolean", "reason": "?string", "tokens": "?integer"},
  "FewSteps": {"kind": "string", "sampler": "string", "schedule": "string", "steps": "integer", "cfg_scale": "number"},
  "Embedding": {"id": "string", "name": "string", "path": "string", "family": "?string", "size_bytes": "integer",
                "ready": "boolean", "reason": "?string", "word": "?string", "tokens": "?integer",
                "sha256": "?string", "auto_v2": "?string", "auto_v3": "?string"},
  "EmbeddingList": {"embeddings": ["Embedding"], "count": "integer"},
  "Wildcard": {"name": "string", "lines": "?integer", "ready": "boolean", "reason": "?string"},
  "WildcardList": {"wildcards": ["Wildcard"], "count": "integer"},
  "Vae": {"id": "string", "name": "string", "kind": "string", "dtype": "?string", "size_bytes": "integer",
          "notes": ["string"], "encodes": "boolean"},
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

json error_schema() {
    const json text{{"type", "string"}};
    return {{"type", "object"},
            {"required", {"error"}},
            {"properties",
             {{"error",
               {{"type", "object"},
                {"required", {"code", "message"}},
                {"properties",
                 {{"code", text},
                  {"message", text},
                  {"field", text},
                  {"allowed", {{"type", "array"}, {"items", text}}}}}}}}}};
}

json star_schema() {
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"starred"}},
            {"properties", {{"starred", {{"type", "boolean"}}}}}};
}

json restore_schema() {
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"from_image"}},
            {"properties",
             {{"from_image",
               {{"type", "string"},
                {"description", "Id of a picture in the gallery, or a PNG file in base64 or as a data URL."}}}}}};
}

json model_schema() {
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"model"}},
            {"properties", {{"model", {{"type", "string"}, {"description", "Id of the model."}}}}}};
}

json move_schema() {
    return {{"type", "object"},
            {"additionalProperties", false},
            {"required", {"position"}},
            {"properties", {{"position", {{"type", "integer"}, {"minimum", 1}}}}}};
}

} // namespace

json native_schemas() {
    json schemas = json::parse(schemas_text);
    for (json &schema : schemas) {
        schema = complete(schema);
    }
    schemas["GenerateRequest"] = server::request_schema();
    schemas["RestoreRequest"] = restore_schema();
    schemas["ParseRequest"] = server::parse_request_schema();
    schemas["ConfigChange"] = config_change_schema();
    schemas["ModelRequest"] = model_schema();
    schemas["DownloadRequest"] = downloads::request_schema();
    schemas["HubRequest"] = downloads::hub_request_schema();
    schemas["MoveRequest"] = move_schema();
    schemas["StarRequest"] = star_schema();
    schemas["Error"] = error_schema();
    return schemas;
}

} // namespace able::http
