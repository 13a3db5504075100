#include "text_files.h"

#include "error.h"
#include "folder_layout.h"

#include <algorithm>
#include <array>
#include <fstream>
#include <set>
#include <system_error>

namespace fs = std::filesystem;

namespace able::models {

namespace {

// Both resolved: by path components, so that "/models-2" is not inside "/models".
bool is_inside(const fs::path &file, const fs::path &folder) {
    const auto [in_folder, in_file] = std::mismatch(folder.begin(), folder.end(), file.begin(), file.end());
    return in_folder == folder.end() && in_file != file.end();
}

bool is_text_name(const std::string &name) {
    if (name.find(".index.") != std::string::npos) {
        return false;
    }
    return name.ends_with(".json") || name.ends_with(".txt");
}

} // namespace

fs::path resolve_inside(const fs::path &file, const std::vector<fs::path> &boundaries) {
    std::error_code error;
    fs::path resolved = fs::canonical(file, error);
    if (error) {
        throw ModelError(ABLE_NOT_FOUND, file.string() + ": no such file, or a link to one that is gone (" +
                                             error.message() + "); download the model again");
    }
    const bool inside = std::any_of(boundaries.begin(), boundaries.end(),
                                    [&resolved](const fs::path &boundary) { return is_inside(resolved, boundary); });
    if (!inside) {
        throw ModelError(ABLE_BAD_FILE, file.string() + ": a link that leads out of the model's folder, to " +
                                            resolved.string() + ", is not followed; put the file itself there");
    }
    return resolved;
}

std::string read_text_file(const fs::path &file, std::size_t limit) {
    std::error_code error;
    if (!fs::is_regular_file(file, error)) {
        throw ModelError(ABLE_NOT_FOUND,
                         file.string() + ": no such file, or not a regular one; download the model again");
    }
    std::ifstream stream(file, std::ios::binary);
    const std::uintmax_t size = fs::file_size(file, error);
    if (!stream || error) {
        throw ModelError(ABLE_NOT_FOUND, file.string() + ": cannot be opened; check that this user may read it");
    }
    if (size > limit) {
        throw ModelError(ABLE_BAD_FILE, file.string() + ": has " + std::to_string(size) +
                                            " bytes, more than the texts of a model may (" + std::to_string(limit) +
                                            "); remove it if the model does not need it");
    }
    std::string text(size, '\0');
    stream.read(text.data(), static_cast<std::streamsize>(size));
    if (stream.gcount() != static_cast<std::streamsize>(size)) {
        throw ModelError(ABLE_BAD_FILE, file.string() + ": changed while it was read; try again");
    }
    return text;
}

std::map<std::string, std::string, std::less<>> read_folder_texts(const fs::path &model_folder,
                                                                  const std::vector<fs::path> &boundaries) {
    std::set<std::string> needed{""};
    needed.insert(weight_components.begin(), weight_components.end());
    needed.insert(text_components.begin(), text_components.end());
    std::vector<std::string> folders{""};
    const std::vector<std::string> others = folders_in(model_folder);
    folders.insert(folders.end(), others.begin(), others.end());

    std::map<std::string, std::string, std::less<>> texts;
    std::size_t total = 0;
    for (const std::string &folder : folders) {
        const std::string prefix = folder.empty() ? "" : folder + "/";
        std::error_code error;
        for (fs::directory_iterator entry(model_folder / folder, error), end; !error && entry != end;
             entry.increment(error)) {
            const std::string name = entry->path().filename().string();
            std::error_code ignored;
            if (!is_text_name(name) || fs::is_directory(entry->path(), ignored)) {
                continue;
            }
            std::string text;
            try {
                text = read_text_file(resolve_inside(entry->path(), boundaries));
            } catch (const ModelError &) {
                if (needed.contains(folder)) {
                    throw;
                }
                continue;
            }
            total += text.size();
            if (total > text_total_limit) {
                throw ModelError(ABLE_BAD_FILE, model_folder.string() + ": its .json and .txt files have more than " +
                                                    std::to_string(text_total_limit) +
                                                    " bytes together; this is no model folder");
            }
            texts.emplace(prefix + name, std::move(text));
        }
    }
    return texts;
}

} // namespace able::models
