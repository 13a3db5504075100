// The engine with workers that do as they are told.
#include "server_fakes.hpp"

#include "host/base/request_error.h"

#include <catch2/catch.hpp>

#include <fstream>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

namespace server_engine_test {

using namespace able::base;
using namespace able::server;
using fakes::AskedFor;
using nlohmann::json;

namespace {

const json a_fox{{"prompt", "a fox"}, {"steps", 3}, {"seed", 7}};

struct Fixture {
    explicit Fixture(fakes::Script::Run run = fakes::make_images) : config(fakes::config_in(folder.path())) {
        script->run = std::move(run);
        open();
    }
    using Script = fakes::Script;

    void open() {
        auto owned = std::make_unique<fakes::FakeEnvironment>(script);
        environment = owned.get();
        engine = std::make_unique<Engine>(config, std::move(owned));
    }
    void restart() {
        engine.reset();
        open();
        engine->start();
    }
    Job wait_for(const std::string &id, JobStatus status) const {
        fakes::eventually([&] { return engine->queue().get(id).status == status; });
        return engine->queue().get(id);
    }
    Job wait_for_end(const std::string &id) const {
        fakes::eventually([&] { return is_terminal(engine->queue().get(id).status); });
        return engine->queue().get(id);
    }

    fakes::TempDir folder;
    able::config::Config config;
    std::shared_ptr<Script> script = std::make_shared<Script>();
    fakes::FakeEnvironment *environment = nullptr;
    std::unique_ptr<Engine> engine;
};

std::string error_code(const std::function<void()> &call) {
    try {
        call();
    } catch (const RequestError &error) {
        return error.code();
    }
    return "no error";
}

} // namespace

TEST_CASE("a job runs to its end and each image reports its own seed") {
    Fixture fixture;
    fixture.engine->start();
    json request = a_fox;
    request["batch_size"] = 3;
    const Job submitted = fixture.engine->queue().submit(request);
    CHECK(submitted.status == JobStatus::queued);
    CHECK(submitted.position == 1);
    const Job done = fixture.wait_for_end(submitted.id);
    CHECK(done.status == JobStatus::completed);
    CHECK(done.progress == 100);
    CHECK(done.current_step == 9);
    CHECK(done.total_steps == 9);
    REQUIRE(done.results.size() == 3);
    for (std::uint32_t i = 0; i < 3; ++i) {
        CHECK(done.results[i].seed == 7 + i);
        CHECK(done.results[i].file == submitted.id + "-" + std::to_string(i) + ".png");
        CHECK(fixture.engine->gallery().output_file(done.results[i].file) ==
              fixture.config.storage.output_dir / done.results[i].file);
    }
    CHECK(done.created_at.size() == 24);
    CHECK(done.started_at >= done.created_at);
    CHECK(done.completed_at >= done.started_at);
}

TEST_CASE("the events of a job come in order and end with its end") {
    Fixture fixture;
    fixture.engine->start();
    json request = a_fox;
    request["batch_size"] = 2;
    const Job job = fixture.engine->queue().submit(request);
    auto reader = fixture.engine->events().read(job.id, std::nullopt);
    std::vector<std::string> types;
    while (types.empty() || !is_final_event(types.back())) {
        const auto next = reader.next(std::chrono::seconds(60));
        REQUIRE(next.event);
        types.push_back(next.event->type);
    }
    CHECK(types == std::vector<std::string>{"queued", "started", "step", "step", "step", "image", "step", "step",
                                            "step", "image", "completed"});
}

TEST_CASE("a submitted job is on the disk: a killed server's successor completes it") {
    Fixture fixture;
    fixture.engine.reset();
    int ids[2];
    REQUIRE(::pipe(ids) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        Engine engine(fixture.config, std::make_unique<fakes::FakeEnvironment>(fixture.script));
        const std::string id = engine.queue().submit(a_fox).id;
        if (::write(ids[1], id.data(), id.size()) < 0) {
            ::_exit(1);
        }
        ::kill(::getpid(), SIGKILL);
    }
    ::close(ids[1]);
    std::string id(36, ' ');
    REQUIRE(::read(ids[0], id.data(), id.size()) == 36);
    ::close(ids[0]);
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));

    fixture.open();
    CHECK(fixture.engine->queue().get(id).status == JobStatus::queued);
    fixture.engine->start();
    const Job done = fixture.wait_for_end(id);
    CHECK(done.status == JobStatus::completed);
    CHECK(done.results.at(0).seed == 7);
}

TEST_CASE("stopping interrupts a running job, and the next start goes on at its first missing image") {
    std::atomic<bool> first_run = true;
    Fixture fixture([&](const AskedFor &spec, JobSink &sink, const CancelToken &cancel) -> Outcome {
        if (first_run.exchange(false)) {
            sink.image(fakes::image_done(spec, 0));
            return fakes::wait_for_cancel(spec, sink, cancel);
        }
        return fakes::make_images(spec, sink, cancel);
    });
    fixture.engine->start();
    json request = a_fox;
    request["batch_size"] = 3;
    const std::string id = fixture.engine->queue().submit(request).id;
    const std::string later = fixture.engine->queue().submit(a_fox).id;
    fakes::eventually([&] { return fixture.engine->queue().get(id).results.size() == 1; });
    fixture.restart();
    const Job done = fixture.wait_for_end(id);
    CHECK(done.status == JobStatus::completed);
    CHECK(done.results.size() == 3);
    CHECK(fixture.wait_for_end(later).status == JobStatus::completed);
    const auto seen = fixture.script->seen();
    REQUIRE(seen.size() == 3);
    CHECK(seen[0].first_image == 0);
    CHECK(seen[1].id == id);
    CHECK(seen[1].first_image == 1);
}

TEST_CASE("a waiting job is cancelled at once, a running one when its worker confirms") {
    Fixture fixture(fakes::wait_for_cancel);
    fixture.engine->start();
    const std::string running = fixture.engine->queue().submit(a_fox).id;
    const std::string waiting = fixture.engine->queue().submit(a_fox).id;
    fixture.wait_for(running, JobStatus::processing);
    CHECK(fixture.engine->queue().get(waiting).position == 1);
    CHECK(fixture.engine->queue().cancel(waiting).status == JobStatus::cancelled);
    CHECK(fixture.engine->queue().get(waiting).status == JobStatus::cancelled);
    CHECK(fixture.engine->queue().cancel(running).status == JobStatus::processing);
    CHECK(fixture.wait_for_end(running).status == JobStatus::cancelled);
    CHECK(error_code([&] { fixture.engine->queue().cancel(running); }) == "job_has_ended");
    CHECK(error_code([&] { fixture.engine->queue().cancel("none"); }) == "unknown_job");
    CHECK(fixture.script->runs == 1);
}

TEST_CASE("a job that was told to stop is cancelled even if its worker was done first") {
    std::atomic<bool> go = false;
    Fixture fixture([&](const AskedFor &spec, JobSink &sink, const CancelToken &) -> Outcome {
        fakes::eventually([&] { return go.load(); });
        sink.image(fakes::image_done(spec, 0));
        return {};
    });
    fixture.engine->start();
    const std::string id = fixture.engine->queue().submit(a_fox).id;
    fixture.wait_for(id, JobStatus::processing);
    fixture.engine->queue().cancel(id);
    go = true;
    const Job job = fixture.wait_for_end(id);
    CHECK(job.status == JobStatus::cancelled);
    CHECK(job.results.size() == 1);
}

TEST_CASE("what goes wrong fails one job with the reason, and the next one runs") {
    std::atomic<int> run = 0;
    Fixture fixture([&](const AskedFor &spec, JobSink &sink, const CancelToken &cancel) -> Outcome {
        switch (run++) {
        case 0:
            return {OutcomeKind::failed, "worker_died", "the worker was killed by signal 9", true};
        case 1:
            throw std::runtime_error("a surprise");
        case 2:
            return {}; // no image, no error
        default:
            return fakes::make_images(spec, sink, cancel);
        }
    });
    fixture.engine.reset();
    fixture.config.queue.max_attempts = 1;
    fixture.open();
    fixture.engine->start();
    const char *codes[] = {"worker_died", "internal_error", "incomplete"};
    for (const char *code : codes) {
        const Job job = fixture.wait_for_end(fixture.engine->queue().submit(a_fox).id);
        CHECK(job.status == JobStatus::failed);
        REQUIRE(job.error);
        CHECK(job.error->code == code);
        CHECK_FALSE(job.error->message.empty());
    }
    CHECK(fixture.wait_for_end(fixture.engine->queue().submit(a_fox).id).status == JobStatus::completed);
}

TEST_CASE("a job whose worker dies is tried again, and others do not wait for it") {
    std::atomic<int> deaths = 0;
    Fixture fixture([&](const AskedFor &spec, JobSink &sink, const CancelToken &cancel) -> Outcome {
        if (spec.seed == 99 && deaths < 2) {
            ++deaths;
            return {OutcomeKind::failed, "worker_died", "the worker was killed by signal 9", true};
        }
        return fakes::make_images(spec, sink, cancel);
    });
    fixture.engine.reset();
    fixture.config.queue.max_attempts = 2;
    fixture.open();
    json fatal = a_fox;
    fatal["seed"] = 99;
    const std::string id = fixture.engine->queue().submit(fatal).id;
    const std::string other = fixture.engine->queue().submit(a_fox).id;
    fixture.engine->start();
    CHECK(fixture.wait_for_end(other).status == JobStatus::completed);
    const Job job = fixture.wait_for_end(id);
    CHECK(job.status == JobStatus::failed);
    REQUIRE(job.error);
    CHECK_THAT(job.error->message, Catch::Contains("signal 9") && Catch::Contains("tried 2 times"));
    CHECK(job.attempts == 2);

    // By hand, as a job of its own.
    const Job again = fixture.engine->queue().retry(id);
    CHECK(again.id != id);
    const Job done = fixture.wait_for_end(again.id);
    CHECK(done.status == JobStatus::completed);
    CHECK(done.results.at(0).seed == 99);
    CHECK(fixture.engine->queue().get(id).status == JobStatus::failed);
    CHECK(error_code([&] { fixture.engine->queue().retry(again.id); }) == "job_has_not_failed");
    CHECK(error_code([&] { fixture.engine->queue().retry("no-such-job"); }) == "unknown_job");
}

TEST_CASE("a picture is recorded only under its job's own name, and within its batch") {
    const char *names[] = {"/jobs.sqlite", "/00000000-0000-0000-0000-000000000000-0.png", "/..", ""};
    std::atomic<std::size_t> run = 0;
    Fixture fixture([&](const AskedFor &spec, JobSink &sink, const CancelToken &) -> Outcome {
        auto image = fakes::image_done(spec, run < 4 ? 0 : 1);
        if (run < 4) {
            image.path = spec.output_dir + names[run];
        }
        ++run;
        sink.image(image);
        return {};
    });
    fixture.engine->start();
    for (int i = 0; i < 5; ++i) { // the fifth is of a second picture of one
        const Job job = fixture.wait_for_end(fixture.engine->queue().submit(a_fox).id);
        CHECK(job.status == JobStatus::failed);
        CHECK(job.results.empty());
        REQUIRE(job.error);
        CHECK_THAT(job.error->message, Catch::Contains("not this job's"));
    }
    CHECK(fixture.engine->gallery().images({}, 10, 0).total == 0);
}

TEST_CASE("a job whose sampler has gone meanwhile fails and says so") {
    Fixture fixture;
    const std::string id = fixture.engine->queue().submit(a_fox).id;
    fixture.environment->lose_plugins();
    fixture.engine->start();
    const Job job = fixture.wait_for_end(id);
    CHECK(job.status == JobStatus::failed);
    CHECK(job.error->code == "unknown_sampler");
    CHECK(fixture.script->runs == 0);
}

TEST_CASE("a waiting job holds no descriptor, and one that is cancelled wakes who waits for it") {
    const auto descriptors = [] {
        return std::distance(std::filesystem::directory_iterator("/proc/self/fd"), {});
    };
    Fixture fixture;
    fixture.engine->queue().submit(a_fox);
    const auto before = descriptors();
    for (int i = 0; i < 50; ++i) {
        fixture.engine->queue().submit(a_fox);
    }
    CHECK(descriptors() < before + 10);

    const auto readable = [](const CancelToken &token) {
        pollfd ready{token.fd(), POLLIN, 0};
        return poll(&ready, 1, 0) == 1;
    };
    CancelToken early, late;
    early.cancel();
    CHECK(readable(early));
    CHECK_FALSE(readable(late));
    late.cancel();
    CHECK(readable(late));
}

TEST_CASE("the queue has an end") {
    Fixture fixture;
    fixture.engine.reset();
    fixture.config.queue.max_queue_size = 2;
    fixture.open();
    fixture.engine->queue().submit(a_fox);
    CHECK(fixture.engine->queue().submit(a_fox).position == 2);
    try {
        fixture.engine->queue().submit(a_fox);
        FAIL("a third job was taken");
    } catch (const RequestError &error) {
        CHECK(error.kind() == ErrorKind::queue_full);
    }
}

TEST_CASE("a paused queue starts nothing, over a restart too") {
    Fixture fixture;
    fixture.engine->queue().set_paused(true);
    fixture.engine->start();
    const std::string id = fixture.engine->queue().submit(a_fox).id;
    CHECK(fixture.engine->queue().state().paused);
    fixture.restart();
    CHECK(fixture.engine->queue().state().paused);
    CHECK(fixture.engine->queue().get(id).status == JobStatus::queued);
    CHECK(fixture.script->runs == 0);
    fixture.engine->queue().set_paused(false);
    CHECK(fixture.wait_for_end(id).status == JobStatus::completed);
}

TEST_CASE("waiting jobs can be moved, and the order outlives the server") {
    Fixture fixture;
    const std::string a = fixture.engine->queue().submit(a_fox).id;
    const std::string b = fixture.engine->queue().submit(a_fox).id;
    const std::string c = fixture.engine->queue().submit(a_fox).id;
    CHECK(fixture.engine->queue().move(c, 1) == 1);
    CHECK(fixture.engine->queue().move(a, 99) == 3);
    CHECK(error_code([&] { fixture.engine->queue().move("none", 1); }) == "unknown_job");
    const auto order = [&] {
        std::vector<std::string> ids;
        for (const Job &job : fixture.engine->queue().state().jobs) {
            CHECK(job.position == ids.size() + 1);
            ids.push_back(job.id);
        }
        return ids;
    };
    CHECK(order() == std::vector<std::string>{c, b, a});
    fixture.engine->queue().set_paused(true);
    fixture.restart();
    CHECK(order() == std::vector<std::string>{c, b, a});
    CHECK(fixture.engine->queue().submit(a_fox).position == 4);
}

TEST_CASE("jobs that came before the start go behind those of the last run") {
    Fixture fixture;
    const std::string old = fixture.engine->queue().submit(a_fox).id;
    fixture.engine.reset();
    fixture.open();
    const std::string early = fixture.engine->queue().submit(a_fox).id;
    fixture.engine->queue().set_paused(true);
    fixture.engine->start();
    const auto jobs = fixture.engine->queue().state().jobs;
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].id == old);
    CHECK(jobs[1].id == early);
}

TEST_CASE("an idempotency key makes one job of one request sent twice") {
    Fixture fixture;
    const Job first = fixture.engine->queue().submit(a_fox, "key-1");
    CHECK(fixture.engine->queue().submit(a_fox, "key-1").id == first.id);
    CHECK(fixture.engine->queue().submit(a_fox, "key-2").id != first.id);
    json other = a_fox;
    other["steps"] = 4;
    CHECK(error_code([&] { fixture.engine->queue().submit(other, "key-1"); }) == "idempotency_key_reused");
    CHECK(error_code([&] { fixture.engine->queue().submit(a_fox, ""); }) == "invalid_idempotency_key");
    CHECK(error_code([&] { fixture.engine->queue().submit(a_fox, std::string(256, 'x')); }) ==
          "invalid_idempotency_key");
    CHECK(fixture.engine->queue().state().jobs.size() == 2);
    fixture.restart();
    fixture.wait_for_end(first.id);
    CHECK(fixture.engine->queue().submit(a_fox, "key-1").id == first.id);
}

TEST_CASE("an idempotency key holds against the same request sent many times at once") {
    Fixture fixture;
    std::mutex mutex;
    std::vector<std::string> ids;
    std::vector<std::thread> threads;
    for (int i = 0; i < 8; ++i) {
        threads.emplace_back([&] {
            const std::string id = fixture.engine->queue().submit(a_fox, "same").id;
            const std::lock_guard lock(mutex);
            ids.push_back(id);
        });
    }
    for (auto &thread : threads) {
        thread.join();
    }
    CHECK(std::count(ids.begin(), ids.end(), ids.front()) == 8);
    CHECK(fixture.engine->queue().state().jobs.size() == 1);
}

TEST_CASE("a picture to start from and its mask reach the worker, over a restart too, and no list") {
    Fixture fixture;
    json request = a_fox;
    request["init_image"] = "iVBORw0KGgoBAg==";
    request["mask"] = "iVBORw0KGgoDBAU=";
    const Job job = fixture.engine->queue().submit(request);
    CHECK(job.request.at("init_image") == "(16 characters)");
    fixture.restart();
    fixture.wait_for_end(job.id);
    CHECK(fixture.script->seen().at(0).init_image ==
          std::vector<std::uint8_t>{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 1, 2});
    CHECK(fixture.script->seen().at(0).inpainting.mask ==
          std::vector<std::uint8_t>{0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 3, 4, 5});
    CHECK(job.request.at("mask") == "(16 characters)");
}

TEST_CASE("a failed job's pictures come along when it is tried again") {
    std::atomic<int> runs = 0;
    Fixture fixture([&](const AskedFor &spec, JobSink &sink, const CancelToken &cancel) -> Outcome {
        if (runs++ == 0) {
            return {OutcomeKind::failed, "plugin_failed", "it fails", false};
        }
        return fakes::make_images(spec, sink, cancel);
    });
    fixture.engine->start();
    json request = a_fox;
    request["init_image"] = "iVBORw0KGgoBAg==";
    const Job failed = fixture.wait_for_end(fixture.engine->queue().submit(request).id);
    REQUIRE(failed.status == JobStatus::failed);
    const Job again = fixture.engine->queue().retry(failed.id);
    CHECK(again.request == failed.request);
    CHECK(fixture.wait_for_end(again.id).status == JobStatus::completed);
    CHECK(fixture.script->seen().at(1).init_image == fixture.script->seen().at(0).init_image);
}

TEST_CASE("only recorded images are given out, and deleting one deletes its file") {
    Fixture fixture;
    fixture.engine->start();
    const Job job = fixture.wait_for_end(fixture.engine->queue().submit(a_fox).id);
    const std::string file = job.results.at(0).file;
    std::ofstream(fixture.config.storage.output_dir / file) << "png";
    std::ofstream(fixture.config.storage.output_dir / "stray.png") << "png";
    CHECK(fixture.engine->gallery().output_file(file));
    for (const char *name : {"stray.png", "jobs.sqlite", "../jobs.sqlite", "..", "", ".png", "a/b.png", "a\\b.png"}) {
        CAPTURE(name);
        CHECK_FALSE(fixture.engine->gallery().output_file(name));
    }
    const std::string id = file.substr(0, file.size() - 4);
    CHECK(fixture.engine->gallery().image(id).job_id == job.id);
    CHECK(fixture.engine->gallery().images({}, 10, 0).total == 1);
    fixture.engine->gallery().remove(id);
    CHECK_FALSE(std::filesystem::exists(fixture.config.storage.output_dir / file));
    CHECK_FALSE(fixture.engine->gallery().output_file(file));
    CHECK(error_code([&] { fixture.engine->gallery().remove(id); }) == "unknown_image");
}

TEST_CASE("several workers run several jobs at once") {
    std::atomic<int> together = 0;
    Fixture fixture([&](const AskedFor &spec, JobSink &sink, const CancelToken &cancel) -> Outcome {
        ++together;
        fakes::eventually([&] { return together >= 2; });
        return fakes::make_images(spec, sink, cancel);
    });
    fixture.engine.reset();
    fixture.config.queue.max_concurrent = 2;
    fixture.open();
    fixture.engine->start();
    const std::string a = fixture.engine->queue().submit(a_fox).id;
    const std::string b = fixture.engine->queue().submit(a_fox).id;
    CHECK(fixture.wait_for_end(a).status == JobStatus::completed);
    CHECK(fixture.wait_for_end(b).status == JobStatus::completed);
}

TEST_CASE("the engine tells whether it can work") {
    Fixture fixture;
    fixture.engine->start();
    CHECK(fixture.engine->models().ready());
    CHECK(fixture.engine->gallery().storage().problem.empty());
    CHECK(fixture.engine->gallery().storage().free_bytes > 0);
    CHECK(fixture.engine->queue().work().workers.size() == 1);
    std::filesystem::remove_all(fixture.config.storage.output_dir);
    CHECK_FALSE(fixture.engine->gallery().storage().problem.empty());
}

TEST_CASE("a caller can wait for a job's end") {
    using namespace std::chrono_literals;
    const auto in = [](std::chrono::milliseconds time) {
        return std::chrono::steady_clock::now() + time;
    };
    std::atomic<bool> go = false;
    Fixture fixture([&](const AskedFor &spec, JobSink &sink, const CancelToken &cancel) -> Outcome {
        fakes::eventually([&] { return go || cancel.cancelled(); });
        return fakes::make_images(spec, sink, cancel);
    });
    Queue &queue = fixture.engine->queue();
    fixture.engine->start();
    const std::string first = queue.submit(a_fox).id;
    const std::string second = queue.submit(a_fox).id;
    CHECK_FALSE(queue.wait(first, in(20ms)));
    CHECK_FALSE(queue.wait(first, in(-1ms)));
    CHECK(error_code([&] { queue.wait("none", in(20ms)); }) == "unknown_job");
    std::thread canceller([&] { queue.cancel(second); });
    const auto cancelled = queue.wait(second, in(60s));
    canceller.join();
    REQUIRE(cancelled);
    CHECK(cancelled->status == JobStatus::cancelled);
    go = true;
    const auto done = queue.wait(first, in(60s));
    REQUIRE(done);
    CHECK(done->status == JobStatus::completed);
    CHECK(done->results.size() == 1);
    CHECK(queue.wait(first, in(0ms))->status == JobStatus::completed); // it has ended before
}

TEST_CASE("nobody waits for a job beyond the server's end") {
    Fixture fixture(fakes::wait_for_cancel);
    fixture.engine->start();
    const std::string id = fixture.engine->queue().submit(a_fox).id;
    fixture.wait_for(id, JobStatus::processing);
    std::thread stopper([&] { fixture.engine->stop(); });
    CHECK_FALSE(fixture.engine->queue().wait(id, std::chrono::steady_clock::now() + std::chrono::seconds(60)));
    stopper.join();
}

TEST_CASE("jobs that waited while the program was brought up to date complete") {
    Fixture fixture;
    fixture.engine.reset();
    std::filesystem::remove_all(fixture.config.storage.output_dir);
    std::filesystem::create_directories(fixture.config.storage.output_dir);
    fakes::old_store(fixture.config.storage.output_dir);
    fixture.open();
    fixture.engine->start();
    const auto waiting = fixture.engine->queue().state().jobs;
    REQUIRE(waiting.size() == 2);
    fixture.engine->queue().set_paused(false);
    for (const Job &job : waiting) {
        CHECK(fixture.wait_for_end(job.id).status == JobStatus::completed);
    }
    const auto seen = fixture.script->seen();
    REQUIRE(seen.size() == 2);
    CHECK(seen[0].id == waiting[0].id);
    CHECK(seen[0].init_image.size() == 74);
}

} // namespace server_engine_test
