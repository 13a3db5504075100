// The validator: every plugin of the project passes, each faulty one fails the check that its fault is about and no
// other.
#include "host/validate/validator.h"

#include "host/base/subprocess.h"

#include <catch2/catch.hpp>

#include <map>
#include <set>

namespace validate_test {

using namespace able::validate;
namespace fs = std::filesystem;

namespace {

ValidatorOptions options() {
    ValidatorOptions made;
    made.executable = ABLE_EXECUTABLE;
    made.describe_limit = std::chrono::minutes(1); // this machine may be busy
    made.time_limit = std::chrono::minutes(5);
    return made;
}

fs::path fault(const std::string &mode) {
    return fs::path(ABLE_FAULTY_PLUGIN_DIR) / mode / (mode + ".so");
}

// "sampler sample_leak: leaks" of each finding that failed.
std::vector<std::string> failures(const FileReport &report) {
    std::vector<std::string> out;
    for (const Finding &finding : report.findings) {
        if (finding.outcome == Outcome::failed) {
            out.push_back((finding.object.empty() ? "" : finding.object + ": ") + finding.check);
        }
    }
    return out;
}

const Finding &the_failure(const FileReport &report) {
    for (const Finding &finding : report.findings) {
        if (finding.outcome == Outcome::failed) {
            return finding;
        }
    }
    throw std::logic_error("nothing failed");
}

std::string text(const FileReport &report) {
    std::string all;
    for (const Finding &finding : report.findings) {
        if (finding.outcome != Outcome::passed) {
            all += finding.object + " " + finding.check + ": " + finding.detail + "\n";
        }
    }
    return all;
}

} // namespace

TEST_CASE("every sampler and schedule of the project passes all checks", "[validate]") {
    auto bundled = options();
    bundled.bundled = true;
    const FileReport report = validate_plugin(ABLE_PLUGIN_DIR "/samplers.so", bundled);
    INFO(text(report));
    CHECK(report.passed());
    CHECK(report.id == "able.samplers");
    CHECK(report.count(Outcome::skipped) == 0);
    std::map<std::string, std::set<std::string>> checks; // by object
    for (const Finding &finding : report.findings) {
        checks[finding.object].insert(finding.check);
    }
    CHECK(checks.at("") ==
          std::set<std::string>{"symbols", "load", "describe", "description", "unknown ids", "constants", "speed"});
    std::size_t samplers = 0, schedules = 0;
    for (const auto &[object, made] : checks) {
        CAPTURE(object);
        if (object.rfind("sampler ", 0) == 0) {
            CHECK(made == std::set<std::string>{"runs", "steps", "evaluations", "finite", "tensors", "leaks", "noise",
                                                "repeatable", "bounds", "range", "cancel", "failures"});
            ++samplers;
        } else if (!object.empty()) {
            CHECK(made == std::set<std::string>{"runs", "count", "falls", "zero", "repeatable", "capacity", "bounds",
                                                "range", "models"});
            ++schedules;
        }
    }
    CHECK(samplers == 33);
    CHECK(schedules == 13);
}

TEST_CASE("the example and the adapters pass", "[validate]") {
    CHECK(failures(validate_plugin(ABLE_FAULTY_PLUGIN_DIR "/../examples/example_midpoint.so", options())).empty());
    CHECK(failures(validate_plugin(ABLE_FAULTY_PLUGIN_DIR "/../examples/example_gains.so", options())).empty());
    auto bundled = options();
    bundled.bundled = true;
    const FileReport lora = validate_plugin(ABLE_PLUGIN_DIR "/lora.so", bundled);
    INFO(text(lora));
    CHECK(lora.passed());
}

TEST_CASE("the pipelines leave alone what is not theirs", "[validate]") {
    auto bundled = options();
    bundled.bundled = true;
    for (const char *file : {ABLE_PLUGIN_DIR "/sd15.so", ABLE_PLUGIN_DIR "/sdxl.so"}) {
        const FileReport report = validate_plugin(file, bundled);
        INFO(text(report));
        CHECK(report.passed());
    }
}

TEST_CASE("a faulty plugin fails the check that its fault is about, and no other", "[validate][faults]") {
    const std::map<std::string, std::string> expected{
        {"no_entry", "symbols"},
        {"two_symbols", "symbols"},
        {"scan_segv", "load"},
        {"scan_abort", "load"},
        {"scan_exit", "load"},
        {"scan_null", "load"},
        {"scan_wrong_version", "load"},
        {"scan_bad_text", "description"},
        {"scan_eager", "unknown ids"},
        {"scan_endless", "unknown ids"},
        {"scan_changing", "constants"},
        {"sample_segv", "sampler sample_segv: runs"},
        {"sample_abort", "sampler sample_abort: runs"},
        {"sample_exit", "sampler sample_exit: runs"},
        {"sample_fail", "sampler sample_fail: runs"},
        {"sample_no_one_step", "sampler sample_no_one_step: runs"},
        {"sample_skips_steps", "sampler sample_skips_steps: steps"},
        {"sample_no_evaluations", "sampler sample_no_evaluations: evaluations"},
        {"sample_nan", "sampler sample_nan: finite"},
        {"sample_releases_x", "sampler sample_releases_x: tensors"},
        {"sample_leak", "sampler sample_leak: leaks"},
        {"sample_unflagged_noise", "sampler sample_unflagged_noise: noise"},
        {"sample_chance", "sampler sample_chance: repeatable"},
        {"sample_bad_bounds", "sampler sample_bad_bounds: bounds"},
        {"sample_no_range", "describe"},
        {"sample_wide_range", "sampler sample_wide_range: range"},
        {"sample_stubborn", "sampler sample_stubborn: cancel"},
        {"sample_swallow", "sampler sample_swallow: failures"},
        {"schedule_mute", "schedule schedule_mute: runs"},
        {"schedule_short", "schedule schedule_short: count"},
        {"schedule_rises", "schedule schedule_rises: falls"},
        {"schedule_nan", "schedule schedule_nan: falls"},
        {"schedule_stops", "schedule schedule_stops: zero"},
        {"schedule_drifts", "schedule schedule_drifts: repeatable"},
        {"schedule_overruns", "schedule schedule_overruns: capacity"}};
    for (const auto &[mode, check] : expected) {
        const FileReport report = validate_plugin(fault(mode), options());
        INFO(mode << "\n" << text(report));
        CHECK(failures(report) == std::vector<std::string>{check});
        CHECK_FALSE(report.passed());
        CHECK_FALSE(the_failure(report).detail.empty());
        CHECK_FALSE(the_failure(report).advice.empty());
        CHECK_FALSE(the_failure(report).rule.empty());
    }
    CHECK(failures(validate_plugin(fault("faultless"), options())).empty());
}

TEST_CASE("how a plugin ended its process is told", "[validate][faults]") {
    using Catch::Contains;
    CHECK_THAT(the_failure(validate_plugin(fault("sample_segv"), options())).detail, Contains("SIGSEGV"));
    CHECK_THAT(the_failure(validate_plugin(fault("sample_exit"), options())).detail, Contains("exited with status 0"));
    CHECK_THAT(the_failure(validate_plugin(fault("sample_fail"), options())).detail,
               Contains("status -42") && Contains("this plugin fails on purpose"));
    CHECK_THAT(the_failure(validate_plugin(fault("scan_wrong_version"), options())).detail, Contains("1.99"));
    CHECK_THAT(the_failure(validate_plugin(fault("two_symbols"), options())).detail, Contains("not_a_door"));
}

TEST_CASE("a plugin that hangs is given up after the time limit", "[validate][faults]") {
    auto soon = options();
    soon.time_limit = std::chrono::seconds(5);
    const FileReport scan = validate_plugin(fault("scan_hang"), soon);
    CHECK(failures(scan) == std::vector<std::string>{"load"});
    CHECK_THAT(the_failure(scan).detail, Catch::Contains("within 5 s"));
    CHECK(failures(validate_plugin(fault("sample_hang"), soon)) ==
          std::vector<std::string>{"sampler sample_hang: runs"});
}

TEST_CASE("a plugin that is slow to describe itself fails for its speed", "[validate][faults]") {
    auto strict = options();
    strict.describe_limit = std::chrono::milliseconds(100); // it takes 200 on purpose
    CHECK(failures(validate_plugin(fault("scan_slow"), strict)) == std::vector<std::string>{"speed"});
}

TEST_CASE("only bundled plugins may have the project's ids", "[validate]") {
    const FileReport report = validate_plugin(ABLE_PLUGIN_DIR "/lora.so", options());
    CHECK(failures(report) == std::vector<std::string>{"description"});
    CHECK_THAT(the_failure(report).detail, Catch::Contains("'able.'"));
}

TEST_CASE("what is no library at all fails in words", "[validate]") {
    const FileReport report = validate_plugin(ABLE_SOURCE_DIR "/README.md", options());
    CHECK(failures(report) == std::vector<std::string>{"symbols"});
    CHECK_THAT(the_failure(report).detail, Catch::Contains("not a shared library"));
    CHECK(report.findings.size() == 1);
}

namespace {

able::base::Finished plugins_validate(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), {ABLE_EXECUTABLE, "plugins", "validate"});
    arguments.insert(arguments.end(), {"--describe-limit", "60000"});
    return able::base::run_child(arguments, {}, std::chrono::minutes(5));
}

std::string ended(const able::base::Finished &run) {
    return able::base::describe_exit(run.status);
}

} // namespace

TEST_CASE("plugins validate reports for people and for programs, by its exit status too", "[validate][command]") {
    const std::string good = fault("faultless").string(), bad = fault("sample_leak").string();
    const auto passed = plugins_validate({good});
    INFO(passed.out << passed.error);
    CHECK(ended(passed) == "exited with status 0");
    CHECK_THAT(passed.out, Catch::Contains("passed: ") && Catch::Contains("0 failed") &&
                               Catch::Contains("ok      sampler faultless: 12 checks"));

    const auto failed = plugins_validate({good, bad});
    CHECK(ended(failed) == "exited with status 1");
    CHECK_THAT(failed.out, Catch::Contains("FAILED  leaks") && Catch::Contains("-> release every tensor") &&
                               Catch::Contains("rule O3"));

    const auto json = plugins_validate({good, bad, "--json"});
    CHECK(ended(json) == "exited with status 1");
    const auto document = nlohmann::json::parse(json.out);
    CHECK(document.at("passed") == false);
    CHECK(document.at("plugins").at(0).at("passed") == true);
    CHECK(document.at("plugins").at(0).at("id") == "org.example.fault.faultless");
    std::size_t failures = 0;
    for (const auto &check : document.at("plugins").at(1).at("checks")) {
        failures += check.at("outcome") == "failed" ? 1 : 0;
    }
    CHECK(failures == 1);
}

TEST_CASE("plugins validate takes ids of plugins in use, and names what it does not know", "[validate][command]") {
    const auto by_id = plugins_validate({"able.lora"});
    INFO(by_id.out << by_id.error);
    CHECK(ended(by_id) == "exited with status 0");
    CHECK_THAT(by_id.out, Catch::Contains("lora.so") && Catch::Contains("adapter "));
    const auto unknown = plugins_validate({"org.example.nobody"});
    CHECK(ended(unknown) == "exited with status 2");
    CHECK_THAT(unknown.error, Catch::Contains("org.example.nobody") && Catch::Contains("able.lora"));
    CHECK(ended(plugins_validate({"/no/such/file.so"})) == "exited with status 2");
}

} // namespace validate_test
