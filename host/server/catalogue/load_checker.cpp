#include "load_checker.h"

#include "entry_stamp.h"

#include "host/base/strict_json.h"
#include "host/base/subprocess.h"
#include "host/protocol/load_check.h"

#include <chrono>
#include <stdexcept>

namespace able::server {

namespace {

constexpr std::chrono::seconds limit{60};

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
    const auto child =
        base::run_child({executable_.string(), "worker", "--check"}, base::to_document(check).dump(), limit);
    if (child.timed_out || child.out.empty()) {
        throw std::runtime_error("the process that looked into the files " +
                                 (child.timed_out ? std::string("took too long") : base::describe_exit(child.status)));
    }
    const auto verdict =
        base::from_document<protocol::LoadVerdict>(base::parse_strict_json(child.out), "the verdict on the files");
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
