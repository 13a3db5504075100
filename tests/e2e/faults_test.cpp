// What goes wrong costs one job at most: plugins that misbehave, workers and servers that are killed, cancellation.
#include "server_process.h"

#include <catch2/catch.hpp>

#include <csignal>

namespace faults_test {

using namespace able::e2e;
using nlohmann::json;

namespace {

json with_sampler(const std::string &sampler, int steps = 4) {
    auto request = tiny_request();
    request["sampler"] = sampler;
    request["steps"] = steps;
    return request;
}

bool running(const json &job) {
    return job.at("status") == "processing" && job.at("current_step").get<int>() >= 1;
}

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

} // namespace

TEST_CASE("a plugin that dies while it samples fails its job with a clear message, and the next job runs") {
    Options options;
    options.plugins = {"sample_segv", "sample_abort", "sample_exit", "sample_fail", "sample_nan", "sample_leak"};
    const Server server(options);
    const std::vector<std::pair<std::string, std::string>> expected{{"sample_segv", "SIGSEGV"},
                                                                    {"sample_abort", "SIGABRT"},
                                                                    {"sample_exit", "exited with status 0"},
                                                                    {"sample_fail", "this plugin fails on purpose"},
                                                                    {"sample_nan", "NaN"}};
    for (const auto &[mode, message] : expected) {
        const auto job = server.wait(server.submit(with_sampler(mode)));
        INFO(job.dump(1));
        CHECK(job.at("status") == "failed");
        const auto error = job.at("error").at("message").get<std::string>();
        CHECK(contains(error, message));
        if (mode != "sample_fail") { // which has said itself what is wrong
            CHECK(contains(error, "'" + mode + "'"));
        }
        server.generate(tiny_request());
    }
    server.generate(with_sampler("sample_leak"));
}

TEST_CASE("a process that a plugin leaves behind does not hold up the queue") {
    Options options;
    options.plugins = {"sample_detaches"};
    const Server server(options);
    REQUIRE(server.post("/api/v1/config", {{"queue.max_attempts", 1}}).status == 200);
    const auto start = std::chrono::steady_clock::now();
    const auto job = server.wait(server.submit(with_sampler("sample_detaches")));
    INFO(job.dump(1));
    CHECK(job.at("status") == "failed");
    CHECK(contains(job.at("error").at("message"), "SIGSEGV"));
    server.generate(tiny_request());
    CHECK(std::chrono::steady_clock::now() - start < std::chrono::seconds(50)); // the process stays for 60
}

TEST_CASE("a report about another job is dropped") {
    Options options;
    options.plugins = {"sample_forges"};
    const Server server(options);
    const auto job = server.generate(with_sampler("sample_forges"));
    CHECK(job.at("results").size() == 1);
    CHECK(contains(server.log(), "event=report_of_another_job"));
}

TEST_CASE("a plugin that hangs while it samples is stopped at the limit, and the next job runs") {
    Options options;
    options.plugins = {"sample_hang"};
    options.job_timeout = 4;
    const Server server(options);
    const auto job = server.wait(server.submit(with_sampler("sample_hang")));
    INFO(job.dump(1));
    CHECK(job.at("status") == "failed");
    CHECK(contains(job.at("error").at("message"), "queue.timeout"));
    CHECK(contains(job.at("error").at("message"), "sample_hang"));
    server.generate(tiny_request());
}

TEST_CASE("a plugin that misbehaves while it is looked at is listed with the reason, and the others work") {
    Options options;
    options.plugins = {"scan_segv", "scan_abort", "scan_exit", "scan_hang", "scan_null", "no_entry"};
    options.describe_timeout = 8;
    const Server server(options);
    // Health does not wait for them.
    CHECK(server.get("/api/v1/health").status == 200);
    server.generate(tiny_request());
    const auto plugins = server.get("/api/v1/plugins").json().at("plugins");
    for (const auto &mode : options.plugins) {
        const auto found = std::find_if(plugins.begin(), plugins.end(), [&](const json &plugin) {
            return contains(plugin.dump(), "/" + mode + ".so");
        });
        INFO(mode);
        REQUIRE(found != plugins.end());
        CHECK(found->at("state") != "active");
        CHECK_FALSE(found->at("reason").get<std::string>().empty());
    }
}

TEST_CASE("kill -9 of the server right after a 202 loses nothing") {
    Server server;
    const auto id = server.submit(tiny_request());
    server.kill();
    server.start();
    const auto job = server.wait(id);
    INFO(job.dump(1) << server.log());
    CHECK(job.at("status") == "completed");
    CHECK(job.at("results").size() == 1);
}

TEST_CASE("a batch that the server's death interrupts goes on where it was") {
    Options options;
    options.plugins = {"slow"};
    Server server(options);
    auto request = with_sampler("slow", 5);
    request["batch_size"] = 3;
    const auto id = server.submit(request);
    server.wait_until(id, [](const json &job) { return !job.at("results").empty(); });
    server.kill();
    const auto first = read_file(server.folder() / "outputs" / (id + "-0.png"));
    server.start();
    const auto job = server.wait(id);
    INFO(job.dump(1));
    REQUIRE(job.at("status") == "completed");
    REQUIRE(job.at("results").size() == 3);
    CHECK(server.image(job, 0) == first);
    request["batch_size"] = 1;
    request["seed"] = 44;
    CHECK(server.image(server.generate(request)) == server.image(job, 2));
}

TEST_CASE("a job without progress is stopped with the reason, and one that is only slow is not") {
    Options options;
    options.plugins = {"sample_hang", "slow"};
    options.job_timeout = 0;
    options.stall_timeout = 3;
    const Server server(options);
    const auto job = server.wait(server.submit(with_sampler("sample_hang")));
    INFO(job.dump(1));
    CHECK(job.at("status") == "failed");
    CHECK(job.at("error").at("code") == "stalled");
    CHECK(contains(job.at("error").at("message"), "queue.stall_timeout, 3 s"));
    CHECK(contains(job.at("error").at("message"), "sample_hang"));
    CHECK(server.wait(server.submit(with_sampler("slow", 60))).at("status") == "completed");
}

TEST_CASE("a time limit that is lowered ends the job that runs") {
    Options options;
    options.plugins = {"sample_hang"};
    options.job_timeout = 0;
    const Server server(options);
    const auto id = server.submit(with_sampler("sample_hang"));
    server.wait_until(id, [](const json &job) { return job.at("status") == "processing"; });
    REQUIRE(server.post("/api/v1/config", {{"queue.timeout", 1}}).status == 200);
    const auto job = server.wait(id);
    INFO(job.dump(1));
    CHECK(job.at("error").at("code") == "timeout");
}

TEST_CASE("a job whose worker is killed runs again, until it was tried three times") {
    Options options;
    options.plugins = {"slow"};
    const Server server(options);
    const auto kill_worker_of = [&](const std::string &id, int attempt) {
        server.wait_until(id, [&](const json &job) { return running(job) && job.at("attempts") == attempt; });
        const auto workers = server.workers();
        REQUIRE(workers.size() == 1);
        REQUIRE(kill(workers.front(), SIGKILL) == 0);
    };
    const auto once = server.submit(with_sampler("slow", 30));
    kill_worker_of(once, 1);
    CHECK(server.wait(once).at("status") == "completed");

    const auto id = server.submit(with_sampler("slow", 100));
    for (int attempt = 1; attempt <= 3; ++attempt) {
        kill_worker_of(id, attempt);
    }
    const auto job = server.wait(id);
    INFO(job.dump(1));
    CHECK(job.at("status") == "failed");
    CHECK(contains(job.at("error").at("message"), "SIGKILL"));
    CHECK(contains(job.at("error").at("message"), "slow"));
    CHECK(contains(job.at("error").at("message"), "tried 3 times"));
    server.generate(tiny_request());

    const Reply again = server.post("/api/v1/generate/" + id + "/retry");
    REQUIRE(again.status == 202);
    CHECK(server.wait(again.json().at("id")).at("status") == "completed");
    CHECK(server.post("/api/v1/generate/" + again.json().at("id").get<std::string>() + "/retry").status == 409);
}

TEST_CASE("cancelling a running job stops the work within one step, a waiting one at once") {
    Options options;
    options.plugins = {"slow"};
    const Server server(options);
    const auto id = server.submit(with_sampler("slow", 150));
    const auto waiting = server.submit(tiny_request());
    server.wait_until(id, running);
    CHECK(server.post("/api/v1/generate/" + waiting + "/cancel").status == 200);
    CHECK(server.get("/api/v1/generate/" + waiting).json().at("status") == "cancelled");

    const auto reply = server.post("/api/v1/generate/" + id + "/cancel");
    INFO(reply.body);
    REQUIRE(reply.status == 200);
    const int asked_at = server.get("/api/v1/generate/" + id).json().at("current_step").get<int>();
    const auto job = server.wait(id);
    CHECK(job.at("status") == "cancelled");
    CHECK(job.at("results").empty());
    CHECK(job.at("current_step").get<int>() <= asked_at + 1);
    // The worker itself was not lost: the model is still there.
    CHECK(server.workers().size() == 1);
    CHECK(server.post("/api/v1/generate/" + id + "/cancel").status == 409);
    CHECK(server.post("/api/v1/generate/no-such-job/cancel").status == 404);
    server.generate(tiny_request());
}

TEST_CASE("a plugin that hangs does not keep its job from being cancelled") {
    Options options;
    options.plugins = {"sample_hang"};
    const Server server(options);
    const auto id = server.submit(with_sampler("sample_hang"));
    server.wait_until(id, [](const json &job) { return job.at("status") == "processing"; });
    CHECK(server.post("/api/v1/generate/" + id + "/cancel").status == 200);
    CHECK(server.wait(id).at("status") == "cancelled");
    server.generate(tiny_request());
}

TEST_CASE("SIGTERM ends the server in order and an interrupted job goes on at the next start") {
    Options options;
    options.plugins = {"slow"};
    Server server(options);
    const auto id = server.submit(with_sampler("slow", 20));
    server.wait_until(id, running);
    CHECK(server.stop() == 0);
    server.start();
    CHECK(server.wait(id).at("status") == "completed");
}

} // namespace faults_test
