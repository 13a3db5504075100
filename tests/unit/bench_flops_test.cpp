// The arithmetic that the bench counts, against torch's own count (tools/full-size/flops.py).
#include "ldm_reference.hpp"

#include "bench/speed/flops.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <deque>
#include <fstream>

namespace bench_flops_test {

using namespace able;

namespace {

// The UNet's weights of a true checkpoint, by their names in diffusers.
class Weights {
public:
    explicit Weights(const std::string &family) {
        for (const auto &row : tests::reference(family)) {
            if (row.how != "-" && row.name.starts_with("unet.")) {
                shapes_.push_back(row.shape);
                names_.push_back(row.name);
                auto target = make_struct<able_target>();
                target.name = names_.back().c_str();
                target.shape = shapes_.back().data();
                target.ndim = static_cast<std::uint32_t>(shapes_.back().size());
                list_.push_back(target);
            }
        }
        targets_.owner = this;
        targets_.count = [](const able_targets *t) noexcept {
            return static_cast<std::uint32_t>(self(t).list_.size());
        };
        targets_.at = [](const able_targets *t, std::uint32_t i) noexcept {
            return &self(t).list_[i];
        };
    }
    const able_targets &abi() const { return targets_; }

private:
    static const Weights &self(const able_targets *t) { return *static_cast<const Weights *>(t->owner); }

    std::deque<std::vector<std::int64_t>> shapes_;
    std::deque<std::string> names_;
    std::vector<able_target> list_;
    able_targets targets_ = make_struct<able_targets>();
};

} // namespace

TEST_CASE("the bench counts a network's arithmetic as torch does") {
    const auto reference = nlohmann::json::parse(std::ifstream(ABLE_SOURCE_DIR "/tests/unit/data/flops.json"));
    for (const auto &entry : reference.at("unet")) {
        CAPTURE(entry.dump());
        const Weights weights(entry.at("family"));
        const auto branch =
            entry.contains("branch") ? std::optional(entry.at("branch").get<std::uint32_t>()) : std::nullopt;
        const auto flops = bench::unet_flops(
            weights.abi(), {entry.at("batch"), entry.at("height").get<int>() / 8, entry.at("width").get<int>() / 8}, 77,
            branch);
        CHECK(flops.evaluation + flops.prompt == Approx(entry.at("flops").get<double>()).epsilon(1e-6));
        CHECK((branch || flops.prompt > 0)); // SDXL has no cross-attention on its first level
    }
    for (const auto &entry : reference.at("decoder")) {
        CAPTURE(entry.dump());
        const double flops =
            bench::decoder_flops({1, entry.at("height").get<int>() / 8, entry.at("width").get<int>() / 8});
        CHECK(flops == Approx(entry.at("flops").get<double>()).epsilon(1e-6));
    }
}

} // namespace bench_flops_test
