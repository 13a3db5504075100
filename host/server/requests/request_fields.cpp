#include "inpainting_fields.h"
#include "picture_field.h"
#include "request.h"
#include "sampling_fields.h"

#include <limits>

namespace able::server {
namespace {

using nlohmann::json;

void assign_loras(Request &request, const json &value) {
    for (const json &lora : value) {
        const json &name = lora.contains("name") ? lora.at("name") : lora.at("path");
        request.loras.push_back({name.get<std::string>(), lora.value("weight", 1.0),
                                 lora.value("block_weights", std::vector<double>{}),
                                 lora.value("params", json::object())});
    }
}

std::vector<Field> make_fields() {
    constexpr std::int64_t max_seed = std::numeric_limits<std::int64_t>::max();
    std::vector<Field> fields;
    const auto add = [&](const char *name, FieldType type, const char *description, auto assign) -> Field & {
        Field &field = fields.emplace_back();
        field.name = name;
        field.type = type;
        field.description = description;
        field.assign = assign;
        return field;
    };
    const auto text = [](Field &field, std::size_t min, std::size_t max) -> Field & {
        field.min_length = min;
        field.max_length = max;
        return field;
    };
    const auto integer = [](Field &field, std::int64_t min, std::int64_t max) -> Field & {
        field.min_integer = min;
        field.max_integer = max;
        return field;
    };
    const auto number = [](Field &field, double min, double max) -> Field & {
        field.min_number = min;
        field.max_number = max;
        return field;
    };

    text(add("prompt", FieldType::string, "What the image shows.",
             [](Request &r, const json &v) { r.prompt = v.get<std::string>(); }),
         1, 10'000)
        .required = true;
    text(add("negative_prompt", FieldType::string, "What the image should not show.",
             [](Request &r, const json &v) { r.negative_prompt = v.get<std::string>(); }),
         0, 10'000)
        .default_value = "";
    const auto choice = [&](Field &field, std::vector<std::string> choices) -> Field & {
        field.choices = std::move(choices);
        return text(field, 1, 100);
    };
    choice(add("prompt_syntax", FieldType::string,
               "What brackets and the like mean in both prompts: \"a1111\" is the language of AUTOMATIC1111's web UI, "
               "\"plain\" takes everything as text.",
               [](Request &r, const json &v) { r.prompt_syntax = v.get<std::string>(); }),
           {"a1111", "plain"})
        .default_value = "a1111";
    choice(
        add("prompt_weighting", FieldType::string,
            "How weights act on the prompt's encoding: \"a1111\" multiplies and keeps the mean, \"comfy\" moves away "
            "from the empty prompt's.",
            [](Request &r, const json &v) { r.prompt_weighting = v.get<std::string>(); }),
        {"a1111", "comfy"})
        .default_value = "a1111";
    text(add("model", FieldType::string,
             "Id of a model as GET /models lists it. Default: the configured one, or the only one there is.",
             [](Request &r, const json &v) { r.model = v.get<std::string>(); }),
         1, 500);
    integer(add("width", FieldType::integer, "Pixels. Default: the model's own.",
                [](Request &r, const json &v) { r.width = v.get<std::uint32_t>(); }),
            64, 2048)
        .multiple_of = 8;
    integer(add("height", FieldType::integer, "Pixels. Default: the model's own.",
                [](Request &r, const json &v) { r.height = v.get<std::uint32_t>(); }),
            64, 2048)
        .multiple_of = 8;
    integer(add("steps", FieldType::integer, "Sampling steps.",
                [](Request &r, const json &v) { r.steps = v.get<std::uint32_t>(); }),
            1, 150)
        .default_value = 20;
    number(add("cfg_scale", FieldType::number, "Guidance scale: how closely the image follows the prompt.",
               [](Request &r, const json &v) { r.cfg_scale = v.get<double>(); }),
           1, 30)
        .default_value = 7.5;
    integer(add("seed", FieldType::integer,
                "Seed of the first image; image i of a batch has seed + i. -1 draws one, which the results report.",
                [](Request &r, const json &v) { r.seed = v.get<std::int64_t>(); }),
            -1, max_seed)
        .default_value = -1;
    integer(add("batch_size", FieldType::integer, "Images to make.",
                [](Request &r, const json &v) { r.batch_size = v.get<std::uint32_t>(); }),
            1, 10)
        .default_value = 1;
    text(add("sampler", FieldType::string,
             "Id or alias of a sampler as GET /samplers lists it; the name of a schedule may follow, as in "
             "\"DPM++ 2M Karras\".",
             [](Request &r, const json &v) { r.sampler = v.get<std::string>(); }),
         1, 200)
        .default_value = "euler_a";
    text(add("schedule", FieldType::string,
             "Id or alias of a schedule as GET /schedules lists it. Default: the sampler's own.",
             [](Request &r, const json &v) { r.schedule = v.get<std::string>(); }),
         1, 200);
    add("sampler_params", FieldType::object, "Parameters of the sampler, as GET /samplers describes them.",
        [](Request &r, const json &v) { r.sampler_params = v; })
        .default_value = json::object();
    add("schedule_params", FieldType::object, "Parameters of the schedule, as GET /schedules describes them.",
        [](Request &r, const json &v) { r.schedule_params = v; })
        .default_value = json::object();
    add("pipeline_params", FieldType::object, "Parameters of the model's pipeline, as GET /pipelines describes them.",
        [](Request &r, const json &v) { r.pipeline_params = v; })
        .default_value = json::object();
    integer(add("clip_skip", FieldType::integer,
                "Which layer of the text encoder to use, counted from the last, which is 1. Default: the model's own.",
                [](Request &r, const json &v) { r.clip_skip = v.get<std::uint32_t>(); }),
            1, 12);
    add("loras", FieldType::loras, "LoRAs to apply, with a weight each: {\"name\": …, \"weight\": 0.8}.", assign_loras)
        .default_value = json::array();
    text(add("vae", FieldType::string,
             "Id of a VAE as GET /vaes lists it, in place of the model's own. Default: the model's own.",
             [](Request &r, const json &v) { r.vae = v.get<std::string>(); }),
         1, 500);
    text(
        add("refiner", FieldType::string,
            "Id of a second model of the same family that takes the last steps, such as SDXL's refiner. Default: none.",
            [](Request &r, const json &v) { r.refiner = v.get<std::string>(); }),
        1, 500);
    number(
        add("refiner_start", FieldType::number,
            "Where the refiner takes over: the fraction of the noise schedule that is the model's. Without refiner it "
            "has no effect.",
            [](Request &r, const json &v) { r.refiner_start = v.get<double>(); }),
        0, 1)
        .default_value = 0.8;
    add("init_image", FieldType::image,
        "Picture to start from: a PNG, JPEG or WebP file in base64, or as a data URL. Never a path.",
        [](Request &r, const json &v) { r.init_image = picture_of("init_image", v); });
    number(add("strength", FieldType::number,
               "How far to go from init_image: 0 keeps it, 1 ignores it. Without init_image it has no effect.",
               [](Request &r, const json &v) { r.strength = v.get<double>(); }),
           0, 1)
        .default_value = 0.75;
    integer(add("preview", FieldType::integer, "Send a preview with the events every n steps; 0 sends none.",
                [](Request &r, const json &v) { r.preview = v.get<std::uint32_t>(); }),
            0, 150)
        .default_value = 0;
    add_inpainting_fields(fields);
    add_sampling_fields(fields);
    return fields;
}

} // namespace

std::span<const Field> request_fields() {
    static const std::vector<Field> fields = make_fields();
    return fields;
}

} // namespace able::server
