#include "request_rules.h"

#include <limits>

namespace able::server {
namespace {

using nlohmann::json;

[[noreturn]] void refuse(const std::string &field, const std::string &message, const char *code = "invalid_value") {
    throw base::RequestError(base::ErrorKind::invalid, code, message, field);
}

void check_noise(const Request &request) {
    constexpr std::uint64_t largest = std::numeric_limits<std::int64_t>::max();
    if (request.subseed.value_or(0) > largest - (request.batch_size - 1)) {
        refuse("subseed", "subseed + batch_size - 1 must stay below 2^63", "out_of_range");
    }
    const bool width = request.noise.resize_from_width != 0, height = request.noise.resize_from_height != 0;
    if (width != height) {
        refuse(width ? "seed_resize_from_height" : "seed_resize_from_width",
               "seed_resize_from_width and seed_resize_from_height go together: give both, or neither",
               "missing_field");
    }
}

void check_sigmas_alone(const Request &request, const json &document) {
    if (request.sigmas.empty()) {
        return;
    }
    for (const char *field : {"steps", "schedule"}) {
        if (document.contains(field)) {
            refuse(field, std::string(field) + " and sigmas exclude each other: the noise levels are the schedule, and "
                                               "one fewer is the steps; leave one of the two out");
        }
    }
    if (!request.schedule_params.empty()) {
        refuse("schedule_params", "schedule_params and sigmas exclude each other: there is no schedule to take them");
    }
}

} // namespace

void check_rules(const Request &request, const json &document) {
    if (!(request.guidance.start < request.guidance.end)) {
        refuse("guidance_end", "guidance_end must be above guidance_start; for no guidance at all, set cfg_scale to 1");
    }
    if (!request.inpainting.mask.empty() && request.init_image.empty()) {
        refuse("mask", "mask says which part of init_image to paint anew, and there is no init_image", "missing_field");
    }
    check_noise(request);
    check_sigmas_alone(request, document);
}

} // namespace able::server
