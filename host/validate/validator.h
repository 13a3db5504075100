// Tries a plugin file against the rules of docs/abi.md. The plugin's code runs in child processes only: one that
// crashes or hangs is a finding.
#pragma once

#include "finding.h"

#include <chrono>
#include <filesystem>
#include <functional>

namespace able::validate {

struct ValidatorOptions {
    std::filesystem::path executable; // ablerefusal, for `worker --validate`
    bool bundled = false;             // the plugin may have one of the project's ids
    std::chrono::milliseconds describe_limit{100};
    std::chrono::milliseconds time_limit{60000}; // for all checks of one object
    // Called once for each finding, in order.
    std::function<void(const Finding &)> on_finding;
};

// Needs no model, and nothing but the file.
FileReport validate_plugin(const std::filesystem::path &file, const ValidatorOptions &options);

} // namespace able::validate
