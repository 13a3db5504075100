#include "validator.h"

#include "host/base/subprocess.h"
#include "host/plugins/calls/entry_symbol.h"
#include "host/plugins/calls/library.h"

#include <optional>
#include <sstream>

namespace able::validate {

namespace {

class Validator {
public:
    Validator(const std::filesystem::path &file, const ValidatorOptions &options) : options_(options) {
        report_.file = file;
    }

    FileReport run() {
        if (!check_symbols()) {
            return std::move(report_);
        }
        const auto description = run_child("");
        if (description) {
            report_.id = description->id;
            report_.version = description->version;
            for (const auto &object : description->objects) {
                run_child(plugins::to_string(object.kind) + (" " + object.id));
            }
        }
        return std::move(report_);
    }

private:
    void add(Finding finding) {
        report_.findings.push_back(std::move(finding));
        if (options_.on_finding) {
            options_.on_finding(report_.findings.back());
        }
    }

    // From the file's symbol table; false if it is no plugin at all.
    bool check_symbols() {
        Finding finding{"", "symbols", Outcome::failed, "", "", "E1"};
        try {
            plugins::require_entry_symbol(report_.file);
        } catch (const plugins::PluginError &error) {
            finding.detail = error.what();
            finding.advice = "build a shared library whose one exported function is " ABLE_ENTRY_SYMBOL
                             "; able_add_plugin() of the SDK does it";
            add(finding);
            return false;
        }
        std::string others;
        for (const std::string &symbol : plugins::exported_symbols(report_.file)) {
            if (symbol != ABLE_ENTRY_SYMBOL) {
                others += (others.empty() ? "" : ", ") + symbol;
            }
        }
        finding.outcome = others.empty() ? Outcome::passed : Outcome::failed;
        finding.detail = others.empty() ? "exports " ABLE_ENTRY_SYMBOL " and nothing else" : "also exports " + others;
        finding.advice = "build with -fvisibility=hidden, or with able_add_plugin() of the SDK";
        add(finding);
        return true;
    }

    // Runs the checks of one object, or of the plugin itself, which returns its description.
    std::optional<plugins::PluginDescription> run_child(const std::string &object) {
        std::vector<std::string> arguments{options_.executable.string(),
                                           "worker",
                                           "--validate",
                                           std::filesystem::absolute(report_.file).string(),
                                           "--describe-limit",
                                           std::to_string(options_.describe_limit.count())};
        if (!object.empty()) {
            arguments.insert(arguments.end(), {"--object", object});
        }
        if (options_.bundled) {
            arguments.emplace_back("--bundled");
        }
        return read_answers(object, base::run_child(arguments, {}, options_.time_limit));
    }

    std::optional<plugins::PluginDescription> read_answers(const std::string &object, const base::Finished &child) {
        std::optional<plugins::PluginDescription> description;
        // Until a check begins, what happens is the loading's.
        Finding current{object, "load", Outcome::failed, "", "no code may run while the library is loaded", "E2"};
        bool done = false;
        std::istringstream lines(child.out);
        for (std::string line; std::getline(lines, line);) {
            const auto answer = nlohmann::json::parse(line, nullptr, false);
            if (!answer.is_object()) {
                continue; // cut off in the middle
            }
            if (answer.contains("begin")) {
                current = {object, answer.value("begin", ""),  Outcome::failed,
                           "",     answer.value("advice", ""), answer.value("rule", "")};
            } else if (answer.contains("plugin")) {
                description = read_description(answer.at("plugin"));
            } else if (answer.contains("done")) {
                done = true;
            } else {
                conclude(current, answer);
            }
        }
        if (!done) {
            current.outcome = Outcome::failed;
            current.detail = ending(child);
            add(current);
        }
        return done ? description : std::nullopt;
    }

    std::optional<plugins::PluginDescription> read_description(const nlohmann::json &answer) {
        try {
            return plugins::read_description(answer);
        } catch (const base::MemberError &) { // a number that JSON does not have
            add({"", "describe", Outcome::failed, "a default is no number", "give every parameter a finite default",
                 "P2"});
            return std::nullopt;
        }
    }

    void conclude(Finding &current, const nlohmann::json &answer) {
        for (const auto &[key, outcome] : {std::pair{"passed", Outcome::passed}, std::pair{"failed", Outcome::failed},
                                           std::pair{"skipped", Outcome::skipped}}) {
            if (answer.contains(key)) {
                current.outcome = outcome;
                current.detail = answer.at(key).get<std::string>();
                add(current);
            }
        }
    }

    // How a process ended that did not come to the end of its checks.
    std::string ending(const base::Finished &child) const {
        if (child.timed_out) {
            return "does not end within " + std::to_string(options_.time_limit.count() / 1000) +
                   " s; the checks after this one were not tried";
        }
        std::string text = base::describe_exit(child.status) + "; the checks after this one were not tried";
        const std::string said = child.error.substr(0, child.error.find_last_not_of("\r\n ") + 1);
        if (!said.empty()) {
            text += " (it said: " + said.substr(said.rfind('\n') + 1).substr(0, 300) + ")";
        }
        return text;
    }

    const ValidatorOptions &options_;
    FileReport report_;
};

} // namespace

FileReport validate_plugin(const std::filesystem::path &file, const ValidatorOptions &options) {
    return Validator(file, options).run();
}

} // namespace able::validate
