#include "request_rules.h"

#include "refusal.h"

#include <limits>

namespace able::server {
namespace {

using nlohmann::json;

void check_noise(const Request &request) {
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    if (request.subseed.value_or(0) > largest - (request.batch_size - 1)) {
        refuse("out_of_range", "subseed", "subseed + batch_size - 1 must stay below 2^63");
    }
    const bool width = request.noise.resize_from_width != 0, height = request.noise.resize_from_height != 0;
    if (width != height) {
        refuse("missing_field", width ? "seed_resize_from_height" : "seed_resize_from_width",
               "seed_resize_from_width and seed_resize_from_height go together: give both, or neither");
    }
}

void check_sigmas_alone(const Request &request, const json &document) {
    if (request.sigmas.empty()) {
        return;
    }
    for (const char *field : {"steps", "schedule"}) {
        if (document.contains(field)) {
            refuse("invalid_value", field,
                   std::string(field) + " and sigmas exclude each other: the noise levels are the schedule, and "
                                        "one fewer is the steps; leave one of the two out");
        }
    }
    if (!request.schedule_params.empty()) {
        refuse("invalid_value", "schedule_params",
               "schedule_params and sigmas exclude each other: there is no schedule to take them");
    }
}

} // namespace

void check_rules(const Request &request, const json &document) {
    if (!(request.guidance.start < request.guidance.end)) {
        refuse("invalid_value", "guidance_end",
               "guidance_end must be above guidance_start; for no guidance at all, set cfg_scale to 1");
    }
    if (!request.inpainting.mask.empty() && request.init_image.empty()) {
        refuse("missing_field", "mask", "mask says which part of init_image to paint anew, and there is no init_image");
    }
    check_noise(request);
    check_sigmas_alone(request, document);
}

} // namespace able::server
