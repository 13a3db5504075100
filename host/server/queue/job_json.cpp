#include "job_json.h"

#include <string>

namespace able::server {
namespace {

using nlohmann::json;

json or_null(const std::string &text) {
    return text.empty() ? json(nullptr) : json(text);
}

} // namespace

json progress_json(const Job &job) {
    return {{"id", job.id},
            {"status", to_string(job.status)},
            {"progress", job.progress},
            {"current_step", job.current_step},
            {"total_steps", job.total_steps},
            {"eta_seconds", job.eta_seconds ? json(*job.eta_seconds) : json(nullptr)}};
}

json result_json(const Result &result) {
    return {{"image_path", result.file},
            {"seed", result.seed},
            {"width", result.width},
            {"height", result.height},
            {"metadata", result.metadata}};
}

json job_json(const Job &job) {
    json data = progress_json(job);
    data["attempts"] = job.attempts;
    data["position"] = job.position > 0 ? json(job.position) : json(nullptr);
    data["results"] = json::array();
    for (const Result &result : job.results) {
        data["results"].push_back(result_json(result));
    }
    data["error"] = nullptr;
    if (job.error) {
        data["error"] = {{"code", job.error->code}, {"message", job.error->message}};
    }
    data["created_at"] = or_null(job.created_at);
    data["started_at"] = or_null(job.started_at);
    data["completed_at"] = or_null(job.completed_at);
    return data;
}

json ended_job_json(const Job &job) {
    json data = job_json(job);
    data.erase("position"); // it does not wait
    for (std::size_t i = 0; i < job.results.size(); ++i) {
        data["results"][i]["index"] = job.results[i].index;
    }
    return data;
}

} // namespace able::server
