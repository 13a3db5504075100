#include "inpainting_fields.h"

#include "picture_field.h"

namespace able::server {
namespace {

using nlohmann::json;

constexpr std::size_t longest_choice = 20;

} // namespace

void add_inpainting_fields(std::vector<Field> &fields) {
    fields.push_back({.name = "mask",
                      .type = FieldType::image,
                      .description =
                          "Which part of init_image to paint anew: a picture like it, white where to paint and black "
                          "elsewhere. Grey of 128 and more counts as white, and so does transparency.",
                      .assign = [](Request &r, const json &v) {
                          r.inpainting.mask = picture_of("mask", v);
                      }});
    fields.push_back({.name = "mask_blur",
                      .type = FieldType::integer,
                      .description = "How soft the mask's edge is: sigma in pixels. This and the following fields have "
                                     "no effect without mask.",
                      .assign = [](Request &r, const json &v) { r.inpainting.blur = v.get<std::uint32_t>(); },
                      .default_value = 4,
                      .max_integer = 64});
    fields.push_back({.name = "mask_invert",
                      .type = FieldType::boolean,
                      .description = "Paint where the mask is black.",
                      .assign = [](Request &r, const json &v) { r.inpainting.invert = v.get<bool>(); },
                      .default_value = false});
    fields.push_back({.name = "mask_content",
                      .type = FieldType::string,
                      .description =
                          "What is under the mask before it is painted: the picture itself, its surroundings run in "
                          "(fill), latent noise, or latent zeros. At strength 1 nothing of it is left.",
                      .assign = [](Request &r, const json &v) { r.inpainting.content = v.get<std::string>(); },
                      .default_value = "original",
                      .max_length = longest_choice,
                      .choices = {"original", "fill", "noise", "zeros"}});
    fields.push_back(
        {.name = "inpaint_region",
         .type = FieldType::string,
         .description = "Paint the picture as a whole, at width x height; or only the part around the mask, at width x "
                        "height, which is then put back into init_image at its own size.",
         .assign = [](Request &r, const json &v) { r.inpainting.only_masked = v == "only_masked"; },
         .default_value = "whole",
         .max_length = longest_choice,
         .choices = {"whole", "only_masked"}});
    fields.push_back(
        {.name = "inpaint_padding",
         .type = FieldType::integer,
         .description = "Pixels of init_image around the mask that only_masked paints along, to see what is there.",
         .assign = [](Request &r, const json &v) { r.inpainting.padding = v.get<std::uint32_t>(); },
         .default_value = 32,
         .max_integer = 256});
}

} // namespace able::server
