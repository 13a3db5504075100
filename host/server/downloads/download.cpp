#include "download.h"

#include "content_hash.h"

#include "host/base/request_error.h"

#include <nlohmann/json.hpp>

#include <array>

namespace able::downloads {
namespace {

using nlohmann::json;

constexpr std::array states{State::waiting,   State::running, State::paused,
                            State::completed, State::failed,  State::cancelled};

json or_null(const std::string &text) {
    return text.empty() ? json(nullptr) : json(text);
}

} // namespace

const char *to_string(State state) {
    constexpr std::array names{"waiting", "running", "paused", "completed", "failed", "cancelled"};
    return names.at(static_cast<std::size_t>(state));
}

bool is_over(State state) {
    return state == State::completed || state == State::failed || state == State::cancelled;
}

std::uint64_t Download::bytes_done() const {
    std::uint64_t sum = 0;
    for (const FileState &file : files) {
        sum += file.done;
    }
    return sum;
}

std::uint64_t Download::bytes_total() const {
    std::uint64_t sum = 0;
    for (const FileState &file : files) {
        sum += file.file.size;
    }
    return sum;
}

json view_of(const Download &download) {
    json files = json::array();
    for (const FileState &file : download.files) {
        files.push_back({{"path", file.file.path},
                         {"size_bytes", file.file.size},
                         {"bytes_done", file.done},
                         {"hash", file.file.hash},
                         {"checked", file.checked}});
    }
    json view{{"id", download.id},
              {"repo", download.request.repo},
              {"revision", download.request.revision},
              {"kind", download.request.kind},
              {"state", to_string(download.state)},
              {"commit", or_null(download.commit)},
              {"bytes_done", download.bytes_done()},
              {"bytes_total", download.commit.empty() ? json(nullptr) : json(download.bytes_total())},
              {"files", std::move(files)},
              {"error", nullptr},
              {"created_at", download.created_at},
              {"ended_at", or_null(download.ended_at)}};
    if (!download.error_code.empty()) {
        view["error"] = {{"code", download.error_code}, {"message", download.error}};
    }
    return view;
}

json stored(const Download &download) {
    json request{{"repo", download.request.repo},
                 {"revision", download.request.revision},
                 {"variant", download.request.variant},
                 {"kind", download.request.kind}};
    if (!download.request.files.empty()) {
        request["files"] = download.request.files;
    }
    json view = view_of(download);
    view["request"] = std::move(request);
    view["diffusers"] = download.diffusers;
    return view;
}

std::optional<Download> restored(const json &json) {
    try {
        Download download;
        download.id = json.at("id").get<std::string>();
        download.request = parse_request(json.at("request"));
        for (const State state : states) {
            if (json.at("state") == to_string(state)) {
                download.state = state;
            }
        }
        download.commit = json.at("commit").is_null() ? "" : json.at("commit").get<std::string>();
        download.diffusers = json.at("diffusers").get<bool>();
        for (const auto &item : json.at("files")) {
            FileState file;
            file.file = {item.at("path").get<std::string>(), item.at("size_bytes").get<std::uint64_t>(),
                         item.at("hash").get<std::string>()};
            file.done = item.at("bytes_done").get<std::uint64_t>();
            file.checked = item.at("checked").get<bool>();
            if (!is_safe_path(file.file.path) || !is_content_hash(file.file.hash)) {
                return std::nullopt;
            }
            download.files.push_back(std::move(file));
        }
        if (!json.at("error").is_null()) {
            download.error_code = json.at("error").at("code").get<std::string>();
            download.error = json.at("error").at("message").get<std::string>();
        }
        download.created_at = json.at("created_at").get<std::string>();
        download.ended_at = json.at("ended_at").is_null() ? "" : json.at("ended_at").get<std::string>();
        if (!download.commit.empty() && (download.commit.size() != 40 || !is_content_hash(download.commit))) {
            return std::nullopt;
        }
        return download;
    } catch (const nlohmann::json::exception &) {
        return std::nullopt;
    } catch (const base::RequestError &) {
        return std::nullopt;
    }
}

} // namespace able::downloads
