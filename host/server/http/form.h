// Bodies of the kind multipart/form-data: what HTML forms and many clients send pictures in.
#pragma once

#include "host/server/http/routing/group.h"

#include <string>
#include <string_view>
#include <vector>

namespace able::http {

struct FormPart {
    std::string name;
    std::string file; // its name as the client gave it: never a path to open; empty for a plain field
    std::string type; // of the content, as the client gave it; may be empty
    std::string bytes;
};

// Whether a Content-Type says multipart/form-data.
bool is_form(std::string_view content_type);

// The parts in order; a name may come more than once. Throws HttpError: a 415 for another content type, a 400 for a
// malformed or truncated body, a 413 for more parts, or a larger one, than the rules allow.
std::vector<FormPart> parse_form(const std::string &content_type, const std::string &body, const BodyRules &rules);

} // namespace able::http
