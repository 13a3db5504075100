#include "environment.h"

#include "error.h"

#include <pwd.h>
#include <unistd.h>

#include <array>
#include <string_view>

namespace able::config {

Environment process_environment() {
    Environment result;
    for (char **entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
        const std::string_view text(*entry);
        const std::size_t equals = text.find('=');
        if (equals != std::string_view::npos) {
            result.emplace(text.substr(0, equals), text.substr(equals + 1));
        }
    }
    return result;
}

std::filesystem::path home_dir(const Environment &environment) {
    const auto home = environment.find("HOME");
    if (home != environment.end() && !home->second.empty()) {
        return home->second;
    }
    std::array<char, 4096> buffer{};
    passwd entry{};
    passwd *found = nullptr;
    if (getpwuid_r(getuid(), &entry, buffer.data(), buffer.size(), &found) != 0 || found == nullptr ||
        found->pw_dir == nullptr) {
        return {};
    }
    return found->pw_dir;
}

std::filesystem::path xdg_dir(const Environment &environment, const std::string &variable,
                              const std::filesystem::path &fallback) {
    // The XDG base directory specification: a relative path is to be ignored.
    const auto set = environment.find(variable);
    if (set != environment.end() && std::filesystem::path(set->second).is_absolute()) {
        return set->second;
    }
    const std::filesystem::path home = home_dir(environment);
    return home.empty() ? home : home / fallback;
}

std::filesystem::path expand_path(const std::filesystem::path &path, const std::filesystem::path &working_dir,
                                  const Environment &environment) {
    const std::string text = path.string();
    if (!text.starts_with('~')) {
        return (path.is_absolute() ? path : working_dir / path).lexically_normal();
    }
    if (text.size() > 1 && text[1] != '/') {
        throw ConfigError("\"" + text + "\": only ~/ is understood; write the other user's home out in full");
    }
    const std::filesystem::path home = home_dir(environment);
    if (home.empty()) {
        throw ConfigError("\"" + text + "\": the home folder is not known; set HOME or write the path out in full");
    }
    return (text.size() > 2 ? home / text.substr(2) : home).lexically_normal();
}

} // namespace able::config
