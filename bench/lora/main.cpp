// Measures what a LoRA of rank 64 takes on a full-size SDXL in bf16: applying it, another strength, taking it out
// again. Prints a Markdown table.
//
//   tools/full-size/make.py sdxl ldm sdxl.safetensors
//   build/release/bin/bench_lora sdxl.safetensors [RANK]
#include "lora_file.h"
#include "memory.h"
#include "worker_settings.h"

#include "host/models/source.h"

#include <ablerefusal/glue.hpp>
#include <plugins/diffusion/networks.h>
#include <plugins/sdxl/family_sdxl.h>

#include "diffusers_view.h"

#include <ATen/Parallel.h>
#include <c10/core/InferenceMode.h>

#include <chrono>
#include <cstdio>
#include <functional>
#include <iostream>
#include <string_view>
#include <thread>

using namespace able;
using namespace able::bench;

namespace {

// A job that does with the model's file what a worker does: whatever was read of it is let go of.
struct Job {
    explicit Job(const models::Source &model) : source(model), abi(make_struct<able_job>()) {
        abi.host = this;
        abi.fail = [](const able_job *, able_status status, const char *message) noexcept {
            std::cerr << message << '\n';
            return status;
        };
        abi.cancelled = [](const able_job *) noexcept -> int32_t {
            return 0;
        };
        abi.progress = [](const able_job *job, uint64_t, uint64_t) noexcept {
            static_cast<const Job *>(job->host)->source.let_go();
        };
        abi.log = [](const able_job *, int32_t, const char *) noexcept {
        };
    }
    Job(const Job &) = delete;
    Job &operator=(const Job &) = delete;

    const models::Source &source;
    able_job abi;
};

uint64_t fingerprint(const std::vector<diffusion::Parameter> &parameters) {
    uint64_t all = 0;
    for (const diffusion::Parameter &parameter : parameters) {
        const at::Tensor values = parameter.values();
        const std::string_view bytes(static_cast<const char *>(values.data_ptr()), values.nbytes());
        all = all * 31 + std::hash<std::string_view>{}(bytes);
    }
    return all;
}

void row(const char *what, const std::function<void()> &work) {
    const Memory before = start_measuring_memory();
    const auto start = std::chrono::steady_clock::now();
    work();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    const Memory after = measured_memory();
    const auto mib = [](uint64_t bytes) {
        return static_cast<double>(bytes) / (1 << 20);
    };
    const uint64_t more = after.peak > before.resident ? after.peak - before.resident : 0;
    std::printf("| %s | %.2f | %.0f | %.0f |\n", what, took.count(), mib(more), mib(after.resident));
    std::fflush(stdout);
}

void measure(const std::string &checkpoint, int64_t rank) {
    const c10::InferenceMode inference;
    at::set_num_threads(static_cast<int>(std::thread::hardware_concurrency()));
    const auto source = models::Source::open(checkpoint);
    const Job job(*source);
    const auto view = diffusion::diffusers_view(source->abi());
    const diffusion::Family family = sdxl::family(view->abi());
    diffusion::Networks networks = diffusion::load_networks(view->abi(), nullptr, family.texts,
                                                            diffusion::choose_placement({}, "cpu", "bf16"), &job.abi);
    source->let_go();
    const std::vector<diffusion::Parameter> parameters = networks.parameters;
    diffusion::AdapterMerger merger(view->abi(), std::move(networks.parameters), family.name);
    const uint64_t original = fingerprint(parameters);
    const LoraFile file(parameters, rank);
    std::printf("%d threads; the model has %.2f GiB of weights in memory, the LoRA of rank %lld has %.2f GiB\n\n",
                at::get_num_threads(), static_cast<double>(networks.bytes) / (1 << 30), static_cast<long long>(rank),
                static_cast<double>(file.bytes()) / (1 << 30));
    std::printf("| | seconds | MiB more at the peak | MiB resident afterwards |\n|---|---|---|---|\n");
    std::unique_ptr<Adapter> adapter;
    row("open the file and match it", [&] { adapter = std::make_unique<Adapter>(file, merger.targets(), &job.abi); });
    const auto apply = [&](double strength) {
        const able_adapter_use use = adapter->use(strength);
        const able_adapter_use *uses[] = {&use};
        merger.set(uses, &job.abi);
        adapter->let_go();
    };
    row("apply it", [&] { apply(0.8); });
    row("another strength", [&] { apply(0.6); });
    row("take it out", [&] { merger.set({}, &job.abi); });
    std::printf("\n%u weights changed; after taking it out all are %s\n", adapter->changes(),
                fingerprint(parameters) == original ? "the file's own, bit for bit" : "NOT THE FILE'S OWN");
}

} // namespace

int main(int argc, char **argv) {
    take_worker_settings(argv);
    if (argc < 2 || argc > 3) {
        std::cerr << "usage: bench_lora SDXL-CHECKPOINT [RANK]\n";
        return 2;
    }
    try {
        measure(argv[1], argc > 2 ? std::stoll(argv[2]) : 64);
        return 0;
    } catch (const std::exception &error) {
        std::cerr << "bench_lora: " << error.what() << '\n';
        return 1;
    }
}
