// Which model a request gets that names none.
#pragma once

#include "host/config/config.h"
#include "host/server/catalogue/catalogue.h"

namespace able::server {

struct DefaultModel {
    std::string id;         // empty if there is none
    bool ambiguous = false; // none, for the user has more than one
};

// The configured one, whether it is there or not; else the user's only usable model; else, if the user has none, the
// first usable one that came with the program.
DefaultModel default_model(const Catalogue &catalogue, const config::Config &config);

} // namespace able::server
