#include "command_objects.h"

namespace able::app {

void add_schedules(CLI::App &app, Action &action) {
    add_object_list(app, action, plugins::ObjectKind::schedule, "schedules",
                    "List the noise schedules that plugins offer");
}

} // namespace able::app
