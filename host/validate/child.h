// The side of the validator that runs the plugin: a process for the plugin itself, and one for each of its objects.
// Each check is a line of JSON when it begins and one when it ends, so that a check that ends the process is known.
#pragma once

#include <chrono>
#include <filesystem>
#include <string>

namespace able::validate {

struct ChildRequest {
    std::filesystem::path file;
    std::string object; // "sampler euler"; empty: the plugin itself
    bool bundled = false;
    std::chrono::milliseconds describe_limit{100};
};

// Never returns: a plugin's destructors have no say in how this ends.
[[noreturn]] void child_main(const ChildRequest &request);

} // namespace able::validate
