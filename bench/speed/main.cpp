// Measures a model in this program's own plugins, and if asked for in other programs, in one run: a Markdown table.
//
//   build/bench/bin/bench_speed MODEL --size 512x512 --size 256x256 --dtype bf16 [--json FILE] [--diffusers PYTHON]
#include "report.h"
#include "worker_settings.h"

#include "host/config/logging.h"

#include <CLI/CLI.hpp>

#include <array>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <memory>

using namespace able::bench;

namespace {

Size parse_size(const std::string &text) {
    Size size;
    char rest = 0;
    if (std::sscanf(text.c_str(), "%ux%u%c", &size.width, &size.height, &rest) != 2 || size.width == 0 ||
        size.height == 0) {
        throw CLI::ValidationError("--size", "\"" + text + "\" is no size such as 512x512");
    }
    return size;
}

std::string shell_quoted(const std::string &text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out + "'";
}

// The last line that the command prints, as JSON.
nlohmann::json ask(const std::string &command) {
    const auto close = [](std::FILE *file) {
        pclose(file);
    };
    const std::unique_ptr<std::FILE, decltype(close)> pipe(popen(command.c_str(), "r"), close);
    std::string text, last;
    std::array<char, 4096> part{};
    while (pipe && std::fgets(part.data(), part.size(), pipe.get()) != nullptr) {
        text += part.data();
    }
    const auto end = text.find_last_not_of('\n');
    if (end != std::string::npos) {
        last = text.substr(0, end + 1);
        last = last.substr(last.rfind('\n') + 1);
    }
    const auto answer = nlohmann::json::parse(last, nullptr, false);
    if (!answer.is_object()) {
        throw std::runtime_error("the peer printed no result: " + command);
    }
    return answer;
}

} // namespace

int main(int argc, char **argv) {
    able::bench::take_worker_settings(argv);
    CLI::App app("Measures how fast a model works, beside how fast this machine multiplies.");
    Wanted wanted;
    wanted.program = ABLE_EXECUTABLE;
    wanted.dtype = "auto";
    std::vector<std::string> sizes{"512x512"};
    std::string json_file, python;
    app.add_option("model", wanted.model, "A model's file or folder")->required()->check(CLI::ExistingPath);
    app.add_option("--size", sizes, "WIDTHxHEIGHT in pixels; may be given several times");
    app.add_option("--steps", wanted.steps, "Steps that are timed")->check(CLI::Range(1, 1000));
    app.add_option("--dtype", wanted.dtype, "fp32, bf16, fp16 or auto");
    app.add_option("--threads", wanted.threads, "Processor threads; 0: one a core");
    app.add_option("--deep-cache", wanted.branch,
                   "Time a step that takes deep features from an earlier one too, cut at this branch");
    app.add_option("--json", json_file, "Write what was measured to this file as well");
    app.add_option("--diffusers", python, "A Python that has diffusers, to do the same; MODEL must be a folder");
    try {
        app.parse(argc, argv);
        for (const std::string &size : sizes) {
            wanted.sizes.push_back(parse_size(size));
        }
    } catch (const CLI::ParseError &error) {
        return app.exit(error);
    }
    try {
        able::config::Logging logging;
        logging.level = "error";
        able::config::set_up_logging(logging);
        const Report report = measure(wanted);
        std::vector<nlohmann::json> peers;
        if (!python.empty()) {
            std::string command = shell_quoted(python) + " " +
                                  shell_quoted(ABLE_SOURCE_DIR "/bench/speed/peer_diffusers.py") + " " +
                                  shell_quoted(wanted.model.string()) + " --dtype " + shell_quoted(report.dtype) +
                                  " --device " + shell_quoted(report.device) + " --steps " +
                                  std::to_string(wanted.steps) + " --threads " + std::to_string(report.threads);
            for (const std::string &size : sizes) {
                command += " --size " + shell_quoted(size);
            }
            peers.push_back(ask(command));
        }
        print_table(std::cout, report, peers);
        if (!json_file.empty()) {
            std::ofstream out(json_file);
            out << to_json(report, peers).dump(2) << '\n';
            if (!out.flush()) {
                throw std::runtime_error("cannot write " + json_file);
            }
        }
        return 0;
    } catch (const std::exception &error) {
        std::cerr << "bench_speed: " << error.what() << '\n';
        return 1;
    }
}
