#include "commands.h"
#include "exit_code.h"
#include "local_host.h"
#include "table.h"

#include "host/server/http/native/views.h"

#include <iostream>
#include <memory>
#include <string>
#include <vector>

namespace able::app {

namespace {

// "5 samplers, 3 schedules"; the reason instead for a plugin that is not in use.
std::string summary(const plugins::PluginFile &file) {
    if (file.state != plugins::PluginState::active) {
        return file.reason;
    }
    std::string text;
    for (const plugins::KindRow &kind : plugins::object_kinds()) {
        std::size_t count = 0;
        for (const plugins::ObjectDescription &object : file.description.objects) {
            count += &object.kind.row() == &kind ? 1 : 0;
        }
        if (count > 0) {
            text += (text.empty() ? "" : ", ") + std::to_string(count) + " " + (count > 1 ? kind.plural : kind.name);
        }
    }
    return text;
}

int list_plugins(const ListOptions &options) {
    const config::Loaded loaded = options.load();
    LocalHost host(loaded.config);
    const auto registry = host.registry();
    if (options.json) {
        std::cout << http::plugins_view(*registry).dump(2) << '\n';
        return exit_ok;
    }
    Table table({"ID", "VERSION", "STATE", "FILE", "OFFERS, OR WHY IT IS NOT USED"});
    for (const plugins::PluginFile &file : registry->files()) {
        table.add({file.description.id.empty() ? "-" : file.description.id,
                   file.description.version.empty() ? "-" : file.description.version, plugins::to_string(file.state),
                   file.path.string(), summary(file)});
    }
    print_table(table, "no plugins were found; --plugin-dir names a folder of them");
    return exit_ok;
}

} // namespace

void add_plugins(CLI::App &app, Action &action) {
    CLI::App *command = app.add_subcommand("plugins", "List every plugin file found, its state and the reason");
    const auto options = std::make_shared<ListOptions>(*command);
    command->footer("States:\n"
                    "  active       in use\n"
                    "  refused      does not fit this program, or is denied by plugins.deny\n"
                    "  quarantined  crashed or hung while it was looked at\n"
                    "  shadowed     another plugin found earlier has the same id\n"
                    "Examples:\n"
                    "  ablerefusal plugins\n"
                    "  ablerefusal plugins --plugin-dir ./build/my-plugin\n"
                    "  ablerefusal plugins validate ./build/my-plugin.so");
    command->require_subcommand(0, 1);
    add_plugins_validate(*command, action);
    command->callback([&action, options, command] {
        if (!command->get_subcommands().empty()) {
            return; // that one has set the action
        }
        action = [options] {
            return list_plugins(*options);
        };
    });
}

} // namespace able::app
