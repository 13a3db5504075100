#include "low_rank_file.h"

#include "alpha.h"
#include "family.h"
#include "key.h"
#include "peft_settings.h"
#include "shapes.h"
#include "target_index.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <map>

namespace able::lora {

namespace {

// The keys of a file that change one weight.
struct Change {
    const char *down = nullptr, *up = nullptr, *alpha = nullptr;
};

struct Matched {
    std::map<uint32_t, Change> changes; // by the target's index
    std::vector<std::string> unmatched;
    const Method *method = nullptr; // the first one that is not applied here
};

void place(Change &change, Part part, const char *key) {
    const char *&slot = part == Part::down ? change.down : part == Part::up ? change.up : change.alpha;
    if (slot != nullptr) {
        throw Error(ABLE_BAD_FILE, in_quotes(slot) + " and " + in_quotes(key) +
                                       " are the same part of the same weight's change; the file holds it twice");
    }
    slot = key;
}

Matched match(const able_source &source, const able_targets &targets) {
    const TargetIndex index(targets);
    Matched result;
    const uint64_t count = source.tensor_count(&source);
    for (uint64_t i = 0; i < count; ++i) {
        const char *name = source.tensor_name(&source, i);
        if (name == nullptr) {
            continue;
        }
        const auto key = parse_key(name);
        if (key && key->method != nullptr && result.method == nullptr) {
            result.method = key->method;
        }
        const auto target = key ? index.find(key->module) : std::nullopt;
        if (!target) {
            result.unmatched.emplace_back(name);
            continue;
        }
        if (key->method != nullptr) {
            throw Error(ABLE_UNSUPPORTED, in_quotes(name) + " is part of " + key->method->name +
                                              ", which this version cannot apply; only low-rank factors (lora_down, "
                                              "lora_up) are supported");
        }
        place(result.changes[*target], key->part, name);
    }
    return result;
}

// "the adapter is made for SDXL, the model is SD 1.x", where that is so; else empty.
std::string other_family(const able_source &source, const able_targets &targets) {
    const char *family = guess_family(source);
    if (family == nullptr || targets.family == nullptr || std::string_view(family) == targets.family) {
        return {};
    }
    return "the adapter is made for " + family_name(family) + ", the model is " + family_name(targets.family);
}

[[noreturn]] void refuse_all(const able_source &source, const able_targets &targets, const Matched &matched) {
    if (matched.unmatched.empty()) {
        throw Error(ABLE_BAD_FILE, "the adapter's file holds no tensors");
    }
    if (const std::string why = other_family(source, targets); !why.empty()) {
        throw Error(ABLE_UNSUPPORTED, why + "; choose an adapter and a model of one family");
    }
    if (matched.method != nullptr) {
        throw Error(ABLE_UNSUPPORTED, std::string("the adapter uses ") + matched.method->name +
                                          ", which this version cannot apply; only low-rank factors (lora_down, "
                                          "lora_up) are supported");
    }
    constexpr std::size_t shown = 5;
    std::string keys;
    for (std::size_t i = 0; i < std::min(shown, matched.unmatched.size()); ++i) {
        keys += (i > 0 ? ", " : "") + in_quotes(matched.unmatched[i]);
    }
    throw Error(ABLE_UNSUPPORTED, "none of the file's " + std::to_string(matched.unmatched.size()) +
                                      " tensors fits a weight of the model; the first are " + keys);
}

const able_view &view_of(const able_source &source, const char *key) {
    const able_view *view = source.tensor(&source, key);
    if (view == nullptr) {
        throw Error(ABLE_NOT_FOUND, in_quotes(key) + " is listed in the file but cannot be read");
    }
    return *view;
}

able_delta make_delta(const able_source &source, const able_target &target, const Change &change,
                      const PeftSettings &settings) {
    if (change.down == nullptr || change.up == nullptr) {
        const char *present = change.down != nullptr ? change.down : change.up;
        throw Error(ABLE_BAD_FILE, in_quotes(present) + " has no partner: the " +
                                       (change.down != nullptr ? "up" : "down") + " factor for " + target.name +
                                       " is missing; the file is incomplete");
    }
    auto delta = make_struct<able_delta>();
    delta.kind = ABLE_DELTA_LOW_RANK;
    delta.down = view_of(source, change.down);
    delta.up = view_of(source, change.up);
    const int64_t rank = check_factors(target, delta.down, change.down, delta.up, change.up);
    if (change.alpha != nullptr) {
        delta.scale = read_alpha(view_of(source, change.alpha), change.alpha) / static_cast<double>(rank);
        return delta;
    }
    // Without an alpha it equals the rank.
    delta.scale = settings.scale(target.name, rank).value_or(1.0);
    return delta;
}

} // namespace

LowRankFile::LowRankFile(const able_source &source, const able_targets &targets) {
    Matched matched = match(source, targets);
    // A lone alpha changes nothing.
    std::erase_if(matched.changes, [&matched](const auto &entry) {
        const Change &change = entry.second;
        if (change.down != nullptr || change.up != nullptr) {
            return false;
        }
        matched.unmatched.emplace_back(change.alpha);
        return true;
    });
    if (matched.changes.empty()) {
        refuse_all(source, targets, matched);
    }
    const PeftSettings settings(source);
    target_names_.reserve(matched.changes.size()); // the deltas point into it
    deltas_.reserve(matched.changes.size());
    for (const auto &[index, change] : matched.changes) {
        const able_target &target = *targets.at(&targets, index);
        try {
            deltas_.push_back(make_delta(source, target, change, settings));
        } catch (const Error &error) {
            const std::string why = other_family(source, targets);
            if (why.empty()) {
                throw;
            }
            throw Error(ABLE_UNSUPPORTED, why + ": " + error.what());
        }
        deltas_.back().target = target_names_.emplace_back(target.name).c_str();
    }
    unmatched_ = std::move(matched.unmatched);
    if (!unmatched_.empty()) { // what fits by chance is no reason to drop the rest
        if (const std::string why = other_family(source, targets); !why.empty()) {
            throw Error(ABLE_UNSUPPORTED, why + "; choose an adapter and a model of one family");
        }
    }

    interface_ = make_struct<able_adapter_file>();
    interface_.self = this;
    interface_.delta_count = [](const able_adapter_file *file) noexcept {
        return static_cast<uint32_t>(self(file).deltas_.size());
    };
    interface_.delta_at = [](const able_adapter_file *file, uint32_t index) noexcept -> const able_delta * {
        const auto &deltas = self(file).deltas_;
        return index < deltas.size() ? &deltas[index] : nullptr;
    };
    interface_.unmatched_count = [](const able_adapter_file *file) noexcept {
        return static_cast<uint32_t>(self(file).unmatched_.size());
    };
    interface_.unmatched_at = [](const able_adapter_file *file, uint32_t index) noexcept -> const char * {
        const auto &unmatched = self(file).unmatched_;
        return index < unmatched.size() ? unmatched[index].c_str() : nullptr;
    };
    interface_.close = [](able_adapter_file *file) noexcept {
        const std::unique_ptr<LowRankFile> owner(static_cast<LowRankFile *>(file->self));
    };
}

able_adapter_file *LowRankFile::hand_over(std::unique_ptr<LowRankFile> file) {
    return &file.release()->interface_;
}

} // namespace able::lora
