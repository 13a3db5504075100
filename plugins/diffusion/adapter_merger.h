// Merges adapters into a model's weights, and takes them out again.
#pragma once

#include "weights.h"

#include <ablerefusal/pipeline.h>

#include <set>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace able::diffusion {

// A changed weight is the source's W0 with the changes of all adapters one after the other, in fp32, rounded once. W0
// is read from the source anew each time, so that no rounding adds up and taking all adapters out gives the file's
// weights bit for bit; no second copy of the weights is kept.
class AdapterMerger {
public:
    // `source` must outlive this object.
    AdapterMerger(const able_source *source, std::vector<Parameter> parameters, const char *family);
    AdapterMerger(const AdapterMerger &) = delete;
    AdapterMerger &operator=(const AdapterMerger &) = delete;

    const able_targets *targets() const noexcept { return &abi_; }

    // Makes `uses`, and nothing else, apply; their files stay open until the next call. Throws able::Error, with the
    // weights as they were, if a delta names no weight of this model or does not fit it, if memory is short or the job
    // is cancelled. Reports progress to the job, so that the host can let go of what was read of the source.
    void set(std::span<const able_adapter_use *const> uses, const able_job *job);

private:
    struct Change {
        const able_delta *delta;
        double strength; // the user's
    };
    using Changes = std::unordered_map<size_t, std::vector<Change>>; // by index of the parameter

    const char *component_of(size_t index) const;
    Changes collect(std::span<const able_adapter_use *const> uses) const;
    void add_change(Changes &changes, const able_adapter_use &use, const able_delta *delta) const;
    void write(size_t index, const Changes &changes, at::Tensor &scratch) const;
    void write(std::span<const size_t> indices, const Changes &changes) const;
    std::vector<std::span<const size_t>> batches(std::span<const size_t> touched) const;

    static uint32_t count(const able_targets *targets) noexcept;
    static const able_target *at(const able_targets *targets, uint32_t index) noexcept;

    const able_source *source_;
    std::vector<Parameter> parameters_;
    std::unordered_map<std::string, size_t> index_; // by target name
    std::set<std::string> components_;              // "unet", …
    Changes applied_;
    std::vector<able_target> described_;
    able_targets abi_;
};

} // namespace able::diffusion
