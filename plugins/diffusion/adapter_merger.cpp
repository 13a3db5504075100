#include "adapter_merger.h"

#include "torch_guard.h"
#include "view_tensor.h"

#include <algorithm>
#include <cmath>
#include <optional>
#include <set>

namespace able::diffusion {
namespace {

// The extents after the first, as one; nothing if they overflow.
std::optional<int64_t> row_length(at::IntArrayRef shape) {
    int64_t length = 1;
    for (size_t i = 1; i < shape.size(); ++i) {
        if (shape[i] < 1 || __builtin_mul_overflow(length, shape[i], &length)) {
            return std::nullopt;
        }
    }
    return length;
}

[[noreturn]] void refuse(const able_delta &delta, const std::string &what) {
    throw Error(ABLE_INVALID_ARGUMENT, std::string("the adapter's change to \"") + delta.target + "\" " + what);
}

void check_fits(const able_delta &delta, at::IntArrayRef target) {
    if (delta.kind != ABLE_DELTA_LOW_RANK) {
        throw Error(ABLE_UNSUPPORTED,
                    std::string("the adapter changes \"") + delta.target +
                        "\" in a way this version does not know; only low-rank changes are supported");
    }
    if (delta.up.ndim < 2 || delta.down.ndim < 2 || delta.up.ndim > 8 || delta.down.ndim > 8) {
        refuse(delta, "needs factors of rank 2 at least");
    }
    const at::IntArrayRef up = shape_of(delta.up);
    const at::IntArrayRef down = shape_of(delta.down);
    const bool fits = up[0] == target[0] && row_length(up) == down[0] && row_length(down) == row_length(target);
    if (!fits || down[0] < 1) {
        refuse(delta, "does not fit: factors " + shape_text(up) + " and " + shape_text(down) + ", weight " +
                          shape_text(target));
    }
    if (!std::isfinite(delta.scale)) {
        refuse(delta, "has a scale that is not a number");
    }
}

double strength_for(const able_adapter_use &use, std::string_view target) {
    return target.starts_with("text_encoder") ? use.text_strength : use.unet_strength;
}

} // namespace

AdapterMerger::AdapterMerger(const able_source *source, std::vector<Parameter> parameters, const char *family)
    : source_(source), parameters_(std::move(parameters)), abi_(make_struct<able_targets>()) {
    std::sort(parameters_.begin(), parameters_.end(),
              [](const Parameter &a, const Parameter &b) { return a.target < b.target; });
    described_.reserve(parameters_.size());
    for (size_t i = 0; i < parameters_.size(); ++i) {
        index_.emplace(parameters_[i].target, i);
        auto target = make_struct<able_target>();
        target.name = parameters_[i].target.c_str();
        target.ndim = static_cast<uint32_t>(parameters_[i].value.dim());
        target.shape = parameters_[i].value.sizes().data();
        described_.push_back(target);
    }
    abi_.owner = this;
    abi_.family = family;
    abi_.count = count;
    abi_.at = at;
}

uint32_t AdapterMerger::count(const able_targets *targets) noexcept {
    return static_cast<uint32_t>(static_cast<const AdapterMerger *>(targets->owner)->described_.size());
}

const able_target *AdapterMerger::at(const able_targets *targets, uint32_t index) noexcept {
    const auto &described = static_cast<const AdapterMerger *>(targets->owner)->described_;
    return index < described.size() ? &described[index] : nullptr;
}

void AdapterMerger::add_change(Changes &changes, const able_adapter_use &use, const able_delta *delta) const {
    if (delta == nullptr || delta->target == nullptr) {
        throw Error(ABLE_INVALID_ARGUMENT, "an adapter announces a change that it does not give");
    }
    const auto found = index_.find(delta->target);
    if (found == index_.end()) {
        refuse(*delta, "names no weight of this model");
    }
    check_fits(*delta, parameters_[found->second].value.sizes());
    const double strength = strength_for(use, delta->target);
    if (!std::isfinite(strength)) {
        throw Error(ABLE_INVALID_ARGUMENT, "an adapter's strength is not a number");
    }
    if (strength != 0.0) {
        changes[found->second].push_back({delta, strength * delta->scale});
    }
}

AdapterMerger::Changes AdapterMerger::collect(std::span<const able_adapter_use *const> uses) const {
    Changes changes;
    for (const able_adapter_use *use : uses) {
        if (use == nullptr || use->file == nullptr) {
            throw Error(ABLE_INVALID_ARGUMENT, "an adapter to apply is missing");
        }
        const uint32_t deltas = use->file->delta_count(use->file);
        for (uint32_t i = 0; i < deltas; ++i) {
            add_change(changes, *use, use->file->delta_at(use->file, i));
        }
    }
    return changes;
}

at::Tensor AdapterMerger::merged(const Parameter &parameter, const std::vector<Change> *changes) const {
    const able_view *view = source_->tensor(source_, parameter.source_name.c_str());
    const at::Device device = parameter.value.device();
    const at::ScalarType dtype = parameter.value.scalar_type();
    if (changes == nullptr) {
        return copy_view(*view, parameter.source_name, device, dtype).view(parameter.value.sizes());
    }
    at::Tensor weight = copy_view(*view, parameter.source_name, device, at::kFloat);
    at::Tensor rows = weight.view({weight.size(0), -1});
    for (const Change &change : *changes) {
        const at::Tensor up = copy_view(change.delta->up, parameter.target, device, at::kFloat).flatten(1);
        const at::Tensor down = copy_view(change.delta->down, parameter.target, device, at::kFloat).flatten(1);
        rows.add_(at::mm(up, down), change.factor);
    }
    return weight.to(dtype);
}

void AdapterMerger::set(std::span<const able_adapter_use *const> uses, const able_job *job) {
    const Changes changes = collect(uses);
    std::set<size_t> touched(changed_.begin(), changed_.end());
    for (const auto &[index, unused] : changes) {
        touched.insert(index);
    }

    // All new values are made before the first goes in: whatever fails, fails without a change.
    std::vector<std::pair<size_t, at::Tensor>> values;
    values.reserve(touched.size());
    for (const size_t index : touched) {
        stop_if_cancelled(job);
        const auto found = changes.find(index);
        values.emplace_back(index, merged(parameters_[index], found == changes.end() ? nullptr : &found->second));
    }
    std::unordered_set<size_t> changed;
    for (const auto &[index, unused] : changes) {
        changed.insert(index);
    }
    for (const auto &[index, value] : values) {
        parameters_[index].value.copy_(value);
    }
    changed_ = std::move(changed);
}

} // namespace able::diffusion
