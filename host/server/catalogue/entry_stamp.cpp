#include "entry_stamp.h"

#include "host/base/file_stamp.h"
#include "host/models/folder_layout.h"

#include <xxhash.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <system_error>
#include <utility>
#include <vector>

namespace able::server {

namespace fs = std::filesystem;

namespace {

// "name=stamp" of each regular file in a folder, links followed, in the order of names.
void add_files(const fs::path &folder, const std::string &prefix, std::vector<std::string> &lines) {
    std::error_code error;
    for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
        const std::string stamp = base::file_stamp(entry->path());
        if (!stamp.empty()) {
            std::string line = prefix;
            line += entry->path().filename().string();
            line += '=';
            line += stamp;
            lines.push_back(std::move(line));
        }
    }
}

} // namespace

std::string entry_stamp(const fs::path &path) {
    std::error_code error;
    if (!fs::is_directory(path, error)) {
        const std::string configuration = base::file_stamp(models::configuration_beside(path));
        return base::file_stamp(path) + (configuration.empty() ? "" : "+" + configuration);
    }
    std::vector<std::string> lines;
    add_files(path, "", lines);
    for (const std::string &folder : models::folders_in(path)) {
        add_files(path / folder, folder + "/", lines);
    }
    if (lines.empty()) {
        return {};
    }
    std::sort(lines.begin(), lines.end());
    std::string all;
    for (const std::string &line : lines) {
        all += line + '\n';
    }
    const XXH128_hash_t digest = XXH3_128bits(all.data(), all.size());
    std::array<char, 40> text{};
    std::snprintf(text.data(), text.size(), "%016llx%016llx", static_cast<unsigned long long>(digest.high64),
                  static_cast<unsigned long long>(digest.low64));
    return text.data();
}

} // namespace able::server
