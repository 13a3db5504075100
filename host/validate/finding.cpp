#include "finding.h"

#include <algorithm>

namespace able::validate {

const char *to_string(Outcome outcome) {
    switch (outcome) {
    case Outcome::passed:
        return "ok";
    case Outcome::failed:
        return "failed";
    case Outcome::skipped:
        break;
    }
    return "skipped";
}

std::size_t FileReport::count(Outcome outcome) const {
    return static_cast<std::size_t>(std::count_if(
        findings.begin(), findings.end(), [outcome](const Finding &finding) { return finding.outcome == outcome; }));
}

// A plugin of which nothing was tried has not passed.
bool FileReport::passed() const {
    return count(Outcome::failed) == 0 && count(Outcome::passed) > 0;
}

void to_json(nlohmann::json &json, const FileReport &report) {
    auto checks = nlohmann::json::array();
    for (const Finding &finding : report.findings) {
        nlohmann::json entry{{"object", finding.object},
                             {"check", finding.check},
                             {"outcome", to_string(finding.outcome)},
                             {"detail", finding.detail},
                             {"rule", finding.rule}};
        if (finding.outcome == Outcome::failed) {
            entry["advice"] = finding.advice;
        }
        checks.push_back(std::move(entry));
    }
    json = {{"file", report.file.string()},
            {"id", report.id},
            {"version", report.version},
            {"passed", report.passed()},
            {"checks", std::move(checks)}};
}

} // namespace able::validate
