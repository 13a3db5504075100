// What a child answers that reads the texts of a picture.
#pragma once

#include "host/base/members.h"

#include <string>
#include <tuple>
#include <utility>
#include <vector>

namespace able::protocol {

struct TextsAnswer {
    std::string error; // empty: the picture could be read
    // Keyword and text of those that settings are read from; not made plain, since prompts are among them.
    std::vector<std::pair<std::string, std::string>> texts;

    static constexpr auto members() {
        using S = TextsAnswer;
        return std::tuple(base::text_member("error", &S::error, 2000), base::member("texts", &S::texts));
    }
};

} // namespace able::protocol
