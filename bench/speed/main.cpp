// Measures a model in this program's own plugins, and if asked for over REST and in other programs, in one run: a
// Markdown table.
//
//   build/bench/bin/bench_speed MODEL --size 512x512 --size 256x256 --dtype bf16 [--json FILE] [--rest STEPS]
//       [--diffusers PYTHON] [--sd-cli PROGRAM]
#include "programs.h"
#include "report.h"
#include "worker_settings.h"

#include "host/config/logging.h"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <fstream>
#include <iostream>

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

} // namespace

int main(int argc, char **argv) {
    able::bench::take_worker_settings(argv);
    CLI::App app("Measures how fast a model works, beside how fast this machine multiplies.");
    Wanted wanted;
    wanted.program = ABLE_EXECUTABLE;
    wanted.dtype = "auto";
    std::vector<std::string> sizes{"512x512"};
    std::string json_file;
    Peers peers;
    std::uint32_t picture_steps = 0;
    app.add_option("model", wanted.model, "A model's file or folder")->required()->check(CLI::ExistingPath);
    app.add_option("--size", sizes, "WIDTHxHEIGHT in pixels; may be given several times");
    app.add_option("--steps", wanted.steps, "Steps that are timed")->check(CLI::Range(1, 1000));
    app.add_option("--dtype", wanted.dtype, "fp32, bf16, fp16 or auto");
    app.add_option("--threads", wanted.threads, "Processor threads; 0: one a core");
    app.add_option("--deep-cache", wanted.branch,
                   "Time a step that takes deep features from an earlier one too, cut at this branch");
    app.add_option("--json", json_file, "Write what was measured to this file as well");
    app.add_option("--rest", picture_steps, "Time a picture of so many steps through the server too; needs python3")
        ->check(CLI::Range(1, 1000));
    app.add_option("--diffusers", peers.diffusers,
                   "A Python that has diffusers, to do the same; MODEL must be a folder");
    app.add_option("--sd-cli", peers.sd_cli, "stable-diffusion.cpp's program, to do the same; needs python3");
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
        Report report = measure(wanted);
        if (picture_steps > 0) {
            measure_pictures(picture_steps, wanted, report);
        }
        const auto answers = ask_peers(peers, wanted, report);
        print_table(std::cout, report, answers);
        if (!json_file.empty()) {
            std::ofstream out(json_file);
            out << to_json(report, answers).dump(2) << '\n';
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
