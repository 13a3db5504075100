// The request for images, before any name in it is looked up, and the table of its fields.
#pragma once

#include "host/base/request_error.h"

#include "host/protocol/generate_options.h"

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
    std::string name; // of a LoRA: see find_lora; or its path as GET /loras lists it
    double weight = 1;
    std::optional<double> text_weight = {};           // of the text encoders; none: weight
    std::vector<double> blocks = {};                  // see prompt::LoraBlocks
    nlohmann::json params = nlohmann::json::object(); // of the adapter that takes the file
};

struct Request : protocol::GenerateOptions {
    std::set<std::string, std::less<>> given; // names of the fields that are there; the others have their defaults
    std::string prompt, negative_prompt;
    std::optional<std::string> model;           // none: the default one
    std::optional<std::uint32_t> width, height; // pixels; none: the model's own
    std::uint32_t steps = 20;
    double cfg_scale = 7.5;
    std::int64_t seed = -1;               // -1: draw one
    std::optional<std::uint64_t> subseed; // none: draw one where it counts; noise.subseed is unused
    std::string sampler = "euler_a";
    std::optional<std::string> schedule;    // none: the sampler's own
    std::optional<std::uint32_t> clip_skip; // none: the model's own
    std::vector<LoraRequest> loras;
    std::optional<std::string> vae;     // none: the model's own
    std::optional<std::string> refiner; // none: the model alone
};

enum class FieldType { string, integer, number, boolean, object, loras, image, sigmas };

// Where a field's value goes, and what is there in a request that leaves the field out.
struct Place {
    void (*set)(Request &request, const nlohmann::json &value) = nullptr; // `value` has passed the checks
    nlohmann::json (*get)(const Request &request) = nullptr;              // null: nothing
};

// One field of the request. Limits that do not apply to its type are unused.
struct Field {
    const char *name = "";
    FieldType type = FieldType::string;
    const char *topic = ""; // what it is about: fields of a topic belong together
    Place place = {};
    const char *description = ""; // for the API and the page, in sentences
    const char *left_out = "";    // what counts if it is left out and has no default: "the model's own"
    const char *help = "";        // for the command line, a phrase; empty: it has no flag
    const char *flag = "";        // empty: "--" and the name, with hyphens
    const char *value_name = "";  // of the flag's value
    const char *needs = "";       // the field without which it has no effect; the command line refuses it then
    const char *record = nullptr; // where an image's metadata has it: "model.id"; null: its name; "": nowhere
    const char *docs = "";        // where docs/ has more
    bool required = false;
    nlohmann::json default_value = nullptr; // as Request has it; null: none, see left_out
    std::int64_t min_integer = 0, max_integer = 0, multiple_of = 1;
    double min_number = 0, max_number = 0;
    std::size_t min_length = 0, max_length = 0; // code points
    std::vector<std::string> choices = {};      // of a string; empty: anything
};

constexpr std::size_t max_loras = 16; // with those that the prompt asks for

// Every field, in the order of the documentation (generate_fields.cpp).
std::span<const Field> request_fields();

// Checks one field's value by itself. Throws RequestError naming the field.
void check_field(const Field &field, const nlohmann::json &value);

// Checks everything that can be checked without looking a name up. Throws RequestError naming the field.
Request parse_request(const nlohmann::json &document, std::span<const Field> fields = request_fields());

// The JSON Schema of the request, as the OpenAPI document shows it. Extensions carry what JSON Schema has no keyword
// for: x-position and x-topic order the fields; x-left-out, x-record and x-docs are as in Field.
nlohmann::json request_schema(std::span<const Field> fields = request_fields());

// `document` for lists and for the record: each picture in it is replaced by its size.
nlohmann::json without_images(nlohmann::json document);

// The number of code points, or nothing if `text` is not valid UTF-8.
std::optional<std::size_t> count_code_points(std::string_view text);

} // namespace able::server
