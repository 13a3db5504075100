// What a model's pipeline says before it is loaded, applied to requests: defaults, sizes, prompts, parameters.
#include "server_fakes.hpp"

#include "host/server/requests/request.h"
#include "host/server/requests/resolve.h"

#include <ablerefusal/prompt.h>

#include <catch2/catch.hpp>

namespace requests_model_fit_test {

using namespace able::base;
using namespace able::server;
using able::plugins::ObjectKind;
using able::plugins::ParamDescription;
using nlohmann::json;

namespace {

ParamDescription number(const char *key, double most, bool at_load = false) {
    ParamDescription param;
    param.key = key;
    param.maximum = most;
    param.at_load = at_load;
    return param;
}

// A flow model of sizes in 48s, which reads plain prompts alone, and a pipeline with two parameters.
struct Fixture {
    Fixture() {
        able::server::ModelEntry flow = fakes::model("flow");
        flow.pipeline = "toy";
        flow.default_width = flow.default_height = 96;
        flow.traits.size_multiple = 48;
        flow.traits.largest_side = 480;
        flow.traits.sampler = "dpmpp_2m";
        flow.traits.schedule = "normal";
        flow.traits.steps = 4;
        flow.traits.guidance = 1;
        flow.traits.prompt = able::protocol::PromptTraits{};
        catalogue = fakes::catalogue();
        catalogue.models.push_back(flow);
        files = fakes::plugin_files();
        auto &objects = files.front().description.objects;
        objects.push_back(fakes::object(ObjectKind::pipeline, "toy", "Toy"));
        objects.back().params = {number("guidance", 10), number("bits", 8, true)};
    }

    able::protocol::Generate resolved(json request) const {
        request.emplace("prompt", "a fox");
        request.emplace("model", "flow");
        const able::plugins::Registry registry(files);
        return resolve(parse_request(request), registry, catalogue, config);
    }
    RequestError refused(const json &request) const {
        try {
            resolved(request);
        } catch (const RequestError &error) {
            return error;
        }
        FAIL("resolved: " << request);
        throw std::logic_error("unreachable");
    }
    able::server::ModelEntry &flow() { return catalogue.models.back(); }

    able::server::Catalogue catalogue;
    able::config::Config config;
    std::vector<able::plugins::PluginFile> files;
};

} // namespace

TEST_CASE("what a request leaves out is as the model recommends it", "[jobs][traits]") {
    Fixture fixture;
    const auto spec = fixture.resolved({});
    CHECK(spec.sampler == "dpmpp_2m");
    CHECK(spec.schedule == "normal"); // not the sampler's own
    CHECK(spec.steps == 4);
    CHECK(spec.cfg_scale == 1);
    CHECK(spec.width == 96);
    const auto own = fixture.resolved({{"sampler", "dpmpp_2m"}, {"steps", 9}, {"cfg_scale", 3}});
    CHECK(own.schedule == "karras"); // a sampler that was chosen brings its own
    CHECK(own.steps == 9);
    CHECK(own.cfg_scale == 3);
    fixture.flow().traits.sampler = "gone";
    CHECK(fixture.resolved({}).sampler == "euler_a");
    CHECK(fixture.resolved({{"model", "tiny-sd15"}}).steps == 20);
}

TEST_CASE("a size that the model does not draw is refused before anything is loaded", "[jobs][traits]") {
    Fixture fixture;
    CHECK(fixture.resolved({{"width", 144}, {"height", 480}}).width == 144);
    const auto odd = fixture.refused({{"width", 96}, {"height", 104}});
    CHECK(odd.field() == "height");
    CHECK_THAT(odd.what(), Catch::Contains("multiples of 48"));
    CHECK(fixture.refused({{"width", 528}}).code() == "out_of_range");
    fixture.flow().traits.sizes = {{96, 96}, {144, 96}};
    CHECK(fixture.resolved({{"width", 144}, {"height", 96}}).width == 144);
    const auto other = fixture.refused({{"width", 144}, {"height", 144}});
    CHECK(other.allowed() == std::vector<std::string>{"96x96", "144x96"});
}

TEST_CASE("what a model does not honour of a prompt is refused at once", "[jobs][traits]") {
    Fixture fixture;
    CHECK(fixture.refused({{"prompt", "a (red) fox"}}).code() == "not_honoured");
    CHECK_NOTHROW(fixture.resolved({{"prompt", "a (red) fox"}, {"prompt_syntax", "plain"}}));
    CHECK_THAT(fixture.refused({{"prompt", "a BREAK b"}}).what(), Catch::Contains("BREAK"));
    const auto negative = fixture.refused({{"negative_prompt", "blurred"}});
    CHECK(negative.field() == "negative_prompt");
    CHECK(fixture.refused({{"clip_skip", 2}}).field() == "clip_skip");
    fixture.flow().traits.prompt->honours = ABLE_HONOURS_WEIGHTS | ABLE_HONOURS_NEGATIVE;
    CHECK_NOTHROW(fixture.resolved({{"prompt", "a (red) fox"}, {"negative_prompt", "blurred"}}));
    CHECK_THAT(fixture.refused({{"prompt", "a (red) fox"}, {"prompt_weighting", "comfy"}}).what(),
               Catch::Contains("prompt_weighting"));
    fixture.flow().traits.prompt.reset(); // only the loaded model knows
    CHECK_NOTHROW(fixture.resolved({{"clip_skip", 2}}));
}

TEST_CASE("a pipeline's parameters are checked as a sampler's, and those of loading set apart", "[jobs][traits]") {
    Fixture fixture;
    const auto spec = fixture.resolved({{"pipeline_params", {{"guidance", 3.5}, {"bits", 4}}}});
    CHECK(spec.pipeline_params == json{{"guidance", 3.5}, {"bits", 4}});
    CHECK(spec.load_params == json{{"bits", 4}});
    const auto back = std::get<able::protocol::Generate>(
        able::protocol::decode_task(json::from_cbor(json::to_cbor(able::protocol::encode_task(spec)))));
    CHECK(able::protocol::encode_task(back) == able::protocol::encode_task(spec));
    CHECK(fixture.refused({{"pipeline_params", {{"guidance", 11}}}}).field() == "pipeline_params.guidance");
    const auto unknown = fixture.refused({{"pipeline_params", {{"guidence", 1}}}});
    CHECK(unknown.code() == "invalid_parameter");
    CHECK(unknown.allowed() == std::vector<std::string>{"guidance", "bits"});
    CHECK(fixture.refused({{"model", "tiny-sd15"}, {"pipeline_params", {{"guidance", 1}}}}).code() ==
          "unknown_pipeline");
}

TEST_CASE("the configuration gives one model parameters of its pipeline, and a request others", "[jobs][traits]") {
    Fixture fixture;
    fixture.config.models.params = {"flow:bits=6", "flow:guidance=2.5", "tiny-sd15:bits=1"};
    const auto configured = fixture.resolved({});
    CHECK(configured.pipeline_params == json{{"guidance", 2.5}, {"bits", 6}});
    CHECK(configured.load_params == json{{"bits", 6}});
    const auto asked = fixture.resolved({{"pipeline_params", {{"bits", 4}}}});
    CHECK(asked.pipeline_params == json{{"guidance", 2.5}, {"bits", 4}});
    const able::plugins::Registry registry(fixture.files);
    CHECK(resolve_load("flow", registry, fixture.catalogue, fixture.config).params == json{{"bits", 6}});

    fixture.config.models.params = {"flow:bits=many"};
    const auto wrong = fixture.refused({});
    CHECK(wrong.field() == "pipeline_params.bits");
    CHECK_THAT(wrong.what(), Catch::Contains("models.params in the configuration"));
    fixture.config.models.params = {"flow:bats=1"};
    CHECK_THAT(fixture.refused({}).what(), Catch::Contains("bats"));
    fixture.config.models.params = {"gone:bits=1"}; // a model that is not there today
    CHECK_NOTHROW(fixture.resolved({}));
}

} // namespace requests_model_fit_test
