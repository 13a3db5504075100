#include "policy.h"

#include <ablerefusal/glue.hpp>

#include <charconv>
#include <optional>

namespace able::diffusion {
namespace {

struct DeviceChoice {
    DeviceKind kind;
    int index;
};

DeviceChoice best_device(const Hardware &hardware) {
    if (hardware.cuda_devices > 0) {
        return {DeviceKind::cuda, 0};
    }
    return {hardware.mps ? DeviceKind::mps : DeviceKind::cpu, 0};
}

std::optional<int> cuda_index(std::string_view device) {
    if (device == "cuda") {
        return 0;
    }
    constexpr std::string_view prefix = "cuda:";
    if (!device.starts_with(prefix)) {
        return std::nullopt;
    }
    const std::string_view digits = device.substr(prefix.size());
    int index = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), index);
    if (error != std::errc{} || end != digits.data() + digits.size() || index < 0) {
        return std::nullopt;
    }
    return index;
}

DeviceChoice choose_device(const Hardware &hardware, std::string_view device) {
    if (device.empty() || device == "auto") {
        return best_device(hardware);
    }
    if (device == "cpu") {
        return {DeviceKind::cpu, 0};
    }
    if (device == "mps") {
        if (!hardware.mps) {
            throw Error(ABLE_UNSUPPORTED,
                        "device \"mps\": this build of libtorch has no Metal device here; use \"auto\"");
        }
        return {DeviceKind::mps, 0};
    }
    const std::optional<int> index = cuda_index(device);
    if (!index) {
        throw Error(ABLE_INVALID_ARGUMENT,
                    "device \"" + std::string(device) + "\": expected \"auto\", \"cpu\", \"cuda:N\" or \"mps\"");
    }
    if (*index >= hardware.cuda_devices) {
        throw Error(ABLE_UNSUPPORTED, "device \"" + std::string(device) + "\": libtorch sees " +
                                          std::to_string(hardware.cuda_devices) +
                                          " CUDA devices here; use \"auto\" or \"cpu\", or a libtorch with CUDA");
    }
    return {DeviceKind::cuda, *index};
}

Dtype best_dtype(const Hardware &hardware, DeviceKind device) {
    if (device == DeviceKind::cuda) {
        return Dtype::fp16;
    }
    return device == DeviceKind::cpu && hardware.cpu_bf16 ? Dtype::bf16 : Dtype::fp32;
}

Dtype choose_dtype(const Hardware &hardware, DeviceKind device, std::string_view dtype) {
    if (dtype.empty() || dtype == "auto") {
        return best_dtype(hardware, device);
    }
    if (dtype == "fp32") {
        return Dtype::fp32;
    }
    if (dtype != "bf16" && dtype != "fp16") {
        throw Error(ABLE_INVALID_ARGUMENT,
                    "dtype \"" + std::string(dtype) + "\": expected \"auto\", \"fp32\", \"bf16\" or \"fp16\"");
    }
    if (device == DeviceKind::mps) {
        throw Error(ABLE_UNSUPPORTED,
                    "dtype \"" + std::string(dtype) + "\": on a Metal device only \"fp32\" gives right pictures");
    }
    if (dtype == "fp16" && device == DeviceKind::cpu) {
        throw Error(ABLE_UNSUPPORTED,
                    "dtype \"fp16\": libtorch has no fp16 arithmetic on a CPU; use \"bf16\" or \"fp32\"");
    }
    return dtype == "bf16" ? Dtype::bf16 : Dtype::fp16;
}

} // namespace

Placement choose_placement(const Hardware &hardware, std::string_view device, std::string_view dtype) {
    const DeviceChoice chosen = choose_device(hardware, device);
    Placement placement;
    placement.device = chosen.kind;
    placement.index = chosen.index;
    placement.weights = choose_dtype(hardware, chosen.kind, dtype);
    placement.text = chosen.kind == DeviceKind::cpu ? Dtype::fp32 : placement.weights;
    placement.vae = placement.weights == Dtype::fp16 ? Dtype::fp32 : placement.weights;
    // A GPU's norms keep fp32 statistics whatever the format of their input; libtorch's CPU ones do not.
    placement.wide = chosen.kind == DeviceKind::cpu ? Dtype::fp32 : placement.weights;
    return placement;
}

std::string device_name(const Placement &placement) {
    if (placement.device == DeviceKind::cuda) {
        return "cuda:" + std::to_string(placement.index);
    }
    return placement.device == DeviceKind::mps ? "mps" : "cpu";
}

const char *dtype_name(Dtype dtype) {
    if (dtype == Dtype::fp32) {
        return "fp32";
    }
    return dtype == Dtype::bf16 ? "bf16" : "fp16";
}

} // namespace able::diffusion
