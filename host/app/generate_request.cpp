#include "generate_request.h"

#include "host/base/base64.h"
#include "host/server/requests/request.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <utility>

namespace able::app {

namespace {

constexpr std::uintmax_t largest_picture = 64U << 20;
constexpr std::size_t most_names_shown = 30;

[[noreturn]] void refuse(const std::string &field, const std::string &message) {
    throw base::RequestError(base::ErrorKind::invalid, "invalid_value", message, field);
}

std::string number_text(double number) {
    return nlohmann::json(number).dump();
}

// " (1 to 150; default 20)", from the table that the server checks by.
std::string limits(const server::Field &field) {
    std::string text;
    if (field.type == server::FieldType::integer && field.max_integer > 0) {
        text = std::to_string(field.min_integer) + " to " + std::to_string(field.max_integer);
        if (field.multiple_of > 1) {
            text += ", a multiple of " + std::to_string(field.multiple_of);
        }
    }
    if (field.type == server::FieldType::number) {
        std::ostringstream range;
        range << field.min_number << " to " << field.max_number;
        text = range.str();
    }
    if (!field.default_value.is_null() && field.default_value != "") {
        const nlohmann::json &value = field.default_value;
        text += std::string(text.empty() ? "" : "; ") + "default " +
                (value.is_string()         ? value.get<std::string>()
                 : value.is_number_float() ? number_text(value)
                                           : value.dump());
    }
    return text.empty() ? text : " (" + text + ")";
}

std::string with_hyphens(std::string name) {
    std::replace(name.begin(), name.end(), '_', '-');
    return "--" + name;
}

std::string flag_name(const server::Field &field) {
    return *field.flag == '\0' ? with_hyphens(field.name) : field.flag;
}

// A number if it reads as one, so that the request's own check sees what was meant; otherwise the text as it is.
nlohmann::json number_or_text(const std::string &text) {
    nlohmann::json value = nlohmann::json::parse(text, nullptr, false);
    return value.is_number() ? value : nlohmann::json(text);
}

nlohmann::json scalar(const std::string &text) {
    if (text == "true" || text == "false") {
        return text == "true";
    }
    return number_or_text(text);
}

nlohmann::json params_json(const std::string &field, const std::vector<std::string> &pairs) {
    nlohmann::json params = nlohmann::json::object();
    for (const std::string &pair : pairs) {
        const std::size_t equals = pair.find('=');
        if (equals == std::string::npos || equals == 0) {
            refuse(field, "\"" + pair + "\" is not of the form KEY=VALUE");
        }
        const std::string key = pair.substr(0, equals);
        if (params.contains(key)) {
            refuse(field, key + " is given twice");
        }
        params[key] = scalar(pair.substr(equals + 1));
    }
    return params;
}

// "14.6,5,0" as a list. What is no number stays text, for the request's own check to name.
nlohmann::json number_list(const std::string &text) {
    nlohmann::json list = nlohmann::json::array();
    std::istringstream stream(text);
    for (std::string item; std::getline(stream, item, ',');) {
        list.push_back(number_or_text(item));
    }
    return list;
}

std::string picture(const std::string &field, const std::string &file) {
    std::error_code error;
    if (!std::filesystem::is_regular_file(file, error)) {
        refuse(field, "there is no file " + file);
    }
    if (std::filesystem::file_size(file, error) > largest_picture) {
        refuse(field, file + " is larger than 64 MiB");
    }
    std::ifstream stream(file, std::ios::binary);
    const std::string bytes{std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()};
    if (!stream) {
        refuse(field, file + " cannot be read; check its permissions");
    }
    return base::encode_base64({reinterpret_cast<const std::uint8_t *>(bytes.data()), bytes.size()});
}

// Where the command line shows what there is, by the error's code.
std::string_view where_to_look(const std::string &code, const std::string &field) {
    if (field == "model" || field == "vae" || field == "refiner") {
        return "`ablerefusal models` lists what there is";
    }
    if (field.starts_with("loras") || code == "unknown_lora") {
        return "`ablerefusal loras` lists what there is";
    }
    if (code == "unknown_sampler" || field.starts_with("sampler_params")) {
        return "`ablerefusal samplers` lists what there is";
    }
    if (code == "unknown_schedule" || field.starts_with("schedule_params")) {
        return "`ablerefusal schedules` lists what there is";
    }
    return {};
}

} // namespace

GenerateFlags::GenerateFlags(CLI::App &command, std::span<const server::Field> fields) {
    positional_ = command.add_option("PROMPT", positional_prompt_, "What the image shows; \"\" leaves it to the model")
                      ->type_name("");
    for (const server::Field &field : fields) {
        if (*field.help != '\0') {
            add(command, field);
        }
    }
}

void GenerateFlags::add(CLI::App &command, const server::Field &field) {
    Value &value = values_.emplace_back();
    value.field = &field;
    const std::string flag = flag_name(field);
    switch (field.type) {
    case server::FieldType::boolean:
        value.option = command.add_flag(flag)->description(field.help);
        return;
    case server::FieldType::object:
    case server::FieldType::loras:
        value.option =
            command.add_option(flag, value.texts, field.help)->type_name(field.value_name)->allow_extra_args(false);
        return;
    case server::FieldType::string:
    case server::FieldType::integer:
    case server::FieldType::number:
    case server::FieldType::image:
    case server::FieldType::sigmas:
        value.option = command.add_option(flag, value.text, field.help + limits(field))->type_name(field.value_name);
        return;
    }
}

nlohmann::json GenerateFlags::request() const {
    nlohmann::json request = nlohmann::json::object();
    for (const Value &value : values_) {
        const std::string name = value.field->name;
        if (value.option->count() == 0) {
            continue;
        }
        switch (value.field->type) {
        case server::FieldType::boolean:
            request[name] = true;
            break;
        case server::FieldType::string:
            request[name] = value.text;
            break;
        case server::FieldType::integer:
        case server::FieldType::number:
            request[name] = number_or_text(value.text);
            break;
        case server::FieldType::object:
            request[name] = params_json(name, value.texts);
            break;
        case server::FieldType::sigmas:
            request[name] = number_list(value.text);
            break;
        case server::FieldType::loras:
            for (const std::string &lora : value.texts) {
                request[name].push_back(lora_json(lora));
            }
            break;
        case server::FieldType::image:
            if (!value.text.empty()) {
                request[name] = picture(name, value.text);
            }
            break;
        }
    }
    if (positional_->count() > 0) {
        if (request.contains("prompt")) {
            refuse("prompt", "the prompt is given twice, with the flag and without");
        }
        request["prompt"] = positional_prompt_;
    }
    if (model().empty()) {
        request.erase("model");
    }
    check_needs(request);
    return request;
}

const std::string &GenerateFlags::model() const {
    return std::find_if(values_.begin(), values_.end(),
                        [](const Value &value) { return std::string_view(value.field->name) == "model"; })
        ->text;
}

void GenerateFlags::check_needs(const nlohmann::json &request) const {
    for (const Value &value : values_) {
        const std::string needed = value.field->needs;
        if (!needed.empty() && request.contains(value.field->name) && !request.contains(needed)) {
            refuse(value.field->name, "does nothing without " + flag_of_field(needed));
        }
    }
}

nlohmann::json lora_json(const std::string &text) {
    const std::size_t colon = text.rfind(':');
    if (colon != std::string::npos) {
        const nlohmann::json weight = number_or_text(text.substr(colon + 1));
        if (weight.is_number()) {
            return {{"name", text.substr(0, colon)}, {"weight", weight}};
        }
    }
    return {{"name", text}};
}

std::string flag_of_field(const std::string &field) {
    const std::string name = field.substr(0, field.find_first_of("[."));
    for (const server::Field &each : server::request_fields()) {
        if (name == each.name) {
            return flag_name(each);
        }
    }
    return with_hyphens(name);
}

std::string explain(const base::RequestError &error) {
    std::string text = error.field().empty() ? std::string() : flag_of_field(error.field()) + ": ";
    text += error.what();
    // The names that a parameter could have are in the message already.
    if (!error.allowed().empty() && error.code() != "invalid_parameter") {
        text += "\nthere ";
        text += error.allowed().size() == 1 ? "is " : "are ";
        for (std::size_t i = 0; i < std::min(error.allowed().size(), most_names_shown); ++i) {
            text += (i == 0 ? "" : ", ") + error.allowed()[i];
        }
        text += error.allowed().size() > most_names_shown ? ", ..." : "";
    }
    if (const std::string_view hint = where_to_look(error.code(), error.field()); !hint.empty()) {
        text.append("\n").append(hint);
    }
    return text;
}

} // namespace able::app
