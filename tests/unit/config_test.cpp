#include "host/base/nearest.h"
#include "host/config/changes.h"
#include "host/config/keys.h"
#include "host/config/load.h"
#include "host/config/logging.h"
#include "host/config/model_places.h"
#include "host/config/render.h"
#include "host/config/values.h"

#include <catch2/catch.hpp>

#include <spdlog/spdlog.h>

#include <cstdlib>
#include <fstream>
#include <sstream>

namespace config_test {

using namespace able::config;
namespace fs = std::filesystem;

namespace {

// A folder to be the working directory, the home and /etc at once; removed at the end.
class Folder {
public:
    Folder() {
        std::string pattern = (fs::temp_directory_path() / "able-config-XXXXXX").string();
        REQUIRE(mkdtemp(pattern.data()) != nullptr);
        path_ = pattern;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder &) = delete;
    Folder &operator=(const Folder &) = delete;

    fs::path write(const fs::path &name, const std::string &text) const {
        fs::create_directories((path_ / name).parent_path());
        std::ofstream(path_ / name) << text;
        return path_ / name;
    }
    LoadOptions options() const {
        LoadOptions options;
        options.environment = {{"HOME", (path_ / "home").string()}};
        options.working_dir = path_;
        options.system_dir = path_ / "etc";
        return options;
    }
    const fs::path &path() const { return path_; }

private:
    fs::path path_;
};

std::string read(const fs::path &file) {
    std::ifstream stream(file);
    std::ostringstream text;
    text << stream.rdbuf();
    return text.str();
}

Loaded load_text(const std::string &text) {
    const Folder folder;
    LoadOptions options = folder.options();
    options.file = folder.write("given.yaml", text);
    return load(options);
}

std::string problems(const std::string &text) {
    try {
        load_text(text);
    } catch (const ConfigError &error) {
        return error.what();
    }
    return {};
}

// The default file with every key uncommented. Keys are "  #key: value"; prose is "  # text".
std::string uncommented(const std::string &text) {
    std::string result;
    std::istringstream lines(text);
    for (std::string line; std::getline(lines, line);) {
        if (line.starts_with("  #") && line.size() > 3 && line[3] != ' ') {
            line.erase(2, 1);
        }
        result += line + "\n";
    }
    return result;
}

void require_same(const Config &a, const Config &b) {
    for (const Key &key : keys()) {
        INFO(key.name);
        CHECK(to_yaml(key, a) == to_yaml(key, b));
    }
}

} // namespace

TEST_CASE("the shipped default file is the generated one", "[config]") {
    CHECK(read(fs::path(ABLE_SOURCE_DIR) / "host/config/config.default.yaml") == default_file());
}

TEST_CASE("the reference in the documentation is the generated one", "[config]") {
    CHECK(read(fs::path(ABLE_SOURCE_DIR) / "docs/configuration.md").find(reference()) != std::string::npos);
}

TEST_CASE("the default file gives the defaults, commented out or not", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    const Config expected = load(options).config;
    options.file = folder.write("given.yaml", default_file());
    require_same(load(options).config, expected);
    const std::string active = uncommented(default_file());
    REQUIRE(active.find("\n  port: 8080\n") != std::string::npos);
    options.file = folder.write("given.yaml", active);
    const Loaded loaded = load(options);
    require_same(loaded.config, expected);
    for (const Key &key : keys()) {
        INFO(key.name);
        CHECK(loaded.origins.at(std::string(key.name)).find("given.yaml:") != std::string::npos);
    }
}

TEST_CASE("every key of the file reaches the configuration", "[config]") {
    const Config config = load_text(R"(
server: {host: 0.0.0.0, port: 9000, read_timeout: 1.5, write_timeout: 2, enable_cors: true, allowed_hosts: [a.example],
         api_tokens: [0123456789abcdef], max_body_size: 1M, max_event_streams: 3}
storage: {output_dir: /o, models_dir: /m, temp_dir: /t}
models: {default: org/name, hub_cache: /h, extra_folders: [/e, /f], lora_folders: [/l]}
queue: {max_concurrent: 2, max_queue_size: 5, timeout: 0, store: /s/jobs}
inference: {device: "cuda:1", dtype: bf16, threads: 4, max_batch_size: 2, max_resolution: 512}
plugins: {paths: [/p], deny: [org.example.bad], describe_timeout: 3}
logging: {level: debug, file: /log, max_size: 100k, max_backups: 0}
)")
                              .config;
    CHECK(config.server.host == "0.0.0.0");
    CHECK(config.server.port == 9000);
    CHECK(config.server.read_timeout == 1.5);
    CHECK(config.server.write_timeout == 2);
    CHECK(config.server.enable_cors);
    CHECK(config.server.allowed_hosts == std::vector<std::string>{"a.example"});
    CHECK(config.server.api_tokens == std::vector<std::string>{"0123456789abcdef"});
    CHECK(config.server.max_body_size == 1U << 20);
    CHECK(config.server.max_event_streams == 3);
    CHECK(config.storage.output_dir == "/o");
    CHECK(config.storage.models_dir == "/m");
    CHECK(config.storage.temp_dir == "/t");
    CHECK(config.models.default_model == "org/name");
    CHECK(config.models.hub_cache == "/h");
    CHECK(config.models.extra_folders == std::vector<fs::path>{"/e", "/f"});
    CHECK(config.models.lora_folders == std::vector<fs::path>{"/l"});
    CHECK(config.queue.max_concurrent == 2);
    CHECK(config.queue.max_queue_size == 5);
    CHECK(config.queue.timeout == 0);
    CHECK(config.queue.store == "/s/jobs");
    CHECK(config.inference.device == "cuda:1");
    CHECK(config.inference.dtype == "bf16");
    CHECK(config.inference.threads == 4);
    CHECK(config.inference.max_batch_size == 2);
    CHECK(config.inference.max_resolution == 512);
    CHECK(config.plugins.paths == std::vector<fs::path>{"/p"});
    CHECK(config.plugins.deny == std::vector<std::string>{"org.example.bad"});
    CHECK(config.plugins.describe_timeout == 3);
    CHECK(config.logging.level == "debug");
    CHECK(config.logging.file == "/log");
    CHECK(config.logging.max_size == 100 * 1024);
    CHECK(config.logging.max_backups == 0);
}

TEST_CASE("what is wrong in the file is named with its place and what is allowed", "[config]") {
    struct Case {
        const char *text;
        std::vector<const char *> said;
    };
    const std::vector<Case> cases = {
        {"server:\n  prot: 1\n", {"given.yaml:2:3: there is no key server.prot", "did you mean port?"}},
        {"server:\n  zzzzzzzz: 1\n", {"there is no key server.zzzzzzzz; there are host, port, "}},
        {"sevrer:\n  port: 1\n", {"given.yaml:1:1: there is no section \"sevrer\"; did you mean server?"}},
        {"port: 1\n", {"there is no section \"port\""}},
        {"server:\n  port: 70000\n", {"given.yaml:2:9: server.port: \"70000\"", "a whole number from 0 to 65535"}},
        {"server:\n  port: -1\n", {"server.port", "from 0 to 65535"}},
        {"server:\n  port: 18446744073709551616\n", {"server.port", "from 0 to 65535"}},
        {"server:\n  port: 80.5\n", {"server.port", "a whole number"}},
        {"server:\n  port: \"80\"\n", {"server.port is text in quotes", "without quotes"}},
        {"server:\n  port: [80]\n", {"server.port takes one value"}},
        {"server:\n  port:\n", {"given.yaml:2:3: server.port has no value"}},
        {"server:\n  enable_cors: yes\n", {"server.enable_cors", "true or false"}},
        {"server:\n  read_timeout: nan\n", {"server.read_timeout", "seconds from 0.1 to 3600"}},
        {"server:\n  read_timeout: 1e9\n", {"server.read_timeout"}},
        {"server:\n  host: \"\"\n", {"server.host"}},
        {"server:\n  host: a b\n", {"server.host"}},
        {"server:\n  allowed_hosts: a.example\n", {"server.allowed_hosts takes a list of host names"}},
        {"server:\n  allowed_hosts: [[a]]\n", {"server.allowed_hosts takes a list"}},
        {"server:\n  max_body_size: 1T\n", {"server.max_body_size", "k, M and G"}},
        {"server:\n  max_body_size: 99999999999999999999G\n", {"server.max_body_size"}},
        {"server:\n  max_body_size: 18014398509481984k\n", {"server.max_body_size"}},
        {"server:\n  port: 1\n  port: 2\n", {"given.yaml:3:3: server.port is here twice"}},
        {"server:\n  port: 1\nserver:\n  host: h\n", {"given.yaml:3:1: the section server is here twice"}},
        {"inference:\n  device: gpu\n", {"inference.device", "auto, cpu, cuda:N or mps"}},
        {"inference:\n  device: cuda:x\n", {"inference.device"}},
        {"inference:\n  dtype: int8\n", {"inference.dtype", "auto, fp32, fp16 or bf16"}},
        {"logging:\n  level: loud\n", {"logging.level", "trace, debug, info, warning, error or off"}},
        {"models:\n  auto_download: true\n", {"models.auto_download is not supported", "remove the line"}},
        {"plugins:\n  paths: [\"\"]\n", {"plugins.paths"}},
        {"storage:\n  output_dir: ~root/x\n", {"given.yaml:2:15: storage.output_dir", "only ~/ is understood"}},
        {"- server\n", {"must hold sections"}},
        {"server: 5\n", {"server must hold keys"}},
        {"server: {port: 1\n", {"given.yaml:2:1: is not valid YAML"}},
        {"server:\n\tport: 1\n", {"is not valid YAML"}},
        {"server:\n  <<: {port: 1}\n", {"there is no key server.<<"}},
        {"server:\n  ? [a]\n  : 1\n", {"there is no key server.?"}},
        {"---\nserver:\n---\nserver:\n", {"a second document begins here"}},
    };
    for (const Case &c : cases) {
        INFO(c.text);
        const std::string said = problems(c.text);
        CAPTURE(said);
        for (const char *part : c.said) {
            CHECK(said.find(part) != std::string::npos);
        }
    }
}

TEST_CASE("all problems are told at once", "[config]") {
    const std::string said = problems("server:\n  prot: 1\n  port: x\nlogging:\n  level: loud\n");
    CHECK(said.find("server.prot") != std::string::npos);
    CHECK(said.find("server.port") != std::string::npos);
    CHECK(said.find("logging.level") != std::string::npos);
}

TEST_CASE("a refused token is not repeated", "[config]") {
    const std::string said = problems("server:\n  api_tokens: [hunter2]\n");
    CHECK(said.find("server.api_tokens") != std::string::npos);
    CHECK(said.find("hunter2") == std::string::npos);
}

TEST_CASE("empty files and empty sections are fine", "[config]") {
    for (const char *text : {"", "# nothing\n", "server:\nlogging:\n", "{}\n"}) {
        INFO(text);
        CHECK(load_text(text).config.server.port == 8080);
    }
}

TEST_CASE("a configuration file is read as people save it, or refused with its line", "[config]") {
    const std::string text = "server:\r\n  port: 9001\r\n";
    const auto utf16 = [&](bool big) {
        std::string out = big ? "\xfe\xff" : "\xff\xfe";
        for (const char c : text) {
            out += big ? std::string{'\0', c} : std::string{c, '\0'};
        }
        return out;
    };
    for (const std::string &saved : {text, "\xef\xbb\xbf" + text, utf16(false), utf16(true)}) {
        CHECK(load_text(saved).config.server.port == 9001);
    }
    CHECK_THAT(problems("server:\n  port: 9001\nstorage:\n  models_dir: /M\xfcll\n"),
               Catch::Contains("given.yaml, line 4: the byte 0xFC is not UTF-8"));
}

TEST_CASE("models.layout says where the kinds of files lie", "[config]") {
    using Paths = std::vector<fs::path>;
    const auto places = [](const std::string &layout) {
        return model_places(load_text("storage: {models_dir: /sd}\nmodels: {" + layout + "}\n").config);
    };
    CHECK(places("").models == Paths{"/sd"});
    CHECK(places("").loras == Paths{"/sd/loras"});
    CHECK(places("").embeddings == Paths{"/sd/embeddings"});
    CHECK(places("layout: a1111").models == Paths{"/sd/models/Stable-diffusion", "/sd/models/VAE"});
    CHECK(places("layout: a1111").loras == Paths{"/sd/models/Lora", "/sd/models/LyCORIS"});
    CHECK(places("layout: a1111").embeddings == Paths{"/sd/embeddings"});
    CHECK(places("layout: comfyui").models ==
          Paths{"/sd/models/checkpoints", "/sd/models/diffusers", "/sd/models/vae"});
    CHECK(places("layout: comfyui").loras == Paths{"/sd/models/loras"});
    CHECK(places("layout: comfyui").embeddings == Paths{"/sd/models/embeddings"});
    CHECK_THAT(problems("models: {layout: A1111}"),
               Catch::Contains("models.layout") && Catch::Contains("ablerefusal, a1111 or comfyui"));
    CHECK(load_text("").config.storage.models_dir_by_default);
    CHECK_FALSE(load_text("storage: {models_dir: /sd}").config.storage.models_dir_by_default);
}

TEST_CASE("the environment overrides the file and flags override both", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    folder.write("config.yaml", "server:\n  port: 1\n  host: localhost\n  read_timeout: 5\n");
    options.environment["ABLEREFUSAL_SERVER_PORT"] = "2";
    options.environment["ABLEREFUSAL_SERVER_HOST"] = "127.0.0.2";
    options.overrides.push_back({"server.port", {"3"}, "--port"});
    const Loaded loaded = load(options);
    CHECK(loaded.config.server.port == 3);
    CHECK(loaded.config.server.host == "127.0.0.2");
    CHECK(loaded.config.server.read_timeout == 5);
    CHECK(loaded.origins.at("server.port") == "--port");
    CHECK(loaded.origins.at("server.host") == "ABLEREFUSAL_SERVER_HOST");
    CHECK(loaded.origins.at("server.read_timeout") == (folder.path() / "config.yaml").string() + ":4:17");
    CHECK(loaded.origins.at("server.write_timeout") == "default");
}

TEST_CASE("lists come from the environment and from repeated flags", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    options.environment["ABLEREFUSAL_PLUGINS_PATHS"] = "/a:/b";
    options.environment["ABLEREFUSAL_SERVER_ALLOWED_HOSTS"] = "one.example, two.example";
    options.overrides.push_back({"plugins.paths", {"/c", "d"}, "--plugin-dir", true});
    const Loaded loaded = load(options);
    CHECK(loaded.config.plugins.paths == std::vector<fs::path>{"/c", folder.path() / "d", "/a", "/b"});
    CHECK(loaded.config.server.allowed_hosts == std::vector<std::string>{"one.example", "two.example"});
    CHECK(loaded.origins.at("plugins.paths") == "--plugin-dir, ABLEREFUSAL_PLUGINS_PATHS");
}

TEST_CASE("bad values of the environment and of flags are named by variable and flag", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    options.environment["ABLEREFUSAL_SERVER_PORT"] = "x";
    options.overrides.push_back({"logging.level", {"loud"}, "--log-level"});
    options.overrides.push_back({"server.prot", {"1"}, "--set"});
    try {
        load(options);
        FAIL("accepted");
    } catch (const ConfigError &error) {
        const std::string said = error.what();
        CHECK(said.find("ABLEREFUSAL_SERVER_PORT: server.port: \"x\"") != std::string::npos);
        CHECK(said.find("--log-level: logging.level: \"loud\"") != std::string::npos);
        CHECK(said.find("--set: there is no key server.prot; did you mean server.port?") != std::string::npos);
    }
}

TEST_CASE("a misspelt variable is a warning, since platforms make variables of their own", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    options.environment["ABLEREFUSAL_SERVER_PROT"] = "1";
    options.environment["ABLEREFUSAL_PLUGIN_PATH"] = "/p";
    options.environment["ABLEREFUSAL_ISA"] = "avx2";
    const Loaded loaded = load(options);
    REQUIRE(loaded.warnings.size() == 1);
    CHECK(loaded.warnings[0].find("ABLEREFUSAL_SERVER_PROT") != std::string::npos);
    CHECK(loaded.warnings[0].find("did you mean ABLEREFUSAL_SERVER_PORT?") != std::string::npos);
}

TEST_CASE("the file is looked for in the working folder, then the user's, then the system's", "[config]") {
    const Folder folder;
    const LoadOptions options = folder.options();
    CHECK_FALSE(load(options).file);
    folder.write("etc/config.yaml", "server: {port: 3}\n");
    CHECK(load(options).config.server.port == 3);
    folder.write("home/.config/ablerefusal/config.yaml", "server: {port: 2}\n");
    CHECK(load(options).config.server.port == 2);
    folder.write("config.yaml", "server: {port: 1}\n");
    CHECK(load(options).config.server.port == 1);
    LoadOptions moved = folder.options();
    moved.environment["XDG_CONFIG_HOME"] = (folder.path() / "xdg").string();
    moved.working_dir = folder.path() / "home";
    folder.write("xdg/ablerefusal/config.yaml", "server: {port: 4}\n");
    CHECK(load(moved).config.server.port == 4);
}

TEST_CASE("what was changed at run time is read after the file, and before the environment and flags", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    folder.write("config.yaml", "queue: {timeout: 1, max_queue_size: 1}\ninference: {threads: 1}\n");
    const auto changes = folder.write("config.changed.yaml", "queue: {timeout: 2, max_queue_size: 2}\n");
    options.environment["ABLEREFUSAL_QUEUE_MAX_QUEUE_SIZE"] = "3";
    const Loaded loaded = load(options);
    CHECK(loaded.changes_file == changes);
    CHECK(loaded.config.queue.timeout == 2);
    CHECK(loaded.config.queue.max_queue_size == 3);
    CHECK(loaded.config.inference.threads == 1);
    CHECK(loaded.origins.at("queue.timeout").find("config.changed.yaml:1:") != std::string::npos);
    CHECK(loaded.changed == std::set<std::string>{"queue.timeout", "queue.max_queue_size"});
    CHECK(loaded.overridden == std::set<std::string>{"queue.max_queue_size"});
    CHECK(loaded.configured.queue.timeout == 1);
    CHECK(loaded.configured.queue.max_queue_size == 3);
    CHECK(loaded.configured_origins.at("queue.timeout").find("config.yaml:1:") != std::string::npos);
    CHECK_THAT(show(loaded), Catch::Contains("# changed at run time: " + changes.string()));

    // What is written is read back as the same, and nothing else is in it.
    const std::string text = changes_text(loaded);
    folder.write("config.changed.yaml", text);
    require_same(load(options).config, loaded.config);
    CHECK(text.find("threads") == std::string::npos);

    folder.write("config.changed.yaml", "queue: {tiemout: 2}\n");
    CHECK_THROWS_WITH(load(options), Catch::Contains("config.changed.yaml:1:") && Catch::Contains("if you delete it"));
}

TEST_CASE("changes lie beside the file, or without one in the user's folder", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    CHECK(load(options).changes_file == folder.path() / "home/.config/ablerefusal/config.changed.yaml");
    options.file = folder.write("etc/mine.yml", "");
    CHECK(load(options).changes_file == folder.path() / "etc/mine.changed.yml");
}

TEST_CASE("a file that was asked for must be there and be a file", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    options.file = folder.path() / "missing.yaml";
    CHECK_THROWS_WITH(load(options), Catch::Contains("missing.yaml") && Catch::Contains("no such file"));
    options.file = folder.path();
    CHECK_THROWS_WITH(load(options), Catch::Contains("is not a file"));
    options.file = folder.write("large.yaml", std::string((1 << 20) + 1, '#'));
    CHECK_THROWS_WITH(load(options), Catch::Contains("larger than 1 MiB"));
}

TEST_CASE("folders follow the XDG variables and the hub's", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    const fs::path home = folder.path() / "home";
    Config config = load(options).config;
    CHECK(config.storage.output_dir == home / ".local/share/ablerefusal/outputs");
    CHECK(config.storage.models_dir == home / ".local/share/ablerefusal/models");
    CHECK(config.storage.temp_dir == home / ".cache/ablerefusal");
    CHECK(config.models.hub_cache == home / ".cache/huggingface/hub");
    CHECK(config.queue.store == home / ".local/share/ablerefusal/outputs/jobs.sqlite");
    options.environment["XDG_DATA_HOME"] = "/data";
    options.environment["XDG_CACHE_HOME"] = "relative is ignored";
    options.environment["HF_HOME"] = "~/hf";
    config = load(options).config;
    CHECK(config.storage.output_dir == "/data/ablerefusal/outputs");
    CHECK(config.storage.temp_dir == home / ".cache/ablerefusal");
    CHECK(config.models.hub_cache == home / "hf/hub");
    options.environment["HF_HUB_CACHE"] = "/hub";
    CHECK(load(options).config.models.hub_cache == "/hub");
}

TEST_CASE("paths may begin with ~ and are otherwise relative to the working folder", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    folder.write("config.yaml", "storage: {models_dir: ~/m, output_dir: out/../o}\nplugins: {paths: [p]}\n");
    const Config config = load(options).config;
    CHECK(config.storage.models_dir == folder.path() / "home/m");
    CHECK(config.storage.output_dir == folder.path() / "o");
    CHECK(config.queue.store == folder.path() / "o/jobs.sqlite");
    CHECK(config.plugins.paths == std::vector<fs::path>{folder.path() / "p"});
}

TEST_CASE("what is shown names each origin, hides tokens, and reads back as the same", "[config]") {
    const Folder folder;
    LoadOptions options = folder.options();
    folder.write("config.yaml",
                 "server:\n  port: 7\n  api_tokens: [0123456789abcdef]\nstorage:\n  models_dir: \"/a \\\"b\\\" #c\"\n");
    const Loaded loaded = load(options);
    const std::string shown = show(loaded);
    CHECK(shown.find("config.yaml:2:9") != std::string::npos);
    CHECK(shown.find("1 set, not shown") != std::string::npos);
    CHECK(shown.find("0123456789abcdef") == std::string::npos);
    LoadOptions again = folder.options();
    again.file = folder.write("shown.yaml", shown);
    Config expected = loaded.config;
    expected.server.api_tokens.clear();
    require_same(load(again).config, expected);
}

TEST_CASE("every default is within its own range", "[config]") {
    const Config defaults;
    for (const Key &key : keys()) {
        INFO(key.name);
        CHECK(key.help.ends_with('.'));
        if (!is_list(key) && key.otherwise.empty()) {
            const std::string text = to_yaml(key, defaults);
            Config config;
            CHECK_NOTHROW(set_value(key, config, text == "\"\"" ? "" : text));
        }
    }
}

TEST_CASE("nearest finds a misspelt word and leaves a different one alone", "[config]") {
    const std::vector<std::string> words = {"euler", "euler_a", "heun"};
    CHECK(able::base::nearest("eulr", words) == "euler");
    CHECK(able::base::nearest("euelr_a", words) == "euler_a");
    CHECK(able::base::nearest("dpmpp_2m", words).empty());
    CHECK(able::base::nearest(std::string(100000, 'e'), words).empty());
}

TEST_CASE("an event is one line of the log whatever is in it", "[config]") {
    const auto previous = spdlog::default_logger();
    const Folder folder;
    Logging logging;
    logging.file = folder.path() / "logs/able.log";
    set_up_logging(logging);
    spdlog::info("event=test value={}", "a\nlevel=error forged\x1b[2J");
    spdlog::debug("event=hidden");
    spdlog::set_default_logger(previous);
    const std::string text = read(logging.file);
    CHECK(std::count(text.begin(), text.end(), '\n') == 1);
    CHECK(text.find("level=info event=test value=a\\x0alevel=error forged\\x1b[2J\n") != std::string::npos);
    CHECK(text.starts_with("time="));
}

TEST_CASE("a log file that cannot be written is an error that names the key", "[config]") {
    const Folder folder;
    Logging logging;
    logging.file = folder.write("file", "") / "able.log";
    CHECK_THROWS_WITH(set_up_logging(logging), Catch::Contains("logging.file"));
}

TEST_CASE("values of log pairs are quoted where they need it", "[config]") {
    CHECK(log_value("plain-word/1.5") == "plain-word/1.5");
    CHECK(log_value("") == "\"\"");
    CHECK(log_value("two words") == "\"two words\"");
    CHECK(log_value("a=\"b\"\n") == "\"a=\\\"b\\\"\\x0a\"");
}

} // namespace config_test
