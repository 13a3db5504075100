#include "commands.h"
#include "executable.h"
#include "exit_code.h"
#include "local_host.h"
#include "terminal.h"

#include "host/config/error.h"
#include "host/plugins/describe/discovery.h"
#include "host/validate/validator.h"

#include <algorithm>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include <unistd.h>

namespace able::app {

namespace {

namespace fs = std::filesystem;
using validate::Finding;
using validate::Outcome;

struct ValidateCommand {
    explicit ValidateCommand(CLI::App &command) : list(command) {}

    ListOptions list;
    std::vector<std::string> wanted;
    bool verbose = false;
    unsigned time_limit = 60, describe_limit = 100;
};

// What follows the name of a check, on lines of its own, each `indent` columns in.
void print_wrapped(std::string_view text, std::size_t indent, std::size_t width) {
    const std::size_t room = width > indent + 20 ? width - indent : 20;
    while (text.size() > room) {
        std::size_t end = text.rfind(' ', room);
        end = end == std::string_view::npos || end == 0 ? room : end;
        std::cout << text.substr(0, end) << '\n' << std::string(indent, ' ');
        text.remove_prefix(end);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
    std::cout << text << '\n';
}

// Prints findings as they come; an object that passes all its checks is one line unless every check is asked for.
class Printer {
public:
    explicit Printer(bool verbose)
        : verbose_(verbose),
          width_(isatty(STDOUT_FILENO) != 0 ? static_cast<std::size_t>(terminal_width(STDOUT_FILENO)) : 120) {}

    void begin(const fs::path &file) { std::cout << printable(file.string()) << '\n'; }

    void add(const Finding &finding) {
        if (finding.object.empty()) {
            print(finding, 2);
        } else {
            if (!held_.empty() && held_.front().object != finding.object) {
                flush();
            }
            held_.push_back(finding);
        }
        std::cout.flush();
    }

    void end(const validate::FileReport &report) {
        flush();
        const std::size_t failed = report.count(Outcome::failed), skipped = report.count(Outcome::skipped);
        std::cout << "  " << (report.passed() ? "passed" : "FAILED") << ": " << report.count(Outcome::passed)
                  << " checks ok, " << failed << " failed";
        if (skipped > 0) {
            std::cout << ", " << skipped << " not tried";
        }
        std::cout << '\n';
    }

private:
    static const char *mark(Outcome outcome) {
        return outcome == Outcome::passed ? "ok    " : outcome == Outcome::failed ? "FAILED" : "-     ";
    }

    void print(const Finding &finding, std::size_t indent) const {
        const std::string name =
            finding.check + std::string(finding.check.size() < 12 ? 12 - finding.check.size() : 1, ' ');
        std::cout << std::string(indent, ' ') << mark(finding.outcome) << "  " << printable(name);
        const std::size_t column = indent + 8 + 12;
        print_wrapped(printable(finding.detail), column, width_);
        if (finding.outcome == Outcome::failed) {
            std::cout << std::string(column, ' ');
            print_wrapped("-> " + printable(finding.advice) + " (rule " + finding.rule + " of docs/abi.md)", column,
                          width_);
        }
    }

    void flush() {
        if (held_.empty()) {
            return;
        }
        const bool all = std::all_of(held_.begin(), held_.end(),
                                     [](const Finding &finding) { return finding.outcome == Outcome::passed; });
        std::cout << "  " << (all ? "ok    " : "FAILED") << "  " << printable(held_.front().object);
        if (all && !verbose_) {
            std::cout << ": " << held_.size() << " checks\n";
        } else {
            std::cout << '\n';
            for (const Finding &finding : held_) {
                print(finding, 4);
            }
        }
        held_.clear();
    }

    bool verbose_;
    std::size_t width_;
    std::vector<Finding> held_; // of the object whose checks are being made
};

struct Target {
    fs::path file;
    bool bundled = false;
};

// A file by its path, or a plugin in use by its id. Throws ConfigError.
std::vector<Target> targets(const ValidateCommand &command, const config::Loaded &loaded) {
    const fs::path bundled = plugins::plugin_folders({}, executable_path()).back();
    const auto target = [&bundled](const fs::path &file) {
        std::error_code error;
        return Target{file, fs::equivalent(fs::absolute(file).parent_path(), bundled, error)};
    };
    std::vector<Target> found;
    std::vector<std::string> ids;
    for (const std::string &wanted : command.wanted) {
        std::error_code error;
        if (fs::is_regular_file(wanted, error)) {
            found.push_back(target(wanted));
        } else if (wanted.find('/') != std::string::npos || wanted.ends_with(".so")) {
            throw config::ConfigError(wanted + ": there is no such file");
        } else {
            ids.push_back(wanted);
        }
    }
    if (!ids.empty() || command.wanted.empty()) {
        LocalHost host(loaded.config);
        const auto registry = host.registry();
        std::string known;
        for (const plugins::PluginFile &file : registry->files()) {
            if (!file.description.id.empty()) {
                known += (known.empty() ? "" : ", ") + file.description.id;
            }
            const auto asked = std::find(ids.begin(), ids.end(), file.description.id);
            if (command.wanted.empty() || asked != ids.end()) {
                found.push_back(target(file.path));
            }
            if (asked != ids.end()) {
                ids.erase(asked); // the first of that id is the one in use
            }
        }
        if (!ids.empty()) {
            throw config::ConfigError("\"" + ids.front() + "\" is neither a file nor the id of a plugin; the ids are " +
                                      known);
        }
    }
    return found;
}

int run_validation(const ValidateCommand &command) {
    const config::Loaded loaded = command.list.load();
    const auto files = targets(command, loaded);
    Printer printer(command.verbose);
    validate::ValidatorOptions options;
    options.executable = executable_path();
    options.time_limit = std::chrono::seconds(command.time_limit);
    options.describe_limit = std::chrono::milliseconds(command.describe_limit);
    if (!command.list.json) {
        options.on_finding = [&printer](const Finding &finding) {
            printer.add(finding);
        };
    }
    bool passed = true;
    auto reports = nlohmann::json::array();
    for (const auto &[file, bundled] : files) {
        options.bundled = bundled;
        if (!command.list.json) {
            printer.begin(file);
        }
        const validate::FileReport report = validate::validate_plugin(file, options);
        passed = passed && report.passed();
        if (command.list.json) {
            reports.emplace_back(report);
        } else {
            printer.end(report);
        }
    }
    if (command.list.json) {
        const nlohmann::json document{{"passed", passed}, {"plugins", reports}};
        std::cout << document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) << '\n';
    } else if (files.empty()) {
        std::cout << "no plugins were found; --plugin-dir names a folder of them\n";
    }
    return passed ? exit_ok : exit_failed;
}

} // namespace

void add_plugins_validate(CLI::App &plugins, Action &action) {
    CLI::App *command =
        plugins.add_subcommand("validate", "Try plugins against the rules of the ABI, without a model; for authors");
    const auto options = std::make_shared<ValidateCommand>(*command);
    command->add_option("PLUGIN", options->wanted, "Files, or ids of plugins in use; without any, all that are found")
        ->type_name("FILE|ID");
    command->add_flag("-v,--verbose", options->verbose, "Print every check of every object");
    command->add_option("--time-limit", options->time_limit, "Seconds that one object's checks may take")
        ->check(CLI::Range(1, 3600))
        ->capture_default_str();
    command->add_option("--describe-limit", options->describe_limit, "Milliseconds that a description may take")
        ->check(CLI::Range(1, 3600000))
        ->capture_default_str();
    command->footer(
        std::string("A plugin runs in processes of its own: if it crashes or hangs, that is what it failed.\n"
                    "Exit status 1 says that a check failed.\n"
                    "Examples:\n"
                    "  ablerefusal plugins validate ./build/midpoint.so\n"
                    "  ablerefusal plugins validate able.samplers --verbose\n\n") +
        exit_code_help);
    command->callback([&action, options] {
        action = [options] {
            return run_validation(*options);
        };
    });
}

} // namespace able::app
