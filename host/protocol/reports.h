// What a worker reports of a task while it runs, in order, and at its end.
#pragma once

#include "host/base/members.h"

#include <nlohmann/json.hpp>

#include <array>
#include <cstdint>
#include <string>
#include <tuple>
#include <utility>
#include <variant>
#include <vector>

namespace able::protocol {

struct Phase {
    static constexpr base::Tag tag{"type", "phase"};

    std::string name;       // "starting", "loading", "preparing", "encoding", "sampling", "decoding"
    double fraction = 0;    // of a loading phase, 0 to 1
    std::string where = {}; // the plugin at work, for the report of a crash

    static constexpr auto members() {
        return std::tuple(base::text_member("name", &Phase::name, 40), base::member("fraction", &Phase::fraction),
                          base::text_member("where", &Phase::where, 300));
    }
};

// What is in memory now.
struct Loaded {
    static constexpr base::Tag tag{"type", "loaded"};

    std::vector<std::string> models; // ids, most recently used first
    bool fresh = false;              // the task had to wait for one of them

    static constexpr auto members() {
        return std::tuple(base::text_member("models", &Loaded::models, 500), base::member("fresh", &Loaded::fresh));
    }
};

struct Step {
    static constexpr base::Tag tag{"type", "step"};

    std::uint32_t image = 0;               // index in the batch
    std::uint32_t step = 0;                // steps done of this image, from 1
    std::uint32_t steps = 0;               // of this image
    std::vector<std::uint8_t> preview_png; // empty unless asked for and due

    static constexpr auto members() {
        return std::tuple(base::member("image", &Step::image), base::member("step", &Step::step),
                          base::member("steps", &Step::steps), base::member("preview", &Step::preview_png));
    }
};

// NOLINTNEXTLINE(bugprone-exception-escape): moving json asserts, it does not throw
struct ImageDone {
    static constexpr base::Tag tag{"type", "image"};

    std::uint32_t image = 0;
    std::string path; // absolute
    std::uint64_t seed = 0;
    std::uint32_t width = 0, height = 0;
    nlohmann::json metadata;

    static constexpr auto members() {
        return std::tuple(base::member("image", &ImageDone::image), base::member("path", &ImageDone::path),
                          base::member("seed", &ImageDone::seed), base::member("width", &ImageDone::width),
                          base::member("height", &ImageDone::height), base::member("metadata", &ImageDone::metadata));
    }
};

// What a plugin says for the log.
struct Log {
    static constexpr base::Tag tag{"type", "log"};

    std::uint8_t level = 0; // as in able_log_level; plugins may give any
    std::string line;

    static constexpr auto members() {
        return std::tuple(base::member("level", &Log::level), base::text_member("line", &Log::line, 4000));
    }
};

enum class Ending { completed, failed, cancelled };

constexpr auto names_of(Ending /*ending*/) {
    return std::array{std::pair{Ending::completed, "completed"}, std::pair{Ending::failed, "failed"},
                      std::pair{Ending::cancelled, "cancelled"}};
}

// The last report of a task.
struct Done {
    static constexpr base::Tag tag{"type", "done"};

    Ending ending = Ending::completed;
    std::string code = {}, error = {}; // of a failure: for programs, for people

    static constexpr auto members() {
        return std::tuple(base::member("kind", &Done::ending), base::text_member("code", &Done::code, 40),
                          base::text_member("error", &Done::error, 4000));
    }
};

using Report = std::variant<Phase, Loaded, Step, ImageDone, Log, Done>;

} // namespace able::protocol
