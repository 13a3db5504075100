#include "host/plugins/describe/param_values.h"

#include <catch2/catch.hpp>

namespace plugins_params_test {

using namespace able::plugins;
using nlohmann::json;

namespace {

ParamDescription param(const std::string &key, able_param_type type, double minimum, double maximum, double fallback) {
    ParamDescription out;
    out.key = key;
    out.type = type;
    out.minimum = minimum;
    out.maximum = maximum;
    out.default_number = fallback;
    return out;
}

std::vector<ParamDescription> params() {
    auto mode = param("mode", ABLE_PARAM_ENUM, 0, 0, 1);
    mode.choices = {"midpoint", "heun"};
    auto note = param("note", ABLE_PARAM_STRING, 0, 0, 0);
    note.default_string = "none";
    return {param("eta", ABLE_PARAM_FLOAT, 0, 2, 1), param("order", ABLE_PARAM_INT, 1, 4, 2),
            param("fast", ABLE_PARAM_BOOL, 0, 0, 1), mode, note};
}

} // namespace

TEST_CASE("parameters that are not given take their defaults") {
    const ParamValues values(params(), json::object());
    const able_params *abi = values.abi();
    CHECK(abi->number(abi, "eta") == 1);
    CHECK(abi->number(abi, "order") == 2);
    CHECK(abi->number(abi, "fast") == 1);
    CHECK(abi->number(abi, "mode") == 1);
    CHECK(std::string(abi->string(abi, "mode")) == "heun");
    CHECK(std::string(abi->string(abi, "note")) == "none");
}

TEST_CASE("parameters that are given reach the plugin, unknown keys read as nothing") {
    const ParamValues values(params(),
                             {{"eta", 0.25}, {"order", 4}, {"fast", false}, {"mode", "midpoint"}, {"note", "x"}});
    const able_params *abi = values.abi();
    CHECK(abi->number(abi, "eta") == 0.25);
    CHECK(abi->number(abi, "order") == 4);
    CHECK(abi->number(abi, "fast") == 0);
    CHECK(abi->number(abi, "mode") == 0);
    CHECK(std::string(abi->string(abi, "note")) == "x");
    CHECK(abi->number(abi, "other") == 0);
    CHECK(std::string(abi->string(abi, "other")).empty());
    CHECK(abi->number(abi, nullptr) == 0);
}

TEST_CASE("a whole number as a parameter may be written as a fraction") {
    const ParamValues values(params(), {{"order", 3.0}});
    CHECK(values.abi()->number(values.abi(), "order") == 3);
    CHECK_THROWS_AS(ParamValues(params(), {{"order", 3.5}}), ParamError);
}

TEST_CASE("a parameter that does not fit is refused by name") {
    const std::vector<std::pair<std::string, json>> bad{{"eta", {{"eta", 2.01}}},
                                                        {"eta", {{"eta", "1"}}},
                                                        {"eta", {{"eta", nullptr}}},
                                                        {"order", {{"order", 1.5}}},
                                                        {"order", {{"order", 5}}},
                                                        {"order", {{"order", true}}},
                                                        {"order", {{"order", 18446744073709551615ULL}}},
                                                        {"fast", {{"fast", 1}}},
                                                        {"mode", {{"mode", "other"}}},
                                                        {"mode", {{"mode", 0}}},
                                                        {"note", {{"note", 5}}},
                                                        {"note", {{"note", std::string("a\0b", 3)}}},
                                                        {"unheard", {{"unheard", 1}}}};
    for (const auto &[key, values] : bad) {
        CAPTURE(values);
        try {
            check_params(params(), values);
            FAIL("accepted");
        } catch (const ParamError &error) {
            CHECK(error.key() == key);
            CHECK(std::string(error.what()).find(key) != std::string::npos);
        }
    }
    CHECK_THROWS_AS(check_params(params(), json::array()), ParamError);
}

TEST_CASE("the JSON schema states type, range, choices and default of each parameter") {
    const auto schema = json_schema(params());
    CHECK(schema.at("additionalProperties") == false);
    const auto &properties = schema.at("properties");
    CHECK(properties.at("eta").at("type") == "number");
    CHECK(properties.at("eta").at("maximum") == 2.0);
    CHECK(properties.at("order").at("type") == "integer");
    CHECK(properties.at("order").at("default").is_number_integer());
    CHECK(properties.at("mode").at("enum") == json({"midpoint", "heun"}));
    CHECK(properties.at("mode").at("default") == "heun");
    CHECK(properties.at("fast").at("default") == true);
}

} // namespace plugins_params_test
