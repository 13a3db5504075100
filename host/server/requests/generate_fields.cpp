// The fields of POST /api/v1/generate. A row says everything about a field: from it come the check, the documentation
// (OpenAPI, docs/rest-api.md, --help), the flag, the place on the page, and the way back from an image's metadata.
// Defaults are those of Request.
#include "picture_field.h"
#include "refusal.h"
#include "request.h"

#include <limits>
#include <type_traits>
#include <utility>

namespace able::server {
namespace {

using nlohmann::json;

constexpr std::size_t longest_prompt = 10'000, longest_id = 500, longest_choice = 100;
constexpr std::int64_t largest_seed = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t largest_delta = std::numeric_limits<std::uint32_t>::max();

template <class T>
constexpr bool is_optional = false;
template <class T>
constexpr bool is_optional<std::optional<T>> = true;

// A member of the request, or of a part of it: at<&Request::guidance, &protocol::GuidanceOptions::start>.
template <auto... Path>
constexpr Place at() {
    using Member = std::remove_cvref_t<decltype((std::declval<Request &>().*....*Path))>;
    return {.set =
                [](Request &request, const json &value) {
                    auto &member = (request.*....*Path);
                    if constexpr (std::is_same_v<Member, json>) {
                        member = value;
                    } else if constexpr (is_optional<Member>) {
                        member = value.get<typename Member::value_type>();
                    } else {
                        member = value.get<Member>();
                    }
                },
            .get = [](const Request &request) -> json {
                const auto &member = (request.*....*Path);
                if constexpr (is_optional<Member>) {
                    return member ? json(*member) : json(nullptr);
                } else {
                    return member;
                }
            }};
}

// The same for one whose initial value is none.
template <auto... Path>
constexpr Place given_at() {
    return {.set = at<Path...>().set, .get = [](const Request &) -> json {
                return nullptr;
            }};
}

json nothing(const Request &) {
    return nullptr;
}

void set_subseed(Request &request, const json &value) {
    const auto subseed = value.get<std::int64_t>();
    request.subseed = subseed < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(subseed));
}

json get_subseed(const Request &request) {
    return request.subseed ? json(*request.subseed) : json(-1);
}

void set_loras(Request &request, const json &value) {
    for (const json &lora : value) {
        const json &name = lora.contains("name") ? lora.at("name") : lora.at("path");
        const auto text_weight = lora.find("text_weight");
        request.loras.push_back({name.get<std::string>(), lora.value("weight", 1.0),
                                 text_weight == lora.end() ? std::nullopt : std::optional(text_weight->get<double>()),
                                 lora.value("block_weights", std::vector<double>{}),
                                 lora.value("params", json::object())});
    }
}

json no_loras(const Request &) {
    return json::array();
}

// fill_from_image() has put the picture's settings in its place before.
void set_from_image(Request & /*request*/, const json & /*value*/) {
    refuse("invalid_value", "from_image", "from_image is only for requests for pictures");
}

void set_init_image(Request &request, const json &value) {
    request.init_image = picture_of("init_image", value);
}

void set_mask(Request &request, const json &value) {
    request.inpainting.mask = picture_of("mask", value);
}

void set_region(Request &request, const json &value) {
    request.inpainting.only_masked = value == "only_masked";
}

json get_region(const Request &request) {
    return request.inpainting.only_masked ? "only_masked" : "whole";
}

using protocol::DeepCacheOptions;
using protocol::GuidanceOptions;
using protocol::Inpainting;
using protocol::NoiseOptions;

std::vector<Field> make_fields() {
    std::vector<Field> fields{
        {.name = "prompt",
         .type = FieldType::string,
         .topic = "prompts",
         .place = at<&Request::prompt>(),
         .description = "What the image shows; \"\" leaves it to the model.",
         .left_out = "that of from_image, without which it is required",
         .help = "The same, as a flag",
         .value_name = "TEXT",
         .docs = "prompts.md",
         .required = true,
         .max_length = longest_prompt},
        {.name = "negative_prompt",
         .type = FieldType::string,
         .topic = "prompts",
         .place = at<&Request::negative_prompt>(),
         .description = "What the image should not show.",
         .help = "What the image should not show",
         .value_name = "TEXT",
         .docs = "prompts.md",
         .max_length = longest_prompt},
        {.name = "prompt_syntax",
         .type = FieldType::string,
         .topic = "prompts",
         .place = at<&Request::prompt_syntax>(),
         .description =
             "What brackets and the like mean in both prompts: \"a1111\" is the language of AUTOMATIC1111's web UI, "
             "\"plain\" takes everything as text.",
         .help = "What brackets mean in prompts: a1111 or plain",
         .value_name = "WORD",
         .docs = "prompts.md",
         .min_length = 1,
         .max_length = longest_choice,
         .choices = {"a1111", "plain"}},
        {.name = "prompt_weighting",
         .type = FieldType::string,
         .topic = "prompts",
         .place = at<&Request::prompt_weighting>(),
         .description =
             "How weights act on the prompt's encoding: \"a1111\" multiplies and keeps the mean, \"comfy\" moves away "
             "from the empty prompt's.",
         .help = "How weights act: a1111 or comfy",
         .value_name = "WORD",
         .docs = "prompts.md#how-weights-act",
         .min_length = 1,
         .max_length = longest_choice,
         .choices = {"a1111", "comfy"}},
        {.name = "model",
         .type = FieldType::string,
         .topic = "model",
         .place = at<&Request::model>(),
         .description = "Id of a model as GET /models lists it.",
         .left_out = "the configured one, or the only one there is, the demo models aside",
         .help = "Id of a model, or the path of a model's folder (default: the configured one, or the only one)",
         .value_name = "ID|PATH",
         .record = "model.id",
         .min_length = 1,
         .max_length = longest_id},
        {.name = "width",
         .type = FieldType::integer,
         .topic = "size",
         .place = at<&Request::width>(),
         .description = "Pixels.",
         .left_out = "the model's own",
         .help = "Width; default: the model's own",
         .value_name = "PIXELS",
         .min_integer = 64,
         .max_integer = 2048,
         .multiple_of = 8},
        {.name = "height",
         .type = FieldType::integer,
         .topic = "size",
         .place = at<&Request::height>(),
         .description = "Pixels.",
         .left_out = "the model's own",
         .help = "Height; default: the model's own",
         .value_name = "PIXELS",
         .min_integer = 64,
         .max_integer = 2048,
         .multiple_of = 8},
        {.name = "steps",
         .type = FieldType::integer,
         .topic = "sampling",
         .place = at<&Request::steps>(),
         .description = "Sampling steps.",
         .help = "Sampling steps",
         .value_name = "N",
         .min_integer = 1,
         .max_integer = 150},
        {.name = "cfg_scale",
         .type = FieldType::number,
         .topic = "sampling",
         .place = at<&Request::cfg_scale>(),
         .description = "Guidance scale: how closely the image follows the prompt.",
         .help = "How closely the image follows the prompt",
         .value_name = "X",
         .min_number = 1,
         .max_number = 30},
        {.name = "seed",
         .type = FieldType::integer,
         .topic = "sampling",
         .place = at<&Request::seed>(),
         .description =
             "Seed of the first image; image i of a batch has seed + i. -1 draws one, which the results report.",
         .help = "Seed; -1 draws one",
         .value_name = "N",
         .min_integer = -1,
         .max_integer = largest_seed},
        {.name = "batch_size",
         .type = FieldType::integer,
         .topic = "sampling",
         .place = at<&Request::batch_size>(),
         .description = "Images to make.",
         .help = "Images to make, with seeds that count up",
         .value_name = "N",
         .record = "",
         .min_integer = 1,
         .max_integer = 10},
        {.name = "sampler",
         .type = FieldType::string,
         .topic = "sampling",
         .place = at<&Request::sampler>(),
         .description = "Id or alias of a sampler as GET /samplers lists it; the name of a schedule may follow, as in "
                        "\"DPM++ 2M Karras\".",
         .help = "Sampler, by id or name",
         .value_name = "ID",
         .record = "sampler.id",
         .docs = "samplers.md",
         .min_length = 1,
         .max_length = 200},
        {.name = "schedule",
         .type = FieldType::string,
         .topic = "sampling",
         .place = at<&Request::schedule>(),
         .description = "Id or alias of a schedule as GET /schedules lists it.",
         .left_out = "the sampler's own",
         .help = "Noise schedule; default: the sampler's own",
         .value_name = "ID",
         .record = "schedule.id",
         .docs = "samplers.md#schedules",
         .min_length = 1,
         .max_length = 200},
        {.name = "sampler_params",
         .type = FieldType::object,
         .topic = "sampling",
         .place = at<&Request::sampler_params>(),
         .description = "Parameters of the sampler, as GET /samplers describes them.",
         .help = "A parameter of the sampler; repeatable",
         .flag = "--sampler-param",
         .value_name = "KEY=VALUE"},
        {.name = "schedule_params",
         .type = FieldType::object,
         .topic = "sampling",
         .place = at<&Request::schedule_params>(),
         .description = "Parameters of the schedule, as GET /schedules describes them.",
         .help = "A parameter of the schedule; repeatable",
         .flag = "--schedule-param",
         .value_name = "KEY=VALUE"},
        {.name = "pipeline_params",
         .type = FieldType::object,
         .topic = "sampling",
         .place = at<&Request::pipeline_params>(),
         .description = "Parameters of the model's pipeline, as GET /pipelines describes them.",
         .help = "A parameter of the model's pipeline; repeatable",
         .flag = "--pipeline-param",
         .value_name = "KEY=VALUE"},
        {.name = "loras",
         .type = FieldType::loras,
         .topic = "model",
         .place = {set_loras, no_loras},
         .description = "LoRAs to apply, with a weight each: {\"name\": …, \"weight\": 0.8}.",
         .help = "A LoRA and its weight (default 1); repeatable",
         .flag = "--lora",
         .value_name = "ID[:WEIGHT]",
         .docs = "lora.md"},
        {.name = "vae",
         .type = FieldType::string,
         .topic = "model",
         .place = at<&Request::vae>(),
         .description = "Id of a VAE as GET /vaes lists it, in place of the model's own.",
         .left_out = "the model's own",
         .help = "Another VAE than the model's own",
         .value_name = "ID",
         .record = "vae.id",
         .min_length = 1,
         .max_length = longest_id},
        {.name = "refiner",
         .type = FieldType::string,
         .topic = "model",
         .place = at<&Request::refiner>(),
         .description = "Id of a second model of the same family that takes the last steps, such as SDXL's refiner.",
         .left_out = "none",
         .help = "A second model of the same family, for the last steps",
         .value_name = "ID",
         .record = "refiner.id",
         .min_length = 1,
         .max_length = longest_id},
        {.name = "refiner_start",
         .type = FieldType::number,
         .topic = "model",
         .place = at<&Request::refiner_start>(),
         .description =
             "Where the refiner takes over: the fraction of the noise schedule that is the model's. Without refiner it "
             "has no effect.",
         .help = "The fraction of the noise schedule before the refiner",
         .value_name = "X",
         .record = "refiner.start",
         .max_number = 1},
        {.name = "clip_skip",
         .type = FieldType::integer,
         .topic = "model",
         .place = at<&Request::clip_skip>(),
         .description = "Which layer of the text encoder to use, counted from the last, which is 1.",
         .left_out = "the model's own",
         .help = "Text encoder layer to stop at, counted from the last",
         .value_name = "N",
         .min_integer = 1,
         .max_integer = 12},
        {.name = "guidance_rescale",
         .type = FieldType::number,
         .topic = "guidance",
         .place = at<&Request::guidance, &GuidanceOptions::rescale>(),
         .description =
             "CFG rescale: how far the guided prediction gets back the deviation of the one without guidance, image "
             "by image. Helps models with zero terminal SNR; 0.7 is usual there.",
         .help = "How far the guided prediction gets back its deviation (CFG rescale)",
         .value_name = "X",
         .docs = "samplers.md#guidance",
         .max_number = 1},
        {.name = "perp_neg_scale",
         .type = FieldType::number,
         .topic = "guidance",
         .place = at<&Request::guidance, &GuidanceOptions::perp_neg_scale>(),
         .description =
             "Perp-Neg: keeps away from the negative prompt only as far as that does not speak against the prompt, "
             "this strongly; 1 is usual. Costs an evaluation more a step.",
         .left_out = "plain guidance, from the negative prompt to the prompt",
         .help = "Strength of the negative prompt's perpendicular part (Perp-Neg)",
         .value_name = "X",
         .docs = "samplers.md#guidance",
         .max_number = 100},
        {.name = "guidance_start",
         .type = FieldType::number,
         .topic = "guidance",
         .place = at<&Request::guidance, &GuidanceOptions::start>(),
         .description = "Fraction of the steps after which guidance starts. Steps without guidance follow the prompt "
                        "as with cfg_scale 1, and cost half.",
         .help = "Fraction of the steps after which guidance starts",
         .value_name = "X",
         .docs = "samplers.md#guidance",
         .max_number = 1},
        {.name = "guidance_end",
         .type = FieldType::number,
         .topic = "guidance",
         .place = at<&Request::guidance, &GuidanceOptions::end>(),
         .description = "Fraction of the steps after which guidance ends; above guidance_start.",
         .help = "Fraction of the steps after which guidance ends",
         .value_name = "X",
         .docs = "samplers.md#guidance",
         .max_number = 1},
        {.name = "deep_cache_interval",
         .type = FieldType::integer,
         .topic = "speed",
         .place = at<&Request::deep_cache, &DeepCacheOptions::interval>(),
         .description =
             "DeepCache: every how many evaluations of the model the whole network is computed; those between take "
             "its deep part from the last such one. Saves time, changes the picture. 1: all.",
         .help = "Compute the whole network every N evaluations only (DeepCache)",
         .value_name = "N",
         .docs = "samplers.md#deep-features",
         .min_integer = 1,
         .max_integer = 50},
        {.name = "deep_cache_branch",
         .type = FieldType::integer,
         .topic = "speed",
         .place = at<&Request::deep_cache, &DeepCacheOptions::branch>(),
         .description =
             "The skip connection of the network above which the evaluations between are computed: 0 computes the "
             "least, each further one more. SD 1.x and 2.x have 0 to 11, SDXL 0 to 8.",
         .help = "The skip connection above which the others are computed",
         .value_name = "N",
         .needs = "deep_cache_interval",
         .docs = "samplers.md#deep-features",
         .max_integer = 11},
        {.name = "subseed",
         .type = FieldType::integer,
         .topic = "noise",
         .place = {set_subseed, get_subseed},
         .description = "Variation seed, for subseed_strength; image i of a batch has subseed + i. -1 draws one, which "
                        "the results report.",
         .help = "Variation seed; -1 draws one",
         .value_name = "N",
         .needs = "subseed_strength",
         .docs = "samplers.md#noise",
         .min_integer = -1,
         .max_integer = largest_seed},
        {.name = "subseed_strength",
         .type = FieldType::number,
         .topic = "noise",
         .place = at<&Request::noise, &NoiseOptions::subseed_strength>(),
         .description = "How far the initial noise goes from the seed's to the subseed's: 0 has the seed's, 1 the "
                        "subseed's.",
         .help = "How far the initial noise goes to the variation seed's",
         .value_name = "X",
         .docs = "samplers.md#noise",
         .max_number = 1},
        {.name = "seed_resize_from_width",
         .type = FieldType::integer,
         .topic = "noise",
         .place = given_at<&Request::noise, &NoiseOptions::resize_from_width>(),
         .description = "Pixels. Begins with the noise that the seed has at this size, laid over the middle, so that "
                        "the picture resembles that one. Width and height go together.",
         .left_out = "no other size",
         .help = "Begin with the seed's noise for this width",
         .value_name = "PIXELS",
         .min_integer = 64,
         .max_integer = 2048,
         .multiple_of = 8},
        {.name = "seed_resize_from_height",
         .type = FieldType::integer,
         .topic = "noise",
         .place = given_at<&Request::noise, &NoiseOptions::resize_from_height>(),
         .description = "Pixels. Begins with the noise that the seed has at this size, laid over the middle, so that "
                        "the picture resembles that one. Width and height go together.",
         .left_out = "no other size",
         .help = "Begin with the seed's noise for this height",
         .value_name = "PIXELS",
         .min_integer = 64,
         .max_integer = 2048,
         .multiple_of = 8},
        {.name = "eta_noise_seed_delta",
         .type = FieldType::integer,
         .topic = "noise",
         .place = at<&Request::noise, &NoiseOptions::eta_noise_seed_delta>(),
         .description = "ENSD: added to the seed for the noise that samplers add on the way, other than that of the "
                        "SDE samplers' path. 0: they go on with the image's own.",
         .help = "Added to the seed for the samplers' own noise (ENSD)",
         .value_name = "N",
         .max_integer = largest_delta},
        {.name = "sigmas",
         .type = FieldType::sigmas,
         .topic = "noise",
         .place = given_at<&Request::sigmas>(),
         .description = "Noise levels to visit, falling, the last 0, instead of steps and a schedule: one more than "
                        "steps. As for a schedule, strength takes the last of them.",
         .left_out = "the schedule's",
         .help = "Noise levels instead of steps and schedule, the last 0: 14.6,5,1.5,0.4,0",
         .value_name = "X,X,...",
         .docs = "samplers.md#levels-of-your-own"},
        {.name = "from_image",
         .type = FieldType::image,
         .topic = "picture",
         .place = {set_from_image, nothing},
         .description =
             "A picture whose settings count for every field that is left out: the id of one in the gallery, "
             "or a PNG file in base64 or as a data URL, of this program or of AUTOMATIC1111's kind.",
         .left_out = "none",
         .help = "PNG whose settings count for what other flags leave out",
         .value_name = "FILE",
         .record = "",
         .docs = "user-guide.md#the-same-again"},
        {.name = "init_image",
         .type = FieldType::image,
         .topic = "picture",
         .place = {set_init_image, nothing},
         .description = "Picture to start from: a PNG, JPEG or WebP file in base64, or as a data URL. Never a path.",
         .help = "Picture to begin with: PNG, JPEG or WebP",
         .value_name = "FILE",
         .record = ""},
        {.name = "strength",
         .type = FieldType::number,
         .topic = "picture",
         .place = at<&Request::strength>(),
         .description =
             "How far to go from init_image: 1 ignores it, 0 takes no step and gives the picture as the model's "
             "autoencoder has it. Otherwise the last int(steps * strength) steps are taken, and there has to "
             "be one. Without init_image it has no effect.",
         .help = "How much of the initial picture is replaced",
         .value_name = "X",
         .needs = "init_image",
         .max_number = 1},
        {.name = "mask",
         .type = FieldType::image,
         .topic = "inpainting",
         .place = {set_mask, nothing},
         .description = "Which part of init_image to paint anew: a picture like it, white where to paint and black "
                        "elsewhere. Grey of 128 and more counts as white, and so does transparency.",
         .help = "Picture that is white where the initial picture is painted anew",
         .value_name = "FILE",
         .record = "",
         .docs = "inpainting.md"},
        {.name = "mask_blur",
         .type = FieldType::integer,
         .topic = "inpainting",
         .place = at<&Request::inpainting, &Inpainting::blur>(),
         .description = "How soft the mask's edge is: sigma in pixels. This and the following fields have no effect "
                        "without mask.",
         .help = "How soft the mask's edge is",
         .value_name = "PIXELS",
         .needs = "mask",
         .max_integer = 64},
        {.name = "mask_invert",
         .type = FieldType::boolean,
         .topic = "inpainting",
         .place = at<&Request::inpainting, &Inpainting::invert>(),
         .description = "Paint where the mask is black.",
         .help = "Paint where the mask is black",
         .needs = "mask"},
        {.name = "mask_content",
         .type = FieldType::string,
         .topic = "inpainting",
         .place = at<&Request::inpainting, &Inpainting::content>(),
         .description = "What is under the mask before it is painted: the picture itself, its surroundings run in "
                        "(fill), latent noise, or latent zeros. At strength 1 nothing of it is left.",
         .help = "What is under the mask at first: original, fill, noise or zeros",
         .value_name = "WORD",
         .needs = "mask",
         .max_length = 20,
         .choices = {"original", "fill", "noise", "zeros"}},
        {.name = "inpaint_region",
         .type = FieldType::string,
         .topic = "inpainting",
         .place = {set_region, get_region},
         .description =
             "Paint the picture as a whole, at width x height; or only the part around the mask, at width x height, "
             "which is then put back into init_image at its own size.",
         .help = "Paint the picture whole, or only_masked: the part around the mask",
         .value_name = "WORD",
         .needs = "mask",
         .max_length = 20,
         .choices = {"whole", "only_masked"}},
        {.name = "inpaint_padding",
         .type = FieldType::integer,
         .topic = "inpainting",
         .place = at<&Request::inpainting, &Inpainting::padding>(),
         .description = "Pixels of init_image around the mask that only_masked paints along, to see what is there.",
         .help = "How much around the mask only_masked sees",
         .value_name = "PIXELS",
         .needs = "mask",
         .max_integer = 256},
        // Without a flag: the command line has nowhere to show a preview.
        {.name = "preview",
         .type = FieldType::integer,
         .topic = "events",
         .place = at<&Request::preview>(),
         .description = "Send a preview with the events every n steps; 0 sends none.",
         .record = "",
         .max_integer = 150},
    };
    const Request plain;
    for (Field &field : fields) {
        if (!field.required) {
            field.default_value = field.place.get(plain);
        }
        if (field.record == nullptr) {
            field.record = field.name;
        }
    }
    return fields;
}

} // namespace

std::span<const Field> request_fields() {
    static const std::vector<Field> fields = make_fields();
    return fields;
}

} // namespace able::server
