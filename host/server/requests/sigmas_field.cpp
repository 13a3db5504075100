#include "sigmas_field.h"
#include "refusal.h"

#include "host/base/request_error.h"

namespace able::server {
namespace {

using nlohmann::json;

// As many as the most steps of a schedule have. The lowest level is far below any model's, and keeps what divides by a
// level finite; the highest is beyond those of models with zero terminal SNR, whose table ends at 4096.
constexpr std::size_t min_levels = 2, max_levels = 151;
constexpr double lowest_level = 0.0001, highest_level = 10'000;

} // namespace

void check_sigmas(const std::string &field, const json &value) {
    if (!value.is_array()) {
        refuse("wrong_type", field, field + " must be an array of noise levels, such as [14.6, 5, 1.5, 0.4, 0]");
    }
    if (value.size() < min_levels || value.size() > max_levels) {
        refuse("out_of_range", field,
               field + " must have " + std::to_string(min_levels) + " to " + std::to_string(max_levels) +
                   " noise levels, one more than there are steps; it has " + std::to_string(value.size()));
    }
    for (std::size_t i = 0; i < value.size(); ++i) {
        const std::string where = field + "[" + std::to_string(i) + "]";
        if (!value[i].is_number()) {
            refuse("wrong_type", where, where + " must be a number");
        }
        const double level = value[i].get<double>();
        const bool last = i + 1 == value.size();
        if (last && level != 0) {
            refuse("invalid_value", where,
                   field + " must end with 0: what noise is left at the end would be in the image");
        }
        if (!last && !(level >= lowest_level && level <= highest_level)) {
            refuse("out_of_range", where, where + " must be from 0.0001 to 10000; only the last level is 0");
        }
        if (i > 0 && !(level < value[i - 1].get<double>())) {
            refuse("invalid_value", where, where + " must be below the level before it: noise only falls");
        }
    }
}

json sigmas_schema() {
    return {{"type", "array"},
            {"minItems", min_levels},
            {"maxItems", max_levels},
            {"items", {{"type", "number"}, {"minimum", 0}, {"maximum", highest_level}}}};
}

} // namespace able::server
