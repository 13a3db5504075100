#include "load.h"

#include "changes.h"
#include "defaults.h"
#include "host/base/nearest.h"
#include "keys.h"
#include "values.h"
#include "yaml.h"

#include <algorithm>
#include <set>

namespace able::config {

namespace {

class Loader {
public:
    Loader(const LoadOptions &options, bool with_changes) : options_(options), with_changes_(with_changes) {}

    Loaded load() {
        for (const Key &key : keys()) {
            loaded_.origins[std::string(key.name)] = "default";
        }
        read_file();
        read_changes();
        read_environment();
        apply_overrides();
        throw_problems();
        expand_paths();
        throw_problems();
        fill_defaults(loaded_.config, options_.environment);
        expand_paths(); // the defaults may come from variables such as HF_HOME
        throw_problems();
        return std::move(loaded_);
    }

private:
    void read_file() {
        std::optional<std::filesystem::path> file = options_.file;
        std::string hint;
        if (!file) {
            for (const std::filesystem::path &place : config_places(options_)) {
                std::error_code error;
                if (std::filesystem::exists(place, error)) {
                    file = place;
                    hint = "; the file was found, not asked for: --config names another";
                    break;
                }
            }
        }
        if (!file) {
            return;
        }
        loaded_.file = file;
        take(read_yaml(*file), hint);
    }

    void read_changes() {
        loaded_.changes_file = config::changes_file(options_, loaded_.file);
        std::error_code error;
        if (!with_changes_ || !std::filesystem::exists(loaded_.changes_file, error)) {
            return;
        }
        const Settings settings = read_yaml(loaded_.changes_file);
        take(settings, "; the server wrote this file, and does without it if you delete it");
        for (const Setting &setting : settings.settings) {
            loaded_.changed.emplace(setting.key->name);
        }
    }

    void take(const Settings &settings, const std::string &hint) {
        for (const std::string &problem : settings.problems) {
            problems_.push_back(problem + hint);
        }
        for (const Setting &setting : settings.settings) {
            if (is_list(*setting.key)) {
                set_list(*setting.key, loaded_.config, setting.items);
            } else {
                set_value(*setting.key, loaded_.config, setting.value);
            }
            loaded_.origins[std::string(setting.key->name)] = setting.place;
        }
    }

    void read_environment() {
        std::set<std::string> known;
        for (const Key &key : keys()) {
            const std::string variable = environment_name(key);
            known.insert(variable);
            const auto set = options_.environment.find(variable);
            if (set == options_.environment.end()) {
                continue;
            }
            const bool list = is_list(key);
            put(key, list ? split_list(key, set->second) : std::vector<std::string>{set->second}, variable);
        }
        const std::vector<std::string> names(known.begin(), known.end());
        for (const auto &[variable, value] : options_.environment) {
            // Not an error: container platforms set variables named after services, such as ABLEREFUSAL_SERVICE_HOST.
            if (!variable.starts_with("ABLEREFUSAL_") || known.contains(variable) ||
                variable == "ABLEREFUSAL_PLUGIN_PATH" || variable == "ABLEREFUSAL_ISA") {
                continue;
            }
            const std::string meant = base::nearest(variable, names);
            loaded_.warnings.push_back("the environment variable " + variable + " is not known and was ignored" +
                                       (meant.empty() ? std::string() : "; did you mean " + meant + "?"));
        }
    }

    void apply_overrides() {
        for (const Override &override : options_.overrides) {
            const Key *key = find_key(override.key);
            if (key == nullptr) {
                unknown_override(override);
                continue;
            }
            if (override.before && is_list(*key)) {
                put_before(*key, override);
                continue;
            }
            put(*key, override.values, override.flag);
        }
    }

    void unknown_override(const Override &override) {
        std::vector<std::string> names;
        std::transform(keys().begin(), keys().end(), std::back_inserter(names),
                       [](const Key &key) { return std::string(key.name); });
        const std::string meant = base::nearest(override.key, names);
        problems_.push_back(
            override.flag + ": there is no key " + override.key +
            (meant.empty() ? "; `ablerefusal config --show` lists them" : "; did you mean " + meant + "?"));
    }

    void put(const Key &key, const std::vector<std::string> &values, const std::string &origin) {
        try {
            if (is_list(key)) {
                set_list(key, loaded_.config, values);
            } else {
                set_value(key, loaded_.config, values.empty() ? std::string() : values.back());
            }
            loaded_.origins[std::string(key.name)] = origin;
            loaded_.overridden.emplace(key.name);
        } catch (const ConfigError &error) {
            problems_.push_back(origin + ": " + std::string(key.name) + ": " + error.what());
        }
    }

    void put_before(const Key &key, const Override &override) {
        Config front;
        try {
            set_list(key, front, override.values);
        } catch (const ConfigError &error) {
            problems_.push_back(override.flag + ": " + std::string(key.name) + ": " + error.what());
            return;
        }
        std::visit(
            [&](auto *list) {
                if constexpr (requires { list->insert(list->end(), list->front()); } &&
                              !std::is_same_v<decltype(list), std::string *>) {
                    const auto *added = std::get<decltype(list)>(key.member(front));
                    list->insert(list->begin(), added->begin(), added->end());
                }
            },
            key.member(loaded_.config));
        std::string &origin = loaded_.origins[std::string(key.name)];
        origin = origin == "default" ? override.flag : override.flag + ", " + origin;
        loaded_.overridden.emplace(key.name);
    }

    void expand_paths() {
        for (const Key &key : keys()) {
            const Member member = key.member(loaded_.config);
            try {
                if (auto *const *path = std::get_if<std::filesystem::path *>(&member)) {
                    expand(**path);
                }
                if (auto *const *paths = std::get_if<std::vector<std::filesystem::path> *>(&member)) {
                    std::for_each((*paths)->begin(), (*paths)->end(), [&](auto &path) { expand(path); });
                }
            } catch (const ConfigError &error) {
                const std::string name(key.name);
                problems_.push_back(loaded_.origins[name] + ": " + name + ": " + error.what());
            }
        }
    }

    void expand(std::filesystem::path &path) {
        if (!path.empty()) {
            path = expand_path(path, options_.working_dir, options_.environment);
        }
    }

    void throw_problems() const {
        if (problems_.empty()) {
            return;
        }
        std::string text;
        for (const std::string &problem : problems_) {
            text += (text.empty() ? "" : "\n") + problem;
        }
        throw ConfigError(text);
    }

    const LoadOptions &options_;
    const bool with_changes_;
    Loaded loaded_;
    std::vector<std::string> problems_;
};

} // namespace

std::vector<std::filesystem::path> config_places(const LoadOptions &options) {
    std::vector<std::filesystem::path> places = {options.working_dir / "config.yaml"};
    const std::filesystem::path user = xdg_dir(options.environment, "XDG_CONFIG_HOME", ".config");
    if (!user.empty()) {
        places.push_back(user / "ablerefusal" / "config.yaml");
    }
    places.push_back(options.system_dir / "config.yaml");
    return places;
}

Loaded load(const LoadOptions &options) {
    Loaded loaded = Loader(options, true).load();
    Loaded configured = loaded.changed.empty() ? loaded : Loader(options, false).load();
    loaded.configured = std::move(configured.config);
    loaded.configured_origins = std::move(configured.origins);
    return loaded;
}

} // namespace able::config
