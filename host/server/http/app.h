// Everything that handlers share: the engine, and what stands between it and the network.
#pragma once

#include "deadlines.h"
#include "guard.h"
#include "router.h"
#include "sse.h"

#include "host/config/config.h"
#include "host/server/downloads/manager.h"
#include "host/server/queue/engine.h"

namespace able::http {

struct App {
    App(const config::Server &server_config, server::Engine &job_engine);

    const config::Server config;
    server::Engine &engine;
    Guard guard;
    EventStreams streams;
    downloads::Manager downloads;
    Router router;
    ReplyLimits limits;
    Deadlines deadlines;
};

} // namespace able::http
