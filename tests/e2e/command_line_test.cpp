// The command line, as a person or a script uses it.
#include "golden_pictures.h"
#include "server_process.h"

#include "host/base/subprocess.h"

#include <catch2/catch.hpp>

#include <csignal>
#include <cstdlib>
#include <fstream>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace command_line_test {

using namespace able::e2e;
using nlohmann::json;
namespace fs = std::filesystem;

namespace {

const fs::path model_folder = fs::path(ABLE_SOURCE_DIR) / "tests/golden/data/tiny-sd15";

struct Run {
    std::string out, error, end;
};

// Runs the program with a home of its own.
class CommandLine {
public:
    Run operator()(std::vector<std::string> arguments) const {
        auto all = environment();
        all.insert(all.end(), arguments.begin(), arguments.end());
        const auto done = able::base::run_child(all, {}, std::chrono::minutes(4));
        return {done.out, done.error, able::base::describe_exit(done.status)};
    }
    std::vector<std::string> environment() const {
        return {"/usr/bin/env",    "-u", "XDG_DATA_HOME", "-u", "XDG_CACHE_HOME", "-u",
                "XDG_CONFIG_HOME", "-u", "HF_HOME",       "-u", "HF_HUB_CACHE",   "HOME=" + folder_.path().string(),
                ABLE_EXECUTABLE};
    }
    fs::path folder() const { return folder_.path(); }

private:
    TemporaryFolder folder_;
};

bool contains(const std::string &text, const std::string &part) {
    return text.find(part) != std::string::npos;
}

std::vector<std::string> generate(const fs::path &output, std::vector<std::string> more = {}) {
    std::vector<std::string> out{"generate", "a red fox", "--model",  model_folder.string(), "--seed", "42",
                                 "--dtype",  "fp32",      "--output", output.string()};
    if (std::find(more.begin(), more.end(), "--steps") == more.end()) {
        out.insert(out.end(), {"--steps", "3"});
    }
    out.insert(out.end(), more.begin(), more.end());
    return out;
}

} // namespace

TEST_CASE("generate makes an image without a server, and the server makes the same one") {
    const CommandLine run;
    const auto file = run.folder() / "fox.png";
    const auto done = run(generate(file));
    INFO(done.out << done.error);
    REQUIRE(done.end == "exited with status 0");
    CHECK(contains(done.out, file.string()));
    CHECK(contains(done.out, "seed 42"));
    // Piped, progress is plain lines.
    CHECK(contains(done.error, "3/3"));
    CHECK_FALSE(contains(done.error, "\r"));

    const Server server;
    const auto job = server.generate({{"prompt", "a red fox"}, {"model", "tiny-sd15"}, {"steps", 3}, {"seed", 42}});
    CHECK(pixels_of(server.image(job)) == pixels_of(read_file(file)));
}

TEST_CASE("generate prints JSON for programs") {
    const CommandLine run;
    const auto done = run(generate(run.folder() / "fox.png", {"--json", "--batch-size", "2"}));
    INFO(done.error);
    REQUIRE(done.end == "exited with status 0");
    const auto images = json::parse(done.out).at("images");
    REQUIRE(images.size() == 2);
    CHECK(images.at(1).at("seed") == 43);
    CHECK(fs::exists(images.at(1).at("path").get<std::string>()));
}

TEST_CASE("a stochastic sampler's picture does not depend on the number of threads") {
    const CommandLine run;
    for (const std::string sampler : {"euler_a", "dpmpp_2m_sde"}) {
        std::vector<std::vector<std::uint8_t>> pictures;
        for (const std::string threads : {"1", "2"}) {
            const auto file = run.folder() / (sampler + threads + ".png");
            const auto done = run(generate(file, {"--sampler", sampler, "--threads", threads}));
            INFO(done.error);
            REQUIRE(done.end == "exited with status 0");
            pictures.push_back(pixels_of(read_file(file)));
        }
        // Sums may come in another order, and differ in their last digits; other noise would be another picture.
        REQUIRE(pictures[0].size() == pictures[1].size());
        std::size_t off = 0;
        for (std::size_t i = 0; i < pictures[0].size(); ++i) {
            off += std::abs(int{pictures[0][i]} - int{pictures[1][i]}) > 1 ? 1 : 0;
        }
        CHECK(off * 1000 <= pictures[0].size());
    }
}

TEST_CASE("wrong usage and bad values exit with 2 and say what is wrong") {
    const CommandLine run;
    const std::vector<std::pair<std::vector<std::string>, std::string>> cases{
        {{"generate"}, "rompt"},
        {{"generate", "a", "--width", "65", "--model", model_folder.string()}, "width"},
        {{"generate", "a", "--sampler", "unheard", "--model", model_folder.string()}, "euler_a"},
        {{"generate", "a", "--model", "no-such-model"}, "no-such-model"},
        {{"no-such-command"}, "no-such-command"},
        {{"generate", "a", "--no-such-flag"}, "no-such-flag"},
        {{"serve", "--config", "/no/such/file"}, "/no/such/file"}};
    for (const auto &[arguments, message] : cases) {
        const auto done = run(arguments);
        INFO(arguments.back() << ": " << done.out << done.error);
        CHECK(done.end == "exited with status 2");
        CHECK(contains(done.error + done.out, message));
    }
}

TEST_CASE("a configuration file's mistake is shown with its line") {
    const CommandLine run;
    std::ofstream(run.folder() / "bad.yaml") << "server:\n  port: 8080\n  prot: 1\n";
    const auto done = run({"serve", "--config", (run.folder() / "bad.yaml").string()});
    CHECK(done.end == "exited with status 2");
    CHECK(contains(done.error, "bad.yaml:3"));
    CHECK(contains(done.error, "prot"));
}

TEST_CASE("a model that is damaged fails the job with exit status 3 or 2, naming the file") {
    const CommandLine run;
    const auto broken = run.folder() / "broken";
    fs::copy(model_folder, broken, fs::copy_options::recursive);
    fs::resize_file(broken / "unet/diffusion_pytorch_model.safetensors", 1000);
    const auto done = run({"generate", "a", "--model", broken.string()});
    INFO(done.error);
    CHECK((done.end == "exited with status 2" || done.end == "exited with status 3"));
    CHECK(contains(done.error, "diffusion_pytorch_model.safetensors"));
}

TEST_CASE("models, samplers, schedules and plugins are listed, for people and as JSON") {
    const CommandLine run;
    fs::create_directories(run.folder() / "models");
    fs::copy(model_folder, run.folder() / "models/tiny", fs::copy_options::recursive);
    const auto models = run({"models", "--json", "--models-dir", (run.folder() / "models").string()});
    INFO(models.out << models.error);
    CHECK(contains(models.out, "\"tiny\""));
    CHECK(json::parse(models.out).is_structured());
    CHECK(contains(run({"samplers"}).out, "dpmpp_2m"));
    CHECK(contains(run({"schedules"}).out, "karras"));
    const auto plugins = run({"plugins"});
    CHECK(contains(plugins.out, "able.sd15"));
    CHECK(contains(plugins.out, "active"));
    CHECK(plugins.end == "exited with status 0");
    CHECK(json::parse(run({"plugins", "--json"}).out).is_structured());
}

TEST_CASE("the flag --help is everywhere and documents the exit codes") {
    const CommandLine run;
    for (const char *command : {"serve", "generate", "models", "samplers", "plugins", "config"}) {
        const auto done = run({command, "--help"});
        CAPTURE(command);
        CHECK(done.end == "exited with status 0");
        CHECK(contains(done.out, "Exit status") == true);
    }
    CHECK(contains(run({"--help"}).out, "generate"));
}

TEST_CASE("Ctrl-C ends a run with 130 and leaves no half image and no process") {
    const CommandLine run;
    const auto plugins = run.folder() / "plugins";
    fs::create_directories(plugins);
    add_plugin(plugins, "slow");
    auto arguments = run.environment();
    for (const auto &argument : generate(run.folder() / "fox.png",
                                         {"--sampler", "slow", "--steps", "150", "--plugin-dir", plugins.string()})) {
        arguments.push_back(argument);
    }
    auto out = able::base::make_pipe();
    const pid_t pid = able::base::spawn(arguments, {-1, -1, out.write.get(), -1});
    out.write.reset();
    std::string text;
    char c = 0;
    while (!contains(text, "2/150") && read(out.read.get(), &c, 1) == 1) {
        text += c;
    }
    INFO(text);
    REQUIRE(contains(text, "2/150"));
    REQUIRE(kill(pid, SIGINT) == 0);
    int status = 0;
    REQUIRE(waitpid(pid, &status, 0) == pid);
    CHECK(able::base::describe_exit(status) == "exited with status 130");
    CHECK_FALSE(fs::exists(run.folder() / "fox.png"));
}

} // namespace command_line_test
