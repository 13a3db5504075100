// The gallery's part of the engine.
#include "host/server/queue/live_job.h"

#include "host/config/logging.h"

#include <Poco/DateTimeFormatter.h>
#include <Poco/Timespan.h>
#include <Poco/Timestamp.h>
#include <spdlog/spdlog.h>

#include <algorithm>

namespace able::server {
namespace {

constexpr int trash_days = 30;

base::RequestError no_such_image(std::string_view id) {
    return {base::ErrorKind::not_found, "unknown_image",
            "no image has the id \"" + std::string(id.substr(0, 100)) + "\"", "id"};
}

} // namespace

ImagePage Engine::images(const ImageFilter &filter, std::size_t limit, std::size_t offset) const {
    return store_.images(filter, limit, offset);
}

ImageRecord Engine::image(std::string_view id) const {
    auto record = store_.image(id);
    if (!record) {
        throw no_such_image(id);
    }
    return *std::move(record);
}

void Engine::star_image(std::string_view id, bool starred) {
    if (!store_.star_image(id, starred)) {
        throw no_such_image(id);
    }
}

void Engine::trash_image(std::string_view id) {
    if (!store_.trash_image(id, utc_now())) {
        throw no_such_image(id);
    }
    const std::lock_guard lock(mutex_);
    empty_trash();
}

void Engine::restore_image(std::string_view id) {
    if (!store_.trash_image(id, "")) {
        throw no_such_image(id);
    }
}

void Engine::delete_image(std::string_view id) {
    const ImageRecord record = image(id);
    const std::lock_guard lock(mutex_);
    if (is_unfinished(record.job_id)) {
        throw base::RequestError(base::ErrorKind::conflict, "job_not_ended",
                                 "the image's job has not ended yet; cancel it or wait for its end");
    }
    if (!discard(record)) {
        throw no_such_image(id);
    }
}

void Engine::empty_trash() {
    const Poco::Timestamp oldest = Poco::Timestamp() - Poco::Timespan(trash_days, 0, 0, 0, 0);
    for (const std::string &id :
         store_.trashed_before(Poco::DateTimeFormatter::format(oldest, "%Y-%m-%dT%H:%M:%S.%iZ"))) {
        if (const auto record = store_.image(id); record && !is_unfinished(record->job_id)) {
            discard(*record);
        }
    }
}

bool Engine::is_unfinished(std::string_view job_id) const {
    const LiveJob *live = find_live(job_id);
    return live != nullptr && !is_terminal(live->job.status);
}

bool Engine::discard(const ImageRecord &image) {
    // First the record: a file without one is never served, a record without its file would be a broken image.
    if (!store_.remove_image(image.id)) {
        return false;
    }
    std::error_code error;
    std::filesystem::remove(config_.storage.output_dir / image.result.file, error);
    if (error) {
        spdlog::warn("event=image_file_left file={} error={}", image.result.file, config::log_value(error.message()));
    }
    return true;
}

std::optional<std::filesystem::path> Engine::output_file(std::string_view name) const {
    const bool plain = name.size() > 4 && name.size() <= 255 && name.ends_with(".png") && name.front() != '.' &&
                       std::all_of(name.begin(), name.end(), [](char c) {
                           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                                  c == '.' || c == '_' || c == '-';
                       });
    if (!plain || !store_.has_file(name)) {
        return std::nullopt;
    }
    return config_.storage.output_dir / name;
}

} // namespace able::server
