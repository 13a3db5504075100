#include "commands.h"
#include "executable.h"
#include "exit_code.h"
#include "interrupt.h"
#include "options.h"

#include "host/config/logging.h"
#include "host/server/engine.h"
#include "host/server/http/server.h"

#include <ablerefusal_version.h>

#include <spdlog/spdlog.h>

#include <iostream>
#include <memory>

namespace able::app {

namespace {

int serve(const ConfigOptions &options) {
    const config::Loaded loaded = options.load();
    config::set_up_logging(loaded.config.logging);
    for (const std::string &warning : loaded.warnings) {
        spdlog::warn("event=config_warning text={}", config::log_value(warning));
    }
    Interrupt interrupt;
    server::Engine engine(loaded, server::make_environment(loaded.config, executable_path()));
    http::Server server(loaded.config.server, engine);
    // Binding comes first: a server that cannot have its port must not touch the queue of the one that has it.
    server.start();
    engine.start();
    spdlog::info("event=server_started version={} url={} config={} outputs={}", ABLEREFUSAL_VERSION, server.url(),
                 config::log_value(loaded.file ? loaded.file->string() : "none"),
                 config::log_value(loaded.config.storage.output_dir.string()));
    std::cout << "listening on " << server.url() << std::endl;

    interrupt.wait();
    spdlog::info("event=server_stopping reason=signal");
    server.stop();
    engine.stop();
    spdlog::info("event=server_stopped");
    return exit_ok;
}

} // namespace

void add_serve(CLI::App &app, Action &action) {
    CLI::App *command = app.add_subcommand("serve", "Run the server");
    const auto options = std::make_shared<ConfigOptions>(
        *command, std::vector<std::string_view>{"server.host", "server.port", "plugins.paths", "storage.models_dir",
                                                "storage.output_dir", "inference.device", "inference.dtype",
                                                "inference.threads", "logging.level"});
    command->footer(
        "Once it answers, it prints one line on standard output: listening on http://HOST:PORT. The log goes\n"
        "to standard error. Ctrl-C or SIGTERM stops it: unfinished jobs wait in the store and go on at the\n"
        "next start. A second signal ends it at once.\n"
        "Examples:\n"
        "  ablerefusal serve\n"
        "  ablerefusal serve --port 0 --models-dir ~/models --output-dir ~/pictures\n"
        "  ablerefusal serve --set queue.timeout=0 --set logging.file=server.log");
    command->callback([&action, options] {
        action = [options] {
            return serve(*options);
        };
    });
}

} // namespace able::app
