// Golden numbers: torch 2.15.0 on a CPU, torch.Generator().manual_seed(seed) and torch.randn(n, generator=g). Torch
// computes in fp32, with errors of about 1e-6 that differ between its builds; a wrong stream differs by whole numbers.
#include "host/models/safetensors.h"
#include "host/worker/sampling/noise.h"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <fstream>
#include <vector>

namespace worker_noise_test {

using able::worker::TorchGenerator;

namespace {

std::vector<float> draw(TorchGenerator &generator, std::size_t count) {
    std::vector<float> values(count);
    generator.normal(values);
    return values;
}

void check_close(const std::vector<float> &values, const std::vector<double> &expected) {
    REQUIRE(values.size() >= expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) {
        INFO(i);
        CHECK(values[i] == Approx(expected[i]).margin(1e-6).epsilon(0));
    }
}

} // namespace

TEST_CASE("sixteen or more normals follow torch's block algorithm", "[noise]") {
    TorchGenerator zero(0);
    check_close(draw(zero, 16), {-1.1258398, -1.1523602, -0.25057858, -0.4338788});
    TorchGenerator generator(42);
    const std::vector<float> latents = draw(generator, 4 * 64 * 64);
    check_close(latents, {1.92691529, 1.48728406, 0.9007172});
    CHECK(latents[4095] == Approx(-0.0118428767).margin(1e-6));
    CHECK(latents[8191] == Approx(1.85633218).margin(1e-6));
    CHECK(latents[16383] == Approx(-0.293406099).margin(1e-6));
}

TEST_CASE("a length that is no multiple of sixteen redraws its last sixteen normals", "[noise]") {
    TorchGenerator generator(1234);
    check_close(draw(generator, 37),
                {-0.111718565, -0.496590108, 0.163073704, -0.88168776,  0.0539001934, 0.668373704,   -0.0596576072,
                 -0.467497945, -0.215252936, 0.883961618, -0.758416891, -0.368867904, -0.342393607,  -1.40197182,
                 0.320647985,  -1.0218575,   0.798832595, -0.092287533, -0.704919696, -1.60236216,   0.28909719,
                 -0.27722767,  -2.18339777,  0.366826355, 0.766699731,  0.0190354027, 0.0219974313,  1.15319991,
                 -0.339332461, -1.01743221,  1.21924055,  0.160126761,  -0.685702384, -0.0496370457, -1.24850202,
                 -0.850858629, -0.768991828});
}

TEST_CASE("fewer than sixteen normals follow torch's double algorithm", "[noise]") {
    TorchGenerator zero(0);
    check_close(draw(zero, 6), {1.5409961, -0.2934289, -2.1787894, 0.5684313, -1.0845223, -1.3985955});
    TorchGenerator generator(42);
    check_close(draw(generator, 3), {0.33669037, 0.1288094, 0.23446237});
}

TEST_CASE("calls of different lengths share one stream, and the spare normal outlives them", "[noise]") {
    TorchGenerator generator(7);
    check_close(draw(generator, 5), {-0.146795094, 0.786141276, 0.94682163, -1.114344, 1.69079018});
    check_close(draw(generator, 1), {-0.894827902});
    check_close(draw(generator, 16), {0.609473467, -0.581133783, 0.0490438677, -0.320476919, -1.58266461});
    check_close(draw(generator, 3), {1.39545083, 1.34702265, 2.4382081});
    check_close(draw(generator, 23),
                {0.95710218,   -0.661867559, -0.828452051, -0.605680287, -0.135436893, 0.747118235,
                 0.611815751,  -0.315641105, -0.532078862, 0.299141854,  -1.42044449,  -0.163454875,
                 0.133239806,  0.182545409,  -0.514632344, 1.56712377,   -0.938839138, -1.23696864,
                 -0.062567398, 0.449509412,  -0.885797203, 1.19701838,   0.467462063});
    check_close(draw(generator, 2), {0.202758282, 0.11962077});
    check_close(draw(generator, 40), {0.148512125, -2.25778222, 0.404298425, 0.572198987, 0.307813287});
}

TEST_CASE("only the low 32 bits of a seed count, as in torch", "[noise]") {
    TorchGenerator large((std::uint64_t{1} << 40U) + 3);
    check_close(draw(large, 2), {0.803276062, 0.174833387});
    TorchGenerator small(3);
    TorchGenerator again((std::uint64_t{1} << 40U) + 3);
    CHECK(draw(small, 64) == draw(again, 64));
}

TEST_CASE("blocks of sixteen may be drawn one after another", "[noise]") {
    TorchGenerator whole(5);
    TorchGenerator parts(5);
    std::vector<float> expected = draw(whole, 4 * 8 * 8 * 2);
    std::vector<float> first = draw(parts, 4 * 8 * 8);
    const std::vector<float> second = draw(parts, 4 * 8 * 8);
    first.insert(first.end(), second.begin(), second.end());
    CHECK(first == expected);
}

TEST_CASE("the noise has the same bits on every machine", "[noise]") {
    TorchGenerator generator(20240229);
    const std::vector<float> values = draw(generator, 4096);
    // FNV-1a over the bit patterns.
    std::uint64_t hash = 14695981039346656037ULL;
    for (const float value : values) {
        std::uint32_t bits = 0;
        std::memcpy(&bits, &value, sizeof bits);
        for (unsigned shift = 0; shift < 32; shift += 8) {
            hash = (hash ^ (bits >> shift & 0xFFU)) * 1099511628211ULL;
        }
    }
    CHECK(hash == 0x2880c8c2e345f7aaULL);
    CHECK(std::all_of(values.begin(), values.end(), [](float value) { return std::isfinite(value); }));
}

TEST_CASE("drawing nothing changes nothing", "[noise]") {
    TorchGenerator generator(0);
    generator.normal({});
    check_close(draw(generator, 16), {-1.1258398});
}

TEST_CASE("an image's successive draws are those of the golden runs", "[noise]") {
    const std::string folder = std::string(ABLE_SOURCE_DIR) + "/tests/golden/data/";
    std::ifstream stream(folder + "golden.json");
    const nlohmann::json golden = nlohmann::json::parse(stream);
    const auto tensors = able::models::SafetensorsFile::open(folder + "golden.safetensors");
    REQUIRE(golden.at("noise").size() >= 8);
    for (const nlohmann::json &entry : golden.at("noise")) {
        const auto name = entry.at("draws").get<std::string>();
        INFO(name);
        const auto *draws = tensors->find(name); // [draws, 4, h, w]
        REQUIRE(draws != nullptr);
        REQUIRE(draws->dtype == able::models::DType::f32);
        const auto count = static_cast<std::size_t>(draws->shape.at(0));
        const std::size_t elements = draws->bytes / sizeof(float) / count;
        std::vector<float> expected(elements);
        TorchGenerator generator(std::stoull(entry.at("seed").get<std::string>()));
        for (std::size_t i = 0; i < count; ++i) {
            std::memcpy(expected.data(), static_cast<const char *>(draws->view.data) + i * elements * sizeof(float),
                        elements * sizeof(float));
            const std::vector<float> values = draw(generator, elements);
            double largest = 0;
            for (std::size_t k = 0; k < elements; ++k) {
                largest = std::max(largest, std::abs(double{values[k]} - double{expected[k]}));
            }
            CHECK(largest <= 2e-6); // torch rounds the angle to fp32: 2.4e-7, times a radius of up to 5.8
        }
    }
}

} // namespace worker_noise_test
