#include "python_json.h"

#include <array>

namespace able::text {

std::string without_python_numbers(std::string_view json) {
    static constexpr std::array<std::string_view, 3> words{"-Infinity", "Infinity", "NaN"};
    std::string plain;
    plain.reserve(json.size());
    bool quoted = false;
    while (!json.empty()) {
        if (!quoted) {
            bool found = false;
            for (const std::string_view word : words) {
                if (json.starts_with(word)) {
                    plain += "null";
                    json.remove_prefix(word.size());
                    found = true;
                    break;
                }
            }
            if (found) {
                continue;
            }
        }
        std::size_t length = 1;
        if (quoted && json.front() == '\\' && json.size() > 1) {
            length = 2;
        } else if (json.front() == '"') {
            quoted = !quoted;
        }
        plain += json.substr(0, length);
        json.remove_prefix(length);
    }
    return plain;
}

} // namespace able::text
