#include "programs.h"

#include <array>
#include <cstdio>
#include <memory>
#include <stdexcept>

namespace able::bench {

namespace {

constexpr int floor_samples = 3; // before a picture, and after it

std::string shell_quoted(const std::string &text) {
    std::string out = "'";
    for (const char c : text) {
        out += c == '\'' ? std::string("'\\''") : std::string(1, c);
    }
    return out + "'";
}

std::string command(std::initializer_list<std::string> words) {
    std::string out;
    for (const std::string &word : words) {
        out += (out.empty() ? "" : " ") + shell_quoted(word);
    }
    return out;
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
    auto answer = nlohmann::json::parse(last, nullptr, false);
    if (!answer.is_object()) {
        throw std::runtime_error("no result was printed by: " + command);
    }
    return answer;
}

std::string script(const char *name) {
    return std::string(ABLE_SOURCE_DIR "/bench/speed/") + name;
}

} // namespace

std::vector<nlohmann::json> ask_peers(const Peers &peers, const Wanted &wanted, const Report &report) {
    std::string work = " " + command({wanted.model, "--dtype", report.dtype, "--steps", std::to_string(report.steps),
                                      "--threads", std::to_string(report.threads)});
    for (const SizeReport &size : report.sizes) {
        work += " --size " + shell_quoted(to_string(size.size));
    }
    std::vector<nlohmann::json> answers;
    if (!peers.diffusers.empty()) {
        const std::string asked = command({peers.diffusers, script("peer_diffusers.py")}) + work;
        answers.push_back(ask(asked + " --device " + shell_quoted(report.device)));
    }
    if (!peers.sd_cli.empty()) {
        answers.push_back(ask(command({"python3", script("peer_sd_cli.py"), peers.sd_cli}) + work));
    }
    return answers;
}

void measure_pictures(std::uint32_t steps, const Wanted &wanted, Report &report) {
    Floor floor(report.device, report.dtype, static_cast<int>(report.threads));
    const auto sample_floor = [&floor] {
        for (int i = 0; i < floor_samples; ++i) {
            floor.sample();
        }
    };
    for (SizeReport &size : report.sizes) {
        sample_floor();
        const auto answer = ask(command({"python3", script("picture_over_rest.py"), wanted.program, wanted.model,
                                         "--dtype", report.dtype, "--steps", std::to_string(steps), "--threads",
                                         std::to_string(report.threads), "--size", to_string(size.size)}));
        sample_floor();
        size.picture.steps = steps;
        size.picture.work.seconds = answer.at("seconds");
        if (size.step.operations > 0 && size.decode.operations > 0) {
            size.picture.work.operations = steps * size.step.operations + size.decode.operations;
        }
        size.picture.rates = floor.take_rates();
    }
}

} // namespace able::bench
