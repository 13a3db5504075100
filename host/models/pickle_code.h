// The instructions of a pickle, read one piece after the other.
#pragma once

#include "pickle_builder.h"

namespace able::models {

// Every function throws ModelError where the instructions break off.
class PickleCode {
public:
    // `builder` names the file in errors.
    PickleCode(std::string_view code, const PickleBuilder &builder) : code_(code), builder_(builder) {}

    bool empty() const { return code_.empty(); }

    std::string_view take(std::uint64_t count) {
        if (count > code_.size()) {
            builder_.damaged("truncated: its instructions break off");
        }
        const std::string_view bytes = code_.substr(0, count);
        code_.remove_prefix(count);
        return bytes;
    }

    // Little-endian, of at most 8 bytes.
    std::uint64_t number(std::size_t bytes) {
        const std::string_view raw = take(bytes);
        std::uint64_t value = 0;
        for (std::size_t i = 0; i < bytes; ++i) {
            value |= std::uint64_t{static_cast<unsigned char>(raw[i])} << (8U * i);
        }
        return value;
    }

    std::string_view line() {
        const std::size_t end = code_.find('\n');
        if (end == std::string_view::npos) {
            builder_.damaged("truncated: its instructions break off");
        }
        const std::string_view text = code_.substr(0, end);
        code_.remove_prefix(end + 1);
        return text;
    }

private:
    std::string_view code_; // what is left of it
    const PickleBuilder &builder_;
};

} // namespace able::models
