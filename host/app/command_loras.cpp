#include "commands.h"
#include "exit_code.h"
#include "local_host.h"
#include "size_text.h"
#include "table.h"
#include "terminal.h"

#include "host/config/model_places.h"
#include "host/server/http/native/views.h"

#include <iostream>
#include <memory>
#include <string>

namespace able::app {

namespace {

int list_loras(const ListOptions &options) {
    const config::Loaded loaded = options.load();
    LocalHost host(loaded.config);
    const auto catalogue = host.catalogue();
    if (options.json) {
        std::cout << http::loras_view(*catalogue).dump(2) << '\n';
        return exit_ok;
    }
    for (const std::string &warning : catalogue->warnings) {
        std::cerr << "ablerefusal: " << printable(warning) << '\n';
    }
    Table table({"ID", "FAMILY", "SIZE", "STATE"});
    for (const server::LoraEntry &lora : catalogue->loras) {
        table.add({lora.id, lora.family.empty() ? "-" : lora.family, size_text(lora.size_bytes),
                   lora.ready ? "ready" : lora.reason});
    }
    print_table(table, "no LoRAs were found in " + config::model_places(loaded.config).loras.front().string() +
                           "; models.lora_folders in the configuration names more folders");
    return exit_ok;
}

} // namespace

void add_loras(CLI::App &app, Action &action) {
    CLI::App *command = app.add_subcommand("loras", "List the LoRAs on this machine");
    const auto options = std::make_shared<ListOptions>(*command);
    command->footer("Examples:\n"
                    "  ablerefusal loras\n"
                    "  ablerefusal generate \"a fox\" --lora watercolour:0.8");
    command->callback([&action, options] {
        action = [options] {
            return list_loras(*options);
        };
    });
}

} // namespace able::app
