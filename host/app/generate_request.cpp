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

const server::Field &field_named(const std::string &name) {
    const auto fields = server::request_fields();
    const auto found =
        std::find_if(fields.begin(), fields.end(), [&](const server::Field &f) { return name == f.name; });
    if (found == fields.end()) {
        throw std::logic_error("the request has no field " + name);
    }
    return *found;
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

GenerateFlags::GenerateFlags(CLI::App &command) {
    command.add_option("PROMPT", positional_prompt_, "What the image shows")->type_name("");
    add(command, "prompt", "TEXT", "The same, as a flag");
    add(command, "negative_prompt", "TEXT", "What the image should not show");
    add(command, "prompt_syntax", "WORD", "What brackets mean in prompts: a1111 or plain");
    add(command, "prompt_weighting", "WORD", "How weights act: a1111 or comfy");
    command
        .add_option("--model", model_,
                    "Id of a model, or the path of a model's folder (default: the configured one, or the only one)")
        ->type_name("ID|PATH");
    add(command, "width", "PIXELS", "Width; default: the model's own");
    add(command, "height", "PIXELS", "Height; default: the model's own");
    add(command, "steps", "N", "Sampling steps");
    add(command, "cfg_scale", "X", "How closely the image follows the prompt");
    add(command, "seed", "N", "Seed; -1 draws one");
    add(command, "batch_size", "N", "Images to make, with seeds that count up");
    add(command, "sampler", "ID", "Sampler, by id or name");
    add(command, "schedule", "ID", "Noise schedule; default: the sampler's own");
    command.add_option("--sampler-param", sampler_params_, "A parameter of the sampler; repeatable")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command.add_option("--schedule-param", schedule_params_, "A parameter of the schedule; repeatable")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command.add_option("--pipeline-param", pipeline_params_, "A parameter of the model's pipeline; repeatable")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false);
    command.add_option("--lora", loras_, "A LoRA and its weight (default 1); repeatable")
        ->type_name("ID[:WEIGHT]")
        ->allow_extra_args(false);
    add(command, "vae", "ID", "Another VAE than the model's own");
    add(command, "refiner", "ID", "A second model of the same family, for the last steps");
    add(command, "refiner_start", "X", "The fraction of the noise schedule before the refiner");
    add(command, "clip_skip", "N", "Text encoder layer to stop at, counted from the last");
    add(command, "guidance_rescale", "X", "How far the guided prediction gets back its deviation (CFG rescale)");
    add(command, "perp_neg_scale", "X", "Strength of the negative prompt's perpendicular part (Perp-Neg)");
    add(command, "guidance_start", "X", "Fraction of the steps after which guidance starts");
    add(command, "guidance_end", "X", "Fraction of the steps after which guidance ends");
    add(command, "deep_cache_interval", "N", "Compute the whole network every N evaluations only (DeepCache)");
    add(command, "deep_cache_branch", "N", "The skip connection above which the others are computed");
    add(command, "subseed", "N", "Variation seed; -1 draws one");
    add(command, "subseed_strength", "X", "How far the initial noise goes to the variation seed's");
    add(command, "seed_resize_from_width", "PIXELS", "Begin with the seed's noise for this width");
    add(command, "seed_resize_from_height", "PIXELS", "Begin with the seed's noise for this height");
    add(command, "eta_noise_seed_delta", "N", "Added to the seed for the samplers' own noise (ENSD)");
    sigmas_option_ =
        command
            .add_option("--sigmas", sigmas_, "Noise levels instead of steps and schedule, the last 0: 14.6,5,1.5,0.4,0")
            ->type_name("X,X,...");
    command.add_option("--init-image", init_image_, "Picture to begin with: PNG, JPEG or WebP")->type_name("FILE");
    add(command, "strength", "X", "How much of the initial picture is replaced");
    command.add_option("--mask", mask_, "Picture that is white where the initial picture is painted anew")
        ->type_name("FILE");
    add(command, "mask_blur", "PIXELS", "How soft the mask's edge is");
    add(command, "mask_invert", "", "Paint where the mask is black");
    add(command, "mask_content", "WORD", "What is under the mask at first: original, fill, noise or zeros");
    add(command, "inpaint_region", "WORD", "Paint the picture whole, or only_masked: the part around the mask");
    add(command, "inpaint_padding", "PIXELS", "How much around the mask only_masked sees");
}

void GenerateFlags::add(CLI::App &command, const char *field, const char *type, const char *help) {
    const server::Field &described = field_named(field);
    Value &value = values_.emplace_back();
    value.field = field;
    value.type = described.type;
    if (value.type == server::FieldType::boolean) {
        value.option = command.add_flag(flag_of_field(field))->description(help);
        return;
    }
    CLI::Option *option = command.add_option(flag_of_field(field), value.text, help + limits(described));
    option->type_name(type);
    value.option = option;
}

nlohmann::json GenerateFlags::request() const {
    nlohmann::json request = nlohmann::json::object();
    for (const Value &value : values_) {
        if (value.option->count() > 0) {
            request[value.field] = value.type == server::FieldType::boolean  ? nlohmann::json(true)
                                   : value.type == server::FieldType::string ? nlohmann::json(value.text)
                                                                             : number_or_text(value.text);
        }
    }
    if (!positional_prompt_.empty()) {
        if (request.contains("prompt")) {
            refuse("prompt", "the prompt is given twice, with the flag and without");
        }
        request["prompt"] = positional_prompt_;
    }
    if (!model_.empty()) {
        request["model"] = model_;
    }
    if (!sampler_params_.empty()) {
        request["sampler_params"] = params_json("sampler_params", sampler_params_);
    }
    if (!schedule_params_.empty()) {
        request["schedule_params"] = params_json("schedule_params", schedule_params_);
    }
    if (!pipeline_params_.empty()) {
        request["pipeline_params"] = params_json("pipeline_params", pipeline_params_);
    }
    if (sigmas_option_->count() > 0) {
        request["sigmas"] = number_list(sigmas_);
    }
    if (request.contains("subseed") && !request.contains("subseed_strength")) {
        refuse("subseed", "does nothing without --subseed-strength");
    }
    if (request.contains("deep_cache_branch") && !request.contains("deep_cache_interval")) {
        refuse("deep_cache_branch", "does nothing without --deep-cache-interval");
    }
    for (const std::string &lora : loras_) {
        request["loras"].push_back(lora_json(lora));
    }
    add_pictures(request);
    return request;
}

void GenerateFlags::add_pictures(nlohmann::json &request) const {
    if (!init_image_.empty()) {
        request["init_image"] = picture("init_image", init_image_);
    } else if (request.contains("strength")) {
        refuse("strength", "does nothing without --init-image");
    }
    if (!mask_.empty()) {
        request["mask"] = picture("mask", mask_);
        return;
    }
    for (const char *field : {"mask_blur", "mask_invert", "mask_content", "inpaint_region", "inpaint_padding"}) {
        if (request.contains(field)) {
            refuse(field, "does nothing without --mask");
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
    std::string name = field.substr(0, field.find_first_of("[."));
    if (name == "loras" || name == "sampler_params" || name == "schedule_params" || name == "pipeline_params") {
        name.pop_back(); // one flag for each item
    }
    std::replace(name.begin(), name.end(), '_', '-');
    return "--" + name;
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
