// The CPU's kernels against the plain operations in fp64, for every set of instructions that this processor runs.
#include "plugins/diffusion/kernels/kernels.h"

#include <ablerefusal/glue.hpp>

#include <catch2/catch.hpp>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>
#include <random>
#include <thread>

namespace diffusion_kernels_test {

using namespace able;
using namespace able::kernels;

namespace {

// Ranges one after the other, or each on a thread of its own.
ParallelFor threads(int64_t count) {
    return [count](int64_t work, const std::function<void(int64_t, int64_t)> &body) {
        const int64_t each = (work + count - 1) / count;
        std::vector<std::thread> running;
        for (int64_t first = 0; first < work; first += each) {
            running.emplace_back(body, first, std::min(work, first + each));
        }
        for (std::thread &thread : running) {
            thread.join();
        }
    };
}

uint16_t to_bf16(float value) {
    uint32_t bits;
    std::memcpy(&bits, &value, sizeof bits);
    return static_cast<uint16_t>((bits + 0x7fff + (bits >> 16 & 1)) >> 16);
}

float from_bf16(uint16_t half) {
    const uint32_t bits = static_cast<uint32_t>(half) << 16;
    float value;
    std::memcpy(&value, &bits, sizeof value);
    return value;
}

// A tensor in either format, and the values that the kernels see in it.
class Data {
public:
    Data(Format format, std::vector<float> values) : format_(format), values_(std::move(values)) {
        for (float &value : values_) {
            if (format == Format::bf16) {
                halves_.push_back(to_bf16(value));
                value = from_bf16(halves_.back());
            }
        }
    }
    Data(Format format, size_t count) : Data(format, std::vector<float>(count, std::nanf(""))) {}

    void *data() { return format_ == Format::fp32 ? static_cast<void *>(values_.data()) : halves_.data(); }
    double operator[](size_t i) const { return format_ == Format::fp32 ? values_[i] : from_bf16(halves_[i]); }
    size_t size() const { return values_.size(); }
    bool operator==(const Data &other) const {
        return format_ == Format::fp32
                   ? std::memcmp(values_.data(), other.values_.data(), values_.size() * sizeof(float)) == 0
                   : halves_ == other.halves_;
    }

private:
    Format format_;
    std::vector<float> values_;
    std::vector<uint16_t> halves_;
};

std::vector<float> noise(size_t count, unsigned seed, float mean = 0, float deviation = 1) {
    std::mt19937 engine(seed);
    std::normal_distribution<float> normal(mean, deviation);
    std::vector<float> values(count);
    std::generate(values.begin(), values.end(), [&] { return normal(engine); });
    return values;
}

// The largest difference, over the largest value expected.
double error(const Data &found, const std::vector<double> &expected) {
    REQUIRE(found.size() == expected.size());
    double difference = 0;
    double largest = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        // NaN, which is what is found where nothing was written, must not compare as small.
        const double own = std::abs(found[i] - expected[i]);
        difference = own <= difference ? difference : own;
        largest = std::max(largest, std::abs(expected[i]));
        if (std::isnan(own)) {
            return own;
        }
    }
    return difference / largest;
}

double bound(Format format, double fp32) {
    return format == Format::fp32 ? fp32 : 6e-3; // a bf16 number is exact to 1/256, rounded to 1/512
}

// Calls body(kernels, format) for all that this processor runs.
template <class Body>
void everywhere(Body &&body) {
    for (const Isa isa : supported_isas()) {
        for (const Format format : {Format::fp32, Format::bf16}) {
            INFO(isa_name(isa) << (format == Format::fp32 ? " fp32" : " bf16"));
            body(Kernels(isa, threads(1)), format);
        }
    }
}

struct AttentionShape {
    int64_t batch, heads, queries, keys, depth;
    bool causal = false;
};

// q, k and v as a fused projection leaves them: side by side in rows, `gap` values between.
struct AttentionCase {
    AttentionShape shape;
    int64_t width, row;
    Data q, k, v, out;

    AttentionCase(const AttentionShape &of, Format format, float deviation = 1)
        : shape(of), width(of.heads * of.depth), row(width + 5), q(format, noise(size(of.queries), 1, 0, deviation)),
          k(format, noise(size(of.keys), 2, 0, deviation)), v(format, noise(size(of.keys), 3)),
          out(format, static_cast<size_t>(of.batch * of.queries * width)) {}

    size_t size(int64_t rows) const { return static_cast<size_t>(shape.batch * rows * row); }
    AttentionCall call() {
        const AttentionShape &s = shape;
        return {q.data(),  k.data(),     v.data(), out.data(),        s.batch, s.heads,
                s.queries, s.keys,       s.depth,  s.queries * row,   row,     s.keys * row,
                row,       s.keys * row, row,      s.queries * width, width,   s.causal};
    }

    std::vector<double> expected() const {
        std::vector<double> result(out.size());
        const double scale = 1 / std::sqrt(static_cast<double>(shape.depth));
        for (int64_t n = 0; n < shape.batch; ++n) {
            for (int64_t h = 0; h < shape.heads; ++h) {
                for (int64_t t = 0; t < shape.queries; ++t) {
                    attend(result, n, h * shape.depth, t, scale);
                }
            }
        }
        return result;
    }

private:
    static size_t index(int64_t i) { return static_cast<size_t>(i); }
    void attend(std::vector<double> &result, int64_t n, int64_t channel, int64_t t, double scale) const {
        const int64_t keys = shape.causal ? std::min(shape.keys, t + 1) : shape.keys;
        std::vector<double> scores(index(keys));
        for (int64_t s = 0; s < keys; ++s) {
            for (int64_t c = 0; c < shape.depth; ++c) {
                scores[index(s)] += scale * q[index((n * shape.queries + t) * row + channel + c)] *
                                    k[index((n * shape.keys + s) * row + channel + c)];
            }
        }
        const double most = *std::max_element(scores.begin(), scores.end());
        double total = 0;
        for (double &score : scores) {
            score = std::exp(score - most);
            total += score;
        }
        for (int64_t s = 0; s < keys; ++s) {
            for (int64_t c = 0; c < shape.depth; ++c) {
                result[index((n * shape.queries + t) * width + channel + c)] +=
                    scores[index(s)] / total * v[index((n * shape.keys + s) * row + channel + c)];
            }
        }
    }
};

const std::vector<AttentionShape> attention_shapes{
    {1, 1, 1, 1, 40},    {2, 8, 64, 64, 40},        {1, 2, 1, 77, 64},          {1, 3, 256, 77, 40},
    {2, 2, 49, 154, 80}, {1, 1, 130, 129, 160},     {1, 2, 47, 128, 64},        {1, 1, 300, 300, 512},
    {2, 4, 16, 77, 8},   {2, 2, 65, 65, 16},        {1, 3, 35, 31, 5},          {1, 1, 7, 257, 33},
    {1, 2, 6, 1, 1},     {1, 12, 77, 77, 64, true}, {2, 2, 154, 154, 16, true}, {1, 1, 1, 1, 3, true},
};

struct Matrix {
    int64_t rows, channels;
};
const std::vector<Matrix> matrices{{1, 1},    {1, 320}, {3, 8},  {77, 768}, {5, 33},
                                   {2, 1280}, {64, 40}, {1, 15}, {2, 127}};

size_t count(const Matrix &matrix, int64_t times = 1) {
    return static_cast<size_t>(matrix.rows * matrix.channels * times);
}

struct MapShape {
    int64_t batch, pixels, channels, groups;
};
const std::vector<MapShape> maps{{1, 1, 64, 2},    {2, 64, 320, 32},  {1, 4096, 32, 32}, {2, 35, 96, 32},
                                 {1, 1023, 40, 8}, {3, 17, 12, 3},    {1, 289, 130, 2},  {2, 9, 1280, 32},
                                 {1, 5, 7, 7},     {1, 9000, 128, 32}};

struct NormCase {
    MapShape shape;
    Data x, out;
    std::vector<float> weight, bias, add;

    NormCase(const MapShape &of, Format format, bool with_add, float mean)
        : shape(of), x(format, noise(static_cast<size_t>(of.batch * of.pixels * of.channels), 4, mean)),
          out(format, x.size()), weight(noise(static_cast<size_t>(of.channels), 5, 1, 0.2F)),
          bias(noise(static_cast<size_t>(of.channels), 6)),
          add(with_add ? noise(static_cast<size_t>(of.batch * of.channels), 7) : std::vector<float>()) {}

    GroupNormCall call(bool silu) {
        return {x.data(),
                out.data(),
                shape.batch,
                shape.pixels,
                shape.channels,
                {weight.data(), bias.data(), shape.groups, 1e-5},
                add.empty() ? nullptr : add.data(),
                silu};
    }

    std::vector<double> expected(bool silu) const {
        std::vector<double> result(x.size());
        const int64_t each = shape.channels / shape.groups;
        for (int64_t n = 0; n < shape.batch; ++n) {
            for (int64_t group = 0; group < shape.groups; ++group) {
                normalise(result, n, group * each, each, silu);
            }
        }
        return result;
    }

private:
    double value(size_t i, size_t channel) const { return x[i] + (add.empty() ? 0.0 : add[channel]); }
    void normalise(std::vector<double> &result, int64_t n, int64_t first, int64_t each, bool silu) const {
        const auto over = [&](auto &&body) {
            for (int64_t p = 0; p < shape.pixels; ++p) {
                for (int64_t c = first; c < first + each; ++c) {
                    body(static_cast<size_t>((n * shape.pixels + p) * shape.channels + c), static_cast<size_t>(c),
                         static_cast<size_t>(n * shape.channels + c));
                }
            }
        };
        const auto values = static_cast<double>(shape.pixels * each);
        double mean = 0;
        over([&](size_t i, size_t, size_t own) { mean += value(i, own) / values; });
        double variance = 0;
        over([&](size_t i, size_t, size_t own) { variance += std::pow(value(i, own) - mean, 2) / values; });
        over([&](size_t i, size_t c, size_t own) {
            const double y = (value(i, own) - mean) / std::sqrt(variance + 1e-5) * weight[c] + bias[c];
            result[i] = silu ? y / (1 + std::exp(-y)) : y;
        });
    }
};

std::vector<double> layer_norm_of(const Data &x, const Matrix &matrix, const std::vector<float> &weight,
                                  const std::vector<float> &bias) {
    std::vector<double> result(x.size());
    const auto channels = static_cast<size_t>(matrix.channels);
    for (size_t row = 0; row < x.size(); row += channels) {
        double mean = 0;
        for (size_t c = 0; c < channels; ++c) {
            mean += x[row + c] / static_cast<double>(channels);
        }
        double variance = 0;
        for (size_t c = 0; c < channels; ++c) {
            variance += std::pow(x[row + c] - mean, 2) / static_cast<double>(channels);
        }
        for (size_t c = 0; c < channels; ++c) {
            result[row + c] = (x[row + c] - mean) / std::sqrt(variance + 1e-5) * weight[c] + bias[c];
        }
    }
    return result;
}

double gelu_of(double x) {
    return x * 0.5 * std::erfc(-x / std::sqrt(2.0));
}

} // namespace

TEST_CASE("Attention agrees with softmax and products in fp64, whatever the shape", "[kernels]") {
    everywhere([](const Kernels &kernels, Format format) {
        for (const AttentionShape &shape : attention_shapes) {
            AttentionCase one(shape, format);
            INFO(shape.queries << " queries, " << shape.keys << " keys, depth " << shape.depth);
            kernels.attention(format, one.call());
            CHECK(error(one.out, one.expected()) < bound(format, 2e-6));
        }
    });
}

TEST_CASE("Attention stays right where single scores dominate", "[kernels]") {
    everywhere([](const Kernels &kernels, Format format) {
        // Scores of some hundreds, the largest of a row in any of its blocks.
        AttentionCase one({1, 2, 50, 400, 40}, format, 6);
        kernels.attention(format, one.call());
        CHECK(error(one.out, one.expected()) < bound(format, 1e-4));
    });
}

TEST_CASE("What is no number stays visible through attention and norms", "[kernels]") {
    everywhere([](const Kernels &kernels, Format format) {
        const float nan = std::numeric_limits<float>::quiet_NaN();
        AttentionCase clean({1, 1, 2, 3, 8}, format);
        std::vector<float> q(clean.q.size());
        for (size_t i = 0; i < q.size(); ++i) {
            q[i] = static_cast<float>(clean.q[i]);
        }
        q[3] = nan;
        clean.q = Data(format, q);
        kernels.attention(format, clean.call());
        CHECK(std::isnan(clean.out[0]));
        CHECK_FALSE(std::isnan(clean.out[8]));

        NormCase norm({1, 20, 8, 2}, format, false, 0);
        std::vector<float> x(norm.x.size(), 1);
        x[1] = nan;
        norm.x = Data(format, x);
        kernels.group_norm(format, norm.call(true));
        CHECK(std::isnan(norm.out[0]));
    });
}

TEST_CASE("GroupNorm agrees with fp64, with and without SiLU and something added", "[kernels]") {
    everywhere([](const Kernels &kernels, Format format) {
        for (const MapShape &shape : maps) {
            for (const bool extra : {false, true}) {
                INFO(shape.pixels << " pixels, " << shape.channels << " channels" << (extra ? ", added" : ""));
                NormCase one(shape, format, extra, 0.5F);
                kernels.group_norm(format, one.call(extra));
                CHECK(error(one.out, one.expected(extra)) < bound(format, 2e-6));
            }
        }
    });
}

TEST_CASE("Norms keep their accuracy where the mean is far from 0", "[kernels]") {
    everywhere([](const Kernels &kernels, Format format) {
        NormCase map({1, 4096, 64, 32}, format, false, 1000);
        kernels.group_norm(format, map.call(false));
        CHECK(error(map.out, map.expected(false)) < bound(format, 1e-4)); // x itself is exact to 6e-5
        const Matrix matrix{16, 320};
        Data x(format, noise(count(matrix), 1, 1000));
        Data out(format, x.size());
        const std::vector<float> weight(320, 1);
        const std::vector<float> bias(320, 0);
        kernels.layer_norm(format, {x.data(), out.data(), weight.data(), bias.data(), 16, 320, 1e-5F});
        CHECK(error(out, layer_norm_of(x, matrix, weight, bias)) < bound(format, 1e-4));
    });
}

TEST_CASE("A map's moments can be taken in parts", "[kernels]") {
    const Kernels kernels(supported_isas().back(), threads(1));
    NormCase one({1, 500, 24, 4}, Format::fp32, false, 3);
    const auto part = [&](int64_t from, int64_t to) {
        return kernels.moments(Format::fp32, {static_cast<const float *>(one.x.data()) + from * 24, to - from, 24});
    };
    ChannelMoments moments;
    moments.merge(part(0, 7));
    moments.merge(part(7, 300));
    moments.merge(part(300, 500));
    const ChannelAffine affine = normalisation(moments, one.call(false).norm, nullptr);
    kernels.affine(Format::fp32, {one.x.data(), 500, 24}, affine, true, one.out.data());
    CHECK(error(one.out, one.expected(true)) < 2e-6);
}

TEST_CASE("LayerNorm, GEGLU and GELU agree with fp64, whatever the width", "[kernels]") {
    everywhere([](const Kernels &kernels, Format format) {
        for (const Matrix &matrix : matrices) {
            INFO(matrix.rows << " x " << matrix.channels);
            const auto channels = static_cast<size_t>(matrix.channels);
            const std::vector<float> weight = noise(channels, 8, 1, 0.2F);
            const std::vector<float> bias = noise(channels, 9);
            Data x(format, noise(count(matrix), 10, 0.3F));
            Data out(format, x.size());
            kernels.layer_norm(format,
                               {x.data(), out.data(), weight.data(), bias.data(), matrix.rows, matrix.channels, 1e-5F});
            CHECK(error(out, layer_norm_of(x, matrix, weight, bias)) < bound(format, 2e-6));

            Data pair(format, noise(count(matrix, 2), 11, 0, 3));
            kernels.geglu(format, {pair.data(), out.data(), matrix.rows, matrix.channels});
            std::vector<double> expected(out.size());
            for (size_t i = 0; i < expected.size(); ++i) {
                const size_t at = i / channels * 2 * channels + i % channels;
                expected[i] = pair[at] * gelu_of(pair[at + channels]);
            }
            CHECK(error(out, expected) < bound(format, 2e-6));

            const auto compare = [&](auto &&function) {
                std::vector<double> values(out.size());
                for (size_t i = 0; i < values.size(); ++i) {
                    values[i] = function(x[i]);
                }
                return error(out, values);
            };
            const Pixels rows{x.data(), matrix.rows, matrix.channels};
            kernels.gelu(format, rows, out.data());
            CHECK(compare(gelu_of) < bound(format, 2e-6));
            kernels.quick_gelu(format, rows, out.data());
            CHECK(compare([](double value) { return value / (1 + std::exp(-1.702 * value)); }) < bound(format, 2e-6));
        }
    });
}

TEST_CASE("Activations hold at the ends of what fp32 holds", "[kernels]") {
    everywhere([](const Kernels &kernels, Format format) {
        const std::vector<float> ends{-1e30F, -1e4F, -100, -20, -1e-30F, 0, 1e-30F, 20, 100, 1e4F, 1e30F};
        const auto size = static_cast<int64_t>(ends.size());
        std::vector<float> pairs(ends.size(), 1);
        pairs.insert(pairs.end(), ends.begin(), ends.end());
        Data x(format, pairs);
        Data out(format, ends.size());
        kernels.geglu(format, {x.data(), out.data(), 1, size});
        Data map(format, ends);
        Data activated(format, ends.size());
        const ChannelAffine same{std::vector<float>(ends.size(), 1), std::vector<float>(ends.size(), 0)};
        kernels.affine(format, {map.data(), 1, size}, same, true, activated.data());
        for (size_t i = 0; i < ends.size(); ++i) {
            INFO(ends[i]);
            CHECK(out[i] == Approx(gelu_of(map[i])).epsilon(0.005).margin(1e-6));
            CHECK(activated[i] == Approx(map[i] / (1 + std::exp(-map[i]))).epsilon(0.005).margin(1e-6));
        }
    });
}

TEST_CASE("Any number of threads gives the same bits", "[kernels]") {
    for (const Isa isa : supported_isas()) {
        INFO(isa_name(isa));
        for (const Format format : {Format::fp32, Format::bf16}) {
            AttentionCase one({2, 3, 100, 200, 40}, format);
            AttentionCase three = one;
            Kernels(isa, threads(1)).attention(format, one.call());
            Kernels(isa, threads(3)).attention(format, three.call());
            CHECK(one.out == three.out);
            NormCase alone({2, 1000, 40, 8}, format, true, 1);
            NormCase shared = alone;
            Kernels(isa, threads(1)).group_norm(format, alone.call(true));
            Kernels(isa, threads(3)).group_norm(format, shared.call(true));
            CHECK(alone.out == shared.out);
        }
    }
}

TEST_CASE("Both ways to write bf16 round to the nearest, ties to even", "[kernels]") {
    // 1 + n / 512 for odd n lies halfway between two bf16 numbers.
    const std::vector<float> values{1 + 1.0F / 512, 1 + 3.0F / 512, -1 - 5.0F / 512, 1 + 1.01F / 512, 3.3e38F, 1.5F};
    for (const Isa isa : supported_isas()) {
        INFO(isa_name(isa));
        const auto size = static_cast<int64_t>(values.size());
        Data zeros(Format::bf16, std::vector<float>(values.size(), 0));
        Data out(Format::bf16, values.size());
        Kernels(isa, threads(1))
            .affine(Format::bf16, {zeros.data(), 1, size}, {std::vector<float>(values.size(), 0), values}, false,
                    out.data());
        for (size_t i = 0; i < values.size(); ++i) {
            CHECK(out[i] == from_bf16(to_bf16(values[i])));
        }
    }
}

TEST_CASE("The instructions are the best there are, or those asked for", "[kernels]") {
    const std::vector<Isa> three{Isa::portable, Isa::avx2, Isa::avx512};
    CHECK(choose_isa(nullptr, three) == Isa::avx512);
    CHECK(choose_isa("", three) == Isa::avx512);
    CHECK(choose_isa("portable", three) == Isa::portable);
    CHECK(choose_isa("avx2", three) == Isa::avx2);
    CHECK_THROWS_WITH(
        choose_isa("avx512_bf16", three),
        "ABLEREFUSAL_ISA is \"avx512_bf16\", which this processor does not run; the best it has is avx512");
    CHECK_THROWS_WITH(choose_isa("AVX2", three), Catch::StartsWith("ABLEREFUSAL_ISA is \"AVX2\"; expected portable, "));
    CHECK(supported_isas().front() == Isa::portable);
}

} // namespace diffusion_kernels_test
