// The request's fields for guidance, noise and noise levels: what they take, and what they make of a job.
#include "host/server/queue/task_row.h"
#include "host/server/requests/request.h"
#include "host/server/requests/resolve.h"
#include "host/worker/record/image_record.h"

#include "server_fakes.hpp"

#include <catch2/catch.hpp>

namespace requests_sampling_fields_test {

using namespace able::base;
using namespace able::server;
using able::protocol::Generate;
using nlohmann::json;

namespace {

json with(const json &members) {
    json document{{"prompt", "a fox"}};
    document.update(members);
    return document;
}

Generate resolved(const json &members) {
    const able::plugins::Registry registry(fakes::plugin_files());
    return resolve(parse_request(with(members)), registry, fakes::catalogue(), {});
}

// "field code", or nothing where the request is fine.
std::string refusal(const json &members) {
    try {
        resolved(members);
    } catch (const RequestError &error) {
        const std::string name = error.field().substr(0, error.field().find_first_of("[."));
        INFO(error.what());
        CHECK(std::string(error.what()).find(name) != std::string::npos);
        return error.field() + " " + error.code();
    }
    return {};
}

able::worker::ImageRecord record_of(const Generate &spec, std::uint64_t seed) {
    return {spec,
            spec.prompts.front(),
            seed,
            {"euler_a", "Euler a", "p", "1", ""},
            {"normal", "Normal", "p", "1", ""},
            {},
            {},
            {},
            {},
            {},
            {}};
}

} // namespace

TEST_CASE("Guidance and noise are the usual ones unless a request says otherwise") {
    const Generate spec = resolved(json::object());
    CHECK(spec.guidance.rescale == 0);
    CHECK_FALSE(spec.guidance.perp_neg_scale);
    CHECK(spec.guidance.start == 0);
    CHECK(spec.guidance.end == 1);
    CHECK(spec.noise.subseed == 0);
    CHECK(spec.noise.subseed_strength == 0);
    CHECK(spec.noise.eta_noise_seed_delta == 0);
    CHECK(spec.deep_cache.interval == 1);
    CHECK(spec.deep_cache.branch == 0);
    CHECK(spec.sigmas.empty());
    const json metadata = able::worker::image_metadata(record_of(spec, spec.seed));
    for (const char *field :
         {"guidance_rescale", "perp_neg_scale", "guidance_start", "guidance_end", "subseed", "subseed_strength",
          "seed_resize_from_width", "eta_noise_seed_delta", "sigmas", "deep_cache_interval", "deep_cache_branch"}) {
        CHECK_FALSE(metadata.contains(field));
    }
    CHECK(metadata.at("schedule").at("id") == "normal");
    const auto text = able::worker::image_parameters(record_of(spec, spec.seed));
    CHECK(text.find("Variation") == std::string::npos);
    CHECK(text.find("Guidance") == std::string::npos);
    CHECK(text.find("Rescale") == std::string::npos);
    CHECK(text.find("DeepCache") == std::string::npos);
}

TEST_CASE("A bad value of guidance or noise is refused with the name of its field") {
    const std::vector<std::pair<json, std::string>> cases{
        {{{"guidance_rescale", 1.01}}, "guidance_rescale out_of_range"},
        {{{"guidance_rescale", "1"}}, "guidance_rescale wrong_type"},
        {{{"perp_neg_scale", -0.1}}, "perp_neg_scale out_of_range"},
        {{{"perp_neg_scale", 100.1}}, "perp_neg_scale out_of_range"},
        {{{"perp_neg_scale", nullptr}}, "perp_neg_scale wrong_type"},
        {{{"guidance_start", -0.1}}, "guidance_start out_of_range"},
        {{{"guidance_end", 1.1}}, "guidance_end out_of_range"},
        {{{"guidance_start", 0.5}, {"guidance_end", 0.5}}, "guidance_end invalid_value"},
        {{{"guidance_end", 0}}, "guidance_end invalid_value"},
        {{{"guidance_start", 1}}, "guidance_end invalid_value"},
        {{{"subseed", -2}}, "subseed out_of_range"},
        {{{"subseed", 1.5}}, "subseed wrong_type"},
        {{{"subseed", 9223372036854775808U}}, "subseed out_of_range"},
        {{{"subseed", 9223372036854775807}, {"batch_size", 2}}, "subseed out_of_range"},
        {{{"subseed_strength", 1.5}}, "subseed_strength out_of_range"},
        {{{"seed_resize_from_width", 512}}, "seed_resize_from_height missing_field"},
        {{{"seed_resize_from_height", 512}}, "seed_resize_from_width missing_field"},
        {{{"seed_resize_from_width", 100}, {"seed_resize_from_height", 64}}, "seed_resize_from_width invalid_value"},
        {{{"seed_resize_from_width", 0}, {"seed_resize_from_height", 0}}, "seed_resize_from_width out_of_range"},
        {{{"eta_noise_seed_delta", -1}}, "eta_noise_seed_delta out_of_range"},
        {{{"deep_cache_interval", 0}}, "deep_cache_interval out_of_range"},
        {{{"deep_cache_interval", 51}}, "deep_cache_interval out_of_range"},
        {{{"deep_cache_interval", 2.5}}, "deep_cache_interval wrong_type"},
        {{{"deep_cache_interval", nullptr}}, "deep_cache_interval wrong_type"},
        {{{"deep_cache_interval", 2}, {"deep_cache_branch", -1}}, "deep_cache_branch out_of_range"},
        {{{"deep_cache_interval", 2}, {"deep_cache_branch", 12}}, "deep_cache_branch out_of_range"},
        {{{"eta_noise_seed_delta", 4294967296}}, "eta_noise_seed_delta out_of_range"},
    };
    for (const auto &[members, expected] : cases) {
        CAPTURE(members.dump());
        CHECK(refusal(members) == expected);
    }
}

TEST_CASE("Noise levels fall from the first to 0, or are refused with the place of the first that does not") {
    const std::vector<std::pair<json, std::string>> cases{
        {"14,0", "sigmas wrong_type"},
        {json::array(), "sigmas out_of_range"},
        {json::array({0}), "sigmas out_of_range"},
        {json::array({14, "5", 0}), "sigmas[1] wrong_type"},
        {{14, 5}, "sigmas[1] invalid_value"},
        {{14, 5, 0.02}, "sigmas[2] invalid_value"},
        {{14, 5, -1, 0}, "sigmas[2] out_of_range"},
        {{14, 0, 0}, "sigmas[1] out_of_range"},
        {{14, 1e-320, 0}, "sigmas[1] out_of_range"},
        {{10'001, 5, 0}, "sigmas[0] out_of_range"},
        {{5, 5, 0}, "sigmas[1] invalid_value"},
        {{5, 6, 0}, "sigmas[1] invalid_value"},
        {{14.6, 5, 1, 0}, ""},
        {{10'000, 0.0001, 0}, ""},
        {{1, 0}, ""},
    };
    for (const auto &[sigmas, expected] : cases) {
        CAPTURE(sigmas.dump());
        CHECK(refusal({{"sigmas", sigmas}}) == expected);
    }
    json most = json::array();
    for (int i = 150; i >= 0; --i) {
        most.push_back(i);
    }
    CHECK(resolved({{"sigmas", most}}).steps == 150);
    most.insert(most.begin(), 151);
    CHECK(refusal({{"sigmas", most}}) == "sigmas out_of_range");
}

TEST_CASE("Noise levels take the place of steps and schedule") {
    const json sigmas{14.6, 5, 1, 0};
    const Generate spec = resolved({{"sigmas", sigmas}, {"sampler", "dpmpp_2m"}});
    CHECK(spec.sigmas == std::vector<double>{14.6, 5, 1, 0});
    CHECK(spec.steps == 3);
    CHECK(spec.schedule.empty());
    CHECK(spec.sampler == "dpmpp_2m");
    const able::plugins::Registry registry(fakes::plugin_files());
    CHECK_NOTHROW(check_plugins(spec, registry));
    CHECK(refusal({{"sigmas", sigmas}, {"steps", 3}}) == "steps invalid_value");
    CHECK(refusal({{"sigmas", sigmas}, {"schedule", "karras"}}) == "schedule invalid_value");
    CHECK(refusal({{"sigmas", sigmas}, {"schedule_params", {{"rho", 7}}}}) == "schedule_params invalid_value");
    CHECK(refusal({{"sigmas", sigmas}, {"sampler", "DPM++ 2M Karras"}}) == "sigmas invalid_value");
    CHECK(refusal({{"sigmas", sigmas}, {"sampler_params", {{"etta", 1}}}}) == "sampler_params.etta invalid_parameter");
}

TEST_CASE("The schema says what guidance, noise and levels may be") {
    const json properties = request_schema().at("properties");
    CHECK(properties.at("guidance_rescale").at("maximum") == 1);
    CHECK(properties.at("guidance_end").at("default") == 1);
    CHECK_FALSE(properties.at("perp_neg_scale").contains("default"));
    CHECK(properties.at("subseed").at("maximum") == INT64_MAX);
    CHECK(properties.at("deep_cache_interval").at("default") == 1);
    CHECK(properties.at("deep_cache_branch").at("maximum") == 11);
    CHECK(properties.at("seed_resize_from_width").at("multipleOf") == 8);
    CHECK(properties.at("sigmas").at("type") == "array");
    CHECK(properties.at("sigmas").at("maxItems") == 151);
}

TEST_CASE("A subseed is drawn where it counts and was left open") {
    const json varied{{"subseed_strength", 0.5}};
    const auto first = resolved(varied).noise.subseed;
    CHECK(first != resolved(varied).noise.subseed);
    CHECK(first < (std::uint64_t{1} << 53));
    CHECK(resolved({{"subseed_strength", 0.5}, {"subseed", 7}}).noise.subseed == 7);
    CHECK(resolved({{"subseed", 7}}).noise.subseed == 0); // counts for nothing
}

TEST_CASE("An image says what guided it and what its noise was made of") {
    const Generate spec = resolved({{"seed", 42},
                                    {"batch_size", 4},
                                    {"guidance_rescale", 0.7},
                                    {"perp_neg_scale", 1.5},
                                    {"guidance_start", 0.1},
                                    {"guidance_end", 0.8},
                                    {"subseed", 7},
                                    {"subseed_strength", 0.3},
                                    {"seed_resize_from_width", 512},
                                    {"seed_resize_from_height", 768},
                                    {"eta_noise_seed_delta", 31337},
                                    {"deep_cache_interval", 3},
                                    {"sigmas", {14.6, 5, 0}}});
    // The third of the batch.
    const json metadata = able::worker::image_metadata(record_of(spec, 44));
    const json expected{{"guidance_rescale", 0.7},
                        {"perp_neg_scale", 1.5},
                        {"guidance_start", 0.1},
                        {"guidance_end", 0.8},
                        {"subseed", 9},
                        {"subseed_strength", 0.3},
                        {"seed_resize_from_width", 512},
                        {"seed_resize_from_height", 768},
                        {"eta_noise_seed_delta", 31337},
                        {"deep_cache_interval", 3},
                        {"deep_cache_branch", 0},
                        {"sigmas", {14.6, 5, 0}}};
    for (const auto &[key, value] : expected.items()) {
        CAPTURE(key);
        CHECK(metadata.at(key) == value);
    }
    CHECK_FALSE(metadata.contains("schedule"));
    const auto text = able::worker::image_parameters(record_of(spec, 44));
    for (const char *part :
         {"Variation seed: 9,", "Variation seed strength: 0.3,", "Seed resize from: 512x768,", "ENSD: 31337,",
          "CFG Rescale: 0.7,", "Perp-Neg scale: 1.5,", "Guidance start: 0.1,", "Guidance end: 0.8,",
          "DeepCache interval: 3,", "DeepCache branch: 0,", "Sigmas: \"14.6, 5, 0\","}) {
        CAPTURE(part, text);
        CHECK(text.find(part) != std::string::npos);
    }
}

TEST_CASE("A kept job has its guidance, noise and levels back, and one of an earlier version has the usual ones") {
    const Generate spec = resolved({{"guidance_rescale", 0.7},
                                    {"perp_neg_scale", 0},
                                    {"guidance_end", 0.5},
                                    {"subseed", 9223372036854775807},
                                    {"subseed_strength", 0.25},
                                    {"seed_resize_from_width", 64},
                                    {"seed_resize_from_height", 72},
                                    {"eta_noise_seed_delta", 4294967295},
                                    {"deep_cache_interval", 50},
                                    {"deep_cache_branch", 11},
                                    {"sigmas", {14.6, 5, 0}}});
    json kept = able::protocol::encode_task(spec);
    const auto again = std::get<Generate>(able::protocol::decode_task(kept));
    CHECK(able::protocol::encode_task(again) == kept);
    CHECK(again.noise.subseed == 9223372036854775807U);
    CHECK(again.guidance.perp_neg_scale == 0.0);
    CHECK(again.deep_cache.interval == 50);
    CHECK(again.deep_cache.branch == 11);
    for (const char *field : {"guidance", "noise", "deep_cache", "sigmas"}) {
        kept.erase(field);
    }
    const auto earlier = std::get<Generate>(decode_task_row(json::to_cbor(kept)));
    CHECK(earlier.guidance.end == 1);
    CHECK_FALSE(earlier.guidance.perp_neg_scale);
    CHECK(earlier.noise.subseed_strength == 0);
    CHECK_FALSE(earlier.deep_cache.on());
    CHECK(earlier.sigmas.empty());
}

} // namespace requests_sampling_fields_test
