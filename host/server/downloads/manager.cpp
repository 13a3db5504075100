#include "manager.h"

#include "content_hash.h"
#include "destination.h"
#include "error.h"
#include "fetch.h"
#include "repo_query.h"

#include "host/base/atomic_file.h"
#include "host/base/request_error.h"
#include "host/config/logging.h"
#include "host/server/queue/job.h"

#include <Poco/UUIDGenerator.h>
#include <nlohmann/json.hpp>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <fstream>
#include <sstream>

namespace fs = std::filesystem;

namespace able::downloads {
namespace {

using base::ErrorKind;
using base::RequestError;
using nlohmann::json;

constexpr std::size_t max_open = 50;  // downloads that are not over
constexpr std::size_t max_ended = 50; // that are kept in the list
constexpr std::size_t max_asking = 4; // that ask for lists of files at once
constexpr int tries = 6;

// Whether the file at `path` is what it must be.
bool is_complete(const fs::path &path, const RepoFile &file, bool named_by_hash) {
    std::error_code error;
    if (!fs::is_regular_file(path, error) || fs::file_size(path, error) != file.size || error) {
        return false;
    }
    if (named_by_hash) {
        return true; // it was checked before it got that name
    }
    std::ifstream stream(path, std::ios::binary);
    ContentHash hash(file.hash, file.size);
    std::vector<char> block(1U << 20);
    while (stream) {
        stream.read(block.data(), static_cast<std::streamsize>(block.size()));
        hash.update({block.data(), static_cast<std::size_t>(stream.gcount())});
    }
    return hash.hex() == file.hash;
}

Destination destination_of(const Download &download, const Options &options) {
    if (download.diffusers) {
        return Destination::in_cache(options.hub_cache, download.request.repo);
    }
    const fs::path &folder = download.request.kind == "lora" ? options.lora_dir : options.models_dir;
    return Destination::in_folder(folder, download.request.repo);
}

std::vector<RepoFile> files_of(const Download &download) {
    std::vector<RepoFile> files;
    for (const FileState &file : download.files) {
        files.push_back(file.file);
    }
    return files;
}

} // namespace

Manager::Manager(Options options, Listener listener) : options_(std::move(options)), listener_(std::move(listener)) {}

Manager::~Manager() {
    stop();
}

void Manager::start() {
    const std::lock_guard lock(mutex_);
    load();
    thread_ = std::thread([this] { work(); });
}

void Manager::stop() {
    {
        const std::lock_guard lock(mutex_);
        stopping_ = true;
        if (interrupt_) {
            interrupt_->stop();
        }
        for (const auto &asking : asking_) {
            asking->stop();
        }
        woken_.notify_all();
    }
    if (thread_.joinable()) {
        thread_.join();
    }
}

json Manager::add(const json &document) {
    Download download;
    download.request = parse_request(document);
    download.id = Poco::UUIDGenerator::defaultGenerator().createRandom().toString();
    download.created_at = server::utc_now();
    json view;
    {
        const std::lock_guard lock(mutex_);
        std::size_t open = 0;
        for (const Download &other : downloads_) {
            open += is_over(other.state) ? 0 : 1;
            const Request &same = other.request;
            if (!is_over(other.state) && same.repo == download.request.repo &&
                same.revision == download.request.revision && same.files == download.request.files &&
                same.variant == download.request.variant && same.kind == download.request.kind) {
                throw RequestError(ErrorKind::conflict, "already_downloading",
                                   "this is in the list of downloads already, as " +
                                       std::string(to_string(other.state)));
            }
        }
        if (open >= max_open) {
            throw RequestError(ErrorKind::queue_full, "too_many_downloads",
                               "there are " + std::to_string(open) +
                                   " downloads already; wait for some, or cancel them");
        }
        downloads_.push_back(download);
        view = changed(downloads_.back());
        woken_.notify_all();
    }
    spdlog::info("event=download_queued download={} repo={} revision={}", download.id,
                 config::log_value(download.request.repo), config::log_value(download.request.revision));
    tell(view);
    return view;
}

HubOptions Manager::hub_options() const {
    HubOptions hub = options_.hub;
    if (options_.hub_token) {
        hub.token = options_.hub_token();
    }
    return hub;
}

json Manager::browse(const json &document) {
    const Request request = parse_hub_request(document);
    const auto interrupt = std::make_shared<Interrupt>();
    {
        const std::lock_guard lock(mutex_);
        if (stopping_ || asking_.size() >= max_asking) {
            throw RequestError(ErrorKind::queue_full, "too_many_questions",
                               "other lists of files are being asked for; try again in a moment");
        }
        asking_.insert(interrupt);
    }
    const auto done = [&] {
        const std::lock_guard lock(mutex_);
        asking_.erase(interrupt);
    };
    try {
        const Repo repo = ask_for_repo(HubClient(hub_options()), request, *interrupt);
        done();
        return repo_view(repo, request);
    } catch (const DownloadError &error) {
        done();
        const bool unknown = error.code() == "unknown_repo" || error.code() == "access_denied";
        throw RequestError(unknown ? ErrorKind::not_found : ErrorKind::unreachable, error.code(), error.what(),
                           unknown ? "repo" : "");
    } catch (...) {
        done();
        throw;
    }
}

json Manager::list() const {
    const std::lock_guard lock(mutex_);
    json list = json::array();
    for (auto download = downloads_.rbegin(); download != downloads_.rend(); ++download) {
        list.push_back(view_of(*download));
    }
    return {{"count", list.size()}, {"downloads", std::move(list)}};
}

json Manager::pause(std::string_view id) {
    json view;
    {
        const std::lock_guard lock(mutex_);
        Download &download = find(id);
        if (download.state == State::paused) {
            return view_of(download);
        }
        if (is_over(download.state)) {
            throw RequestError(ErrorKind::conflict, "download_has_ended",
                               "the download is " + std::string(to_string(download.state)) + " already");
        }
        download.state = State::paused;
        if (running_ == id) {
            interrupt_->stop();
        }
        view = changed(download);
    }
    tell(view);
    return view;
}

json Manager::resume(std::string_view id) {
    json view;
    {
        const std::lock_guard lock(mutex_);
        Download &download = find(id);
        if (download.state == State::completed || download.state == State::cancelled) {
            throw RequestError(ErrorKind::conflict, "download_has_ended",
                               "the download is " + std::string(to_string(download.state)) + "; ask for it again");
        }
        if (download.state == State::waiting || download.state == State::running) {
            return view_of(download);
        }
        download.state = State::waiting;
        download.error_code.clear();
        download.error.clear();
        download.ended_at.clear();
        view = changed(download);
        woken_.notify_all();
    }
    tell(view);
    return view;
}

json Manager::cancel(std::string_view id) {
    json view;
    {
        const std::lock_guard lock(mutex_);
        Download &download = find(id);
        if (download.state == State::completed || download.state == State::cancelled) {
            throw RequestError(ErrorKind::conflict, "download_has_ended",
                               "the download is " + std::string(to_string(download.state)) + " already");
        }
        download.state = State::cancelled;
        download.error_code.clear();
        download.error.clear();
        download.ended_at = server::utc_now();
        if (running_ == id) {
            interrupt_->stop(); // its thread deletes what is incomplete
        } else {
            destination_of(download, options_).discard(files_of(download));
        }
        view = changed(download);
    }
    spdlog::info("event=download_cancelled download={}", id);
    tell(view);
    return view;
}

void Manager::forget(std::string_view id) {
    const std::lock_guard lock(mutex_);
    const Download &download = find(id);
    if (!is_over(download.state) || running_ == id) {
        throw RequestError(ErrorKind::conflict, "download_not_over",
                           "the download is " + std::string(running_ == id ? "stopping" : to_string(download.state)) +
                               "; cancel it first, or wait until it has stopped");
    }
    destination_of(download, options_).discard(files_of(download));
    std::erase_if(downloads_, [&](const Download &other) { return other.id == id; });
    save();
}

const Download *Manager::look_up(std::string_view id) const {
    const auto found =
        std::find_if(downloads_.begin(), downloads_.end(), [&](const Download &download) { return download.id == id; });
    return found == downloads_.end() ? nullptr : &*found;
}

Download &Manager::find(std::string_view id) {
    if (const Download *found = look_up(id)) {
        return downloads_[static_cast<std::size_t>(found - downloads_.data())];
    }
    throw RequestError(ErrorKind::not_found, "unknown_download",
                       "no download has the id \"" + std::string(id.substr(0, 100)) + "\"", "id");
}

// Of the one that runs, which stays in the list as long as it does.
Download Manager::copy_of(const std::string &id) const {
    const std::lock_guard lock(mutex_);
    return *look_up(id);
}

json Manager::changed(const Download &download) {
    json view = view_of(download);
    std::size_t ended = 0;
    for (std::size_t i = downloads_.size(); i-- > 0;) {
        const bool over = is_over(downloads_[i].state) && downloads_[i].id != running_;
        ended += over ? 1 : 0;
        if (over && ended > max_ended) {
            downloads_.erase(downloads_.begin() + static_cast<std::ptrdiff_t>(i));
            --ended;
        }
    }
    save();
    return view;
}

void Manager::tell(const json &view) const {
    if (listener_.changed) {
        listener_.changed(view);
    }
}

void Manager::work() {
    for (;;) {
        std::string id;
        json view;
        {
            std::unique_lock lock(mutex_);
            const auto waits = [](const Download &download) {
                return download.state == State::waiting;
            };
            woken_.wait(lock, [&] { return stopping_ || std::any_of(downloads_.begin(), downloads_.end(), waits); });
            if (stopping_) {
                return;
            }
            Download &next = *std::find_if(downloads_.begin(), downloads_.end(), waits);
            next.state = State::running;
            id = running_ = next.id;
            interrupt_ = std::make_shared<Interrupt>();
            view = changed(next);
        }
        tell(view);
        run(id);
    }
}

void Manager::run(const std::string &id) {
    const auto interrupt = interrupt_; // only this thread replaces it
    std::string code;
    std::string message;
    try {
        const HubClient hub(hub_options());
        for (int attempt = 1;; ++attempt) {
            try {
                try_once(hub, id, *interrupt);
                break;
            } catch (const DownloadError &error) {
                if (!error.passing() || attempt >= tries) {
                    throw;
                }
                spdlog::warn("event=download_retry download={} try={} error={}", id, attempt,
                             config::log_value(error.what()));
                if (interrupt->wait(options_.first_wait * (1 << (attempt - 1)))) {
                    throw DownloadError("stopped", "the download was stopped");
                }
            }
        }
    } catch (const DownloadError &error) {
        code = error.code();
        message = error.what();
    } catch (const std::exception &error) {
        code = "internal_error";
        message = error.what();
    }
    json view;
    bool completed = false;
    {
        const std::lock_guard lock(mutex_);
        Download &download = find(id);
        if (download.state == State::running && (code != "stopped" || !stopping_)) {
            completed = code.empty();
            download.state = completed ? State::completed : State::failed;
            download.error_code = code;
            download.error = message;
            download.ended_at = server::utc_now();
            spdlog::info("event=download_{} download={} repo={} bytes={} error={}", to_string(download.state), id,
                         config::log_value(download.request.repo), download.bytes_done(), config::log_value(message));
        } else if (download.state == State::cancelled) {
            destination_of(download, options_).discard(files_of(download));
        }
        running_.clear();
        view = changed(download);
    }
    if (completed && listener_.completed) {
        listener_.completed();
    }
    tell(view);
}

void Manager::try_once(const HubClient &hub, const std::string &id, Interrupt &interrupt) {
    if (copy_of(id).commit.empty()) {
        prepare(hub, id, interrupt);
    }
    const Download download = copy_of(id);
    const Destination destination = destination_of(download, options_);
    const auto files = files_of(download);
    destination.prepare(files);
    for (std::size_t i = 0; i < files.size(); ++i) {
        fetch_file(hub, id, i, interrupt);
    }
    destination.publish(download.commit, download.request.revision, files);
}

void Manager::prepare(const HubClient &hub, const std::string &id, Interrupt &interrupt) {
    const Request request = copy_of(id).request;
    const Repo repo = ask_for_repo(hub, request, interrupt);
    Choice choice = choose_files(repo, request.files, request.variant);
    json view;
    {
        const std::lock_guard lock(mutex_);
        Download &download = find(id);
        download.commit = repo.commit;
        download.diffusers = choice.diffusers;
        for (RepoFile &file : choice.files) {
            download.files.push_back({.file = std::move(file)});
        }
        view = changed(download);
    }
    tell(view);
}

void Manager::fetch_file(const HubClient &hub, const std::string &id, std::size_t index, Interrupt &interrupt) {
    const Download download = copy_of(id);
    const RepoFile file = download.files.at(index).file;
    const Destination destination = destination_of(download, options_);
    const fs::path target = destination.target(file);
    auto reported = std::chrono::steady_clock::now();
    const auto set = [&](std::uint64_t done, bool checked, bool report) {
        json view;
        {
            const std::lock_guard lock(mutex_);
            Download &own = find(id);
            own.files.at(index).done = done;
            own.files.at(index).checked = checked;
            if (report) {
                view = view_of(own);
            }
        }
        if (report) {
            reported = std::chrono::steady_clock::now();
            tell(view);
        }
    };
    if (!is_complete(target, file, download.diffusers)) {
        Fetch wanted;
        wanted.url_path =
            "/" + download.request.repo + "/resolve/" + download.commit + "/" + encoded(file.path, Slashes::keep);
        wanted.file = file;
        wanted.target = target;
        wanted.on_progress = [&](std::uint64_t done) {
            set(done, false, std::chrono::steady_clock::now() - reported >= options_.report_every);
        };
        fetch(hub, wanted, interrupt);
    }
    set(file.size, true, true);
}

void Manager::load() {
    if (options_.list_file.empty()) {
        return;
    }
    std::ifstream stream(options_.list_file, std::ios::binary);
    std::stringstream text;
    text << stream.rdbuf();
    const json list = json::parse(text.str(), nullptr, false);
    if (!list.is_array()) {
        return;
    }
    for (const json &item : list) {
        if (auto download = restored(item)) {
            if (!is_over(download->state)) {
                download->state = State::paused;
            }
            downloads_.push_back(*std::move(download));
        }
    }
}

void Manager::save() const {
    if (options_.list_file.empty()) {
        return;
    }
    json list = json::array();
    for (const Download &download : downloads_) {
        list.push_back(stored(download));
    }
    const std::string text = list.dump(-1, ' ', false, json::error_handler_t::replace);
    try {
        fs::create_directories(options_.list_file.parent_path());
        base::write_file_atomically(options_.list_file, std::as_bytes(std::span(text)));
    } catch (const std::exception &error) {
        // It costs the list after a restart, no download.
        spdlog::warn("event=downloads_not_kept error={}", config::log_value(error.what()));
    }
}

} // namespace able::downloads
