#include "sampling_fields.h"

#include <limits>

namespace able::server {
namespace {

using nlohmann::json;

void add_guidance_fields(std::vector<Field> &fields) {
    fields.push_back({.name = "guidance_rescale",
                      .type = FieldType::number,
                      .description =
                          "CFG rescale: how far the guided prediction gets back the deviation of the one without "
                          "guidance, image by image. Helps models with zero terminal SNR; 0.7 is usual there.",
                      .assign = [](Request &r, const json &v) { r.guidance.rescale = v.get<double>(); },
                      .default_value = 0.0,
                      .max_number = 1});
    fields.push_back({.name = "perp_neg_scale",
                      .type = FieldType::number,
                      .description = "Perp-Neg: keeps away from the negative prompt only as far as that does not speak "
                                     "against the prompt, this strongly; 1 is usual. Costs an evaluation more a step. "
                                     "Default: plain guidance, from the negative prompt to the prompt.",
                      .assign = [](Request &r, const json &v) { r.guidance.perp_neg_scale = v.get<double>(); },
                      .max_number = 100});
    fields.push_back({.name = "guidance_start",
                      .type = FieldType::number,
                      .description =
                          "Fraction of the steps after which guidance starts. Steps without guidance follow the "
                          "prompt as with cfg_scale 1, and cost half.",
                      .assign = [](Request &r, const json &v) { r.guidance.start = v.get<double>(); },
                      .default_value = 0.0,
                      .max_number = 1});
    fields.push_back({.name = "guidance_end",
                      .type = FieldType::number,
                      .description = "Fraction of the steps after which guidance ends; above guidance_start.",
                      .assign = [](Request &r, const json &v) { r.guidance.end = v.get<double>(); },
                      .default_value = 1.0,
                      .max_number = 1});
}

void add_deep_cache_fields(std::vector<Field> &fields) {
    fields.push_back({.name = "deep_cache_interval",
                      .type = FieldType::integer,
                      .description =
                          "DeepCache: every how many evaluations of the model the whole network is computed; those "
                          "between take its deep part from the last such one. Saves time, changes the picture. 1: all.",
                      .assign = [](Request &r, const json &v) { r.deep_cache.interval = v.get<std::uint32_t>(); },
                      .default_value = 1,
                      .min_integer = 1,
                      .max_integer = 50});
    fields.push_back(
        {.name = "deep_cache_branch",
         .type = FieldType::integer,
         .description =
             "The skip connection of the network above which the evaluations between are computed: 0 computes "
             "the least, each further one more. SD 1.x and 2.x have 0 to 11, SDXL 0 to 8.",
         .assign = [](Request &r, const json &v) { r.deep_cache.branch = v.get<std::uint32_t>(); },
         .default_value = 0,
         .max_integer = 11});
}

Field resize_field(const char *name, void (*assign)(Request &, const json &)) {
    return {.name = name,
            .type = FieldType::integer,
            .description =
                "Pixels. Begins with the noise that the seed has at this size, laid over the middle, so that "
                "the picture resembles that one. Width and height go together. Default: no other size.",
            .assign = assign,
            .min_integer = 64,
            .max_integer = 2048,
            .multiple_of = 8};
}

void add_noise_fields(std::vector<Field> &fields) {
    fields.push_back(
        {.name = "subseed",
         .type = FieldType::integer,
         .description = "Variation seed, for subseed_strength; image i of a batch has subseed + i. -1 draws "
                        "one, which the results report.",
         .assign =
             [](Request &r, const json &v) {
                 const auto subseed = v.get<std::int64_t>();
                 r.subseed = subseed < 0 ? std::nullopt : std::optional(static_cast<std::uint64_t>(subseed));
             },
         .default_value = -1,
         .min_integer = -1,
         .max_integer = std::numeric_limits<std::int64_t>::max()});
    fields.push_back({.name = "subseed_strength",
                      .type = FieldType::number,
                      .description =
                          "How far the initial noise goes from the seed's to the subseed's: 0 has the seed's, 1 "
                          "the subseed's.",
                      .assign = [](Request &r, const json &v) { r.noise.subseed_strength = v.get<double>(); },
                      .default_value = 0.0,
                      .max_number = 1});
    fields.push_back(resize_field("seed_resize_from_width", [](Request &r, const json &v) {
        r.noise.resize_from_width = v.get<std::uint32_t>();
    }));
    fields.push_back(resize_field("seed_resize_from_height", [](Request &r, const json &v) {
        r.noise.resize_from_height = v.get<std::uint32_t>();
    }));
    fields.push_back(
        {.name = "eta_noise_seed_delta",
         .type = FieldType::integer,
         .description = "ENSD: added to the seed for the noise that samplers add on the way, other than that "
                        "of the SDE samplers' path. 0: they go on with the image's own.",
         .assign = [](Request &r, const json &v) { r.noise.eta_noise_seed_delta = v.get<std::uint32_t>(); },
         .default_value = 0,
         .max_integer = std::numeric_limits<std::uint32_t>::max()});
    fields.push_back({.name = "sigmas",
                      .type = FieldType::sigmas,
                      .description = "Noise levels to visit, falling, the last 0, instead of steps and a schedule: one "
                                     "more than steps. As for a schedule, strength takes the last of them. Default: "
                                     "the schedule's.",
                      .assign = [](Request &r, const json &v) {
                          r.sigmas = v.get<std::vector<double>>();
                      }});
}

} // namespace

void add_sampling_fields(std::vector<Field> &fields) {
    add_guidance_fields(fields);
    add_deep_cache_fields(fields);
    add_noise_fields(fields);
}

} // namespace able::server
