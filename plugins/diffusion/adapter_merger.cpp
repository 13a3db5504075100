#include "adapter_merger.h"

#include "parallel.h"
#include "torch_guard.h"
#include "view_tensor.h"
#include "weight_change.h"

#include <algorithm>
#include <atomic>
#include <cmath>
#include <set>

namespace able::diffusion {
namespace {

// What is changed at a time on a CPU: as fp32 it stays in a core's own cache.
constexpr int64_t merged_at_a_time = 1 << 17;

// What each thread writes before the job hears of it.
constexpr int64_t batch_elements = 1 << 24;

double strength_for(const able_adapter_use &use, std::string_view component) {
    for (uint32_t i = 0; i < use.strength_count; ++i) {
        const able_strength *own = use.strengths[i];
        if (own != nullptr && own->component != nullptr && component == own->component) {
            return own->strength;
        }
    }
    return use.strength;
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
    for (const Parameter &parameter : parameters_) {
        components_.insert(parameter.target.substr(0, parameter.target.find('.')));
    }
    for (size_t i = 0; i < parameters_.size(); ++i) {
        index_.emplace(parameters_[i].target, i);
        auto target = make_struct<able_target>();
        target.name = parameters_[i].target.c_str();
        target.ndim = static_cast<uint32_t>(parameters_[i].value.dim());
        target.shape = parameters_[i].value.sizes().data();
        target.component = component_of(i);
        described_.push_back(target);
    }
    abi_.owner = this;
    abi_.family = family;
    abi_.count = count;
    abi_.at = at;
}

const char *AdapterMerger::component_of(size_t index) const {
    const std::string &target = parameters_[index].target;
    return components_.find(target.substr(0, target.find('.')))->c_str();
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
    const double strength = strength_for(use, component_of(found->second));
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

// Gives parameter `index` the source's values with `changes`. What a packed weight is made from is put in `scratch`.
void AdapterMerger::write(size_t index, const Changes &changes, at::Tensor &scratch) const {
    const Parameter &parameter = parameters_[index];
    const able_view &view = *source_->tensor(source_, parameter.source_name.c_str());
    const at::Device device = parameter.value.device();
    std::vector<WeightChange> list;
    bool by_rows = device.is_cpu();
    if (const auto found = changes.find(index); found != changes.end()) {
        for (const Change &change : found->second) {
            list.emplace_back(*change.delta, change.strength, parameter.value.sizes(), device);
            by_rows &= list.back().by_rows();
        }
    }
    // What is only read again need not pass through fp32, nor does it in copy_view() where it is stored as it is kept.
    const at::ScalarType working = list.empty() ? parameter.value.scalar_type() : at::kFloat;
    const at::Tensor whole = parameter.writable(scratch);
    const int64_t rows = parameter.value.size(0);
    const int64_t block = by_rows ? std::max<int64_t>(1, merged_at_a_time / (parameter.value.numel() / rows)) : rows;
    for (int64_t first = 0; first < rows; first += block) {
        const int64_t count = std::min(block, rows - first);
        const at::Tensor place = whole.narrow(0, first, count);
        const at::Tensor changed = copy_rows(view, parameter.source_name, first, count, device, working);
        for (const WeightChange &change : list) {
            change.apply(changed.view({count, -1}), first);
        }
        place.copy_(changed.view(place.sizes()));
    }
    parameter.assign(whole);
}

// On a CPU each weight is one thread's: threads that had to wait for each other at every block would take twice as
// long. So it is for a single weight too, that the number of threads does not show in the bits.
void AdapterMerger::write(std::span<const size_t> indices, const Changes &changes) const {
    std::atomic<size_t> next = 0;
    const auto work = [&](int64_t, int64_t) {
        const c10::InferenceMode inference; // it is each thread's own
        at::Tensor scratch;
        for (size_t i = next++; i < indices.size(); i = next++) {
            write(indices[i], changes, scratch);
        }
    };
    const bool cpu =
        std::all_of(indices.begin(), indices.end(), [this](size_t index) { return parameters_[index].value.is_cpu(); });
    at::parallel_for(0, cpu ? at::get_num_threads() : 1, 1, work);
}

// `touched` in parts, between which the job is asked: tenths of a second's work, and a sixty-fourth of all at most.
std::vector<std::span<const size_t>> AdapterMerger::batches(std::span<const size_t> touched) const {
    int64_t all = 0;
    for (const size_t index : touched) {
        all += parameters_[index].value.numel();
    }
    const int64_t limit = std::min(batch_elements * at::get_num_threads(), all / 64);
    std::vector<std::span<const size_t>> batches;
    for (size_t begin = 0; begin < touched.size();) {
        size_t end = begin;
        int64_t elements = 0;
        do {
            elements += parameters_[touched[end++]].value.numel();
        } while (end < touched.size() && elements + parameters_[touched[end]].value.numel() <= limit);
        batches.push_back(touched.subspan(begin, end - begin));
        begin = end;
    }
    return batches;
}

void AdapterMerger::set(std::span<const able_adapter_use *const> uses, const able_job *job) {
    Changes changes = collect(uses);
    std::set<size_t> both;
    for (const Changes *each : {&changes, &applied_}) {
        for (const auto &[index, unused] : *each) {
            both.insert(index);
        }
    }
    const std::vector<size_t> touched(both.begin(), both.end());
    // Known as changed from now on, even if what follows fails twice.
    for (const size_t index : touched) {
        applied_.try_emplace(index);
    }
    size_t end = 0;
    try {
        for (const std::span<const size_t> batch : batches(touched)) {
            stop_if_cancelled(job);
            end += batch.size();
            write(batch, changes);
            job->progress(job, end, touched.size());
        }
    } catch (...) {
        write(std::span(touched).first(end), applied_);
        throw;
    }
    applied_ = std::move(changes);
}

} // namespace able::diffusion
