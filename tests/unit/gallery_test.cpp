// What the gallery finds, stars, throws away and takes back.
#include "queue_store_contract.hpp"

#include <filesystem>
#include <fstream>

namespace gallery_test {

using namespace able::server;
using nlohmann::json;

namespace {

struct Picture {
    std::string prompt, model = "sd15", sampler = "euler";
    std::vector<std::string> loras = {};
};

// One job of a picture each, a minute apart, the first one the oldest.
void fill(const Stores &store, const std::vector<Picture> &pictures) {
    for (std::size_t i = 0; i < pictures.size(); ++i) {
        const std::string minute = (i < 10 ? "0" : "") + std::to_string(i);
        Job job;
        job.id = "job" + minute;
        job.request = {{"prompt", pictures[i].prompt}};
        able::protocol::Generate task;
        task.steps = 1;
        task.batch_size = 1;
        job.task = task;
        job.created_at = utc_now();
        store.jobs->insert(job, std::nullopt);
        json loras = json::array();
        for (const std::string &lora : pictures[i].loras) {
            loras.push_back({{"id", lora}, {"unet_weight", 1}});
        }
        Result result;
        result.file = job.id + "-0.png";
        result.metadata = {{"prompt", pictures[i].prompt},
                           {"model", {{"id", pictures[i].model}}},
                           {"sampler", {{"id", pictures[i].sampler}}},
                           {"loras", loras}};
        result.created_at = "2026-01-31T12:" + minute + ":00.000Z";
        store.jobs->add_result(job.id, result);
    }
}

std::vector<std::string> ids(const Stores &store, const ImageFilter &filter) {
    std::vector<std::string> found;
    const ImagePage page = store.images->images(filter, 100, 0);
    for (const auto &image : page.images) {
        found.push_back(image.id);
    }
    CHECK(page.total == found.size());
    return found;
}

template <class Set>
ImageFilter filter(Set set) {
    ImageFilter result;
    set(result);
    return result;
}

using Ids = std::vector<std::string>;

} // namespace

TEST_CASE("images are found by the words of their prompt, in any order and case") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const Stores store = home->open();
    fill(store, {{"a red Fox in snow"}, {"a fox"}, {"100% 'quoted' _under_ ☃ \"x\""}});
    CHECK(ids(store, filter([](ImageFilter &f) { f.words = {"fox"}; })) == Ids{"job01-0", "job00-0"});
    CHECK(ids(store, filter([](ImageFilter &f) { f.words = {"SNOW", "fox"}; })) == Ids{"job00-0"});
    CHECK(ids(store, filter([](ImageFilter &f) { f.words = {"fox", "lake"}; })).empty());
    // Nothing in it is a pattern or a piece of SQL.
    for (const char *word : {"100%", "'quoted'", "_under_", "☃", "\"x\""}) {
        CAPTURE(word);
        CHECK(ids(store, filter([&](ImageFilter &f) { f.words = {word}; })) == Ids{"job02-0"});
    }
    CHECK(ids(store, filter([](ImageFilter &f) { f.words = {"%"}; })) == Ids{"job02-0"});
    CHECK(ids(store, filter([](ImageFilter &f) { f.words = {"' OR '1'='1"}; })).empty());
}

TEST_CASE("images are filtered by model, sampler, LoRA and time, all at once") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const Stores store = home->open();
    fill(store, {{"a", "sd15", "euler", {"ink"}},
                 {"b", "sd15", "lms", {"neon", "ink"}},
                 {"c", "sdxl", "euler"},
                 {"d", "sdxl", "lms", {"neon"}}});
    CHECK(ids(store, filter([](ImageFilter &f) { f.model = "sdxl"; })) == Ids{"job03-0", "job02-0"});
    CHECK(ids(store, filter([](ImageFilter &f) { f.sampler = "lms"; })) == Ids{"job03-0", "job01-0"});
    CHECK(ids(store, filter([](ImageFilter &f) { f.lora = "ink"; })) == Ids{"job01-0", "job00-0"});
    CHECK(ids(store, filter([](ImageFilter &f) { f.lora = "in"; })).empty());
    CHECK(ids(store, filter([](ImageFilter &f) { f.since = "2026-01-31T12:02:00.000Z"; })) ==
          Ids{"job03-0", "job02-0"});
    CHECK(ids(store, filter([](ImageFilter &f) { f.until = "2026-01-31T12:02:00.000Z"; })) ==
          Ids{"job01-0", "job00-0"});
    CHECK(ids(store, filter([](ImageFilter &f) {
                  f.words = {"b"};
                  f.model = "sd15";
                  f.sampler = "lms";
                  f.lora = "neon";
              })) == Ids{"job01-0"});
    CHECK(store.images->images(filter([](ImageFilter &f) { f.model = "sdxl"; }), 1, 1).images.at(0).id == "job02-0");
    CHECK(store.images->images(filter([](ImageFilter &f) { f.model = "sdxl"; }), 1, 1).total == 2);
}

TEST_CASE("a star is found again, after a restart too") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    {
        const Stores store = home->open();
        fill(store, {{"a"}, {"b"}});
        CHECK(store.images->star_image("job00-0", true));
        CHECK_FALSE(store.images->star_image("nobody", true));
    }
    const Stores store = home->open();
    CHECK(store.images->image("job00-0")->starred);
    CHECK_FALSE(store.images->image("job01-0")->starred);
    CHECK(ids(store, filter([](ImageFilter &f) { f.starred = true; })) == Ids{"job00-0"});
    CHECK(store.images->star_image("job00-0", false));
    CHECK(ids(store, filter([](ImageFilter &f) { f.starred = true; })).empty());
}

TEST_CASE("the trash keeps images out of sight until they are taken back or removed") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const Stores store = home->open();
    fill(store, {{"a"}, {"b"}, {"c"}});
    store.images->star_image("job01-0", true);
    CHECK(store.images->trash_image("job01-0", "2026-02-01T00:00:00.000Z"));
    CHECK_FALSE(store.images->trash_image("nobody", "2026-02-01T00:00:00.000Z"));
    CHECK(ids(store, {}) == Ids{"job02-0", "job00-0"});
    CHECK(ids(store, filter([](ImageFilter &f) { f.trashed = true; })) == Ids{"job01-0"});
    CHECK(store.images->image("job01-0")->trashed_at == "2026-02-01T00:00:00.000Z");
    CHECK(store.images->has_file("job01-0.png"));
    CHECK(store.images->trashed_before("2026-02-01T00:00:00.000Z").empty());
    CHECK(store.images->trashed_before("2026-02-01T00:00:00.001Z") == Ids{"job01-0"});
    CHECK(store.images->trash_image("job01-0", ""));
    CHECK(ids(store, {}).size() == 3);
    CHECK(store.images->image("job01-0")->starred);
    CHECK(store.images->remove_image("job01-0"));
    CHECK(ids(store, filter([](ImageFilter &f) { f.trashed = true; })).empty());
    // A later image of the same name starts without marks.
    Result again;
    again.file = "job01-0.png";
    store.jobs->add_result("job01", again);
    CHECK_FALSE(store.images->image("job01-0")->starred);
}

TEST_CASE("the facets count what images outside the trash were made with") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const Stores store = home->open();
    fill(store, {{"a", "sd15", "euler", {"ink", "neon"}},
                 {"b", "sdxl", "euler", {"neon"}},
                 {"c", "sdxl", "lms", {"neon"}},
                 {"d", "gone", "gone", {"gone"}}});
    store.images->trash_image("job03-0", utc_now());
    const ImageFacets facets = store.images->image_facets();
    REQUIRE(facets.models.size() == 2);
    CHECK(facets.models[0].id == "sdxl");
    CHECK(facets.models[0].images == 2);
    REQUIRE(facets.samplers.size() == 2);
    CHECK(facets.samplers[0].id == "euler");
    REQUIRE(facets.loras.size() == 2);
    CHECK(facets.loras[0].id == "neon");
    CHECK(facets.loras[0].images == 3);
}

TEST_CASE("jobs are listed newest first, all or those in one state") {
    const auto home = GENERATE(from_range(fakes::store_implementations())).make();
    const Stores store = home->open();
    fill(store, {{"a"}, {"b"}, {"c"}});
    store.jobs->mark_processing("job01", utc_now());
    store.jobs->finish("job01", JobStatus::failed, JobError{"broken", "it broke"}, utc_now());
    const JobPage all = store.jobs->jobs(std::nullopt, 2, 0);
    CHECK(all.total == 3);
    REQUIRE(all.jobs.size() == 2);
    CHECK(all.jobs[0].id == "job02");
    CHECK(store.jobs->jobs(std::nullopt, 2, 2).jobs.at(0).id == "job00");
    const JobPage failed = store.jobs->jobs(JobStatus::failed, 10, 0);
    CHECK(failed.total == 1);
    CHECK(failed.jobs.at(0).error->message == "it broke");
    CHECK(failed.jobs.at(0).results.size() == 1);
}

TEST_CASE("what has been in the trash for 30 days is deleted at the next start, file and all") {
    const fakes::TempDir folder;
    const auto config = fakes::config_in(folder.path());
    const auto outputs = config.storage.output_dir;
    std::filesystem::create_directories(outputs);
    {
        const Stores store = open_stores(outputs / "jobs.sqlite");
        fill(store, {{"old"}, {"thrown away just now"}, {"kept"}});
        for (const char *job : {"job00", "job01", "job02"}) {
            store.jobs->mark_processing(job, utc_now());
            store.jobs->finish(job, JobStatus::completed, std::nullopt, utc_now());
            std::ofstream(outputs / (std::string(job) + "-0.png")) << "a picture";
        }
        store.images->trash_image("job00-0", "2020-01-01T00:00:00.000Z");
        store.images->trash_image("job01-0", utc_now());
    }
    const auto script = std::make_shared<fakes::Script>();
    script->run = fakes::make_images;
    Engine engine(config, std::make_unique<fakes::FakeEnvironment>(script));
    engine.start();
    CHECK(engine.gallery().images(filter([](ImageFilter &f) { f.trashed = true; }), 10, 0).total == 1);
    CHECK(engine.gallery().images({}, 10, 0).total == 1);
    CHECK_FALSE(std::filesystem::exists(outputs / "job00-0.png"));
    CHECK(std::filesystem::exists(outputs / "job01-0.png"));
    CHECK(std::filesystem::exists(outputs / "job02-0.png"));
    engine.stop();
}

} // namespace gallery_test
