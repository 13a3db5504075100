#include "commands.h"
#include "exit_code.h"

#include <ablerefusal/abi.h>
#include <ablerefusal_version.h>

#include <nlohmann/json.hpp>

#include <iostream>
#include <memory>

namespace able::app {

void add_version(CLI::App &app, Action &action) {
    CLI::App *command = app.add_subcommand("version", "Print the program's version and the plugin ABI's");
    const auto json = std::make_shared<bool>(false);
    command->add_flag("--json", *json, "Print JSON, for programs");
    command->footer("Examples:\n  ablerefusal version\n  ablerefusal version --json");
    command->callback([&action, json] {
        action = [json] {
            if (*json) {
                const nlohmann::json document{{"version", ABLEREFUSAL_VERSION},
                                              {"abi", {{"major", ABLE_ABI_MAJOR}, {"minor", ABLE_ABI_MINOR}}}};
                std::cout << document.dump(2) << '\n';
                return exit_ok;
            }
            std::cout << "ablerefusal " ABLEREFUSAL_VERSION " (plugin ABI " << ABLE_ABI_MAJOR << '.' << ABLE_ABI_MINOR
                      << ")\n";
            return exit_ok;
        };
    });
}

} // namespace able::app
