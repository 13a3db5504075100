#include "host/base/base64.h"
#include "host/base/quote.h"
#include "host/protocol/error.h"
#include "job_json.h"
#include "live_job.h"

#include "host/config/logging.h"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace able::server {

using nlohmann::json;

void Queue::Reporter::phase(const protocol::Phase &phase) {
    const int percent = static_cast<int>(phase.fraction * 100);
    if (phase.name == last_phase_ && percent == last_percent_) {
        return;
    }
    last_phase_ = phase.name;
    last_percent_ = percent;
    queue_.events_.publish("phase", live_.job.id,
                           {{"id", live_.job.id}, {"phase", phase.name}, {"fraction", phase.fraction}});
}

void Queue::Reporter::step(const protocol::Step &step) {
    const std::lock_guard lock(queue_.mutex_);
    live_.progress.step(live_.job, step);
    json data = progress_json(live_.job);
    data["image"] = step.image;
    data["step"] = step.step;
    data["steps"] = step.steps;
    if (!step.preview_png.empty()) {
        data["preview"] = "data:image/png;base64," + base::encode_base64(step.preview_png);
    }
    queue_.events_.publish("step", live_.job.id, std::move(data));
}

void Queue::Reporter::image(const protocol::ImageDone &image) {
    Result result;
    result.index = image.image;
    result.file = std::filesystem::path(image.path).filename().string();
    // Another name would have the server show, or delete, a file that is not this job's.
    if (result.file != live_.job.id + "-" + std::to_string(image.image) + ".png" ||
        image.image >= protocol::images_of(live_.job.task)) {
        throw protocol::ProtocolError("it reports the picture " + base::quote(result.file) +
                                      ", which is not this job's");
    }
    result.seed = image.seed;
    result.width = image.width;
    result.height = image.height;
    result.metadata = image.metadata;
    result.created_at = utc_now();
    try {
        queue_.store_.add_result(live_.job.id, result);
    } catch (const std::exception &error) {
        spdlog::error("event=image_not_recorded job={} error={}", live_.job.id, config::log_value(error.what()));
        const std::lock_guard lock(queue_.mutex_);
        live_.storage_error = error.what();
        live_.cancel.cancel();
        return;
    }
    spdlog::info("event=image job={} image={} seed={} file={}", live_.job.id, image.image, image.seed, result.file);
    const std::lock_guard lock(queue_.mutex_);
    live_.job.attempts = 0;
    auto &results = live_.job.results;
    std::erase_if(results, [&](const Result &other) { return other.index == result.index; });
    const auto place =
        std::find_if(results.begin(), results.end(), [&](const Result &other) { return other.index > result.index; });
    json data = result_json(result);
    data["index"] = result.index;
    data["id"] = live_.job.id;
    results.insert(place, std::move(result));
    queue_.events_.publish("image", live_.job.id, std::move(data));
}

} // namespace able::server
