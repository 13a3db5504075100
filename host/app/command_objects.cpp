#include "commands.h"

#include "exit_code.h"
#include "local_host.h"
#include "table.h"

#include "host/base/joined.h"
#include "host/plugins/describe/registry.h"
#include "host/server/http/native/views.h"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace able::app {

namespace {

std::string parameter_names(const plugins::ObjectDescription &object) {
    std::vector<std::string> names;
    for (const plugins::ParamDescription &param : object.params) {
        names.push_back(param.key);
    }
    return base::joined(names, ", ");
}

int list_objects(const ListOptions &options, plugins::ObjectKind kind, const std::string &name) {
    const config::Loaded loaded = options.load();
    LocalHost host(loaded.config);
    const auto registry = host.registry();
    const bool samplers = kind == plugins::ObjectKind::sampler;
    if (options.json) {
        std::cout << (samplers ? http::samplers_view(*registry) : http::schedules_view(*registry)).dump(2) << '\n';
        return exit_ok;
    }
    Table table(samplers ? std::vector<std::string>{"ID", "NAME", "SCHEDULE", "PARAMETERS", "ALIASES"}
                         : std::vector<std::string>{"ID", "NAME", "PARAMETERS", "ALIASES"});
    for (const plugins::Object &object : registry->objects(kind)) {
        const plugins::ObjectDescription &description = *object.description;
        std::vector<std::string> row = {description.id, description.name};
        if (samplers) {
            row.push_back(description.default_schedule);
        }
        row.push_back(parameter_names(description));
        row.push_back(base::joined(description.aliases, ", "));
        table.add(std::move(row));
    }
    print_table(table, "no plugin offers " + name + "; `ablerefusal plugins` says which plugins were found");
    return exit_ok;
}

void add_object_list(CLI::App &app, Action &action, plugins::ObjectKind kind, const char *name, const char *summary) {
    CLI::App *command = app.add_subcommand(name, summary);
    const auto options = std::make_shared<ListOptions>(*command);
    command->footer(std::string("Examples:\n  ablerefusal ") + name + "\n  ablerefusal " + name +
                    " --json --plugin-dir ./my-plugins");
    command->callback([&action, options, kind, name] {
        action = [options, kind, name] {
            return list_objects(*options, kind, name);
        };
    });
}

} // namespace

void add_samplers(CLI::App &app, Action &action) {
    add_object_list(app, action, plugins::ObjectKind::sampler, "samplers", "List the samplers that plugins offer");
}

void add_schedules(CLI::App &app, Action &action) {
    add_object_list(app, action, plugins::ObjectKind::schedule, "schedules",
                    "List the noise schedules that plugins offer");
}

} // namespace able::app
