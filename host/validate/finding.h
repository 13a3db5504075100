// What the validator has to say: a finding for each check of each thing that a plugin offers.
#pragma once

#include <nlohmann/json.hpp>

#include <filesystem>
#include <string>
#include <vector>

namespace able::validate {

enum class Outcome { passed, failed, skipped };

const char *to_string(Outcome outcome);

struct Finding {
    std::string object; // "sampler euler"; empty: the plugin itself
    std::string check;  // "leaks"
    Outcome outcome = Outcome::skipped;
    std::string detail; // what was seen, what is wrong, or why it was not tried
    std::string advice; // of a failure: what to do about it
    std::string rule;   // of docs/abi.md: "O3"
};

struct FileReport {
    std::filesystem::path file;
    std::string id, version; // empty if it did not get as far as saying
    std::vector<Finding> findings;

    bool passed() const;
    std::size_t count(Outcome outcome) const;
};

void to_json(nlohmann::json &json, const FileReport &report);

} // namespace able::validate
