#include "probe_cache.h"

#include <spdlog/spdlog.h>

#include <fstream>
#include <system_error>

#include <unistd.h>

namespace able::server {

namespace fs = std::filesystem;

ProbeCache::ProbeCache(fs::path file) : file_(std::move(file)) {
    load();
}

void ProbeCache::begin(const std::string &asked) {
    if (asked != asked_) {
        changed_ = changed_ || !entries_.empty();
        entries_.clear();
        asked_ = asked;
    }
    for (auto &[key, entry] : entries_) {
        entry.used = false;
    }
}

const nlohmann::json *ProbeCache::find(const std::string &key, const std::string &stamp) {
    const auto found = entries_.find(key);
    if (found == entries_.end() || stamp.empty() || found->second.stamp != stamp) {
        return nullptr;
    }
    found->second.used = true;
    return &found->second.answer;
}

void ProbeCache::store(const std::string &key, const std::string &stamp, nlohmann::json answer) {
    if (!stamp.empty()) {
        entries_[key] = {stamp, std::move(answer), true};
        changed_ = true;
    }
}

void ProbeCache::end() {
    const auto gone = [](const auto &item) {
        std::error_code error;
        return !item.second.used && !fs::exists(item.first.substr(item.first.find(' ') + 1), error);
    };
    changed_ = std::erase_if(entries_, gone) > 0 || changed_;
    if (changed_ && !file_.empty()) {
        save();
    }
    changed_ = false;
}

void ProbeCache::load() {
    std::ifstream in(file_);
    const auto document = nlohmann::json::parse(in, nullptr, false);
    if (!document.is_object()) {
        return;
    }
    try {
        document.at("asked").get_to(asked_);
        for (const auto &[key, entry] : document.at("entries").items()) {
            entries_[key] = {entry.at("stamp").get<std::string>(), entry.at("answer"), false};
        }
    } catch (const nlohmann::json::exception &error) {
        spdlog::warn("event=model_cache_ignored reason=\"{}\"", error.what());
        asked_.clear();
        entries_.clear();
    }
}

void ProbeCache::save() const {
    nlohmann::json entries = nlohmann::json::object();
    for (const auto &[key, entry] : entries_) {
        entries[key] = {{"stamp", entry.stamp}, {"answer", entry.answer}};
    }
    std::error_code error;
    fs::create_directories(file_.parent_path(), error);
    const fs::path temporary = file_.string() + "." + std::to_string(getpid());
    std::ofstream out(temporary, std::ios::trunc);
    out << nlohmann::json{{"asked", asked_}, {"entries", entries}}.dump(1, ' ', false,
                                                                        nlohmann::json::error_handler_t::replace);
    out.close();
    if (out) {
        fs::rename(temporary, file_, error);
    }
    if (!out || error) {
        spdlog::warn("event=model_cache_not_saved file=\"{}\"", file_.string());
    }
}

} // namespace able::server
