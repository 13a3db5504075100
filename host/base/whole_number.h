// Whole numbers as other programs write them.
#pragma once

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstdint>

namespace able::base {

// JSON knows one kind of number, so 20.0 is 20: such a value as an integer, any other as it is.
inline nlohmann::json whole_if_integral(const nlohmann::json &value) {
    if (!value.is_number_float()) {
        return value;
    }
    const double number = value.get<double>();
    if (std::trunc(number) != number || std::abs(number) >= 0x1p63) {
        return value;
    }
    return number < 0 ? nlohmann::json(static_cast<std::int64_t>(number))
                      : nlohmann::json(static_cast<std::uint64_t>(number));
}

} // namespace able::base
