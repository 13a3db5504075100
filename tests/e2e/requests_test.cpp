// Bad input: each a 4xx that names the problem, and nothing lost.
#include "server_process.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <fstream>
#include <map>
#include <netinet/in.h>
#include <poll.h>

#include <sys/socket.h>
#include <unistd.h>

namespace requests_test {

using namespace able::e2e;
using nlohmann::json;

namespace {

struct BadRequest {
    std::string field;
    std::string value; // as JSON text
};

std::string with_field(const BadRequest &bad) {
    auto request = tiny_request();
    request.erase(bad.field);
    std::string text = request.dump();
    text.insert(text.size() - 1, "," + json(bad.field).dump() + ":" + bad.value);
    return text;
}

} // namespace

TEST_CASE("a bad request is a 400 that names the field") {
    const Server server;
    const std::vector<BadRequest> bad{
        {"model", "\"no-such-model\""},
        {"model", "\"../tiny-sd15\""},
        {"model", "\"/etc/passwd\""},
        {"model", "7"},
        {"sampler", "\"euler_z\""},
        {"sampler", "\"\""},
        {"schedule", "\"no-such-schedule\""},
        {"samplr", "\"euler\""},
        {"seed", "18446744073709551616"},
        {"seed", "9223372036854775808"},
        {"seed", "-2"},
        {"seed", "1.5"},
        {"seed", "\"7\""},
        {"seed", "true"},
        {"width", "65"},
        {"width", "56"},
        {"width", "2056"},
        {"steps", "0"},
        {"steps", "151"},
        {"steps", "null"},
        {"cfg_scale", "0.5"},
        {"batch_size", "11"},
        {"prompt", "[]"},
        {"prompt", "\"" + std::string(10001, 'x') + "\""},
        {"sampler_params", "{\"eta\":99}"},
        {"sampler_params", "{\"unheard\":1}"},
        {"sampler_params", "[]"},
        {"loras", "[{\"name\":\"no-such-lora\"}]"},
        {"loras", "[{\"name\":\"../../etc/passwd\"}]"},
        {"loras", "{}"},
        {"init_image", "\"/etc/passwd\""},
        {"init_image", "\"aGVsbG8=\""},
        {"strength", "1.5"},
    };
    for (const auto &entry : bad) {
        const auto reply =
            server.send("POST", "/api/v1/generate", with_field(entry), {{"Content-Type", "application/json"}});
        INFO(entry.field << " = " << entry.value.substr(0, 60) << "\n" << reply.body);
        CHECK(reply.status == 400);
        const auto error = reply.json().at("error");
        CHECK(error.at("field").get<std::string>().starts_with(entry.field));
        CHECK(error.at("message").get<std::string>().size() > 10);
    }
    CHECK(server.get("/api/v1/queue").json().at("count") == 0);
    // What exists is listed for what does not.
    auto request = tiny_request();
    request["sampler"] = "euler_z";
    const auto allowed = server.post("/api/v1/generate", request).json().at("error").at("allowed");
    CHECK(std::find(allowed.begin(), allowed.end(), "euler_a") != allowed.end());
}

TEST_CASE("a body that is no request is refused, and the connection cannot be misused") {
    const Server server;
    const std::map<std::string, std::string> as_json{{"Content-Type", "application/json"}};
    CHECK(server.send("POST", "/api/v1/generate", "{", as_json).status == 400);
    CHECK(server.send("POST", "/api/v1/generate", "[]", as_json).status == 400);
    CHECK(server.send("POST", "/api/v1/generate", "{\"prompt\":\"a\",\"prompt\":\"b\"}", as_json).status == 400);
    CHECK(server.send("POST", "/api/v1/generate", std::string(5000, '['), as_json).status == 400);
    CHECK(server.send("POST", "/api/v1/generate", tiny_request().dump(), {{"Content-Type", "text/plain"}}).status ==
          415);
    CHECK(server
              .send("POST", "/api/v1/generate", tiny_request().dump(),
                    {{"Content-Type", "application/json"}, {"Origin", "http://evil.example"}})
              .status == 403);
    const auto host = server.send("GET", "/api/v1/health", "", {{"Host", "evil.example"}}).status;
    CHECK(host >= 400);
    CHECK(host < 500);
    CHECK(server.get("/api/v1/no-such-thing").status == 404);
    CHECK(server.get("/api/v1/generate/no-such-job").status == 404);
    CHECK(server.get("/api/v1/outputs/..%2fjobs.sqlite").status == 404);
    CHECK(server.get("/api/v1/outputs/jobs.sqlite").status == 404);
}

TEST_CASE("a body of 100 MB is refused before it is read") {
    const Server server;
    const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(server.port());
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    REQUIRE(connect(fd, reinterpret_cast<const sockaddr *>(&address), sizeof address) == 0);
    const std::string head = "POST /api/v1/generate HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(server.port()) +
                             "\r\nContent-Type: application/json\r\nContent-Length: 104857600\r\n\r\n{";
    REQUIRE(write(fd, head.data(), head.size()) == static_cast<ssize_t>(head.size()));
    std::string reply;
    char buffer[4096];
    pollfd ready{fd, POLLIN, 0};
    while (poll(&ready, 1, 30000) > 0) {
        const ssize_t got = read(fd, buffer, sizeof buffer);
        if (got <= 0) {
            break;
        }
        reply.append(buffer, static_cast<std::size_t>(got));
    }
    close(fd);
    INFO(reply);
    CHECK(reply.find(" 413 ") != std::string::npos);
    CHECK(reply.find("error") != std::string::npos);
    CHECK(server.get("/api/v1/health").status == 200);
}

TEST_CASE("health answers, and no library of a plugin is in the server") {
    const Server server;
    CHECK(server.get("/api/v1/health").json().at("status").is_string());
    server.generate(tiny_request());
    const auto maps = read_file("/proc/" + std::to_string(server.pid()) + "/maps");
    CHECK(maps.find("libtorch") == std::string::npos);
    CHECK(maps.find("sd15") == std::string::npos);
    CHECK(maps.find("libc.so") != std::string::npos);
}

TEST_CASE("models, LoRAs, samplers and plugins are listed with what a client needs") {
    const std::map<std::string, std::string> families{
        {"tiny-sd15", "sd1"}, {"tiny-sd2", "sd2"}, {"tiny-sdxl", "sdxl"}, {"tiny-sdxl-refiner", "sdxl"}};
    Options options;
    options.models = {"tiny-sd15", "tiny-sd2", "tiny-sdxl", "tiny-sdxl-refiner"};
    const Server server(options);
    const auto models = server.get("/api/v1/models").json();
    INFO(models.dump(1));
    std::size_t found = 0;
    for (const auto &model : models.at("models")) {
        const auto family = families.find(model.at("id").get<std::string>());
        if (family != families.end()) {
            ++found;
            CHECK(model.at("ready") == true);
            CHECK(model.at("family") == family->second);
            CHECK(model.at("default_width") == 64);
        }
    }
    CHECK(found == families.size());
    const auto samplers = server.get("/api/v1/samplers").json().dump();
    for (const char *id : {"\"euler\"", "\"euler_a\"", "\"heun\"", "\"dpmpp_2m\"", "\"lcm\""}) {
        CHECK(samplers.find(id) != std::string::npos);
    }
    const auto schedules = server.get("/api/v1/schedules").json().dump();
    for (const char *id : {"\"normal\"", "\"karras\"", "\"sgm_uniform\""}) {
        CHECK(schedules.find(id) != std::string::npos);
    }
    CHECK(server.get("/api/v1/loras").json().dump().find("kohya") != std::string::npos);
    CHECK(server.get("/api/v1/plugins").json().dump().find("able.sd15") != std::string::npos);
    CHECK(server.get("/api/v1/openapi.json").json().at("openapi").get<std::string>().starts_with("3."));
}

TEST_CASE("a LoRA for another family fails its job with the reason") {
    const Server server;
    auto request = tiny_request();
    request["loras"] = {{{"name", "sdxl"}}};
    const auto reply = server.post("/api/v1/generate", request);
    // Either refused at once or, where only the worker can tell, a failed job.
    const auto text = reply.status == 202 ? server.wait(reply.json().at("id")).at("error").dump() : reply.body;
    INFO(text);
    CHECK(text.find("sdxl") != std::string::npos);
    server.generate(tiny_request());
}

TEST_CASE("a damaged initial image fails its job with the field's name, the next job runs") {
    const Server server;
    auto request = tiny_request();
    request["init_image"] = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAAAAAAAAA=";
    const auto reply = server.post("/api/v1/generate", request);
    const auto text = reply.status == 202 ? server.wait(reply.json().at("id")).at("error").dump() : reply.body;
    INFO(text);
    CHECK(text.find("init_image") != std::string::npos);
    server.generate(tiny_request());
}

TEST_CASE("a model in a hub cache is found by its id, through refs/main and the links to its blobs") {
    const Server server;
    const std::filesystem::path repo = server.folder() / "hub/models--able--tiny";
    const std::string commit(40, 'a');
    std::filesystem::create_directories(repo / "refs");
    std::ofstream(repo / "refs/main") << commit;
    const auto source = server.folder() / "models/tiny-sd15";
    int number = 0;
    for (const auto &entry : std::filesystem::recursive_directory_iterator(source)) {
        if (!entry.is_regular_file()) {
            continue;
        }
        const auto link = repo / "snapshots" / commit / std::filesystem::relative(entry.path(), source);
        const auto blob = repo / "blobs" / std::to_string(number++);
        std::filesystem::create_directories(link.parent_path());
        std::filesystem::create_directories(blob.parent_path());
        std::filesystem::copy_file(entry.path(), blob);
        std::filesystem::create_symlink(std::filesystem::relative(blob, link.parent_path()), link);
    }
    // A newer snapshot that no ref names yet is not taken.
    std::filesystem::create_directories(repo / "snapshots" / std::string(40, 'b'));

    auto request = tiny_request();
    const auto expected = server.generate(request);
    CHECK(server.post("/api/v1/models/refresh").status == 200);
    request["model"] = "able/tiny";
    const auto job = server.generate(request);
    const auto sha = [](const json &of) {
        return of.at("results").at(0).at("metadata").at("model").at("sha256");
    };
    CHECK(sha(job) == sha(expected));
}

TEST_CASE("settings are changed while the server runs: the next job has them, and so has the next start") {
    Server server;
    json request = tiny_request();
    const auto dtype = [&] {
        return server.generate(request).at("results").at(0).at("metadata").at("dtype");
    };
    CHECK(dtype() == "fp32");
    const pid_t first = server.workers().at(0);
    REQUIRE(server.post("/api/v1/config", {{"queue.max_queue_size", 50}}).status == 200);
    CHECK(dtype() == "fp32");
    CHECK(server.workers().at(0) == first); // nothing that a worker goes by
    const auto changed = server.post("/api/v1/config", {{"inference.dtype", "bf16"}, {"models.demo", true}});
    REQUIRE(changed.status == 200);
    CHECK(changed.json().at("not_kept").is_null());
    CHECK(dtype() == "bf16");
    CHECK(server.workers().at(0) != first);
    CHECK(server.get("/api/v1/models").body.find("shapes-sd15") != std::string::npos);
    CHECK(server.stop() == 0);
    server.start();
    CHECK(dtype() == "bf16");
    CHECK(server.get("/api/v1/models").body.find("shapes-sd15") != std::string::npos);
    REQUIRE(server.post("/api/v1/config", {{"inference.dtype", nullptr}, {"models.demo", nullptr}}).status == 200);
    CHECK(dtype() == "fp32");
    CHECK(server.get("/api/v1/models").body.find("shapes-sd15") == std::string::npos);
}

} // namespace requests_test
