// The table of a request's fields, against what has to agree with it and cannot be made from it.
#include "host/server/requests/request.h"
#include "host/worker/record/image_record.h"

#include <catch2/catch.hpp>

#include <algorithm>
#include <type_traits>

namespace requests_fields_test {

using namespace able;
using nlohmann::json;

namespace {

using Task = std::remove_cvref_t<decltype(std::declval<worker::ImageRecord>().spec)>;

// With nothing at its default: what is, the metadata may leave out.
Task busy_task() {
    Task task;
    task.prompt = "a {fox|owl}";
    task.prompt_syntax = "plain";
    task.prompt_weighting = "comfy";
    task.model_id = "org/model";
    task.width = task.height = 512;
    task.guidance = {.rescale = 0.5, .perp_neg_scale = 1, .start = 0.1, .end = 0.9};
    task.noise = {.subseed = 7,
                  .subseed_strength = 0.5,
                  .resize_from_width = 64,
                  .resize_from_height = 64,
                  .eta_noise_seed_delta = 1};
    task.deep_cache = {.interval = 2, .branch = 1};
    task.vae_id = "vae";
    task.refiner_id = "refiner";
    task.pipeline_params = {{"tiles", 2}};
    task.clip_skip = 2;
    task.init_image = {1};
    task.inpainting.mask = {1};
    task.inpainting.only_masked = true;
    return task;
}

json metadata_of(const Task &task) {
    const protocol::ImagePrompt prompt{"a fox", "", {}, {}};
    return worker::image_metadata({task, prompt, 42, {}, {}, {}, "", "sd1", "cpu", "fp32", {}, "", "", {}});
}

json::json_pointer pointer(std::string record) {
    std::replace(record.begin(), record.end(), '.', '/');
    return json::json_pointer("/" + record);
}

} // namespace

TEST_CASE("An image's metadata has each field where its row says") {
    Task task = busy_task();
    const json scheduled = metadata_of(task);
    task.sigmas = {14.6, 0};
    const json levelled = metadata_of(task); // which has no schedule
    std::size_t recorded = 0;
    for (const server::Field &field : server::request_fields()) {
        const std::string record = field.record;
        if (record.empty()) {
            continue;
        }
        CAPTURE(field.name, record);
        CHECK((scheduled.contains(pointer(record)) || levelled.contains(pointer(record))));
        ++recorded;
    }
    CHECK(recorded > 30);
}

TEST_CASE("A field's default is that of a request that leaves it out") {
    const server::Request plain = server::parse_request({{"prompt", "x"}});
    for (const server::Field &field : server::request_fields()) {
        CAPTURE(field.name);
        if (!field.default_value.is_null()) {
            CHECK(field.place.get(plain) == field.default_value);
        }
    }
}

TEST_CASE("A row is all that a new field needs") {
    const auto known = server::request_fields();
    std::vector<server::Field> fields(known.begin(), known.end());
    fields.push_back(
        {.name = "sparkle",
         .type = server::FieldType::integer,
         .topic = "sampling",
         .place = {[](server::Request &request, const json &value) { request.steps = value.get<std::uint32_t>(); },
                   nullptr},
         .description = "How much the image sparkles.",
         .left_out = "not at all",
         .max_integer = 9});
    CHECK(server::parse_request({{"prompt", "x"}, {"sparkle", 7}}, fields).steps == 7);
    CHECK_THROWS_WITH(server::parse_request({{"prompt", "x"}, {"sparkle", 10}}, fields),
                      Catch::Contains("sparkle must be an integer from 0 to 9"));
    CHECK_THROWS_AS(server::parse_request({{"prompt", "x"}, {"sparkle", 7}}), base::RequestError);
    const json schema = server::request_schema(fields).at("properties").at("sparkle");
    CHECK(schema.at("maximum") == 9);
    CHECK(schema.at("description") == "How much the image sparkles. Default: not at all.");
    CHECK(schema.at("x-position") == known.size());
}

} // namespace requests_fields_test
