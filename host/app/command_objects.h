// What `samplers` and `schedules` have in common: a list of what plugins offer of one kind.
#pragma once

#include "commands.h"

#include "host/plugins/describe/registry.h"

namespace able::app {

void add_object_list(CLI::App &app, Action &action, plugins::ObjectKind kind, const char *name, const char *summary);

} // namespace able::app
