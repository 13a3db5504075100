// A model's tensor operations for one run of a sampler: what the sampler forgets to release goes with the run.
#pragma once

#include <ablerefusal/tensor.h>

#include <map>

namespace able::worker {

class ArenaOps {
public:
    explicit ArenaOps(const able_ops &model);
    ~ArenaOps();
    ArenaOps(const ArenaOps &) = delete;
    ArenaOps &operator=(const ArenaOps &) = delete;

    const able_ops *abi() const noexcept { return &abi_; }
    // References that the sampler holds.
    std::size_t held() const noexcept;

private:
    static ArenaOps &self(const able_ops *ops) noexcept { return *static_cast<ArenaOps *>(ops->owner); }
    able_tensor *adopt(able_tensor *tensor) noexcept;

    const able_ops &model_;
    able_ops abi_{};
    std::map<able_tensor *, std::size_t> references_;
};

} // namespace able::worker
