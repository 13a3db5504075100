#include "commands.h"

#include "host/config/logging.h"
#include "host/validate/child.h"
#include "host/worker/main/worker_main.h"

#include <chrono>
#include <memory>

namespace able::app {

namespace {

struct WorkerCommand {
    int fd = -1;
    std::string describe;
    bool probe = false;
    bool tokens = false;
    bool check = false;
    bool texts = false;
    std::string validate, object;
    bool bundled = false;
    unsigned describe_limit = 0;
};

} // namespace

void add_worker(CLI::App &app, Action &action) {
    // An empty group hides it: people have no use for it.
    CLI::App *command =
        app.add_subcommand("worker", "Run jobs for the server that started this process")->group("")->footer("");
    const auto state = std::make_shared<WorkerCommand>();
    CLI::Option_group *mode = command->add_option_group("mode");
    mode->add_option("--fd", state->fd, "Serve jobs over this socket")->check(CLI::Range(3, 1 << 20));
    mode->add_option("--describe", state->describe, "Describe this plugin file as JSON");
    mode->add_flag("--probe", state->probe, "Say what the models listed on standard input are");
    mode->add_flag("--check", state->check, "Say whether a model loads as standard input asks for");
    mode->add_flag("--tokens", state->tokens, "Divide the prompts on standard input into tokens");
    mode->add_flag("--texts", state->texts, "Print the texts of the PNG file on standard input");
    mode->add_option("--validate", state->validate, "Check this plugin file, or one object of it, and report as JSON");
    mode->require_option(1);
    command->add_option("--object", state->object, "With --validate: \"sampler euler\"");
    command->add_option("--describe-limit", state->describe_limit, "With --validate: milliseconds");
    command->add_flag("--bundled", state->bundled, "With --validate: the plugin is one of the project's own");
    command->callback([&action, state] {
        action = [state] {
            config::set_up_logging({}); // to standard error; standard output is for answers
            if (!state->describe.empty()) {
                return worker::describe_main(state->describe);
            }
            if (state->check) {
                return worker::check_main();
            }
            if (state->tokens) {
                return worker::tokens_main();
            }
            if (state->texts) {
                return worker::texts_main();
            }
            if (!state->validate.empty()) {
                validate::child_main(
                    {state->validate, state->object, state->bundled, std::chrono::milliseconds(state->describe_limit)});
            }
            return state->probe ? worker::probe_main() : worker::worker_main(state->fd);
        };
    });
}

} // namespace able::app
