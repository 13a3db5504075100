// The request for images, before any name in it is looked up. One table of fields drives validation and documentation.
#pragma once

#include "host/base/request_error.h"

#include "host/protocol/inpainting.h"
#include "host/protocol/sampling_options.h"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace able::server {

struct LoraRequest {
    std::string name; // id of a LoRA, or its path as GET /loras lists it
    double weight = 1;
    std::vector<double> blocks = {};                  // see prompt::LoraBlocks
    nlohmann::json params = nlohmann::json::object(); // of the adapter that takes the file
};

struct Request {
    std::set<std::string, std::less<>> given; // names of the fields that are there; the others have their defaults
    std::string prompt, negative_prompt;
    std::string prompt_syntax = "a1111";        // or "plain"
    std::string prompt_weighting = "a1111";     // or "comfy"
    std::optional<std::string> model;           // none: the default one
    std::optional<std::uint32_t> width, height; // pixels; none: the model's own
    std::uint32_t steps = 20;
    double cfg_scale = 7.5;
    std::int64_t seed = -1; // -1: draw one
    std::uint32_t batch_size = 1;
    protocol::GuidanceOptions guidance;
    std::optional<std::uint64_t> subseed; // none: draw one where it counts
    protocol::NoiseOptions noise;         // its subseed is the one above
    protocol::DeepCacheOptions deep_cache;
    std::vector<double> sigmas; // noise levels instead of steps and schedule; empty: none
    std::string sampler = "euler_a";
    std::optional<std::string> schedule; // none: the sampler's own
    nlohmann::json sampler_params = nlohmann::json::object();
    nlohmann::json schedule_params = nlohmann::json::object();
    nlohmann::json pipeline_params = nlohmann::json::object();
    std::optional<std::uint32_t> clip_skip; // none: the model's own
    std::vector<LoraRequest> loras;
    std::optional<std::string> vae;     // none: the model's own
    std::optional<std::string> refiner; // none: the model alone
    double refiner_start = 0.8;
    std::vector<std::uint8_t> init_image; // encoded as the sender had it; empty: none
    double strength = 0.75;
    protocol::Inpainting inpainting; // of init_image
    std::uint32_t preview = 0;       // a preview every n steps; 0: none
};

enum class FieldType { string, integer, number, boolean, object, loras, image, sigmas };

// One field of the request. Limits that do not apply to its type are unused.
struct Field {
    const char *name = "";
    FieldType type = FieldType::string;
    const char *description = "";
    void (*assign)(Request &request, const nlohmann::json &value) = nullptr; // `value` has passed the checks
    bool required = false;
    nlohmann::json default_value = nullptr; // null: none, and `description` says what happens then
    std::int64_t min_integer = 0, max_integer = 0, multiple_of = 1;
    double min_number = 0, max_number = 0;
    std::size_t min_length = 0, max_length = 0; // code points
    std::vector<std::string> choices = {};      // of a string; empty: anything
};

constexpr std::size_t max_loras = 16; // with those that the prompt asks for

// Every field, in the order of the documentation.
std::span<const Field> request_fields();

// Checks everything that can be checked without looking a name up. Throws RequestError naming the field.
Request parse_request(const nlohmann::json &document);

// The JSON Schema of the request, as the OpenAPI document shows it.
nlohmann::json request_schema();

// `document` for lists and for the record: each picture in it is replaced by its size.
nlohmann::json without_images(nlohmann::json document);

// The number of code points, or nothing if `text` is not valid UTF-8.
std::optional<std::size_t> count_code_points(std::string_view text);

} // namespace able::server
