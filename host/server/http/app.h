// What stands between the network and the routes.
#pragma once

#include "deadlines.h"
#include "guard.h"
#include "host/server/http/routing/router.h"

#include "host/config/config.h"

#include <vector>

namespace able::http {

struct App {
    App(const config::Server &server_config, std::vector<RouteGroup> groups);

    const config::Server config;
    Guard guard;
    Router router;
    ReplyLimits limits;
    Deadlines deadlines;
};

} // namespace able::http
