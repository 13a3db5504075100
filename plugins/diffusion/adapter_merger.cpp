#include "adapter_merger.h"

#include "torch_guard.h"
#include "view_tensor.h"
#include "weight_change.h"

#include <ATen/Parallel.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace able::diffusion {
namespace {

// What is changed at a time on a CPU: as fp32 it stays in a core's own cache.
constexpr int64_t block_elements = 1 << 17;

double strength_for(const able_adapter_use &use, std::string_view target) {
    return target.starts_with("text_encoder") ? use.text_strength : use.unet_strength;
}

// Rows `first` to `first + count` of `view`, [count, …].
at::Tensor copy_rows(const able_view &view, const std::string &name, int64_t first, int64_t count, at::Device device,
                     at::ScalarType dtype) {
    std::vector<int64_t> shape(view.shape, view.shape + view.ndim);
    int64_t row_bytes = view.dtype_bits / 8;
    for (size_t i = 1; i < shape.size(); ++i) {
        row_bytes *= shape[i];
    }
    shape[0] = count;
    able_view part = view;
    part.shape = shape.data();
    part.byte_offset += static_cast<uint64_t>(first * row_bytes);
    return copy_view(part, name, device, dtype);
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
        throw Error(ABLE_INVALID_ARGUMENT,
                    std::string("the adapter's change to \"") + delta->target + "\" names no weight of this model");
    }
    check_change(*delta, parameters_[found->second].value.sizes());
    const double strength = strength_for(use, delta->target);
    if (!std::isfinite(strength)) {
        throw Error(ABLE_INVALID_ARGUMENT, "an adapter's strength is not a number");
    }
    if (strength != 0.0) {
        changes[found->second].push_back({delta, strength});
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

// Gives parameter `index` the source's values with `changes`.
void AdapterMerger::write(size_t index, const Changes &changes) const {
    const Parameter &parameter = parameters_[index];
    const able_view &view = *source_->tensor(source_, parameter.source_name.c_str());
    const at::Device device = parameter.value.device();
    std::vector<WeightChange> list;
    bool by_rows = true;
    if (const auto found = changes.find(index); found != changes.end()) {
        for (const Change &change : found->second) {
            list.emplace_back(*change.delta, change.strength, parameter.value.sizes(), device);
            by_rows &= list.back().by_rows();
        }
    }
    // What is only read again need not pass through fp32, nor does it in copy_view() where it is stored as it is kept.
    const at::ScalarType working = list.empty() ? parameter.value.scalar_type() : at::kFloat;
    const at::Tensor whole = parameter.writable();
    const auto write_rows = [&](int64_t first, int64_t count) {
        const at::Tensor place = whole.narrow(0, first, count);
        const at::Tensor rows = copy_rows(view, parameter.source_name, first, count, device, working);
        for (const WeightChange &change : list) {
            change.apply(rows.view({count, -1}), first);
        }
        place.copy_(rows.view(place.sizes()));
    };
    const int64_t rows = parameter.value.size(0);
    const int64_t block = std::max<int64_t>(1, block_elements / (parameter.value.numel() / rows));
    if (!by_rows || !device.is_cpu() || rows <= block) {
        write_rows(0, rows);
    } else {
        at::parallel_for(0, (rows + block - 1) / block, 1, [&](int64_t begin, int64_t end) {
            const c10::InferenceMode inference; // it is each thread's own
            for (int64_t i = begin; i < end; ++i) {
                write_rows(i * block, std::min(block, rows - i * block));
            }
        });
    }
    parameter.assign(whole);
}

void AdapterMerger::set(std::span<const able_adapter_use *const> uses, const able_job *job) {
    Changes changes = collect(uses);
    std::set<size_t> touched;
    for (const Changes *each : {&changes, &applied_}) {
        for (const auto &[index, unused] : *each) {
            touched.insert(index);
        }
    }
    // Known as changed from now on, even if what follows fails twice.
    for (const size_t index : touched) {
        applied_.try_emplace(index);
    }
    auto next = touched.begin();
    try {
        for (uint64_t done = 0; next != touched.end(); ++next) {
            stop_if_cancelled(job);
            write(*next, changes);
            job->progress(job, ++done, touched.size());
        }
    } catch (...) {
        for (auto back = touched.begin(); back != touched.end(); ++back) {
            write(*back, applied_);
            if (back == next) {
                break;
            }
        }
        throw;
    }
    applied_ = std::move(changes);
}

} // namespace able::diffusion
