#include "kernels.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <new>

namespace able::kernels {
namespace {

// Memory on cache lines, its values not set.
class Words {
public:
    explicit Words(int64_t count)
        : words_(static_cast<uint32_t *>(::operator new(static_cast<size_t>(count) * sizeof(uint32_t), line))) {}

    uint32_t *data() const { return words_.get(); }

private:
    static constexpr std::align_val_t line{64};
    struct Free {
        void operator()(uint32_t *words) const noexcept { ::operator delete(words, line); }
    };
    std::unique_ptr<uint32_t, Free> words_;
};

const Tables &tables_of(Isa isa) {
    switch (isa) {
#if ABLE_KERNELS_X86
    case Isa::avx2:
        return avx2_tables;
    case Isa::avx512:
        return avx512_tables;
    case Isa::avx512_bf16:
        return avx512_bf16_tables;
#endif
    default:
        return portable_tables;
    }
}

// Pixels that are summed up in fp32 before fp64 takes over. It depends on the map alone, so that the sums do, too.
int64_t pixels_at_a_time(int64_t pixels) {
    return std::clamp<int64_t>(pixels / 8, 16, 256);
}

const void *row_at(const Pixels &pixels, Format format, int64_t row) {
    const int64_t size = format == Format::fp32 ? 4 : 2;
    return static_cast<const char *>(pixels.x) + row * pixels.channels * size;
}

float value_at(const Pixels &pixels, Format format, int64_t channel) {
    if (format == Format::fp32) {
        return static_cast<const float *>(pixels.x)[channel];
    }
    const uint32_t bits = static_cast<uint32_t>(static_cast<const uint16_t *>(pixels.x)[channel]) << 16;
    float value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
}

} // namespace

void ChannelMoments::merge(const ChannelMoments &other) {
    if (pixels == 0) {
        *this = other;
        return;
    }
    const double both = pixels + other.pixels;
    for (size_t c = 0; c < means.size(); ++c) {
        const double difference = other.means[c] - means[c];
        squares[c] += other.squares[c] + difference * difference * pixels * other.pixels / both;
        means[c] += difference * other.pixels / both;
    }
    pixels = both;
}

ChannelAffine normalisation(const ChannelMoments &moments, const GroupNormShape &norm, const float *add) {
    const size_t channels = moments.means.size();
    const size_t each = channels / static_cast<size_t>(norm.groups);
    const auto mean_of = [&](size_t c) {
        return moments.means[c] + (add != nullptr ? add[c] : 0.0F);
    };
    ChannelAffine affine{std::vector<float>(channels), std::vector<float>(channels)};
    for (size_t first = 0; first < channels; first += each) {
        double mean = 0;
        for (size_t c = first; c < first + each; ++c) {
            mean += mean_of(c) / static_cast<double>(each);
        }
        double squares = 0;
        for (size_t c = first; c < first + each; ++c) {
            const double difference = mean_of(c) - mean;
            squares += moments.squares[c] + moments.pixels * difference * difference;
        }
        const double deviation = std::sqrt(squares / (moments.pixels * static_cast<double>(each)) + norm.eps);
        for (size_t c = first; c < first + each; ++c) {
            const double scale = norm.weight[c] / deviation;
            affine.scale[c] = static_cast<float>(scale);
            affine.shift[c] = static_cast<float>(norm.bias[c] + ((add != nullptr ? add[c] : 0.0F) - mean) * scale);
        }
    }
    return affine;
}

Kernels::Kernels(Isa isa, ParallelFor parallel) : isa_(isa), tables_(&tables_of(isa)), parallel_(std::move(parallel)) {}

void Kernels::attention(Format format, const AttentionCall &call) const {
    const Table &table = this->table(format);
    const int64_t heads = call.batch * call.heads;
    const AttentionLayout layout = table.attention_layout(call);
    const Words keys(heads * layout.key_words);
    const Words values(heads * layout.value_words);
    const AttentionScratch scratch{keys.data(), values.data(), layout};
    parallel_(heads, [&](int64_t begin, int64_t end) { table.attention_pack(call, scratch, begin, end); });

    const int64_t blocks = (call.queries + query_block - 1) / query_block;
    parallel_(heads * blocks, [&](int64_t begin, int64_t end) {
        const Words task(layout.task_words);
        table.attention(call, scratch, task.data(), begin, end);
    });
}

void Kernels::layer_norm(Format format, const LayerNormCall &call) const {
    const Table &table = this->table(format);
    parallel_(call.rows, [&](int64_t begin, int64_t end) { table.layer_norm(call, begin, end); });
}

void Kernels::geglu(Format format, const GegluCall &call) const {
    const Table &table = this->table(format);
    parallel_(call.rows, [&](int64_t begin, int64_t end) { table.geglu(call, begin, end); });
}

ChannelMoments Kernels::moments(Format format, const Pixels &pixels) const {
    const Table &table = this->table(format);
    const auto channels = static_cast<size_t>(pixels.channels);
    const int64_t step = pixels_at_a_time(pixels.rows);
    const int64_t parts = (pixels.rows + step - 1) / step;
    std::vector<float> sums(static_cast<size_t>(parts) * channels);
    std::vector<float> squares(sums.size());
    parallel_(parts, [&](int64_t begin, int64_t end) {
        for (int64_t part = begin; part < end; ++part) {
            const int64_t first = part * step;
            const Pixels rows{row_at(pixels, format, first), std::min(step, pixels.rows - first), pixels.channels};
            const size_t at = static_cast<size_t>(part) * channels;
            // Differences from the first pixel: fp32 would lose the small ones of large values.
            table.moments(rows, pixels.x, &sums[at], &squares[at]);
        }
    });

    ChannelMoments moments{static_cast<double>(pixels.rows), std::vector<double>(channels),
                           std::vector<double>(channels)};
    for (size_t i = 0; i < sums.size(); i += channels) {
        for (size_t c = 0; c < channels; ++c) {
            moments.means[c] += sums[i + c];
            moments.squares[c] += squares[i + c];
        }
    }
    for (size_t c = 0; c < channels; ++c) {
        const double sum = moments.means[c];
        const double mean = sum / moments.pixels;
        moments.means[c] = mean + value_at(pixels, format, static_cast<int64_t>(c));
        moments.squares[c] = std::max(0.0, moments.squares[c] - sum * mean);
    }
    return moments;
}

// Calls `function` for some rows at a time.
void Kernels::over_rows(Format format, const Pixels &pixels, void *out, const RowFunction &function) const {
    const int64_t step = pixels_at_a_time(pixels.rows);
    parallel_((pixels.rows + step - 1) / step, [&](int64_t begin, int64_t end) {
        const int64_t first = begin * step;
        const Pixels rows{row_at(pixels, format, first), std::min(end * step, pixels.rows) - first, pixels.channels};
        const Pixels target{out, rows.rows, rows.channels};
        function(rows, const_cast<void *>(row_at(target, format, first)));
    });
}

void Kernels::affine(Format format, const Pixels &pixels, const ChannelAffine &affine, bool silu, void *out) const {
    const auto apply = silu ? table(format).affine_silu : table(format).affine;
    over_rows(format, pixels, out,
              [&](const Pixels &rows, void *to) { apply(rows, affine.scale.data(), affine.shift.data(), to); });
}

void Kernels::gelu(Format format, const Pixels &pixels, void *out) const {
    over_rows(format, pixels, out, table(format).gelu);
}

void Kernels::quick_gelu(Format format, const Pixels &pixels, void *out) const {
    over_rows(format, pixels, out, table(format).quick_gelu);
}

void Kernels::group_norm(Format format, const GroupNormCall &call) const {
    for (int64_t n = 0; n < call.batch; ++n) {
        const Pixels all{call.x, call.pixels, call.channels};
        const Pixels own{row_at(all, format, n * call.pixels), call.pixels, call.channels};
        const Pixels target{call.out, call.pixels, call.channels};
        const float *add = call.add != nullptr ? call.add + n * call.channels : nullptr;
        affine(format, own, normalisation(moments(format, own), call.norm, add), call.silu,
               const_cast<void *>(row_at(target, format, n * call.pixels)));
    }
}

} // namespace able::kernels
