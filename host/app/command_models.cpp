#include "commands.h"
#include "exit_code.h"
#include "local_host.h"
#include "size_text.h"
#include "table.h"
#include "terminal.h"

#include "host/server/http/native/views.h"
#include "host/server/requests/default_model.h"

#include <iostream>
#include <memory>
#include <string>

namespace able::app {

namespace {

std::string default_size(const server::ModelEntry &model) {
    if (model.default_width == 0 || model.default_height == 0) {
        return "-";
    }
    return std::to_string(model.default_width) + "x" + std::to_string(model.default_height);
}

std::string or_dash(const std::string &text) {
    return text.empty() ? "-" : text;
}

std::string state(const server::ModelEntry &model) {
    if (!model.ready) {
        return model.reason;
    }
    std::string text = "ready";
    for (const std::string &role : model.needs) {
        text += ", with a " + role + " beside it";
    }
    for (const std::string &note : model.notes) {
        text += "; " + note;
    }
    return text;
}

int list_models(const ListOptions &options) {
    const config::Loaded loaded = options.load();
    LocalHost host(loaded.config);
    const auto catalogue = host.catalogue();
    if (options.json) {
        std::cout << http::models_view(*catalogue, {}, 0, server::default_model(*catalogue, loaded.config).id).dump(2)
                  << '\n';
        return exit_ok;
    }
    for (const std::string &warning : catalogue->warnings) {
        std::cerr << "ablerefusal: " << printable(warning) << '\n';
    }
    Table table({"ID", "FAMILY", "DTYPE", "PIXELS", "SIZE", "STATE"});
    for (const server::ModelEntry &model : catalogue->models) {
        table.add({model.id, or_dash(model.family), or_dash(model.dtype), default_size(model),
                   size_text(model.size_bytes), state(model)});
    }
    print_table(table, "no models were found in " + loaded.config.storage.models_dir.string() + " and " +
                           loaded.config.models.hub_cache.string() +
                           "; put a diffusers folder there, or name another folder with --models-dir");
    return exit_ok;
}

} // namespace

void add_models(CLI::App &app, Action &action) {
    CLI::App *command = app.add_subcommand("models", "List the models on this machine");
    const auto options = std::make_shared<ListOptions>(*command);
    command->footer("Examples:\n"
                    "  ablerefusal models\n"
                    "  ablerefusal models --models-dir ~/models --json");
    command->callback([&action, options] {
        action = [options] {
            return list_models(*options);
        };
    });
}

} // namespace able::app
