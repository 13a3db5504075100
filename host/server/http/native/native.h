// The program's own API, below /api/v1, and the web page.
#pragma once

#include "host/server/http/routing/dialect.h"

#include "host/config/config.h"
#include "host/server/engine.h"

#include <memory>

namespace able::http {

// `engine` outlives the dialect.
std::unique_ptr<Dialect> native_dialect(const config::Server &config, server::Engine &engine);

} // namespace able::http
