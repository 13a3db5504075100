// The job store in a SQLite file: what it refuses to open, and what it takes over from earlier versions.
#include "host/server/queue/store_sqlite.h"

#include "queue_store_contract.hpp"

#include <Poco/Data/Session.h>
#include <catch2/catch.hpp>

#include <fstream>
#include <sys/wait.h>
#include <unistd.h>

namespace queue_store_test {

using namespace able::server;
using fakes::make_job;
using fakes::task_of;
using nlohmann::json;

namespace {

std::string opening_error(const std::filesystem::path &file) {
    try {
        const Stores store = open_stores(file);
    } catch (const StoreError &error) {
        return error.what();
    }
    return "";
}

} // namespace

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
        const Stores store = open_stores(file);
        for (int i = 0; i < 40; ++i) {
            store.jobs->insert(make_job("job" + std::to_string(i)), std::nullopt);
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
        const Stores store = open_stores(file);
        store.jobs->insert(make_job("a"), std::nullopt);
    }
    {
        Poco::Data::Session session("SQLite", file.string());
        session << "DROP TABLE masks", Poco::Data::Keywords::now;
        session << "ALTER TABLE jobs DROP COLUMN attempts", Poco::Data::Keywords::now;
        session << "ALTER TABLE jobs DROP COLUMN server_deaths", Poco::Data::Keywords::now;
        session << "UPDATE schema_version SET version = 1", Poco::Data::Keywords::now;
    }
    for (const char *id : {"b", "c"}) { // the second time there is nothing to do
        const Stores store = open_stores(file);
        Job job = make_job(id);
        task_of(job).inpainting.mask = {1};
        store.jobs->insert(job, std::nullopt);
        CHECK(store.jobs->load_pictures(id).mask == std::vector<std::uint8_t>{1});
    }
    const Stores store = open_stores(file);
    CHECK(store.jobs->recover().size() == 3);
    store.jobs->mark_processing("b", utc_now());
    store.jobs->finish("b", JobStatus::completed, std::nullopt, utc_now());
    CHECK(store.jobs->load_pictures("b").mask.empty());
}

TEST_CASE("a newer version's store is refused and told from a damaged one") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    { const Stores store = open_stores(file); }
    {
        Poco::Data::Session session("SQLite", file.string());
        session << "UPDATE schema_version SET version = 999", Poco::Data::Keywords::now;
    }
    CHECK(opening_error(file).find("newer version") != std::string::npos);
}

TEST_CASE("another program's database is refused") {
    const fakes::TempDir folder;
    const auto file = folder.path() / "jobs.sqlite";
    { const Stores store = open_stores(file); }
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
    const Stores store = open_stores(file);
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
    const Stores store = open_stores(file);
    auto jobs = store.jobs->recover();
    REQUIRE(jobs.size() == 2);
    CHECK(store.jobs->paused());
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
    const Pictures pictures = store.jobs->load_pictures(jobs[0].id);
    CHECK(pictures.init_image.size() == 74);
    CHECK(pictures.mask == pictures.init_image);
    CHECK(task_of(jobs[1]).sigmas == std::vector<double>{14.6, 5, 1.5, 0});
    CHECK(store.jobs->jobs(JobStatus::completed, 10, 0).jobs.at(0).results.size() == 1);
}

TEST_CASE("a stored task of a later version is refused, and damage is told from it") {
    const auto row = encode_task_row(able::protocol::Load{"model", "/model", "", 64, 64});
    CHECK(std::get<able::protocol::Load>(decode_task_row(row)).model_id == "model");
    json later = json::from_cbor(row);
    later["version"] = 999;
    CHECK_THROWS_WITH(decode_task_row(json::to_cbor(later)), Catch::Contains("version 999"));
    for (const std::vector<std::uint8_t> &bytes :
         {std::vector<std::uint8_t>(), {0xff}, {0x01}, json::to_cbor({{"a", 1}})}) {
        CHECK_THROWS_AS(decode_task_row(bytes), able::protocol::ProtocolError);
    }
}

} // namespace queue_store_test
