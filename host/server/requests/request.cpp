#include "request.h"
#include "refusal.h"

#include "request_rules.h"
#include "sigmas_field.h"

#include "host/base/whole_number.h"
#include "host/prompt/lora_blocks.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

namespace able::server {
namespace {

using nlohmann::json;

constexpr double max_lora_weight = 10;
constexpr std::size_t max_name_length = 500;

// A value as an error message shows it.
std::string shown(const json &value) {
    if (value.is_object()) {
        return "an object";
    }
    if (value.is_array()) {
        return "an array";
    }
    if (value.is_string() && value.get_ref<const std::string &>().size() > 60) {
        return "a string";
    }
    return value.dump(-1, ' ', false, json::error_handler_t::replace);
}

std::string shown(double number) {
    return json(number).dump();
}

void check_string(const std::string &field, const json &value, std::size_t min_length, std::size_t max_length) {
    if (!value.is_string()) {
        refuse("wrong_type", field, field + " must be a string, not " + shown(value));
    }
    const auto &text = value.get_ref<const std::string &>();
    const auto length = count_code_points(text);
    if (!length) {
        refuse("invalid_value", field, field + " is not valid UTF-8");
    }
    if (text.find('\0') != std::string::npos) {
        refuse("invalid_value", field, field + " must not contain the character U+0000");
    }
    if (*length < min_length || *length > max_length) {
        refuse("out_of_range", field,
               field + " must have " + std::to_string(min_length) + " to " + std::to_string(max_length) +
                   " characters; it has " + std::to_string(*length));
    }
}

void check_choice(const Field &field, const json &value) {
    const auto &choices = field.choices;
    if (!choices.empty() && std::find(choices.begin(), choices.end(), value) == choices.end()) {
        std::string names;
        for (const std::string &choice : choices) {
            names += (names.empty() ? "" : ", ") + choice;
        }
        refuse("invalid_value", field.name,
               std::string(field.name) + " must be one of " + names + ", not " + shown(value), choices);
    }
}

void check_integer(const Field &field, const json &value) {
    std::string rule = std::string(field.name) + " must be an integer from " + std::to_string(field.min_integer) +
                       " to " + std::to_string(field.max_integer);
    if (field.multiple_of > 1) {
        rule += ", a multiple of " + std::to_string(field.multiple_of);
    }
    const std::string message = rule + "; " + shown(value) + " is not";
    if (!value.is_number()) {
        refuse("wrong_type", field.name, message);
    }
    if (value.is_number_float()) {
        // 2^64 and beyond arrive as floating point too: those are out of range, 1.5 is of the wrong type.
        const bool whole = std::abs(value.get<double>()) >= 0x1p63;
        refuse(whole ? "out_of_range" : "wrong_type", field.name, message);
    }
    const bool too_big = value.is_number_unsigned() && value.get<std::uint64_t>() > std::uint64_t{INT64_MAX};
    if (too_big || value.get<std::int64_t>() < field.min_integer || value.get<std::int64_t>() > field.max_integer) {
        refuse("out_of_range", field.name, message);
    }
    if (value.get<std::int64_t>() % field.multiple_of != 0) {
        refuse("invalid_value", field.name, message);
    }
}

void check_number(const std::string &field, const json &value, double min, double max) {
    const std::string message =
        field + " must be a number from " + shown(min) + " to " + shown(max) + "; " + shown(value) + " is not";
    if (!value.is_number()) {
        refuse("wrong_type", field, message);
    }
    const double number = value.get<double>();
    if (!(number >= min && number <= max)) {
        refuse("out_of_range", field, message);
    }
}

void check_block_weights(const std::string &where, const json &value) {
    constexpr auto &counts = prompt::lora_block_counts;
    if (!value.is_array() || std::find(counts.begin(), counts.end(), value.size()) == counts.end()) {
        refuse(value.is_array() ? "out_of_range" : "wrong_type", where,
               where + " must be a list of 12, 17, 20 or 26 numbers; docs/lora.md says of which blocks");
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
        check_number(where + "[" + std::to_string(i) + "]", value[i], -max_lora_weight, max_lora_weight);
    }
}

void check_lora(const std::string &where, const json &value) {
    if (!value.is_object()) {
        refuse("wrong_type", where, where + " must be an object {\"name\": …, \"weight\": …}, not " + shown(value));
    }
    for (const auto &[key, member] : value.items()) {
        if (key == "name" || key == "path") {
            check_string(where + "." + key, member, 1, max_name_length);
            continue;
        }
        if (key == "weight" || key == "text_weight") {
            check_number(where + "." + key, member, -max_lora_weight, max_lora_weight);
            continue;
        }
        if (key == "block_weights") {
            check_block_weights(where + ".block_weights", member);
            continue;
        }
        if (key == "params") {
            if (!member.is_object()) {
                refuse("wrong_type", where + ".params", where + ".params must be an object, not " + shown(member));
            }
            continue;
        }
        refuse("unknown_field", where + "." + key, where + " has no field \"" + key.substr(0, 100) + "\"",
               {"name", "path", "weight", "text_weight", "block_weights", "params"});
    }
    if (value.contains("name") == value.contains("path")) {
        refuse("missing_field", where, where + " must have either a name or a path, as GET /loras lists them");
    }
}

void check(const Field &field, const json &value) {
    switch (field.type) {
    case FieldType::string:
        check_string(field.name, value, field.min_length, field.max_length);
        return check_choice(field, value);
    case FieldType::integer:
        return check_integer(field, value);
    case FieldType::number:
        return check_number(field.name, value, field.min_number, field.max_number);
    case FieldType::boolean:
        if (!value.is_boolean()) {
            refuse("wrong_type", field.name, std::string(field.name) + " must be true or false, not " + shown(value));
        }
        return;
    case FieldType::object:
        if (!value.is_object()) {
            refuse("wrong_type", field.name, std::string(field.name) + " must be an object, not " + shown(value));
        }
        return;
    case FieldType::loras:
        if (!value.is_array()) {
            refuse("wrong_type", field.name, std::string(field.name) + " must be an array, not " + shown(value));
        }
        if (value.size() > max_loras) {
            refuse("out_of_range", field.name, "at most " + std::to_string(max_loras) + " LoRAs fit in one request");
        }
        for (std::size_t i = 0; i < value.size(); ++i) {
            check_lora(std::string(field.name) + "[" + std::to_string(i) + "]", value[i]);
        }
        return;
    case FieldType::image:
        if (!value.is_string()) {
            refuse("wrong_type", field.name, std::string(field.name) + " must be a string, not " + shown(value));
        }
        return;
    case FieldType::sigmas:
        return check_sigmas(field.name, value);
    }
}

// Of a field, what its schema has for readers and for programs that make forms.
json documentation(const Field &field) {
    const std::string left_out = field.left_out;
    json schema{{"description", field.description + (left_out.empty() ? "" : " Default: " + left_out + ".")},
                {"x-topic", field.topic}};
    for (const auto &[name, text] : {std::pair("x-left-out", field.left_out), std::pair("x-record", field.record),
                                     std::pair("x-docs", field.docs)}) {
        if (text != nullptr && *text != '\0') {
            schema[name] = text;
        }
    }
    return schema;
}

} // namespace

std::optional<std::size_t> count_code_points(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++count) {
        const auto lead = static_cast<std::uint8_t>(text[i]);
        const std::size_t length = lead < 0x80   ? 1
                                   : lead < 0xc2 ? 0
                                   : lead < 0xe0 ? 2
                                   : lead < 0xf0 ? 3
                                   : lead < 0xf5 ? 4
                                                 : 0;
        if (length == 0 || i + length > text.size()) {
            return std::nullopt;
        }
        std::uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
        for (std::size_t k = 1; k < length; ++k) {
            const auto byte = static_cast<std::uint8_t>(text[i + k]);
            if ((byte & 0xc0) != 0x80) {
                return std::nullopt;
            }
            point = (point << 6) | (byte & 0x3fU);
        }
        // Overlong forms, surrogates and what lies beyond Unicode (Unicode 15, table 3-7).
        const bool overlong = (length == 3 && point < 0x800) || (length == 4 && point < 0x10000);
        if (overlong || (point >= 0xd800 && point <= 0xdfff) || point > 0x10ffff) {
            return std::nullopt;
        }
        i += length;
    }
    return count;
}

void check_field(const Field &field, const json &value) {
    check(field, value);
}

Request parse_request(const json &document, std::span<const Field> fields) {
    if (!document.is_object()) {
        throw base::RequestError(base::ErrorKind::invalid, "wrong_type",
                                 "the request must be a JSON object, not " + shown(document));
    }
    for (const auto &[key, value] : document.items()) {
        if (std::none_of(fields.begin(), fields.end(), [&](const Field &field) { return key == field.name; })) {
            std::vector<std::string> names;
            for (const Field &field : fields) {
                names.emplace_back(field.name);
            }
            refuse("unknown_field", key, "unknown field \"" + key.substr(0, 100) + "\"", std::move(names));
        }
    }
    Request request;
    for (const Field &field : fields) {
        const auto found = document.find(field.name);
        if (found == document.end()) {
            if (field.required) {
                refuse("missing_field", field.name, std::string(field.name) + " is required");
            }
            continue;
        }
        const json value = field.type == FieldType::integer ? base::whole_if_integral(*found) : *found;
        check(field, value);
        field.place.set(request, value);
        request.given.insert(field.name);
    }
    if (request.seed > std::numeric_limits<std::int64_t>::max() - (request.batch_size - 1)) {
        refuse("out_of_range", "seed", "seed + batch_size - 1 must stay below 2^63");
    }
    check_rules(request, document);
    return request;
}

json without_images(json document) {
    for (const Field &field : request_fields()) {
        const auto image = field.type == FieldType::image ? document.find(field.name) : document.end();
        if (image != document.end() && image->is_string()) {
            *image = "(" + std::to_string(image->get_ref<const std::string &>().size()) + " characters)";
        }
    }
    return document;
}

json request_schema(std::span<const Field> fields) {
    json properties = json::object();
    json required = json::array();
    for (const Field &field : fields) {
        json schema = documentation(field);
        schema["x-position"] = properties.size();
        switch (field.type) {
        case FieldType::string:
            schema["type"] = "string";
            schema["minLength"] = field.min_length;
            schema["maxLength"] = field.max_length;
            if (!field.choices.empty()) {
                schema["enum"] = field.choices;
            }
            break;
        case FieldType::integer:
            schema["type"] = "integer";
            schema["format"] = "int64";
            schema["minimum"] = field.min_integer;
            schema["maximum"] = field.max_integer;
            if (field.multiple_of > 1) {
                schema["multipleOf"] = field.multiple_of;
            }
            break;
        case FieldType::number:
            schema["type"] = "number";
            schema["minimum"] = field.min_number;
            schema["maximum"] = field.max_number;
            break;
        case FieldType::boolean:
            schema["type"] = "boolean";
            break;
        case FieldType::object:
            schema["type"] = "object";
            break;
        case FieldType::loras: {
            const json name{{"type", "string"}, {"minLength", 1}, {"maxLength", max_name_length}};
            const json weight{
                {"type", "number"}, {"minimum", -max_lora_weight}, {"maximum", max_lora_weight}, {"default", 1}};
            json text_weight = weight;
            text_weight.erase("default");
            text_weight["description"] = "Of the text encoders. Default: weight.";
            const json block{{"type", "number"}, {"minimum", -max_lora_weight}, {"maximum", max_lora_weight}};
            const json blocks{{"type", "array"},
                              {"items", block},
                              {"minItems", prompt::lora_block_counts.front()},
                              {"maxItems", prompt::lora_block_counts.back()}};
            const json params{{"type", "object"},
                              {"description", "Parameters of the adapter that GET /loras names, as GET /adapters "
                                              "describes them."}};
            schema["type"] = "array";
            schema["maxItems"] = max_loras;
            schema["items"] = {{"type", "object"},
                               {"additionalProperties", false},
                               {"properties",
                                {{"name", name},
                                 {"path", name},
                                 {"weight", weight},
                                 {"text_weight", text_weight},
                                 {"block_weights", blocks},
                                 {"params", params}}},
                               {"oneOf", {{{"required", {"name"}}}, {{"required", {"path"}}}}}};
            break;
        }
        case FieldType::image:
            schema["type"] = "string";
            schema["contentEncoding"] = "base64";
            break;
        case FieldType::sigmas:
            schema.update(sigmas_schema());
            break;
        }
        if (!field.default_value.is_null()) {
            schema["default"] = field.default_value;
        }
        properties[field.name] = std::move(schema);
        if (field.required) {
            required.push_back(field.name);
        }
    }
    json schema{{"type", "object"}, {"additionalProperties", false}};
    if (!properties.contains("from_image")) { // it can give any field; an anyOf would hide them all
        schema["required"] = std::move(required);
    }
    schema["properties"] = std::move(properties);
    return schema;
}

} // namespace able::server
