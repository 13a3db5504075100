#include "host/plugins/describe/registry.h"

#include <catch2/catch.hpp>

namespace plugins_registry_test {

using namespace able::plugins;

namespace {

ObjectDescription object(ObjectKind kind, const std::string &id, const std::string &name,
                         std::vector<std::string> aliases = {}) {
    ObjectDescription out;
    out.kind = kind;
    out.id = id;
    out.name = name;
    out.aliases = std::move(aliases);
    return out;
}

PluginFile file(const std::string &path, const std::string &id, std::vector<ObjectDescription> objects) {
    PluginFile out;
    out.path = path;
    out.snapshot = path + ".copy";
    out.description.id = id;
    out.description.objects = std::move(objects);
    return out;
}

Registry sample_registry() {
    return Registry(
        {file("/a/samplers.so", "able.samplers",
              {object(ObjectKind::sampler, "euler_a", "Euler a", {"euler_ancestral"}),
               object(ObjectKind::sampler, "dpmpp_2m", "DPM++ 2M"), object(ObjectKind::schedule, "karras", "Karras"),
               object(ObjectKind::schedule, "sgm_uniform", "SGM Uniform")})});
}

} // namespace

TEST_CASE("a sampler resolves by id, name and alias, whatever the case") {
    const Registry registry = sample_registry();
    for (const char *name : {"euler_a", "Euler A", "EULER_ANCESTRAL"}) {
        CAPTURE(name);
        REQUIRE(registry.find_sampler(name));
        CHECK(registry.find_sampler(name)->sampler.description->id == "euler_a");
        CHECK_FALSE(registry.find_sampler(name)->schedule);
    }
}

TEST_CASE("a sampler's name may carry a schedule of one or two words") {
    const Registry registry = sample_registry();
    const auto karras = registry.find_sampler("DPM++ 2M Karras");
    REQUIRE(karras);
    CHECK(karras->sampler.description->id == "dpmpp_2m");
    REQUIRE(karras->schedule);
    CHECK(karras->schedule->description->id == "karras");
    const auto uniform = registry.find_sampler("dpm++ 2m sgm uniform");
    REQUIRE(uniform);
    REQUIRE(uniform->schedule);
    CHECK(uniform->schedule->description->id == "sgm_uniform");
}

TEST_CASE("an unknown sampler is not replaced by anything") {
    const Registry registry = sample_registry();
    for (const char *name : {"", " ", "euler", "DPM++ 2M Unheard", "Unheard Karras", "karras"}) {
        CAPTURE(name);
        CHECK_FALSE(registry.find_sampler(name));
    }
}

TEST_CASE("the earlier of two plugins of one id wins and both paths are told") {
    const Registry registry({file("/mine/x.so", "org.x", {object(ObjectKind::sampler, "x", "X")}),
                             file("/theirs/x.so", "org.x", {object(ObjectKind::sampler, "y", "Y")})});
    CHECK(registry.files()[0].state == PluginState::active);
    CHECK(registry.files()[1].state == PluginState::shadowed);
    CHECK(registry.files()[1].reason.find("/mine/x.so") != std::string::npos);
    CHECK(registry.find(ObjectKind::sampler, "x"));
    CHECK_FALSE(registry.find(ObjectKind::sampler, "y"));
}

TEST_CASE("a second object of one kind and id is left out with a reason, the plugin's others stay") {
    const Registry registry(
        {file("/a.so", "org.a", {object(ObjectKind::sampler, "x", "X")}),
         file("/b.so", "org.b", {object(ObjectKind::sampler, "x", "X again"), object(ObjectKind::sampler, "z", "Z")})});
    CHECK(registry.files()[1].state == PluginState::active);
    CHECK(registry.files()[1].reason.find("/a.so") != std::string::npos);
    REQUIRE(registry.find(ObjectKind::sampler, "x"));
    CHECK(registry.find(ObjectKind::sampler, "x")->file->path == "/a.so");
    CHECK(registry.find(ObjectKind::sampler, "z"));
    // The same id for another kind is no conflict.
    const Registry both({file("/a.so", "org.a", {object(ObjectKind::sampler, "lcm", "LCM")}),
                         file("/b.so", "org.b", {object(ObjectKind::schedule, "lcm", "LCM")})});
    CHECK(both.find(ObjectKind::schedule, "lcm"));
    CHECK(both.files()[1].reason.empty());
}

TEST_CASE("only active files count, and the fingerprint follows them") {
    auto refused = file("/a.so", "org.a", {object(ObjectKind::sampler, "x", "X")});
    refused.state = PluginState::refused;
    const Registry none({refused});
    CHECK(none.objects(ObjectKind::sampler).empty());
    CHECK(none.fingerprint() == Registry().fingerprint());
    auto active = refused;
    active.state = PluginState::active;
    const Registry one({active});
    CHECK(one.fingerprint() != none.fingerprint());
    auto replaced = active;
    replaced.snapshot = "/a.so.other-copy";
    CHECK(Registry({replaced}).fingerprint() != one.fingerprint());
}

TEST_CASE("a description survives its way through JSON") {
    auto sampler = object(ObjectKind::sampler, "euler", "Euler", {"k_euler"});
    sampler.default_schedule = "karras";
    sampler.flags = 3;
    ParamDescription eta;
    eta.key = "eta";
    eta.label = "Eta";
    eta.maximum = 2;
    eta.default_number = 1;
    ParamDescription mode;
    mode.key = "mode";
    mode.type = ABLE_PARAM_ENUM;
    mode.choices = {"midpoint", "heun"};
    sampler.params = {eta, mode};
    const auto before = file("/a.so", "org.a", {sampler}).description;
    const auto after = read_description(able::base::to_document(before));
    CHECK(able::base::to_document(after) == able::base::to_document(before));
    REQUIRE(after.objects.size() == 1);
    CHECK(after.objects[0].default_schedule == "karras");
    CHECK(after.objects[0].params[1].choices == mode.choices);
}

} // namespace plugins_registry_test
