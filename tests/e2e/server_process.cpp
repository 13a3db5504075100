#include "server_process.h"

#include "host/base/subprocess.h"

#include <catch2/catch.hpp>

#include <Poco/Net/HTTPClientSession.h>
#include <Poco/Net/HTTPRequest.h>
#include <Poco/Net/HTTPResponse.h>
#include <Poco/StreamCopier.h>
#include <Poco/String.h>

#include <csignal>
#include <cstdlib>
#include <fstream>
#include <sstream>
#include <thread>

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace able::e2e {

namespace fs = std::filesystem;

namespace {

const fs::path data_folder = fs::path(ABLE_SOURCE_DIR) / "tests/golden/data";

// Reads one line; empty at the end of the stream or after a minute and a half.
std::string read_line(int fd) {
    std::string line;
    for (char c = 0; c != '\n';) {
        pollfd ready{fd, POLLIN, 0};
        if (poll(&ready, 1, 90000) <= 0 || read(fd, &c, 1) != 1) {
            return {};
        }
        line += c;
    }
    return line;
}

} // namespace

TemporaryFolder::TemporaryFolder() {
    std::string pattern = (fs::temp_directory_path() / "able-e2e-XXXXXX").string();
    REQUIRE(mkdtemp(pattern.data()) != nullptr);
    path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
}

Server::Server(const Options &options) {
    const fs::path root = folder_.path();
    fs::create_directories(root / "models/loras");
    fs::create_directories(root / "plugins");
    fs::create_directories(root / "home");
    for (const auto &model : options.models) {
        fs::copy(data_folder / model, root / "models" / model, fs::copy_options::recursive);
    }
    fs::copy(data_folder / "loras", root / "models/loras", fs::copy_options::recursive);
    for (const auto &mode : options.plugins) {
        add_plugin(plugin_folder(), mode);
    }
    write_config(options);
    start();
}

Server::~Server() {
    if (pid_ != 0) {
        kill();
    }
}

void Server::write_config(const Options &options) const {
    const std::string root = folder_.path().string();
    std::ofstream out(folder_.path() / "config.yaml");
    out << "server:\n  port: 0\n"
        << "storage:\n  output_dir: " << root << "/outputs\n  models_dir: " << root << "/models\n  temp_dir: " << root
        << "/temp\n"
        << "models:\n  hub_cache: " << root << "/hub\n  demo: " << (options.demo ? "true" : "false") << "\n"
        << "queue:\n  timeout: " << options.job_timeout << "\n  stall_timeout: " << options.stall_timeout << "\n"
        << "inference:\n  device: cpu\n  dtype: " << options.dtype
        << "\n  threads: 1\n  memory_limit: " << options.memory_limit << "\n  vae_tiling: \"" << options.vae_tiling
        << "\"\n"
        << "plugins:\n  paths: [" << root << "/plugins]\n  describe_timeout: " << options.describe_timeout << "\n";
}

void Server::start() {
    // Nothing of the developer's own settings may reach the server.
    const std::string home = (folder_.path() / "home").string();
    base::Pipe out = base::make_pipe();
    const base::Fd log(open((folder_.path() / "log").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
    pid_ = base::spawn({"/usr/bin/env", "-u", "ABLEREFUSAL_PLUGIN_PATH", "-u", "HF_HOME", "-u", "HF_HUB_CACHE", "-u",
                        "XDG_DATA_HOME", "-u", "XDG_CACHE_HOME", "-u", "XDG_CONFIG_HOME", "HOME=" + home,
                        ABLE_EXECUTABLE, "serve", "--config", (folder_.path() / "config.yaml").string()},
                       {-1, out.write.get(), log.get(), -1});
    out.write.reset();
    const std::string line = read_line(out.read.get());
    INFO(this->log());
    REQUIRE(line.starts_with("listening on http://127.0.0.1:"));
    port_ = static_cast<std::uint16_t>(std::stoi(line.substr(line.rfind(':') + 1)));
}

void Server::kill() {
    ::kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
}

int Server::stop() {
    ::kill(pid_, SIGTERM);
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = 0;
    REQUIRE(WIFEXITED(status));
    return WEXITSTATUS(status);
}

std::vector<pid_t> Server::workers() const {
    std::vector<pid_t> out;
    for (const auto &entry : fs::directory_iterator("/proc")) {
        std::ifstream stat(entry.path() / "stat");
        std::string pid, name, state, parent;
        if (stat >> pid >> name >> state >> parent && parent == std::to_string(pid_) && state != "Z" &&
            read_file(entry.path() / "cmdline").find("--fd") != std::string::npos) {
            out.push_back(std::stoi(pid));
        }
    }
    return out;
}

Reply Server::send(const std::string &method, const std::string &path, const std::string &body,
                   const std::map<std::string, std::string> &headers) const {
    Poco::Net::HTTPClientSession session("127.0.0.1", port_);
    session.setTimeout(Poco::Timespan(90, 0));
    Poco::Net::HTTPRequest request(method, path, "HTTP/1.1");
    for (const auto &[name, value] : headers) {
        request.set(name, value);
    }
    if (method != "GET") {
        request.setContentLength64(static_cast<Poco::Int64>(body.size()));
    }
    auto &out = session.sendRequest(request);
    out << body << std::flush;
    Poco::Net::HTTPResponse response;
    auto &in = session.receiveResponse(response);
    Reply reply;
    reply.status = response.getStatus();
    for (const auto &[name, value] : response) {
        reply.headers[Poco::toLower(name)] = value;
    }
    Poco::StreamCopier::copyToString(in, reply.body);
    return reply;
}

Reply Server::get(const std::string &path) const {
    return send("GET", path, "", {});
}

Reply Server::post(const std::string &path, const nlohmann::json &body) const {
    return send("POST", path, body.dump(), {{"Content-Type", "application/json"}});
}

std::string Server::submit(const nlohmann::json &request) const {
    const auto reply = post("/api/v1/generate", request);
    INFO(reply.body);
    REQUIRE(reply.status == 202);
    return reply.json().at("id").get<std::string>();
}

nlohmann::json Server::wait(const std::string &id) const {
    return wait_until(id, [](const nlohmann::json &job) {
        const auto status = job.at("status").get<std::string>();
        return status != "queued" && status != "processing";
    });
}

nlohmann::json Server::generate(const nlohmann::json &request) const {
    auto job = wait(submit(request));
    INFO(job.dump(1));
    INFO(log());
    REQUIRE(job.at("status") == "completed");
    return job;
}

std::string Server::image(const nlohmann::json &job, std::size_t index) const {
    const auto reply = get(job.at("results").at(index).at("image_url").get<std::string>());
    REQUIRE(reply.status == 200);
    REQUIRE(reply.headers.at("content-type") == "image/png");
    return reply.body;
}

std::string Server::log() const {
    return read_file(folder_.path() / "log");
}

void Server::pause() {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
}

void Server::give_up(const std::string &what) const {
    FAIL("waited too long for " << what << "\n" << log());
    std::abort();
}

Options fresh_installation() {
    Options options;
    options.models = {};
    options.demo = true;
    return options;
}

nlohmann::json tiny_request() {
    return {{"prompt", "a photo of a red fox in the snow"},
            {"model", "tiny-sd15"},
            {"width", 64},
            {"height", 64},
            {"steps", 4},
            {"seed", 42}};
}

void add_plugin(const fs::path &folder, const std::string &mode) {
    fs::copy_file(fs::path(ABLE_FAULTY_PLUGIN_DIR) / mode / (mode + ".so"), folder / (mode + ".so"),
                  fs::copy_options::overwrite_existing);
}

std::string read_file(const fs::path &file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

} // namespace able::e2e
