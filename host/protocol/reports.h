// What a worker reports of a task while it runs, in order, and at its end.
#pragma once

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace able::protocol {

struct Phase {
    static constexpr const char *type = "phase";

    std::string name;       // "starting", "loading", "preparing", "encoding", "sampling", "decoding"
    double fraction = 0;    // of a loading phase, 0 to 1
    std::string where = {}; // the plugin at work, for the report of a crash
};

// What is in memory now.
struct Loaded {
    static constexpr const char *type = "loaded";

    std::vector<std::string> models; // ids, most recently used first
    bool fresh = false;              // the task had to wait for one of them
};

struct Step {
    static constexpr const char *type = "step";

    std::uint32_t image = 0;               // index in the batch
    std::uint32_t step = 0;                // steps done of this image, from 1
    std::uint32_t steps = 0;               // of this image
    std::vector<std::uint8_t> preview_png; // empty unless asked for and due
};

// NOLINTNEXTLINE(bugprone-exception-escape): moving json asserts, it does not throw
struct ImageDone {
    static constexpr const char *type = "image";

    std::uint32_t image = 0;
    std::string path; // absolute
    std::uint64_t seed = 0;
    std::uint32_t width = 0, height = 0;
    nlohmann::json metadata;
};

// What a plugin says for the log.
struct Log {
    static constexpr const char *type = "log";

    int level = 0; // as in able_log_level
    std::string line;
};

enum class Ending { completed, failed, cancelled };

// The last report of a task.
struct Done {
    static constexpr const char *type = "done";

    Ending ending = Ending::completed;
    std::string code = {}, error = {}; // of a failure: for programs, for people
};

using Report = std::variant<Phase, Loaded, Step, ImageDone, Log, Done>;

} // namespace able::protocol
