// Which device and formats a model gets, for hardware that need not be here.
#include <policy.h>

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

namespace policy_test {

using namespace able;
using namespace able::diffusion;

namespace {

constexpr Hardware plain{.cuda_devices = 0, .mps = false, .cpu_bf16 = false};
constexpr Hardware modern{.cuda_devices = 0, .mps = false, .cpu_bf16 = true};
constexpr Hardware two_gpus{.cuda_devices = 2, .mps = false, .cpu_bf16 = true};
constexpr Hardware mac{.cuda_devices = 0, .mps = true, .cpu_bf16 = false};

std::string chosen(const Hardware &hardware, const char *device, const char *dtype) {
    const Placement placement = choose_placement(hardware, device, dtype);
    return device_name(placement) + " " + dtype_name(placement.weights);
}

able_status refusal(const Hardware &hardware, const char *device, const char *dtype) {
    try {
        choose_placement(hardware, device, dtype);
    } catch (const Error &error) {
        return error.status();
    }
    return ABLE_OK;
}

} // namespace

TEST_CASE("policy: auto takes the fastest device and the format that is fast and right on it") {
    CHECK(chosen(plain, "auto", "auto") == "cpu fp32");
    CHECK(chosen(modern, "auto", "auto") == "cpu bf16");
    CHECK(chosen(two_gpus, "auto", "auto") == "cuda:0 fp16");
    CHECK(chosen(mac, "auto", "auto") == "mps fp32");
    CHECK(chosen(two_gpus, "", "") == "cuda:0 fp16");
    CHECK(chosen(two_gpus, "cpu", "auto") == "cpu bf16");
}

TEST_CASE("policy: an explicit request is honoured") {
    CHECK(chosen(plain, "cpu", "bf16") == "cpu bf16");
    CHECK(chosen(modern, "cpu", "fp32") == "cpu fp32");
    CHECK(chosen(two_gpus, "cuda:1", "bf16") == "cuda:1 bf16");
    CHECK(chosen(two_gpus, "cuda", "fp32") == "cuda:0 fp32");
    CHECK(chosen(mac, "mps", "fp32") == "mps fp32");
}

TEST_CASE("policy: a request that cannot be met is refused, never replaced") {
    CHECK(refusal(modern, "cpu", "fp16") == ABLE_UNSUPPORTED);
    CHECK(refusal(modern, "auto", "fp16") == ABLE_UNSUPPORTED);
    CHECK(refusal(mac, "mps", "fp16") == ABLE_UNSUPPORTED);
    CHECK(refusal(mac, "auto", "bf16") == ABLE_UNSUPPORTED);
    CHECK(refusal(plain, "cuda", "auto") == ABLE_UNSUPPORTED);
    CHECK(refusal(two_gpus, "cuda:2", "auto") == ABLE_UNSUPPORTED);
    CHECK(refusal(plain, "mps", "auto") == ABLE_UNSUPPORTED);
}

TEST_CASE("policy: names that mean nothing are invalid") {
    for (const char *device : {"gpu", "cuda:", "cuda:-1", "cuda:1x", "cuda:99999999999", "CPU"}) {
        INFO(device);
        CHECK(refusal(two_gpus, device, "auto") == ABLE_INVALID_ARGUMENT);
    }
    for (const char *dtype : {"int8", "FP16", "float32"}) {
        INFO(dtype);
        CHECK(refusal(two_gpus, "auto", dtype) == ABLE_INVALID_ARGUMENT);
    }
}

TEST_CASE("policy: the parts that a small format would spoil get a larger one") {
    const Placement cpu = choose_placement(modern, "cpu", "bf16");
    CHECK(cpu.text == Dtype::fp32);
    CHECK(cpu.wide == Dtype::fp32);
    CHECK(cpu.vae == Dtype::bf16);
    const Placement gpu = choose_placement(two_gpus, "cuda", "fp16");
    CHECK(gpu.text == Dtype::fp16);
    CHECK(gpu.wide == Dtype::fp16);
    CHECK(gpu.vae == Dtype::fp32);
}

} // namespace policy_test
