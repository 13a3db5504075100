// Refusing a request, in the same words everywhere.
#pragma once

#include "host/base/request_error.h"

#include <string>
#include <utility>
#include <vector>

namespace able::server {

// `allowed`: what the field can be, where that is a choice.
[[noreturn]] inline void refuse(const char *code, const std::string &field, const std::string &message,
                                std::vector<std::string> allowed = {}) {
    throw base::RequestError(base::ErrorKind::invalid, code, message, field, std::move(allowed));
}

// A name from the request or from a file between quotes, cut to a readable length.
inline std::string quoted(const std::string &text) {
    return "\"" + text.substr(0, 200) + "\"";
}

// Of catalogue entries, for `allowed`.
template <class Entry>
std::vector<std::string> ids(const std::vector<Entry> &entries) {
    std::vector<std::string> result;
    result.reserve(entries.size());
    for (const Entry &entry : entries) {
        result.push_back(entry.id);
    }
    return result;
}

} // namespace able::server
