#include "host/server/queue/events.h"
#include "host/server/queue/job.h"
#include "host/server/queue/job_order.h"
#include "host/server/queue/progress.h"

#include <catch2/catch.hpp>

#include <thread>

namespace queue_test {

using namespace able::server;
using namespace std::chrono_literals;

TEST_CASE("waiting jobs run in the order they came") {
    JobOrder queue;
    queue.push("1", "a");
    queue.push("2", "b");
    CHECK(queue.take({}) == "1");
    CHECK(queue.take({}) == "2");
    CHECK_FALSE(queue.take({}));
}

TEST_CASE("a worker prefers jobs of its model, but passes over no job more than three times") {
    JobOrder queue;
    queue.push("other", "b");
    for (int i = 0; i < 5; ++i) {
        queue.push("mine" + std::to_string(i), "a");
    }
    CHECK(queue.take({"a"}) == "mine0");
    CHECK(queue.take({"a"}) == "mine1");
    CHECK(queue.take({"a"}) == "mine2");
    CHECK(queue.take({"a"}) == "other");
    CHECK(queue.take({"a"}) == "mine3");
}

TEST_CASE("a job that is to wait is not taken before its time, and first then") {
    JobOrder queue;
    const auto now = std::chrono::steady_clock::now();
    CHECK(queue.due() == JobOrder::Time::max());
    queue.push_front("again", "a", now + 4s);
    CHECK_FALSE(queue.take({}, now));
    CHECK(queue.due() == now + 4s);
    queue.push("next", "b");
    queue.push("last", "b");
    CHECK(queue.due() <= now);
    CHECK(queue.ids() == std::vector<std::string>{"again", "next", "last"});
    CHECK(queue.take({"a"}, now + 3s) == "next");
    CHECK(queue.take({"b"}, now + 4s) == "last");
    CHECK(queue.take({"b"}, now + 4s) == "again");
}

TEST_CASE("any of the models that a worker holds will do") {
    JobOrder queue;
    for (const char *model : {"c", "b", "a"}) {
        queue.push(model, model);
    }
    CHECK(queue.take({"a", "b"}) == "b");
    CHECK(queue.take({"a", "b"}) == "a");
    CHECK(queue.take({"a", "b"}) == "c");
}

TEST_CASE("a job that has waited its share is not overtaken, wherever it stands") {
    JobOrder queue;
    queue.push("first", "b");
    queue.push("second", "b");
    for (int i = 0; i < 6; ++i) {
        queue.push("mine" + std::to_string(i), "a");
    }
    for (int i = 0; i < 3; ++i) {
        CHECK(queue.take({"a"}) == "mine" + std::to_string(i));
    }
    CHECK(queue.take({"a"}) == "first");
    CHECK(queue.take({"a"}) == "second");
    CHECK(queue.take({"a"}) == "mine3");
}

TEST_CASE("waiting jobs can be moved and removed") {
    JobOrder queue;
    for (const char *id : {"1", "2", "3"}) {
        queue.push(id, "");
    }
    CHECK(queue.move("3", 1) == 1);
    CHECK(queue.ids() == std::vector<std::string>{"3", "1", "2"});
    CHECK(queue.move("3", 100) == 3);
    CHECK(queue.ids() == std::vector<std::string>{"1", "2", "3"});
    CHECK(queue.move("none", 1) == 0);
    CHECK(queue.remove("2"));
    CHECK_FALSE(queue.remove("2"));
    CHECK(queue.ids() == std::vector<std::string>{"1", "3"});
}

TEST_CASE("terminal states never change") {
    using enum JobStatus;
    for (const JobStatus from : {completed, failed, cancelled}) {
        CHECK(is_terminal(from));
        for (const JobStatus to : {queued, processing, completed, failed, cancelled}) {
            CHECK_FALSE(may_follow(from, to));
        }
    }
    CHECK(may_follow(queued, processing));
    CHECK(may_follow(queued, cancelled));
    CHECK_FALSE(may_follow(queued, completed));
    CHECK(may_follow(processing, completed));
    CHECK(may_follow(processing, queued));
    for (const JobStatus status : {queued, processing, completed, failed, cancelled}) {
        CHECK(job_status(to_string(status)) == status);
    }
    CHECK_THROWS_AS(job_status("done"), std::invalid_argument);
}

TEST_CASE("a job resumes at its first missing image") {
    CHECK(finished_prefix({}) == 0);
    std::vector<Result> results(3);
    results[1].index = 1;
    results[2].index = 2;
    CHECK(finished_prefix(results) == 3);
    results[1].index = 2;
    results[2].index = 3;
    CHECK(finished_prefix(results) == 1);
}

TEST_CASE("progress counts steps over the whole batch and measures them") {
    Job job;
    able::protocol::Generate task;
    task.batch_size = 2;
    job.task = task;
    Progress progress;
    const auto start = Progress::Clock::now();
    progress.step(job, {0, 1, 10, {}}, start);
    CHECK(job.total_steps == 20);
    CHECK(job.current_step == 1);
    CHECK(job.progress == Approx(5));
    CHECK_FALSE(job.eta_seconds);
    progress.step(job, {0, 2, 10, {}}, start + 2s);
    CHECK(*job.eta_seconds == Approx(36));
    progress.step(job, {1, 10, 10, {}}, start + 38s);
    CHECK(job.current_step == 20);
    CHECK(job.progress == Approx(100));
    CHECK(*job.eta_seconds == Approx(0));
}

TEST_CASE("a reader gets the events of its job in order, and those of others never") {
    EventBus bus;
    auto mine = bus.read("a", std::nullopt);
    const auto first = bus.publish("queued", "a", {{"id", "a"}});
    bus.publish("queued", "b", {});
    const auto third = bus.publish("started", "a", {});
    auto next = mine.next(0ms);
    REQUIRE(next.event);
    CHECK(next.event->id == first);
    CHECK(next.event->data.at("id") == "a");
    next = mine.next(0ms);
    REQUIRE(next.event);
    CHECK(next.event->id == third);
    CHECK_FALSE(mine.next(0ms).event);
}

TEST_CASE("a reader resumes after the event it names") {
    EventBus bus;
    const auto first = bus.publish("queued", "a", {});
    bus.publish("started", "a", {});
    auto resumed = bus.read("a", first);
    CHECK(resumed.next(0ms).event->type == "started");
    CHECK_FALSE(resumed.next(0ms).event);
    // Ids that this bus never gave out: of an earlier server, of nobody.
    for (const std::uint64_t id : {std::uint64_t{0}, first - 2, first + 1000, UINT64_MAX}) {
        auto reader = bus.read("a", id);
        auto next = reader.next(0ms);
        REQUIRE(next.event);
        CHECK(next.event->type == "queued");
    }
}

TEST_CASE("a reader of all jobs starts with the next event") {
    EventBus bus;
    bus.publish("queued", "a", {});
    auto all = bus.read(std::nullopt, std::nullopt);
    CHECK_FALSE(all.next(0ms).event);
    bus.publish("queued", "b", {});
    CHECK(all.next(0ms).event->job_id == "b");
}

TEST_CASE("a slow reader misses events and is told, and never holds the publisher up") {
    EventBus bus({.max_events = 10, .max_bytes = 1U << 20});
    auto slow = bus.read("a", std::nullopt);
    bus.publish("queued", "a", {});
    CHECK(slow.next(0ms).event->type == "queued");
    for (int i = 0; i < 1000; ++i) {
        bus.publish("step", "a", {{"step", i}});
    }
    const auto next = slow.next(0ms);
    CHECK(next.missed);
    REQUIRE(next.event);
    CHECK(next.event->data.at("step") == 990);
    CHECK_FALSE(slow.next(0ms).missed);
}

TEST_CASE("the history is bounded in bytes too") {
    EventBus bus({.max_events = 1000, .max_bytes = 10'000});
    for (int i = 0; i < 100; ++i) {
        bus.publish("step", "a", {{"preview", std::string(4000, 'x')}});
    }
    auto reader = bus.read("a", std::nullopt);
    int held = 0;
    while (reader.next(0ms).event) {
        ++held;
    }
    CHECK(held == 2);
}

TEST_CASE("closing the bus wakes a waiting reader") {
    EventBus bus;
    auto reader = bus.read(std::nullopt, std::nullopt);
    std::thread closer([&] { bus.close(); });
    const auto next = reader.next(1h);
    closer.join();
    CHECK(next.closed);
    CHECK_FALSE(next.event);
}

} // namespace queue_test
