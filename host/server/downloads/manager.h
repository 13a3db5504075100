// The downloads: one at a time, in the order in which they were asked for; kept over a restart.
#pragma once

#include "download.h"
#include "hub_client.h"
#include "interrupt.h"

#include <nlohmann/json_fwd.hpp>

#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace able::downloads {

struct Options {
    HubOptions hub;
    std::function<std::string()> hub_token;     // asked before each connection, in the place of hub.token; may be empty
    std::filesystem::path hub_cache;            // diffusers models
    std::filesystem::path models_dir;           // single files
    std::filesystem::path lora_dir;             // LoRAs
    std::filesystem::path list_file;            // keeps the list; empty: it is not kept
    std::chrono::milliseconds first_wait{1000}; // before the first of several tries; twice as long before each next
    std::chrono::milliseconds report_every{1000};
};

// Thread-safe. Functions that take an id throw base::RequestError for an unknown one, and for one whose state does not
// allow it.
class Manager {
public:
    // Called without a lock, from any thread.
    struct Listener {
        std::function<void(const nlohmann::json &view)> changed;
        std::function<void()> completed; // files have come that the catalogue does not know
    };

    Manager(Options options, Listener listener);
    ~Manager();
    Manager(const Manager &) = delete;
    Manager &operator=(const Manager &) = delete;

    // Takes up the list of the last run: what ran or waited is paused.
    void start();
    // Interrupts what runs, which is paused at the next start.
    void stop();

    // What a repository on the hub has, see repo_view; waits for the hub's answer. Throws base::RequestError.
    nlohmann::json browse(const nlohmann::json &request);

    // All as view_of has them. Throws base::RequestError.
    nlohmann::json add(const nlohmann::json &request);
    nlohmann::json list() const;
    nlohmann::json pause(std::string_view id);
    nlohmann::json resume(std::string_view id); // a failed one too
    nlohmann::json cancel(std::string_view id);
    // Off the list, once it is over. What it brought stays.
    void forget(std::string_view id);

private:
    HubOptions hub_options() const;
    void work();
    void run(const std::string &id);
    void try_once(const HubClient &hub, const std::string &id, Interrupt &interrupt);
    void prepare(const HubClient &hub, const std::string &id, Interrupt &interrupt);
    void fetch_file(const HubClient &hub, const std::string &id, std::size_t index, Interrupt &interrupt);
    Download copy_of(const std::string &id) const;
    // With the lock held, as the next one.
    Download &find(std::string_view id);
    const Download *look_up(std::string_view id) const;
    // With the lock held: keeps the list, and returns what listeners are to be told.
    nlohmann::json changed(const Download &download);
    void tell(const nlohmann::json &view) const;
    void load();
    void save() const;

    const Options options_;
    const Listener listener_;
    mutable std::mutex mutex_; // guards what follows
    std::condition_variable woken_;
    std::vector<Download> downloads_; // oldest first
    std::string running_;             // id; empty: none
    std::shared_ptr<Interrupt> interrupt_;
    std::set<std::shared_ptr<Interrupt>> asking_; // those who browse
    bool stopping_ = false;
    std::thread thread_;
};

} // namespace able::downloads
