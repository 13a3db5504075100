// A dialect is a folder beside native/: it has routes of its own, and what runs behind them.
#pragma once

#include "group.h"

namespace able::http {

// Outlives every connection. dialects.cpp lists those of the program.
class Dialect {
public:
    virtual ~Dialect() = default;

    // Called once, before anything is answered; handlers may refer to the dialect.
    virtual RouteGroup group() = 0;
    // The socket is bound, and the first request may come.
    virtual void start() {}
    // The server stops: replies that go on for long, such as event streams, end now.
    virtual void closing() {}
    // No connection is accepted any more; handlers that still run are waited for after this.
    virtual void closed() {}
};

} // namespace able::http
