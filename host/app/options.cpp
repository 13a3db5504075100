#include "options.h"

#include "host/config/keys.h"
#include "host/config/values.h"

#include <stdexcept>

namespace able::app {

namespace {

const char *value_name(const config::Key &key) {
    config::Config config;
    const config::Member member = key.member(config);
    if (std::holds_alternative<std::filesystem::path *>(member) ||
        std::holds_alternative<std::vector<std::filesystem::path> *>(member)) {
        return "PATH";
    }
    return std::holds_alternative<std::string *>(member) ? "NAME" : "N";
}

} // namespace

ConfigOptions::ConfigOptions(CLI::App &command, const std::vector<std::string_view> &keys) {
    const std::string group = "Configuration";
    command
        .add_option("--config", file_,
                    "Configuration file (default: ./config.yaml, then the user's, then the system's)")
        ->type_name("FILE")
        ->group(group);
    command.add_option("--set", settings_, "Any key of the configuration, such as queue.timeout=60; repeatable")
        ->type_name("KEY=VALUE")
        ->allow_extra_args(false)
        ->group(group);
    for (const std::string_view name : keys) {
        const config::Key *key = config::find_key(name);
        if (key == nullptr || key->flag.empty()) {
            throw std::logic_error("no flag for " + std::string(name));
        }
        Flag &flag = flags_.emplace_back();
        flag.key = key->name;
        flag.name = key->flag;
        flag.list = config::is_list(*key);
        const std::string help = std::string(key->help) + " (" + flag.key + ")";
        CLI::Option *option = flag.list ? command.add_option(flag.name, flag.values, help)
                                        : command.add_option(flag.name, flag.value, help);
        option->type_name(value_name(*key))->allow_extra_args(false)->group(group);
        if (!flag.list) {
            option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        }
        flag.option = option;
    }
}

config::Loaded ConfigOptions::load() const {
    config::LoadOptions options;
    if (!file_.empty()) {
        options.file = file_;
    }
    for (const std::string &setting : settings_) {
        const std::size_t equals = setting.find('=');
        if (equals == std::string::npos) {
            throw config::ConfigError("--set " + setting + ": write KEY=VALUE, such as queue.timeout=60");
        }
        const std::string name = setting.substr(0, equals);
        const std::string value = setting.substr(equals + 1);
        const config::Key *key = config::find_key(name);
        const bool list = key != nullptr && config::is_list(*key);
        options.overrides.push_back(
            {name, list ? config::split_list(*key, value) : std::vector<std::string>{value}, "--set", false});
    }
    for (const Flag &flag : flags_) {
        if (flag.option->count() > 0) {
            options.overrides.push_back(
                {flag.key, flag.list ? flag.values : std::vector<std::string>{flag.value}, flag.name, flag.list});
        }
    }
    return config::load(options);
}

} // namespace able::app
