// A picture's "parameters", and a text file's bytes.
#include "host/base/text_file.h"
#include "host/base/utf8.h"
#include "host/server/requests/a1111_parameters.h"

#include <cstdint>
#include <cstdlib>

namespace {

void require(bool condition) {
    if (!condition) {
        std::abort();
    }
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t *data, std::size_t size) {
    const std::string_view input(reinterpret_cast<const char *>(data), size);
    if (const auto parameters = able::server::parse_a1111_parameters(input)) {
        require(parameters->prompt.size() + parameters->negative_prompt.size() <= size);
        for (const auto &[name, value] : parameters->values) {
            require(!name.empty());
            able::server::name_pairs(value);
        }
    }
    try {
        const std::string text = able::base::text_of_bytes(input, "input");
        require(able::base::is_utf8(text) && text.find('\r') == std::string::npos);
    } catch (const able::base::TextFileError &) {
        return 0;
    }
    return 0;
}
