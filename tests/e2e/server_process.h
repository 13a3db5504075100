// A real server in a folder of its own, and a real HTTP client to talk to it.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <sys/types.h>

namespace able::e2e {

// A folder that goes when the test does.
class TemporaryFolder {
public:
    TemporaryFolder();
    ~TemporaryFolder();
    TemporaryFolder(const TemporaryFolder &) = delete;
    TemporaryFolder &operator=(const TemporaryFolder &) = delete;
    const std::filesystem::path &path() const { return path_; }

private:
    std::filesystem::path path_;
};

struct Reply {
    int status = 0;
    std::string body;
    std::map<std::string, std::string> headers; // names in lower case
    nlohmann::json json() const { return nlohmann::json::parse(body); }
};

struct Options {
    double job_timeout = 120;     // queue.timeout
    double stall_timeout = 600;   // queue.stall_timeout
    double describe_timeout = 20; // plugins.describe_timeout
    std::string dtype = "fp32";
    std::string memory_limit = "auto";
    std::string vae_tiling = "auto";
    bool demo = false;                            // models.demo
    std::vector<std::string> plugins;             // names of misbehaving plugins to put into the plugin folder
    std::vector<std::string> models{"tiny-sd15"}; // of tests/golden/data
};

// A server as it is after the installation: no models but those that came with it.
Options fresh_installation();

class Server {
public:
    // Makes the folders, with the models and the LoRAs in them, and starts the server.
    explicit Server(const Options &options = {});
    ~Server();
    Server(const Server &) = delete;
    Server &operator=(const Server &) = delete;

    Reply get(const std::string &path) const;
    Reply post(const std::string &path, const nlohmann::json &body = nlohmann::json::object()) const;
    Reply send(const std::string &method, const std::string &path, const std::string &body,
               const std::map<std::string, std::string> &headers) const;

    // Posts a request, which must be accepted, and returns the job's id.
    std::string submit(const nlohmann::json &request) const;
    // Waits for a job to end; fails the test if it takes too long.
    nlohmann::json wait(const std::string &id) const;
    // Waits until `ready` holds for the job.
    template <class Predicate>
    nlohmann::json wait_until(const std::string &id, Predicate ready) const {
        for (int i = 0; i < most_polls; ++i) {
            const auto job = get("/api/v1/generate/" + id).json();
            if (ready(job)) {
                return job;
            }
            pause();
        }
        give_up("job " + id);
    }
    // Submits, waits, and requires success.
    nlohmann::json generate(const nlohmann::json &request) const;
    // The bytes of an image of a job.
    std::string image(const nlohmann::json &job, std::size_t index = 0) const;

    // kill -9 of the server itself.
    void kill();
    // SIGTERM; returns the exit status.
    int stop();
    // Starts it again in the same folder.
    void start();
    pid_t pid() const { return pid_; }
    std::uint16_t port() const { return port_; }
    // Process ids of its workers.
    std::vector<pid_t> workers() const;

    std::filesystem::path folder() const { return folder_.path(); }
    std::filesystem::path plugin_folder() const { return folder_.path() / "plugins"; }
    std::string log() const;

private:
    static constexpr int most_polls = 2400;
    static void pause();
    [[noreturn]] void give_up(const std::string &what) const;
    void write_config(const Options &options) const;

    TemporaryFolder folder_;
    pid_t pid_ = 0;
    std::uint16_t port_ = 0;
};

// The standard request of these tests: small and quick.
nlohmann::json tiny_request();
// Copies a misbehaving plugin into `folder`.
void add_plugin(const std::filesystem::path &folder, const std::string &mode);
std::string read_file(const std::filesystem::path &file);

} // namespace able::e2e
