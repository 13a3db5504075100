// Which device and which number formats a model gets. Pure, and free of libtorch, so that every rule is a unit test.
#pragma once

#include <string>
#include <string_view>

namespace able::diffusion {

enum class DeviceKind { cpu, cuda, mps };
enum class Dtype { fp32, bf16, fp16 };

// What the machine and this build of libtorch offer.
struct Hardware {
    int cuda_devices = 0;
    bool mps = false;
    bool cpu_bf16 = false; // the processor multiplies bf16 natively (AVX512_BF16 or AMX)
};

struct Placement {
    DeviceKind device = DeviceKind::cpu;
    int index = 0; // of the CUDA device
    Dtype weights = Dtype::fp32;
    // The text encoder runs once a prompt and everything hangs on it: on a CPU it stays fp32.
    Dtype text = Dtype::fp32;
    // Decoders overflow fp16, whose largest number is 65504: with fp16 weights the VAE stays fp32.
    Dtype vae = Dtype::fp32;
    // Norms, the time embedding and the first and last convolution of the UNet.
    Dtype wide = Dtype::fp32;
};

// `device`: "auto", "cpu", "cuda", "cuda:N" or "mps"; "" is "auto". `dtype`: "auto", "fp32", "bf16" or "fp16"; "" is
// "auto". A request is honoured or refused: throws able::Error, ABLE_INVALID_ARGUMENT for a name it does not know and
// ABLE_UNSUPPORTED, with the reason, for what this hardware cannot do.
Placement choose_placement(const Hardware &hardware, std::string_view device, std::string_view dtype);

std::string device_name(const Placement &placement); // "cpu", "cuda:0", "mps"
const char *dtype_name(Dtype dtype);                 // "fp32", "bf16", "fp16"

} // namespace able::diffusion
