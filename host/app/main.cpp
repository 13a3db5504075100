// ablerefusal: the server, its workers and the command line in one program.
#include "commands.h"
#include "exit_code.h"
#include "terminal.h"

#include "host/base/nearest.h"
#include "host/base/request_error.h"
#include "host/config/error.h"
#include "host/server/http/server.h"

#include <ablerefusal_version.h>

#include <iostream>

namespace {

// Every line of `text` with the program's name in front, so that it can be told from other programs' messages.
void complain(std::string_view text) {
    while (!text.empty()) {
        const std::size_t end = text.find('\n');
        std::cerr << "ablerefusal: " << text.substr(0, end) << '\n';
        text = end == std::string_view::npos ? std::string_view() : text.substr(end + 1);
    }
}

// What CLI11 does not say: that the first word is no command, and which one was meant.
std::string unknown_command(const CLI::App &app, const std::string &word) {
    std::vector<std::string> names;
    for (const CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; })) {
        if (command->get_name() == word) {
            return {};
        }
        if (!command->get_group().empty()) {
            names.push_back(command->get_name());
        }
    }
    const std::string meant = able::base::nearest(word, names);
    return "there is no command \"" + able::app::printable(word) + "\"" +
           (meant.empty() ? "; `ablerefusal --help` lists them" : "; did you mean " + meant + "?");
}

int run(int argc, char **argv) {
    using namespace able::app;
    CLI::App app("A local Stable Diffusion server made of plugins.", "ablerefusal");
    app.set_version_flag("--version", "ablerefusal " ABLEREFUSAL_VERSION);
    app.require_subcommand(1);
    app.footer(std::string("Examples:\n"
                           "  ablerefusal serve\n"
                           "  ablerefusal generate \"a lighthouse at dusk\" --output lighthouse.png\n"
                           "  ablerefusal samplers\n"
                           "`ablerefusal COMMAND --help` tells more about each.\n\n") +
               exit_code_help);
    Action action;
    for (const auto add : {add_serve, add_generate, add_models, add_loras, add_samplers, add_schedules, add_plugins,
                           add_config, add_version, add_worker}) {
        add(app, action);
    }
    for (CLI::App *command : app.get_subcommands([](const CLI::App *) { return true; })) {
        command->footer(command->get_footer() + "\n\n" + exit_code_help);
    }
    if (argc < 2) {
        std::cerr << app.help();
        return exit_bad_input;
    }
    try {
        app.parse(argc, argv);
    } catch (const CLI::ParseError &error) {
        const std::string word = argv[1];
        if (const std::string text = word.starts_with('-') ? std::string() : unknown_command(app, word);
            !text.empty()) {
            complain(text);
            return exit_bad_input;
        }
        return app.exit(error) == 0 ? exit_ok : exit_bad_input;
    }
    return action ? action() : exit_bad_input;
}

} // namespace

int main(int argc, char **argv) {
    using namespace able::app;
    try {
        return run(argc, argv);
    } catch (const able::config::ConfigError &error) {
        complain(error.what());
        return exit_bad_input;
    } catch (const std::exception &error) {
        complain(error.what());
        return exit_failed;
    }
}
