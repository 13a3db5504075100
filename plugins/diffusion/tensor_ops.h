// The tensors that cross the ABI, and able_ops over them.
#pragma once

#include <ATen/ATen.h>
#include <ablerefusal/tensor.h>

#include <atomic>
#include <cstdint>
#include <memory>

// Latents in fp32 on the model's device, counted by its users.
struct able_tensor {
    explicit able_tensor(at::Tensor tensor) : value(std::move(tensor)) {}

    at::Tensor value;
    std::atomic<uint32_t> references{1};
};

namespace able::diffusion {

struct TensorRelease {
    void operator()(able_tensor *tensor) const noexcept;
};
// One reference to a tensor; release() hands it to the ABI's other side.
using TensorHandle = std::unique_ptr<able_tensor, TensorRelease>;

TensorHandle make_tensor(at::Tensor value);

// able_ops for the tensors of one device. Its address must stay valid as long as the ABI's other side uses abi().
class TensorOps {
public:
    explicit TensorOps(at::Device device);
    TensorOps(const TensorOps &) = delete;
    TensorOps &operator=(const TensorOps &) = delete;

    const able_ops *abi() const noexcept { return &abi_; }
    at::TensorOptions options() const { return at::TensorOptions(device_).dtype(at::kFloat); }

private:
    at::Device device_;
    able_ops abi_;
};

} // namespace able::diffusion
