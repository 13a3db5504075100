// What a store keeps of jobs, through crashes too.
#include "queue_store_contract.hpp"

namespace queue_store_contract_test {

using namespace able::server;
using fakes::in_a_killed_process;
using fakes::make_job;
using fakes::make_result;
using fakes::task_of;

TEST_CASE("a job that was inserted survives a kill -9") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    in_a_killed_process([&] {
        const Stores store = home->open();
        Job job = make_job("a");
        task_of(job).init_image = {1, 0, 2, 255};
        task_of(job).inpainting.mask = {0, 3};
        store.jobs->insert(job, IdempotencyKey{"key", "print"});
    });
    const Stores store = home->open();
    auto jobs = store.jobs->recover();
    Job expected = make_job("a");
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].id == "a");
    CHECK(jobs[0].status == JobStatus::queued);
    CHECK(task_of(jobs[0]).prompt == task_of(expected).prompt);
    CHECK(task_of(jobs[0]).seed == INT64_MAX);
    CHECK(jobs[0].request == make_job("a").request);
    CHECK(task_of(jobs[0]).init_image.empty());
    CHECK(task_of(jobs[0]).inpainting.mask.empty());
    CHECK(store.jobs->load_pictures("a").init_image == std::vector<std::uint8_t>{1, 0, 2, 255});
    CHECK(store.jobs->load_pictures("a").mask == std::vector<std::uint8_t>{0, 3});
    REQUIRE(store.jobs->find_key("key"));
    CHECK(store.jobs->find_key("key")->job_id == "a");
    CHECK(store.jobs->find_key("key")->fingerprint == "print");
    CHECK_FALSE(store.jobs->find_key("other"));
}

TEST_CASE("a running job goes back to its place with the images it has") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    in_a_killed_process([&] {
        const Stores store = home->open();
        for (const char *id : {"a", "b", "c"}) {
            store.jobs->insert(make_job(id), std::nullopt);
        }
        store.jobs->mark_processing("a", utc_now());
        store.jobs->add_result("a", make_result("a", 0));
        store.jobs->mark_processing("b", utc_now());
        store.jobs->request_cancel("b");
        store.jobs->set_paused(true);
    });
    const Stores store = home->open();
    const auto jobs = store.jobs->recover();
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].id == "a");
    CHECK(jobs[0].started_at.empty());
    REQUIRE(jobs[0].results.size() == 1);
    CHECK(jobs[0].results[0].seed == 7);
    CHECK(jobs[0].results[0].metadata == make_result("a", 0).metadata);
    CHECK(jobs[0].progress == Approx(50));
    CHECK(jobs[1].id == "c");
    // What was being cancelled is not begun again.
    CHECK(store.jobs->load("b")->status == JobStatus::cancelled);
    CHECK(store.jobs->paused());
}

TEST_CASE("a finished job keeps its end, and cannot get another") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const Stores store = home->open();
    store.jobs->insert(make_job("a"), std::nullopt);
    CHECK_THROWS_AS(store.jobs->finish("a", JobStatus::completed, std::nullopt, utc_now()), std::logic_error);
    store.jobs->mark_processing("a", "2025-01-01T00:00:00.000Z");
    store.jobs->finish("a", JobStatus::failed, JobError{"worker_died", "it was killed"}, "2025-01-01T00:00:01.000Z");
    for (const JobStatus status : {JobStatus::completed, JobStatus::cancelled, JobStatus::failed}) {
        CHECK_THROWS_AS(store.jobs->finish("a", status, std::nullopt, utc_now()), std::logic_error);
    }
    store.jobs->mark_processing("a", utc_now());
    store.jobs->requeue("a", true);
    const auto job = store.jobs->load("a");
    REQUIRE(job);
    CHECK(job->status == JobStatus::failed);
    CHECK(job->error->code == "worker_died");
    CHECK(job->error->message == "it was killed");
    CHECK(job->started_at == "2025-01-01T00:00:00.000Z");
    CHECK(job->completed_at == "2025-01-01T00:00:01.000Z");
    CHECK(store.jobs->recover().empty());
    CHECK_FALSE(store.jobs->load("none"));
}

TEST_CASE("attempts are counted, anew after each image, and not where the server was stopped") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const Stores store = home->open();
    store.jobs->insert(make_job("a"), std::nullopt);
    const auto attempts = [&] {
        return store.jobs->load("a")->attempts;
    };
    CHECK(attempts() == 0);
    store.jobs->mark_processing("a", utc_now());
    store.jobs->requeue("a", true);
    store.jobs->mark_processing("a", utc_now());
    CHECK(attempts() == 2);
    store.jobs->requeue("a", false);
    CHECK(attempts() == 1);
    store.jobs->mark_processing("a", utc_now());
    store.jobs->add_result("a", make_result("a", 0));
    CHECK(attempts() == 0);
}

TEST_CASE("a job under which the server died twice is not tried again, unless it got on between") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const auto die = [&](bool with_image) {
        in_a_killed_process([&] {
            const Stores store = home->open();
            store.jobs->recover();
            store.jobs->mark_processing("a", utc_now());
            if (with_image) {
                store.jobs->add_result("a", make_result("a", 0));
            }
        });
    };
    {
        const Stores store = home->open();
        store.jobs->insert(make_job("a"), std::nullopt);
        store.jobs->insert(make_job("b"), std::nullopt);
    }
    die(false);
    die(true);
    {
        const Stores store = home->open();
        CHECK(store.jobs->recover().size() == 2);
    }
    die(false);
    const Stores store = home->open();
    CHECK(store.jobs->recover().size() == 1);
    const auto job = store.jobs->load("a");
    REQUIRE(job);
    CHECK(job->status == JobStatus::failed);
    REQUIRE(job->error);
    CHECK(job->error->code == "server_died");
    CHECK(job->results.size() == 1);
    CHECK_FALSE(job->completed_at.empty());
}

TEST_CASE("the pictures of a job that failed are kept for another try, a day at most") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const Stores store = home->open();
    const auto end = [&](const char *id, JobStatus status, const std::string &when) {
        Job job = make_job(id);
        task_of(job).init_image = {1, 2};
        store.jobs->insert(job, std::nullopt);
        store.jobs->mark_processing(id, utc_now());
        store.jobs->finish(id, status, JobError{"x", "y"}, when);
        return !store.jobs->load_pictures(id).init_image.empty();
    };
    CHECK(end("a", JobStatus::failed, utc_now()));
    CHECK_FALSE(end("b", JobStatus::completed, utc_now()));
    CHECK_FALSE(end("c", JobStatus::cancelled, utc_now()));
    const auto ago = [](int hours) {
        return utc_text(std::chrono::system_clock::now() - std::chrono::hours(hours));
    };
    CHECK(end("d", JobStatus::failed, ago(23)));
    CHECK_FALSE(end("e", JobStatus::failed, ago(25)));
    CHECK_FALSE(store.jobs->load_pictures("a").init_image.empty());
}

TEST_CASE("the order of waiting jobs is kept") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    {
        const Stores store = home->open();
        for (const char *id : {"a", "b", "c"}) {
            store.jobs->insert(make_job(id), std::nullopt);
        }
        store.jobs->reorder({"c", "a", "b"});
        store.jobs->insert(make_job("d"), std::nullopt);
    }
    const Stores store = home->open();
    std::vector<std::string> ids;
    for (const Job &job : store.jobs->recover()) {
        ids.push_back(job.id);
    }
    CHECK(ids == std::vector<std::string>{"c", "a", "b", "d"});
}

TEST_CASE("images are listed newest first, found by id and removed") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const Stores store = home->open();
    store.jobs->insert(make_job("a"), std::nullopt);
    for (std::uint32_t index = 0; index < 3; ++index) {
        Result result = make_result("a", index);
        result.created_at = "2025-01-01T00:00:0" + std::to_string(index) + ".000Z";
        store.jobs->add_result("a", result);
    }
    const auto page = store.images->images({}, 2, 0);
    CHECK(page.total == 3);
    REQUIRE(page.images.size() == 2);
    CHECK(page.images[0].id == "a-2");
    CHECK(page.images[0].job_id == "a");
    CHECK(page.images[0].request == make_job("a").request);
    CHECK(store.images->images({}, 2, 2).images.at(0).id == "a-0");
    CHECK(store.images->images({}, 2, 3).images.empty());
    CHECK(store.images->image("a-1")->result.file == "a-1.png");
    CHECK(store.images->has_file("a-1.png"));
    CHECK(store.images->remove_image("a-1"));
    CHECK_FALSE(store.images->remove_image("a-1"));
    CHECK_FALSE(store.images->has_file("a-1.png"));
    CHECK_FALSE(store.images->image("a-1"));
    CHECK_FALSE(store.images->has_file("' OR '1'='1"));
}

TEST_CASE("an image that is made again after a crash replaces its record") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const Stores store = home->open();
    store.jobs->insert(make_job("a"), std::nullopt);
    store.jobs->add_result("a", make_result("a", 0));
    store.jobs->add_result("a", make_result("a", 0));
    CHECK(store.jobs->load("a")->results.size() == 1);
}

} // namespace queue_store_contract_test
