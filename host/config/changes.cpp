#include "changes.h"

#include "keys.h"
#include "values.h"

namespace able::config {

std::filesystem::path changes_file(const LoadOptions &options, const std::optional<std::filesystem::path> &file) {
    if (file) {
        std::filesystem::path changes = *file;
        return changes.replace_filename(file->stem().string() + ".changed" + file->extension().string());
    }
    const std::filesystem::path folder = xdg_dir(options.environment, "XDG_CONFIG_HOME", ".config");
    return folder.empty() ? folder : folder / "ablerefusal" / "config.changed.yaml";
}

std::string changes_text(const Loaded &loaded) {
    std::string out = "# What was changed while the server ran. It is read after the configuration file; environment\n"
                      "# variables and flags override both. Take a line out, or delete this file, to go back.\n";
    std::string_view section;
    for (const Key &key : keys()) {
        if (!loaded.changed.contains(std::string(key.name))) {
            continue;
        }
        if (section_of(key) != section) {
            section = section_of(key);
            out += std::string(section) + ":\n";
        }
        out += "  " + std::string(short_name(key)) + ": " + to_yaml(key, loaded.config) + "\n";
    }
    return out;
}

} // namespace able::config
