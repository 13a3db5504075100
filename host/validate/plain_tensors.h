// able_ops over plain vectors of doubles: what a sampler is given where there is no model. Every tensor is counted,
// every broken rule noted, and any call can be made to fail.
#pragma once

#include <ablerefusal/tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace able::validate {

class PlainTensors {
public:
    PlainTensors();
    PlainTensors(const PlainTensors &) = delete;
    PlainTensors &operator=(const PlainTensors &) = delete;

    const able_ops *abi() const noexcept { return &ops_; }

    // A tensor of the host's own, which a plugin must not release; not counted.
    able_tensor *own(std::vector<std::int64_t> shape, std::vector<double> values);
    // The values behind a handle. One that is not alive is misuse, noted and replaced by another tensor.
    std::vector<double> &values(const able_tensor *tensor);
    void note(const std::string &misuse);

    // True if the call now to be made is the one to fail. Whoever offers further calls to a plugin counts them here
    // too.
    bool fails() noexcept { return ++calls == fail_at; }

    std::uint32_t calls = 0;         // fallible ones so far
    std::uint32_t fail_at = 0;       // which of them, from 1, is to fail; 0 = none
    able_status fail_with = -7;      // with what; a call for a tensor fails by giving NULL instead
    bool failed_for_memory = false;  // the call that was made to fail was for a tensor
    int live = 0;                    // tensors made and not yet released
    std::vector<std::string> misuse; // rules of the ABI that were broken

private:
    struct Tensor {
        std::vector<std::int64_t> shape;
        std::vector<double> values;
        int references = 1;
        bool hosts = false;
    };

    static PlainTensors &self(const able_ops *ops) { return *static_cast<PlainTensors *>(ops->owner); }
    Tensor &at(const able_tensor *tensor);
    // The values of an operand of a result in `out`'s shape.
    const std::vector<double> &operand(const able_tensor *tensor, const Tensor &out);
    able_tensor *make(std::vector<std::int64_t> shape);
    void release(able_tensor *tensor);
    void fill_memory();
    void fill_arithmetic();
    void fill_measures();
    void fill_transfers();

    std::vector<std::unique_ptr<Tensor>> pool_;
    able_ops ops_;
};

} // namespace able::validate
