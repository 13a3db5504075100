// What one model takes, size by size.
#pragma once

#include "floor.h"

#include "host/worker/models/loaded_model.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace able::bench {

struct Size {
    std::uint32_t width = 0, height = 0;
};

inline std::string to_string(Size size) {
    return std::to_string(size.width) + "x" + std::to_string(size.height);
}

struct Wanted {
    std::filesystem::path program; // ablerefusal, beside which the plugins lie
    std::filesystem::path model;
    std::vector<Size> sizes;
    std::uint32_t steps = 3;
    std::string dtype;
    std::uint32_t threads = 0;           // 0: one a core
    std::optional<std::uint32_t> branch; // of deep features: a step that takes them is timed too
};

struct Timed { // seconds, and the direct algorithms' operations where they are known
    double seconds = 0;
    double operations = 0;

    double rate() const { return operations / seconds; }
};

struct PictureReport { // of a picture over REST, where that is wanted
    std::uint32_t steps = 0;
    Timed work;
    Rates rates; // before and after it
};

struct SizeReport {
    Size size;
    double first_step = 0; // seconds, of the first evaluation of this size
    Timed step;            // a guided step: two evaluations at once; the median of them
    Timed reused;          // a guided step that takes its deep features from an earlier one, where that is wanted
    double first_decode = 0;
    Timed decode;
    Rates rates; // between the steps and decodes
    PictureReport picture;
};

struct Report {
    std::string model, pipeline, device, dtype;
    std::uint32_t threads = 0;
    std::uint32_t steps = 0;
    std::uint32_t branch = 0;             // of the deep features
    double load = 0;                      // seconds
    double text = 0;                      // seconds, both prompts
    double resident_loaded = 0, peak = 0; // GiB, of this process
    std::vector<SizeReport> sizes;
};

// Throws models::ModelError, plugins::CallError, std::runtime_error.
Report measure(const Wanted &wanted);

} // namespace able::bench
