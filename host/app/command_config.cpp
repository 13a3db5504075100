#include "commands.h"
#include "exit_code.h"
#include "options.h"

#include "host/config/render.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <iostream>
#include <memory>
#include <system_error>

namespace able::app {

namespace {

struct ConfigCommand {
    explicit ConfigCommand(CLI::App &command) : options(command, {}) {}
    ConfigOptions options;
    bool show = false, reference = false;
    std::string write;
};

// Never over a file that is there: it may be the only copy of what somebody wrote.
void write_new_file(const std::string &file, const std::string &text) {
    const int fd = open(file.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0 && errno == EEXIST) {
        throw config::ConfigError(file + " is there already; name another file or move it away");
    }
    if (fd < 0) {
        throw std::system_error(errno, std::generic_category(), file);
    }
    std::size_t written = 0;
    while (written < text.size()) {
        const ssize_t count = ::write(fd, text.data() + written, text.size() - written);
        if (count < 0 && errno != EINTR) {
            const int error = errno;
            close(fd);
            throw std::system_error(error, std::generic_category(), file);
        }
        written += count > 0 ? static_cast<std::size_t>(count) : 0;
    }
    close(fd);
}

int run_config(const ConfigCommand &command) {
    if (command.reference) {
        std::cout << config::reference();
        return exit_ok;
    }
    if (command.write == "-") {
        std::cout << config::default_file();
        return exit_ok;
    }
    if (!command.write.empty()) {
        write_new_file(command.write, config::default_file());
        std::cout << "wrote " << command.write << '\n';
        return exit_ok;
    }
    const config::Loaded loaded = command.options.load();
    for (const std::string &warning : loaded.warnings) {
        std::cerr << "ablerefusal: " << warning << '\n';
    }
    std::cout << config::show(loaded);
    return exit_ok;
}

} // namespace

void add_config(CLI::App &app, Action &action) {
    CLI::App *command =
        app.add_subcommand("config", "Show the configuration in force, or write the commented default file");
    const auto state = std::make_shared<ConfigCommand>(*command);
    command->add_flag("--show", state->show, "Print every key, its value and where it came from; the default");
    CLI::Option *write =
        command
            ->add_option("--write", state->write,
                         "Write the commented default file; FILE is config.yaml if left out, - is standard output")
            ->type_name("FILE")
            ->expected(0, 1)
            ->default_str("config.yaml");
    command->add_flag("--reference", state->reference, "Print the reference of docs/configuration.md")->group("");
    command->footer("Examples:\n"
                    "  ablerefusal config --show\n"
                    "  ablerefusal config --write ~/.config/ablerefusal/config.yaml\n"
                    "  ABLEREFUSAL_SERVER_PORT=9000 ablerefusal config");
    command->callback([&action, state, write] {
        if (write->count() > 0 && state->write.empty()) {
            state->write = "config.yaml";
        }
        action = [state] {
            return run_config(*state);
        };
    });
}

} // namespace able::app
