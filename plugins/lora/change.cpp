#include "change.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <map>

namespace able::lora {

namespace {

bool of_bias(Part part) {
    return part == Part::bias_diff || part == Part::factor_bias;
}

// Whether the module has what `part` changes: most change matrices and convolutions alone.
bool has_target(const able_targets &targets, const Module &module, Part part) {
    if (of_bias(part)) {
        return module.bias != Module::none;
    }
    if (module.weight == Module::none) {
        return false;
    }
    return part == Part::weight_diff || targets.at(&targets, module.weight)->ndim >= 2;
}

// Moves keys that change nothing by themselves to the unmatched ones. Returns whether any others are left.
bool keep(Change &change, std::vector<std::string> &unmatched) {
    const auto give_up = [&](Part part) {
        if (change[part] != nullptr) {
            unmatched.emplace_back(change[part]);
            change.remove(part);
        }
    };
    if (change[Part::on_input] == nullptr) { // a checkpoint's weight, not (IA)3's
        give_up(Part::channels);
    }
    for (std::size_t i = 0; i < part_count; ++i) {
        const auto part = static_cast<Part>(i);
        if (part != Part::alpha && change[part] != nullptr) {
            return true;
        }
    }
    give_up(Part::alpha);
    return false;
}

} // namespace

void Change::place(Part part, const char *key) {
    const char *&slot = keys_[static_cast<std::size_t>(part)];
    if (slot != nullptr) {
        throw Error(ABLE_BAD_FILE, in_quotes(slot) + " and " + in_quotes(key) +
                                       " are the same part of the same weight's change; the file holds it twice");
    }
    slot = key;
}

bool Change::any(std::initializer_list<Part> parts) const {
    return std::any_of(parts.begin(), parts.end(), [this](Part part) { return (*this)[part] != nullptr; });
}

const char *Change::first() const {
    const auto found = std::find_if(keys_.begin(), keys_.end(), [](const char *key) { return key != nullptr; });
    return found != keys_.end() ? *found : nullptr;
}

Matches match(const able_source &source, const able_targets &targets) {
    const TargetIndex index(targets);
    std::map<uint32_t, Change> changes; // by the module's number
    Matches result;
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
        const auto number = key ? index.find(key->module) : std::nullopt;
        if (!number || !has_target(targets, index.modules()[*number], key->part)) {
            result.unmatched.emplace_back(name);
            continue;
        }
        if (key->method != nullptr) {
            throw Error(ABLE_UNSUPPORTED, in_quotes(name) + " is part of " + key->method->name +
                                              ", which this version cannot apply; docs/lora.md lists what it can");
        }
        changes[*number].place(key->part, name);
    }
    for (auto &[number, change] : changes) {
        if (keep(change, result.unmatched)) {
            result.changes.emplace_back(index.modules()[number], change);
        }
    }
    return result;
}

} // namespace able::lora
