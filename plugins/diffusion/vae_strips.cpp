// The autoencoder over strips of rows. What a 3x3 convolution needs beyond a strip is one row on either side; what a
// norm needs is the mean and deviation of the whole map, taken before it is applied. So the result is the whole
// picture's but for rounding, and there are no seams to hide.
#include "vae.h"

#include "cpu_ops.h"
#include "torch_guard.h"

#include <algorithm>

namespace able::diffusion {
namespace {

constexpr int64_t most_rows = 128; // beyond, the rows that libtorch does twice cost nothing worth saving

// A CPU's cache has room for a few strips of 4 MiB in bf16. A GPU wants more work at a time.
int64_t usual_elements(const at::Tensor &x) {
    return int64_t{1} << (x.is_cpu() ? 21 : 24);
}

// A feature map [1, C, H, W] as strips of rows from top to bottom, channels last.
class StripMap {
public:
    StripMap() = default;
    explicit StripMap(const at::Tensor &whole) { append(whole); }

    void append(at::Tensor strip) {
        channels_ = strip.size(1);
        width_ = strip.size(3);
        height_ += strip.size(2);
        ends_.push_back(height_);
        strips_.push_back(std::move(strip));
    }
    int64_t channels() const { return channels_; }
    int64_t height() const { return height_; }
    int64_t width() const { return width_; }
    const std::vector<at::Tensor> &strips() const { return strips_; }

    at::Tensor rows(int64_t first, int64_t count) const {
        std::vector<at::Tensor> parts;
        for (size_t i = 0; i < strips_.size(); ++i) {
            const int64_t begin = ends_[i] - (strips_[i].defined() ? strips_[i].size(2) : 0);
            const int64_t from = std::max(first, begin);
            const int64_t to = std::min(first + count, ends_[i]);
            if (from < to) {
                parts.push_back(strips_[i].narrow(2, from - begin, to - from));
            }
        }
        const at::Tensor joined = parts.size() == 1 ? parts.front() : at::cat(parts, 2);
        return joined.contiguous(at::MemoryFormat::ChannelsLast);
    }

    // Frees the strips that end above `row`: nobody will ask for them again.
    void forget_above(int64_t row) {
        for (size_t i = 0; i < strips_.size() && ends_[i] <= row; ++i) {
            strips_[i] = at::Tensor();
        }
    }

private:
    std::vector<at::Tensor> strips_;
    std::vector<int64_t> ends_; // the row after each strip's last
    int64_t channels_ = 0, height_ = 0, width_ = 0;
};

// A norm with the statistics of a whole map: x * scale + shift.
class MapNorm {
public:
    MapNorm(const GroupNorm &norm, const StripMap &map) {
        if (!cpu::takes(map.strips().front())) {
            measure(norm, map);
            return;
        }
        kernels::ChannelMoments moments;
        for (const at::Tensor &strip : map.strips()) {
            moments.merge(cpu::moments(strip));
        }
        affine_ = cpu::normalisation(norm, moments);
    }

    at::Tensor then_silu(const at::Tensor &x) const {
        if (!scale_.defined()) {
            return cpu::affine_silu(x, affine_);
        }
        at::Tensor y = (x.to(scale_.scalar_type()) * scale_).add_(shift_);
        return at::silu_(y).to(x.scalar_type());
    }

private:
    static at::Tensor as_double(const at::Tensor &x) { return x.to(at::kCPU).to(at::kDouble); } // Metal has none

    // The same with libtorch's operations, for other devices.
    void measure(const GroupNorm &norm, const StripMap &map) {
        const int64_t groups = norm.groups;
        const int64_t of_a_group = map.channels() / groups * map.height() * map.width();
        const auto count = static_cast<double>(of_a_group);
        const auto per_group = [&](const auto &value_of) {
            at::Tensor sums = at::zeros({map.channels()}, at::kDouble);
            for (const at::Tensor &strip : map.strips()) {
                const at::Tensor values = value_of(strip.to(at::kFloat));
                sums.add_(as_double(values.sum(at::IntArrayRef{0, 2, 3})));
            }
            return (sums.view({groups, -1}).sum(1) / count).repeat_interleave(map.channels() / groups);
        };
        const at::Tensor &weight = norm.weight;
        const at::Tensor mean = per_group([](const at::Tensor &x) { return x; });
        const at::Tensor centre = mean.to(at::kFloat).to(weight.device()).view({1, -1, 1, 1});
        const at::Tensor variance = per_group([&](const at::Tensor &x) { return (x - centre).square_(); });
        const at::Tensor scale = as_double(weight) * (variance + norm.eps).rsqrt();
        const at::Tensor shift = as_double(norm.bias) - mean * scale;
        scale_ = scale.to(at::kFloat).to(weight.options()).view({1, -1, 1, 1});
        shift_ = shift.to(at::kFloat).to(weight.options()).view({1, -1, 1, 1});
    }

    kernels::ChannelAffine affine_; // on a CPU
    at::Tensor scale_, shift_;      // elsewhere, [1, C, 1, 1]
};

class StripWork {
public:
    // Strips of `elements` values, or of as many as suit the device of `x`.
    StripWork(int64_t elements, const at::Tensor &x, const able_job *job)
        : elements_(elements > 0 ? elements : usual_elements(x)), job_(job) {}

    // conv(prepare(map)), 3x3 with a border of 1.
    template <class Prepare>
    StripMap convolved(const Conv2d &conv, StripMap map, Prepare &&prepare) const {
        StripMap out;
        each(map.height(), std::max(map.channels(), conv.weight.size(0)), map.width(),
             [&](int64_t first, int64_t count) {
                 out.append(rows(conv, map, first, count, prepare));
                 map.forget_above(first + count - 1);
             });
        return out;
    }

    StripMap resnet(const ResnetBlock &block, StripMap x) const {
        const MapNorm norm1(block.norm1, x);
        StripMap h;
        const int64_t wider = std::max(x.channels(), block.conv1.weight.size(0));
        each(x.height(), wider, x.width(), [&](int64_t first, int64_t count) {
            h.append(rows(block.conv1, x, first, count, [&](const at::Tensor &in) { return norm1.then_silu(in); }));
        });
        const MapNorm norm2(block.norm2, h);
        StripMap out;
        each(x.height(), wider, x.width(), [&](int64_t first, int64_t count) {
            at::Tensor strip =
                rows(block.conv2, h, first, count, [&](const at::Tensor &in) { return norm2.then_silu(in); });
            const at::Tensor skip = x.rows(first, count);
            strip.add_(block.shortcut ? over_channels(*block.shortcut, skip) : skip);
            out.append(std::move(strip));
            x.forget_above(first + count);
            h.forget_above(first + count - 1);
        });
        return out;
    }

    StripMap resnets(const VaeLevel &level, StripMap x) const {
        for (const ResnetBlock &block : level.resnets) {
            x = resnet(block, std::move(x));
        }
        return x;
    }

    // Each value four times, then `conv`.
    StripMap doubled(const Conv2d &conv, StripMap x) const {
        StripMap out;
        const int64_t height = 2 * x.height();
        each(height, x.channels(), 2 * x.width(), [&](int64_t first, int64_t count) {
            const int64_t above = first > 0 ? 1 : 0;
            const int64_t below = first + count < height ? 1 : 0;
            const int64_t from = first / 2 - above;
            const at::Tensor source = x.rows(from, count / 2 + above + below);
            const at::Tensor wide = resize_nearest(source, 2 * source.size(2), 2 * source.size(3));
            const at::Tensor in = wide.narrow(2, above, count + above + below);
            out.append(conv.of_strip(in.contiguous(at::MemoryFormat::ChannelsLast), above, below));
            x.forget_above((first + count) / 2 - 1);
        });
        return out;
    }

    // `conv` with a stride of 2, and a border below and on the right alone.
    StripMap halved(const Conv2d &conv, StripMap x) const {
        StripMap out;
        each(x.height(), x.channels(), x.width(), [&](int64_t first, int64_t count) {
            const bool last = first + count == x.height();
            const at::Tensor in = x.rows(first, count + (last ? 0 : 1));
            out.append(conv(at::constant_pad_nd(in, {0, 1, 0, last ? 1 : 0})));
            x.forget_above(first + count);
        });
        return out;
    }

private:
    // Calls `body` for strips of an even number of rows, as long as `height` is even.
    template <class Body>
    void each(int64_t height, int64_t channels, int64_t width, Body &&body) const {
        const int64_t fitting = elements_ / (channels * width) / 2 * 2;
        const int64_t step = std::clamp<int64_t>(fitting, 16, most_rows);
        for (int64_t first = 0; first < height; first += step) {
            stop_if_cancelled(job_);
            body(first, std::min(step, height - first));
        }
    }

    template <class Prepare>
    static at::Tensor rows(const Conv2d &conv, const StripMap &map, int64_t first, int64_t count, Prepare &&prepare) {
        const int64_t above = first > 0 ? 1 : 0;
        const int64_t below = first + count < map.height() ? 1 : 0;
        const at::Tensor in = prepare(map.rows(first - above, count + above + below));
        return conv.of_strip(in, above, below);
    }

    int64_t elements_; // of a strip, about
    const able_job *job_;
};

const auto as_it_is = [](const at::Tensor &x) {
    return x;
};

} // namespace

Posterior VaeEncoder::in_strips(const at::Tensor &pixels, const able_job *job, int64_t strip_elements) const {
    const StripWork work(strip_elements, conv_in_.weight, job);
    const at::Tensor prepared = pixels.to(conv_in_.weight.options()).contiguous(at::MemoryFormat::ChannelsLast);
    StripMap x = work.convolved(conv_in_, StripMap(prepared), as_it_is);
    for (const VaeLevel &level : levels_) {
        x = work.resnets(level, std::move(x));
        if (level.resample) {
            x = work.halved(*level.resample, std::move(x));
        }
    }
    return finish(x.rows(0, x.height()), job);
}

at::Tensor VaeDecoder::in_strips(const at::Tensor &z, const able_job *job, int64_t strip_elements) const {
    const StripWork work(strip_elements, conv_in_.weight, job);
    StripMap x(start(z));
    for (const VaeLevel &level : levels_) {
        x = work.resnets(level, std::move(x));
        if (level.resample) {
            x = work.doubled(*level.resample, std::move(x));
        }
    }
    const MapNorm norm(norm_out_, x);
    const StripMap out =
        work.convolved(conv_out_, std::move(x), [&](const at::Tensor &in) { return norm.then_silu(in); });
    return out.rows(0, out.height()).to(at::kFloat).contiguous();
}

} // namespace able::diffusion
