#include "child.h"

#include "check.h"
#include "description_check.h"

#include "host/plugins/calls/library.h"
#include "host/protocol/answer_stream.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <iterator>
#include <map>

#include <unistd.h>

namespace able::validate {

namespace {

using plugins::ObjectDescription;
using plugins::ObjectKind;
using Clock = std::chrono::steady_clock;

void announce(const protocol::AnswerStream &answer, const char *id, const char *rule, const char *advice) {
    answer.line({{"begin", id}, {"rule", rule}, {"advice", advice}});
}

// Returns false if the check failed.
template <class Run>
bool report(const protocol::AnswerStream &answer, Run run) {
    try {
        answer.line({{"passed", run()}});
        return true;
    } catch (const std::exception &error) { // a check that cannot be made has not been passed
        answer.line({{"failed", error.what()}});
        return false;
    }
}

// The plugin and what it says of itself, as far as it gets.
class PluginChecks {
public:
    PluginChecks(const ChildRequest &request, const protocol::AnswerStream &answer)
        : request_(request), answer_(answer) {}

    void run() {
        const bool described =
            check("load", "V4", "build it against the released SDK, with every symbol that it needs linked in",
                  [this] { return load(); }) &&
            check("describe", "S1", "fill in every struct as its header says; struct_size is its own sizeof",
                  [this] { return describe(); });
        if (!described) {
            return;
        }
        answer_.line({{"plugin", base::to_document(description_)}});
        check("description", "I2", "correct the descriptor", [this] { return sanity(); });
        check("unknown ids", "E4", "return NULL for a factory id that you do not know, and for an index past the end",
              [this] { return unknown_ids(); });
        check("constants", "E2", "return the same static structs at every call", [this] { return constants(); });
        check("speed", "E2", "do at first use what takes time, not while the plugin is looked at",
              [this] { return speed(); });
    }

private:
    template <class Run>
    bool check(const char *id, const char *rule, const char *advice, Run run) {
        announce(answer_, id, rule, advice);
        return report(answer_, run);
    }

    std::string load() {
        const auto begin = Clock::now();
        plugin_ = plugins::load_plugin(request_.file);
        loading_ = Clock::now() - begin;
        return "built for ABI 1." + std::to_string(plugin_->abi_minor) + ", works with 1." +
               std::to_string(plugin_->min_host_minor) + " or later";
    }

    std::string describe() {
        const auto begin = Clock::now();
        description_ = plugins::describe(*plugin_);
        describing_ = Clock::now() - begin;
        std::map<ObjectKind, std::size_t> counts;
        for (const auto &object : description_.objects) {
            ++counts[object.kind];
        }
        std::string text;
        for (const auto &[kind, count] : counts) {
            text += (text.empty() ? "" : ", ") + std::to_string(count) + " " +
                    (count == 1 ? kind.row().name : kind.row().plural);
        }
        return description_.id + " " + description_.version + ": " + text;
    }

    std::string sanity() const {
        std::string text;
        for (const auto &problem : description_problems(description_, request_.bundled)) {
            text += (text.empty() ? "" : "; ") + problem;
        }
        if (!text.empty()) {
            throw Failure(text);
        }
        return "ids, names, ranges and texts are well formed";
    }

    std::string unknown_ids() const {
        for (const char *id : {"", "able.unknown/1", "able.sampler", "able.sampler/2", "able.sampler/10",
                               "ABLE.SAMPLER/1", "able.schedule/0", "draft/able.sampler/1"}) {
            if (plugin_->get_factory(id) != nullptr) {
                throw Failure(std::string("get_factory(\"") + id + "\") is not NULL");
            }
        }
        for (const char *id :
             {ABLE_FACTORY_SAMPLER, ABLE_FACTORY_SCHEDULE, ABLE_FACTORY_PIPELINE, ABLE_FACTORY_ADAPTER}) {
            const able_factory *factory = plugin_->get_factory(id);
            for (const std::uint32_t past : {0U, 1U, 1000U}) {
                if (factory != nullptr && factory->at(factory->count + past) != nullptr) {
                    throw Failure(std::string(id) + ": at(" + std::to_string(factory->count + past) + ") of " +
                                  std::to_string(factory->count) + " is not NULL");
                }
            }
            if (factory != nullptr && factory->at(UINT32_MAX) != nullptr) {
                throw Failure(std::string(id) + ": at(4294967295) is not NULL");
            }
        }
        return "give NULL";
    }

    std::string constants() const {
        if (plugins::load_plugin(request_.file) != plugin_) {
            throw Failure("able_plugin_v1 returns another struct the second time");
        }
        for (const char *id :
             {ABLE_FACTORY_SAMPLER, ABLE_FACTORY_SCHEDULE, ABLE_FACTORY_PIPELINE, ABLE_FACTORY_ADAPTER}) {
            const able_factory *factory = plugin_->get_factory(id);
            if (plugin_->get_factory(id) != factory) {
                throw Failure(std::string("get_factory(\"") + id + "\") returns another factory the second time");
            }
            for (std::uint32_t i = 0; factory != nullptr && i < factory->count; ++i) {
                if (factory->at(i) != factory->at(i)) {
                    throw Failure(std::string(id) + ": at(" + std::to_string(i) +
                                  ") returns another object the second time");
                }
            }
        }
        if (base::to_document(plugins::describe(*plugin_)) != base::to_document(description_)) {
            throw Failure("describes itself in other words the second time");
        }
        return "the same structs and texts at every call";
    }

    // Libraries that it brings take their own time to load; what the plugin itself does counts.
    std::string speed() const {
        using Milliseconds = std::chrono::duration<double, std::milli>;
        const Milliseconds load = loading_, describe = describing_;
        const double counted = describe.count() + (description_.engine.empty() ? load.count() : 0);
        const auto text = [](double ms) {
            std::array<char, 32> out{};
            std::snprintf(out.data(), out.size(), "%.1f ms", ms);
            return std::string(out.data());
        };
        const std::string seen = "loaded in " + text(load.count()) + ", described in " + text(describe.count());
        if (counted > static_cast<double>(request_.describe_limit.count())) {
            throw Failure(seen + "; the limit is " + std::to_string(request_.describe_limit.count()) + " ms");
        }
        return seen + (description_.engine.empty() ? "" : "; loading " + description_.engine + " does not count");
    }

    const ChildRequest &request_;
    const protocol::AnswerStream &answer_;
    const able_plugin *plugin_ = nullptr;
    plugins::PluginDescription description_;
    Clock::duration loading_{}, describing_{};
};

template <class Object>
void run_checks(const protocol::AnswerStream &answer, const able_plugin &plugin, const char *factory,
                const ObjectDescription &description, const std::vector<Check<Object>> &checks) {
    const auto *object = plugins::find_object<Object>(plugin, factory, description.id);
    if (object == nullptr) {
        throw Failure("the object is gone since it was described");
    }
    bool works = true;
    for (const auto &check : checks) {
        announce(answer, check.id, check.rule, check.advice);
        if (!works) {
            answer.line({{"skipped", std::string("since '") + checks.front().id + "' failed"}});
            continue;
        }
        const bool passed = report(answer, [&] { return check.run({*object, description}); });
        works = passed || &check != &checks.front();
    }
}

// The kinds of object that have checks of their own.
struct OwnChecks {
    ObjectKind kind;
    void (*run)(const protocol::AnswerStream &answer, const able_plugin &plugin,
                const plugins::ObjectDescription &object);
};

template <class Struct, const std::vector<Check<Struct>> &(*Checks)()>
void run_own(const protocol::AnswerStream &answer, const able_plugin &plugin,
             const plugins::ObjectDescription &object) {
    run_checks(answer, plugin, object.kind.row().factory_id, object, Checks());
}

constexpr OwnChecks own_checks[]{
    {ObjectKind::sampler, run_own<able_sampler, sampler_checks>},
    {ObjectKind::schedule, run_own<able_schedule, schedule_checks>},
    {ObjectKind::pipeline, run_own<able_pipeline, pipeline_checks>},
    {ObjectKind::adapter, run_own<able_adapter, adapter_checks>},
};

void check_object(const protocol::AnswerStream &answer, const ChildRequest &request) {
    const able_plugin &plugin = *plugins::load_plugin(request.file);
    for (const auto &object : plugins::describe(plugin).objects) {
        if (plugins::to_string(object.kind) + (" " + object.id) != request.object) {
            continue;
        }
        const auto check = std::find_if(std::begin(own_checks), std::end(own_checks),
                                        [&](const OwnChecks &own) { return own.kind == object.kind; });
        if (check != std::end(own_checks)) { // other kinds are described, and no more is asked of them yet
            check->run(answer, plugin, object);
        }
        return;
    }
    throw Failure("the object is gone since it was described");
}

} // namespace

void child_main(const ChildRequest &request) {
    const protocol::AnswerStream answer;
    try {
        if (request.object.empty()) {
            PluginChecks(request, answer).run();
        } else {
            check_object(answer, request);
        }
        answer.line({{"done", true}});
    } catch (const std::exception &error) {
        announce(answer, "load", "E2", "the plugin must say the same of itself in every process");
        answer.line({{"failed", error.what()}});
        answer.line({{"done", true}});
    }
    _exit(0);
}

} // namespace able::validate
