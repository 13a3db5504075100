#include "command_objects.h"

namespace able::app {

void add_samplers(CLI::App &app, Action &action) {
    add_object_list(app, action, plugins::ObjectKind::sampler, "samplers", "List the samplers that plugins offer");
}

} // namespace able::app
