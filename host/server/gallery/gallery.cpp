#include "gallery.h"

#include "host/base/request_error.h"
#include "host/config/logging.h"
#include "host/server/queue/job.h"

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timespan.h>
#include <Poco/Timestamp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <system_error>
#include <utility>

#include <unistd.h>

namespace able::server {
namespace {

constexpr int trash_days = 30;

base::RequestError no_such_image(std::string_view id) {
    return {base::ErrorKind::not_found, "unknown_image",
            "no image has the id \"" + std::string(id.substr(0, 100)) + "\"", "id"};
}

// An empty text if files can be made there.
std::string writing_problem(const std::filesystem::path &folder) {
    std::error_code error;
    if (!std::filesystem::is_directory(folder, error)) {
        return "the output folder " + folder.string() + " does not exist";
    }
    return ::access(folder.c_str(), W_OK) == 0 ? std::string()
                                               : "the output folder " + folder.string() + " cannot be written";
}

} // namespace

Gallery::Gallery(GalleryStore &store, std::filesystem::path output_dir, IsUnfinished is_unfinished)
    : store_(store), output_dir_(std::move(output_dir)), is_unfinished_(std::move(is_unfinished)) {}

ImagePage Gallery::images(const ImageFilter &filter, std::size_t limit, std::size_t offset) const {
    return store_.images(filter, limit, offset);
}

ImageFacets Gallery::facets() const {
    return store_.image_facets();
}

ImageRecord Gallery::image(std::string_view id) const {
    auto record = store_.image(id);
    if (!record) {
        throw no_such_image(id);
    }
    return *std::move(record);
}

void Gallery::star(std::string_view id, bool starred) {
    if (!store_.star_image(id, starred)) {
        throw no_such_image(id);
    }
}

void Gallery::trash(std::string_view id) {
    if (!store_.trash_image(id, utc_now())) {
        throw no_such_image(id);
    }
    empty_trash();
}

void Gallery::restore(std::string_view id) {
    if (!store_.trash_image(id, "")) {
        throw no_such_image(id);
    }
}

void Gallery::remove(std::string_view id) {
    const ImageRecord record = image(id);
    if (is_unfinished_(record.job_id)) {
        throw base::RequestError(base::ErrorKind::conflict, "job_not_ended",
                                 "the image's job has not ended yet; cancel it or wait for its end");
    }
    if (!discard(record)) {
        throw no_such_image(id);
    }
}

void Gallery::empty_trash() {
    const Poco::Timestamp oldest = Poco::Timestamp() - Poco::Timespan(trash_days, 0, 0, 0, 0);
    for (const std::string &id :
         store_.trashed_before(Poco::DateTimeFormatter::format(oldest, "%Y-%m-%dT%H:%M:%S.%iZ"))) {
        if (const auto record = store_.image(id); record && !is_unfinished_(record->job_id)) {
            discard(*record);
        }
    }
}

bool Gallery::discard(const ImageRecord &image) {
    // First the record: a file without one is never served, a record without its file would be a broken image.
    if (!store_.remove_image(image.id)) {
        return false;
    }
    std::error_code error;
    std::filesystem::remove(output_dir_ / image.result.file, error);
    if (error) {
        spdlog::warn("event=image_file_left file={} error={}", image.result.file, config::log_value(error.message()));
    }
    return true;
}

std::optional<std::filesystem::path> Gallery::output_file(std::string_view name) const {
    const bool plain = name.size() > 4 && name.size() <= 255 && name.ends_with(".png") && name.front() != '.' &&
                       std::all_of(name.begin(), name.end(), [](char c) {
                           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                                  c == '.' || c == '_' || c == '-';
                       });
    if (!plain || !store_.has_file(name)) {
        return std::nullopt;
    }
    return output_dir_ / name;
}

StorageState Gallery::storage() const {
    StorageState state;
    state.problem = writing_problem(output_dir_);
    std::error_code error;
    if (const auto space = std::filesystem::space(output_dir_, error); !error) {
        state.free_bytes = space.available;
    }
    return state;
}

} // namespace able::server
