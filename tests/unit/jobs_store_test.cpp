// What the job store keeps, through crashes too.
#include "host/server/queue/store.h"

#include "jobs_fakes.hpp"

#include <Poco/Data/Session.h>
#include <catch2/catch.hpp>

#include <csignal>
#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace jobs_store_test {

using namespace able::base;
using namespace able::server;
using nlohmann::json;

namespace {

Job make_job(const std::string &id) {
    Job job;
    job.id = id;
    job.request = {{"prompt", std::string("a\0fox ☃", 9)}};
    able::protocol::Generate task;
    task.prompt = std::string("a\0fox ☃", 9);
    task.seed = INT64_MAX;
    task.steps = 4;
    task.batch_size = 2;
    job.task = task;
    job.created_at = utc_now();
    return job;
}

able::protocol::Generate &task_of(Job &job) {
    return std::get<able::protocol::Generate>(job.task);
}

Result make_result(const std::string &job, std::uint32_t index) {
    Result result;
    result.index = index;
    result.file = job + "-" + std::to_string(index) + ".png";
    result.seed = 7 + index;
    result.width = result.height = 64;
    result.metadata = {{"steps", 4}, {"text", std::string("x\0y", 3)}};
    result.created_at = utc_now();
    return result;
}

// Runs `work` in a process that is killed as soon as it returns, with no chance to tidy up.
template <class Work>
void in_a_killed_process(Work work) {
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        try {
            work();
        } catch (...) {
            ::_exit(1);
        }
        ::kill(::getpid(), SIGKILL);
    }
    int status = 0;
    REQUIRE(::waitpid(child, &status, 0) == child);
    REQUIRE(WIFSIGNALED(status));
    REQUIRE(WTERMSIG(status) == SIGKILL);
}

std::string opening_error(const std::filesystem::path &file) {
    try {
        const Store store(file);
    } catch (const StoreError &error) {
        return error.what();
    }
    return "";
}

} // namespace

TEST_CASE("a job that was inserted survives a kill -9") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    in_a_killed_process([&] {
        Store store(file);
        Job job = make_job("a");
        task_of(job).init_image = {1, 0, 2, 255};
        task_of(job).inpainting.mask = {0, 3};
        store.insert(job, IdempotencyKey{"key", "print"});
    });
    Store store(file);
    auto jobs = store.recover();
    Job expected = make_job("a");
    REQUIRE(jobs.size() == 1);
    CHECK(jobs[0].id == "a");
    CHECK(jobs[0].status == JobStatus::queued);
    CHECK(task_of(jobs[0]).prompt == task_of(expected).prompt);
    CHECK(task_of(jobs[0]).seed == INT64_MAX);
    CHECK(jobs[0].request == make_job("a").request);
    CHECK(task_of(jobs[0]).init_image.empty());
    CHECK(task_of(jobs[0]).inpainting.mask.empty());
    CHECK(store.load_pictures("a").init_image == std::vector<std::uint8_t>{1, 0, 2, 255});
    CHECK(store.load_pictures("a").mask == std::vector<std::uint8_t>{0, 3});
    REQUIRE(store.find_key("key"));
    CHECK(store.find_key("key")->job_id == "a");
    CHECK(store.find_key("key")->fingerprint == "print");
    CHECK_FALSE(store.find_key("other"));
}

TEST_CASE("a running job goes back to its place with the images it has") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    in_a_killed_process([&] {
        Store store(file);
        for (const char *id : {"a", "b", "c"}) {
            store.insert(make_job(id), std::nullopt);
        }
        store.mark_processing("a", utc_now());
        store.add_result("a", make_result("a", 0));
        store.mark_processing("b", utc_now());
        store.request_cancel("b");
        store.set_paused(true);
    });
    Store store(file);
    const auto jobs = store.recover();
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[0].id == "a");
    CHECK(jobs[0].started_at.empty());
    REQUIRE(jobs[0].results.size() == 1);
    CHECK(jobs[0].results[0].seed == 7);
    CHECK(jobs[0].results[0].metadata == make_result("a", 0).metadata);
    CHECK(jobs[0].progress == Approx(50));
    CHECK(jobs[1].id == "c");
    // What was being cancelled is not begun again.
    CHECK(store.load("b")->status == JobStatus::cancelled);
    CHECK(store.paused());
}

TEST_CASE("a finished job keeps its end, and cannot get another") {
    const fakes::TempDir folder;
    Store store(folder.path() / "jobs.sqlite");
    store.insert(make_job("a"), std::nullopt);
    CHECK_THROWS_AS(store.finish("a", JobStatus::completed, std::nullopt, utc_now()), std::logic_error);
    store.mark_processing("a", "2025-01-01T00:00:00.000Z");
    store.finish("a", JobStatus::failed, JobError{"worker_died", "it was killed"}, "2025-01-01T00:00:01.000Z");
    for (const JobStatus status : {JobStatus::completed, JobStatus::cancelled, JobStatus::failed}) {
        CHECK_THROWS_AS(store.finish("a", status, std::nullopt, utc_now()), std::logic_error);
    }
    store.mark_processing("a", utc_now());
    store.requeue("a");
    const auto job = store.load("a");
    REQUIRE(job);
    CHECK(job->status == JobStatus::failed);
    CHECK(job->error->code == "worker_died");
    CHECK(job->error->message == "it was killed");
    CHECK(job->started_at == "2025-01-01T00:00:00.000Z");
    CHECK(job->completed_at == "2025-01-01T00:00:01.000Z");
    CHECK(store.recover().empty());
    CHECK_FALSE(store.load("none"));
}

TEST_CASE("the order of waiting jobs is kept") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    {
        Store store(file);
        for (const char *id : {"a", "b", "c"}) {
            store.insert(make_job(id), std::nullopt);
        }
        store.reorder({"c", "a", "b"});
        store.insert(make_job("d"), std::nullopt);
    }
    Store store(file);
    std::vector<std::string> ids;
    for (const Job &job : store.recover()) {
        ids.push_back(job.id);
    }
    CHECK(ids == std::vector<std::string>{"c", "a", "b", "d"});
}

TEST_CASE("images are listed newest first, found by id and removed") {
    const fakes::TempDir folder;
    Store store(folder.path() / "jobs.sqlite");
    store.insert(make_job("a"), std::nullopt);
    for (std::uint32_t index = 0; index < 3; ++index) {
        Result result = make_result("a", index);
        result.created_at = "2025-01-01T00:00:0" + std::to_string(index) + ".000Z";
        store.add_result("a", result);
    }
    const auto page = store.images({}, 2, 0);
    CHECK(page.total == 3);
    REQUIRE(page.images.size() == 2);
    CHECK(page.images[0].id == "a-2");
    CHECK(page.images[0].job_id == "a");
    CHECK(page.images[0].request == make_job("a").request);
    CHECK(store.images({}, 2, 2).images.at(0).id == "a-0");
    CHECK(store.images({}, 2, 3).images.empty());
    CHECK(store.image("a-1")->result.file == "a-1.png");
    CHECK(store.has_file("a-1.png"));
    CHECK(store.remove_image("a-1"));
    CHECK_FALSE(store.remove_image("a-1"));
    CHECK_FALSE(store.has_file("a-1.png"));
    CHECK_FALSE(store.image("a-1"));
    CHECK_FALSE(store.has_file("' OR '1'='1"));
}

TEST_CASE("an image that is made again after a crash replaces its record") {
    const fakes::TempDir folder;
    Store store(folder.path() / "jobs.sqlite");
    store.insert(make_job("a"), std::nullopt);
    store.add_result("a", make_result("a", 0));
    store.add_result("a", make_result("a", 0));
    CHECK(store.load("a")->results.size() == 1);
}

TEST_CASE("a file that is no job store is refused by name and left alone") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    const auto expect = [&](const std::string &content, const std::string &words) {
        std::ofstream(file, std::ios::binary) << content;
        const std::string error = opening_error(file);
        CAPTURE(error);
        CHECK(error.find(file.string()) != std::string::npos);
        CHECK(error.find(words) != std::string::npos);
        std::string after;
        std::getline(std::ifstream(file, std::ios::binary), after, '\0');
        CHECK(after == content.substr(0, content.find('\0')));
    };
    expect("this is a text file, long enough to be looked at as a database; it is not one of those at all", "damaged");
    expect(std::string("SQLite format 3\0", 16) + std::string(4096, '\xff'), "damaged");
}

TEST_CASE("a store with a damaged page is refused at start") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    {
        Store store(file);
        for (int i = 0; i < 40; ++i) {
            store.insert(make_job("job" + std::to_string(i)), std::nullopt);
        }
    }
    const auto size = std::filesystem::file_size(file);
    std::fstream stream(file, std::ios::in | std::ios::out | std::ios::binary);
    for (std::uintmax_t page = 4096; page + 4096 <= size; page += 4096) {
        stream.seekp(static_cast<std::streamoff>(page));
        stream << std::string(64, '\x5a');
    }
    stream.close();
    CHECK(opening_error(file).find("damaged") != std::string::npos);
}

TEST_CASE("a store from before there were masks is taken over with its jobs") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    {
        Store store(file);
        store.insert(make_job("a"), std::nullopt);
    }
    {
        Poco::Data::Session session("SQLite", file.string());
        session << "DROP TABLE masks", Poco::Data::Keywords::now;
        session << "UPDATE schema_version SET version = 1", Poco::Data::Keywords::now;
    }
    for (const char *id : {"b", "c"}) { // the second time there is nothing to do
        Store store(file);
        Job job = make_job(id);
        task_of(job).inpainting.mask = {1};
        store.insert(job, std::nullopt);
        CHECK(store.load_pictures(id).mask == std::vector<std::uint8_t>{1});
    }
    Store store(file);
    CHECK(store.recover().size() == 3);
    store.mark_processing("b", utc_now());
    store.finish("b", JobStatus::completed, std::nullopt, utc_now());
    CHECK(store.load_pictures("b").mask.empty());
}

TEST_CASE("a newer version's store is refused and told from a damaged one") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    { const Store store(file); }
    {
        Poco::Data::Session session("SQLite", file.string());
        session << "UPDATE schema_version SET version = 999", Poco::Data::Keywords::now;
    }
    CHECK(opening_error(file).find("newer version") != std::string::npos);
}

TEST_CASE("another program's database is refused") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    { const Store store(file); }
    // The schema is text in the first page: rename the table that says whose file this is.
    std::string bytes;
    {
        std::ifstream in(file, std::ios::binary);
        bytes.assign(std::istreambuf_iterator<char>(in), {});
    }
    std::string foreign = bytes;
    for (auto at = foreign.find("schema_version"); at != std::string::npos; at = foreign.find("schema_version")) {
        foreign.replace(at, 14, "schema_vorsion");
    }
    std::ofstream(file, std::ios::binary | std::ios::trunc) << foreign;
    CHECK(opening_error(file).find("another program") != std::string::npos);
}

TEST_CASE("two servers cannot have one store") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    const Store store(file);
    // In another process: SQLite's locks are a process's.
    int ends[2];
    REQUIRE(::pipe(ends) == 0);
    const pid_t child = ::fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        const std::string error = opening_error(file);
        ::_exit(::write(ends[1], error.data(), error.size()) < 0 ? 1 : 0);
    }
    ::close(ends[1]);
    std::string error(1000, '\0');
    const ssize_t count = ::read(ends[0], error.data(), error.size());
    ::close(ends[0]);
    REQUIRE(::waitpid(child, nullptr, 0) == child);
    REQUIRE(count >= 0);
    error.resize(static_cast<std::size_t>(count));
    CHECK(error.find("in use by another program") != std::string::npos);
    CHECK(error.find(file.string()) != std::string::npos);
}

TEST_CASE("a store that cannot be made says so") {
    const fakes::TempDir folder;
    std::ofstream(folder.path() / "file") << "x";
    CHECK(opening_error(folder.path() / "file" / "jobs.sqlite").find("job store") != std::string::npos);
}

// data/jobs_d245aff.sql is what `ablerefusal serve` of commit d245aff left behind when it was killed: a finished job, a
// waiting one that uses most fields, and one with noise levels of its own.
TEST_CASE("a store of the version before tasks is taken over, and its waiting jobs are whole") {
    const fakes::TempDir folder;
    const auto file = fakes::old_store(folder.path());
    Store store(file);
    auto jobs = store.recover();
    REQUIRE(jobs.size() == 2);
    CHECK(store.paused());
    const auto &task = task_of(jobs[0]);
    CHECK(jobs[0].id == "6d9750b2-43f7-4cad-9465-553263bf8f4f");
    CHECK(task.prompt == "a {red|blue} circle, é ☃");
    REQUIRE(task.prompts.size() == 2);
    CHECK(task.prompts[1].prompt == "a red circle, é ☃");
    CHECK(task.model_id == "shapes-sd15");
    CHECK(task.seed == 9007199254740991);
    CHECK(task.steps == 7);
    CHECK(task.cfg_scale == 6.5);
    CHECK(task.sampler == "dpmpp_2m");
    CHECK(task.schedule == "karras");
    CHECK(task.guidance.perp_neg_scale == 1.5);
    CHECK(task.guidance.end == 0.9);
    CHECK(task.noise.eta_noise_seed_delta == 31337);
    CHECK(task.noise.resize_from_width == 128);
    CHECK(task.deep_cache.interval == 2);
    CHECK(task.clip_skip == 2);
    CHECK(task.inpainting.only_masked);
    CHECK(task.inpainting.content == "noise");
    REQUIRE(task.loras.size() == 1);
    CHECK(task.loras[0].unet_weight == 0.5);
    const Pictures pictures = store.load_pictures(jobs[0].id);
    CHECK(pictures.init_image.size() == 74);
    CHECK(pictures.mask == pictures.init_image);
    CHECK(task_of(jobs[1]).sigmas == std::vector<double>{14.6, 5, 1.5, 0});
    CHECK(store.jobs(JobStatus::completed, 10, 0).jobs.at(0).results.size() == 1);
}

TEST_CASE("a stored task of a later version is refused, and damage is told from it") {
    const auto row = encode_task_row(able::protocol::Load{"model", "/model", 64, 64});
    CHECK(std::get<able::protocol::Load>(decode_task_row(row)).model_id == "model");
    json later = json::from_cbor(row);
    later["version"] = 999;
    CHECK_THROWS_WITH(decode_task_row(json::to_cbor(later)), Catch::Contains("version 999"));
    for (const std::vector<std::uint8_t> &bytes :
         {std::vector<std::uint8_t>(), {0xff}, {0x01}, json::to_cbor({{"a", 1}})}) {
        CHECK_THROWS_AS(decode_task_row(bytes), able::protocol::ProtocolError);
    }
}

} // namespace jobs_store_test
