#include "load_checker.h"

#include "entry_stamp.h"

#include "host/protocol/ask_child.h"
#include "host/protocol/load_check.h"

#include <chrono>
#include <stdexcept>

namespace able::server {

namespace {

constexpr std::chrono::seconds check_limit{60};

} // namespace

std::string LoadChecker::problem(const ModelEntry &model, const ModelEntry *vae, const nlohmann::json &params,
                                 const plugins::Registry &registry, const protocol::ProbeSettings &settings) {
    protocol::LoadCheck check{
        {}, settings, model.pipeline, model.path.string(), vae == nullptr ? "" : vae->path.string(), params};
    const std::string asked = registry.fingerprint() + " " + base::to_document(check).dump() + " " +
                              entry_stamp(model.path) + " " + (vae == nullptr ? "" : entry_stamp(vae->path));
    {
        const std::lock_guard lock(mutex_);
        if (const auto found = known_.find(asked); found != known_.end()) {
            return found->second;
        }
    }
    const nlohmann::json active = plugins::plugins_to_json(registry);
    check.plugins.assign(active.begin(), active.end());
    const auto verdict = protocol::ask_child<protocol::LoadVerdict>({.executable = executable_,
                                                                     .mode = "--check",
                                                                     .who = "the process that looked into the files",
                                                                     .input = base::to_document(check).dump(),
                                                                     .limit = check_limit});
    if (verdict.lasting) {
        const std::lock_guard lock(mutex_);
        if (known_.size() >= most_known) {
            known_.clear();
        }
        known_[asked] = verdict.problem;
    }
    return verdict.problem;
}

} // namespace able::server
