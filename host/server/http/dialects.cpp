// The dialects of the program. This is the only file here that knows one.
#include "server.h"

#include "host/server/http/native/native.h"

namespace able::http {

Dialects all_dialects(const config::Server &config, server::Engine &engine) {
    Dialects dialects;
    dialects.push_back(native_dialect(config, engine));
    return dialects;
}

} // namespace able::http
