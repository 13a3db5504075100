#include "memory_probe.h"

#include "load_options.h"

#include "host/plugins/calls/calls.h"

#include <map>

namespace able::worker {

namespace {

constexpr std::uint32_t guided = 2; // samples of one evaluation: with and without the prompt

} // namespace

protocol::MemoryNeed memory_need(const able_pipeline &pipeline, const able_source *source,
                                 const config::Inference &settings, std::uint32_t default_width,
                                 std::uint32_t default_height) {
    protocol::MemoryNeed need;
    const plugins::JobContext job;
    const auto request = load_request(settings, source);
    std::map<std::uint64_t, std::uint64_t> working;
    const auto ask = [&](std::uint32_t width, std::uint32_t height) {
        const auto memory = plugins::estimate(pipeline, request, width, height, guided, job);
        if (memory) {
            need.weights = memory->resident;
            working[std::uint64_t{width} * height] = plugins::at_peak(*memory);
        }
        return memory.has_value();
    };
    try {
        for (const std::uint32_t side : {64U, 128U, 256U, 512U, 768U, 1024U, 1280U, 1536U, 1792U, 2048U}) {
            if (!ask(side, side)) {
                return {};
            }
        }
        if (default_width != 0 && default_height != 0) {
            ask(default_width, default_height);
        }
    } catch (const plugins::CallError &) {
        return {}; // loading it will say why
    }
    need.working.assign(working.begin(), working.end());
    return need;
}

} // namespace able::worker
