#include "plain_tensors.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

namespace able::validate {

namespace {

std::size_t element_count(const std::vector<std::int64_t> &shape) {
    return static_cast<std::size_t>(std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<>()));
}

constexpr std::uint32_t max_rank = 8;
constexpr std::size_t max_elements = 1U << 24;

bool sensible(std::uint32_t rank, const std::int64_t *shape) {
    if (rank == 0 || rank > max_rank || shape == nullptr) {
        return false;
    }
    std::size_t count = 1;
    for (std::uint32_t i = 0; i < rank; ++i) {
        if (shape[i] <= 0 || static_cast<std::size_t>(shape[i]) > max_elements / count) {
            return false;
        }
        count *= static_cast<std::size_t>(shape[i]);
    }
    return true;
}

} // namespace

PlainTensors::PlainTensors() : ops_(make_struct<able_ops>()) {
    ops_.owner = this;
    fill_memory();
    fill_arithmetic();
    fill_measures();
    fill_transfers();
}

void PlainTensors::note(const std::string &text) {
    if (std::find(misuse.begin(), misuse.end(), text) == misuse.end()) {
        misuse.push_back(text);
    }
}

able_tensor *PlainTensors::own(std::vector<std::int64_t> shape, std::vector<double> values) {
    pool_.push_back(std::make_unique<Tensor>(Tensor{std::move(shape), std::move(values), 1, true}));
    return reinterpret_cast<able_tensor *>(pool_.back().get());
}

PlainTensors::Tensor &PlainTensors::at(const able_tensor *tensor) {
    const auto *wanted = reinterpret_cast<const Tensor *>(tensor);
    const auto found = std::find_if(pool_.begin(), pool_.end(), [wanted](const auto &t) { return t.get() == wanted; });
    if (found != pool_.end() && (*found)->references > 0) {
        return **found;
    }
    note(tensor == nullptr ? "used NULL as a tensor" : "used a tensor that is not alive");
    pool_.push_back(std::make_unique<Tensor>());
    return *pool_.back();
}

std::vector<double> &PlainTensors::values(const able_tensor *tensor) {
    return at(tensor).values;
}

const std::vector<double> &PlainTensors::operand(const able_tensor *tensor, const Tensor &out) {
    Tensor &found = at(tensor);
    if (found.values.size() != out.values.size()) {
        note("combined tensors of different shapes");
        found.values.resize(out.values.size(), std::numeric_limits<double>::quiet_NaN());
    }
    return found.values;
}

able_tensor *PlainTensors::make(std::vector<std::int64_t> shape) {
    if (fails()) {
        failed_for_memory = true;
        return nullptr;
    }
    ++live;
    // Contents are undefined: whoever reads them first gets NaN.
    std::vector<double> values(element_count(shape), std::numeric_limits<double>::quiet_NaN());
    pool_.push_back(std::make_unique<Tensor>(Tensor{std::move(shape), std::move(values), 1, false}));
    return reinterpret_cast<able_tensor *>(pool_.back().get());
}

void PlainTensors::release(able_tensor *tensor) {
    if (tensor == nullptr) {
        return;
    }
    Tensor &released = at(tensor);
    if (released.hosts && released.references == 1) {
        note("released x");
        return;
    }
    if (--released.references == 0) {
        --live; // kept in the pool, so that a later use is seen
    }
}

void PlainTensors::fill_memory() {
    ops_.like = [](const able_ops *ops, const able_tensor *model) noexcept {
        return self(ops).make(self(ops).at(model).shape);
    };
    ops_.make = [](const able_ops *ops, std::uint32_t rank, const std::int64_t *shape) noexcept {
        if (!sensible(rank, shape)) {
            self(ops).note("made a tensor of an impossible shape");
            return static_cast<able_tensor *>(nullptr);
        }
        return self(ops).make({shape, shape + rank});
    };
    ops_.retain = [](const able_ops *ops, able_tensor *tensor) noexcept {
        ++self(ops).at(tensor).references;
    };
    ops_.release = [](const able_ops *ops, able_tensor *tensor) noexcept {
        self(ops).release(tensor);
    };
    ops_.shape = [](const able_ops *ops, const able_tensor *tensor, std::uint32_t capacity, std::int64_t *shape,
                    std::uint32_t *rank) noexcept -> able_status {
        const auto &extents = self(ops).at(tensor).shape;
        *rank = static_cast<std::uint32_t>(extents.size());
        std::copy_n(extents.begin(), std::min<std::size_t>(capacity, extents.size()), shape);
        return ABLE_OK;
    };
}

void PlainTensors::fill_arithmetic() {
    ops_.lincomb = [](const able_ops *ops, able_tensor *out, std::uint32_t count, const double *coefficients,
                      const able_tensor *const *in) noexcept -> able_status {
        PlainTensors &host = self(ops);
        if (host.fails()) {
            return host.fail_with;
        }
        if (count == 0) {
            host.note("combined no tensors");
            return ABLE_INVALID_ARGUMENT;
        }
        Tensor &to = host.at(out);
        std::vector<double> sum(to.values.size(), 0.0);
        for (std::uint32_t k = 0; k < count; ++k) {
            const auto &term = host.operand(in[k], to);
            for (std::size_t j = 0; j < sum.size(); ++j) {
                sum[j] += coefficients[k] * term[j];
            }
        }
        to.values = std::move(sum);
        return ABLE_OK;
    };
    ops_.mul = [](const able_ops *ops, able_tensor *out, const able_tensor *a, const able_tensor *b) noexcept {
        PlainTensors &host = self(ops);
        if (host.fails()) {
            return host.fail_with;
        }
        Tensor &to = host.at(out);
        const auto &x = host.operand(a, to), &y = host.operand(b, to);
        std::transform(x.begin(), x.end(), y.begin(), to.values.begin(), std::multiplies<>());
        return able_status{ABLE_OK};
    };
    ops_.clamp = [](const able_ops *ops, able_tensor *out, const able_tensor *a, double low, double high) noexcept {
        PlainTensors &host = self(ops);
        if (host.fails()) {
            return host.fail_with;
        }
        Tensor &to = host.at(out);
        const auto &x = host.operand(a, to);
        std::transform(x.begin(), x.end(), to.values.begin(),
                       [=](double value) { return std::min(std::max(value, low), high); });
        return able_status{ABLE_OK};
    };
    ops_.blend = [](const able_ops *ops, able_tensor *out, const able_tensor *a, const able_tensor *b,
                    const able_tensor *mask) noexcept {
        PlainTensors &host = self(ops);
        if (host.fails()) {
            return host.fail_with;
        }
        Tensor &to = host.at(out);
        const auto &x = host.operand(a, to), &y = host.operand(b, to), &m = host.at(mask).values;
        if (m.empty() || to.values.size() % m.size() != 0) {
            host.note("blended with a mask of another shape");
            return able_status{ABLE_INVALID_ARGUMENT};
        }
        for (std::size_t j = 0; j < to.values.size(); ++j) {
            const double part = m[j % m.size()]; // one sample: a mask of fewer channels repeats
            to.values[j] = part * x[j] + (1 - part) * y[j];
        }
        return able_status{ABLE_OK};
    };
}

void PlainTensors::fill_measures() {
    ops_.error_norm = [](const able_ops *ops, const able_tensor *a, const able_tensor *b, const able_tensor *ref,
                         double atol, double rtol, double *result) noexcept {
        PlainTensors &host = self(ops);
        if (host.fails()) {
            return host.fail_with;
        }
        const Tensor &first = host.at(a);
        const auto &x = first.values, &y = host.operand(b, first), &z = host.operand(ref, first);
        double sum = 0;
        for (std::size_t j = 0; j < x.size(); ++j) {
            const double error = (x[j] - y[j]) / std::max(atol, rtol * std::max(std::abs(x[j]), std::abs(z[j])));
            sum += error * error;
        }
        *result = std::sqrt(sum / static_cast<double>(x.size()));
        return able_status{ABLE_OK};
    };
    ops_.mean_std = [](const able_ops *ops, const able_tensor *tensor, std::uint32_t index, double *mean,
                       double *deviation) noexcept {
        PlainTensors &host = self(ops);
        if (host.fails()) {
            return host.fail_with;
        }
        const Tensor &from = host.at(tensor);
        if (from.shape.empty() || index >= static_cast<std::uint64_t>(from.shape.front())) {
            host.note("asked for the mean of a sample that is not there");
            return able_status{ABLE_INVALID_ARGUMENT};
        }
        const std::size_t size = from.values.size() / static_cast<std::size_t>(from.shape.front());
        const auto begin = from.values.begin() + static_cast<std::ptrdiff_t>(index * size);
        const auto end = begin + static_cast<std::ptrdiff_t>(size);
        *mean = std::accumulate(begin, end, 0.0) / static_cast<double>(size);
        const double centre = *mean;
        const double squares = std::accumulate(
            begin, end, 0.0, [centre](double sum, double value) { return sum + (value - centre) * (value - centre); });
        *deviation = std::sqrt(squares / (static_cast<double>(size) - 1));
        return able_status{ABLE_OK};
    };
}

void PlainTensors::fill_transfers() {
    ops_.upload = [](const able_ops *ops, able_tensor *out, const float *from, std::uint64_t count) noexcept {
        PlainTensors &host = self(ops);
        if (host.fails()) {
            return host.fail_with;
        }
        auto &to = host.values(out);
        if (count != to.size()) {
            host.note("uploaded another number of values than the tensor has");
            return able_status{ABLE_INVALID_ARGUMENT};
        }
        std::copy_n(from, count, to.begin());
        return able_status{ABLE_OK};
    };
    ops_.download = [](const able_ops *ops, const able_tensor *from, float *out, std::uint64_t count) noexcept {
        PlainTensors &host = self(ops);
        if (host.fails()) {
            return host.fail_with;
        }
        const auto &values = host.values(from);
        if (count != values.size()) {
            host.note("downloaded another number of values than the tensor has");
            return able_status{ABLE_INVALID_ARGUMENT};
        }
        std::transform(values.begin(), values.end(), out, [](double value) { return static_cast<float>(value); });
        return able_status{ABLE_OK};
    };
    ops_.view = [](const able_ops *ops, able_tensor *tensor, able_view *out) noexcept {
        PlainTensors &host = self(ops);
        if (host.fails()) {
            return host.fail_with;
        }
        Tensor &seen = host.at(tensor);
        *out = {};
        out->data = seen.values.data();
        out->device_type = ABLE_DEVICE_CPU;
        out->ndim = static_cast<std::int32_t>(seen.shape.size());
        out->dtype_code = ABLE_DTYPE_FLOAT;
        out->dtype_bits = 64;
        out->dtype_lanes = 1;
        out->shape = seen.shape.data();
        return able_status{ABLE_OK};
    };
}

} // namespace able::validate
