#include "hardware.h"

#include <algorithm>
#include <thread>

#if defined(__x86_64__)
#include <cpuid.h>
#endif

namespace able::diffusion {
namespace {

// Intel SDM vol. 2A, CPUID leaf 7: AMX-BF16 is EDX bit 22 of subleaf 0, AVX512_BF16 is EAX bit 5 of subleaf 1.
bool processor_has_bf16() {
#if defined(__x86_64__)
    if (!__builtin_cpu_supports("avx512bw")) { // also asks whether the system saves the registers
        return false;
    }
    unsigned eax = 0;
    unsigned ebx = 0;
    unsigned ecx = 0;
    unsigned edx = 0;
    if (__get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx >> 22 & 1U) != 0) {
        return true;
    }
    return __get_cpuid_count(7, 1, &eax, &ebx, &ecx, &edx) != 0 && (eax >> 5 & 1U) != 0;
#else
    return false;
#endif
}

} // namespace

Hardware detect_hardware() {
    Hardware hardware;
    hardware.cuda_devices = at::hasCUDA() ? static_cast<int>(at::getNumGPUs()) : 0;
    hardware.mps = at::hasMPS();
    hardware.cpu_bf16 = processor_has_bf16();
    return hardware;
}

at::Device torch_device(const Placement &placement) {
    if (placement.device == DeviceKind::cuda) {
        return {at::kCUDA, static_cast<c10::DeviceIndex>(placement.index)};
    }
    return placement.device == DeviceKind::mps ? at::Device(at::kMPS) : at::Device(at::kCPU);
}

at::ScalarType torch_dtype(Dtype dtype) {
    if (dtype == Dtype::fp32) {
        return at::kFloat;
    }
    return dtype == Dtype::bf16 ? at::kBFloat16 : at::kHalf;
}

void make_reproducible(const Placement &placement) {
    if (placement.device != DeviceKind::cuda) {
        return;
    }
    at::Context &context = at::globalContext();
    context.setBenchmarkCuDNN(false);
    context.setDeterministicCuDNN(true);
    context.setAllowTF32CuDNN(false);
    context.setAllowTF32CuBLAS(false);
}

int thread_count(uint32_t requested) {
    constexpr uint32_t limit = 1024;
    if (requested > 0) {
        return static_cast<int>(std::min(requested, limit));
    }
    return static_cast<int>(std::clamp(std::thread::hardware_concurrency(), 1U, limit));
}

} // namespace able::diffusion
