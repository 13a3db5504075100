// Functions of vectors, and the kernels that go through rows of channels. V is one of vector_*.h; included by one file
// per set of instructions, so all is local.
#pragma once

#include "table.h"

namespace able::kernels {
namespace {

template <class V>
using Vector = typename V::Float;

// Where a vector lies in a row: within it, or over its end, with `count` values inside.
struct Whole {};
struct Part {
    int64_t count;
};

template <class V, class T>
Vector<V> load(const T *from, Whole) {
    return V::load(from);
}

// What lies outside is 0.
template <class V, class T>
Vector<V> load(const T *from, Part part) {
    T values[V::width] = {};
    for (int64_t i = 0; i < part.count; ++i) {
        values[i] = from[i];
    }
    return V::load(values);
}

template <class V, class T>
void store(T *to, Vector<V> x, Whole) {
    V::store(to, x);
}

template <class V, class T>
void store(T *to, Vector<V> x, Part part) {
    T values[V::width];
    V::store(values, x);
    for (int64_t i = 0; i < part.count; ++i) {
        to[i] = values[i];
    }
}

// x with what lies outside made 0.
template <class V>
Vector<V> inside(Vector<V> x, Whole) {
    return x;
}

template <class V>
Vector<V> inside(Vector<V> x, Part part) {
    float values[V::width] = {};
    store<V>(values, x, part);
    return V::load(values);
}

// Calls body(first channel, Whole or Part) for one vector after the other.
template <class V, class Body>
void over_channels(int64_t channels, Body &&body) {
    int64_t c = 0;
    for (; c + V::width <= channels; c += V::width) {
        body(c, Whole{});
    }
    if (c < channels) {
        body(c, Part{channels - c});
    }
}

template <class V>
float sum(Vector<V> x) {
    float values[V::width];
    V::store(values, x);
    for (int64_t half = V::width / 2; half > 0; half /= 2) {
        for (int64_t i = 0; i < half; ++i) {
            values[i] += values[i + half];
        }
    }
    return values[0];
}

template <class V>
float maximum(Vector<V> x) {
    float values[V::width];
    V::store(values, x);
    float most = values[0];
    for (int64_t i = 1; i < V::width; ++i) {
        most = values[i] > most ? values[i] : most;
    }
    return most;
}

// 2^f for f in [-0.5, 0.5]: minimax polynomials, relative error 7.5e-8 (degree 5) and 7.5e-5 (degree 3).
template <class V, int degree>
Vector<V> exp2_fraction(Vector<V> f) {
    static_assert(degree == 3 || degree == 5);
    if constexpr (degree == 3) {
        Vector<V> p = V::set(5.517166853e-02F);
        p = V::fma(p, f, V::set(2.426111251e-01F));
        p = V::fma(p, f, V::set(6.932609677e-01F));
        return V::fma(p, f, V::set(9.999280572e-01F));
    } else {
        Vector<V> p = V::set(1.327647199e-03F);
        p = V::fma(p, f, V::set(9.675541334e-03F));
        p = V::fma(p, f, V::set(5.550713273e-02F));
        p = V::fma(p, f, V::set(2.402211972e-01F));
        p = V::fma(p, f, V::set(6.931469671e-01F));
        return V::fma(p, f, V::set(1.000000072F));
    }
}

// 2^x for x up to 127; 2^-126 for all below. Keeps what is no number.
template <class V, int degree = 5>
Vector<V> exp2(Vector<V> x) {
    x = V::largest(V::set(-126.0F), x);
    const Vector<V> n = V::round(x);
    return V::scale(exp2_fraction<V, degree>(x - n), n);
}

constexpr float log2_e = 1.44269504F;

template <class V>
Vector<V> silu(Vector<V> x) {
    const Vector<V> e = exp2<V>(V::smallest(V::set(127.0F), x * V::set(-log2_e)));
    return x / (e + V::set(1.0F));
}

// x Phi(x), by Abramowitz and Stegun 7.1.26 for erf: absolute error below 1.5e-7 |x|.
template <class V>
Vector<V> gelu(Vector<V> x) {
    const Vector<V> a = V::absolute(x) * V::set(0.70710678F);
    const Vector<V> one = V::set(1.0F);
    const Vector<V> t = one / V::fma(a, V::set(0.3275911F), one);
    Vector<V> p = V::set(1.061405429F);
    p = V::fma(p, t, V::set(-1.453152027F));
    p = V::fma(p, t, V::set(1.421413741F));
    p = V::fma(p, t, V::set(-0.284496736F));
    p = V::fma(p, t, V::set(0.254829592F));
    const Vector<V> complement = p * t * exp2<V>(a * a * V::set(-log2_e)); // 1 - erf(a)
    const Vector<V> half = x * V::set(0.5F);
    const Vector<V> size = V::absolute(half);
    return half + (size - size * complement);
}

// OpenAI's CLIP's stand-in for gelu.
template <class V>
Vector<V> quick_gelu(Vector<V> x) {
    const Vector<V> e = exp2<V>(V::smallest(V::set(127.0F), x * V::set(-1.702F * log2_e)));
    return x / (e + V::set(1.0F));
}

template <class V, class T>
void layer_norm(const LayerNormCall &call, int64_t begin, int64_t end) {
    const int64_t channels = call.channels;
    const auto count = static_cast<float>(channels);
    const float *weight = call.weight;
    const float *bias = call.bias;
    for (int64_t row = begin; row < end; ++row) {
        const T *x = static_cast<const T *>(call.x) + row * channels;
        T *out = static_cast<T *>(call.out) + row * channels;
        Vector<V> total = V::set(0);
        over_channels<V>(channels, [&](int64_t c, auto where) { total = total + load<V>(x + c, where); });
        const Vector<V> mean = V::set(sum<V>(total) / count);
        Vector<V> squares = V::set(0);
        over_channels<V>(channels, [&](int64_t c, auto where) {
            const Vector<V> difference = inside<V>(load<V>(x + c, where) - mean, where);
            squares = V::fma(difference, difference, squares);
        });
        const Vector<V> factor = V::set(1.0F / __builtin_sqrtf(sum<V>(squares) / count + call.eps));
        over_channels<V>(channels, [&](int64_t c, auto where) {
            const Vector<V> normal = (load<V>(x + c, where) - mean) * factor;
            store<V>(out + c, V::fma(normal, load<V>(weight + c, where), load<V>(bias + c, where)), where);
        });
    }
}

template <class V, class T>
void geglu(const GegluCall &call, int64_t begin, int64_t end) {
    const int64_t channels = call.channels;
    for (int64_t row = begin; row < end; ++row) {
        const T *value = static_cast<const T *>(call.x) + 2 * row * channels;
        const T *gate = value + channels;
        T *out = static_cast<T *>(call.out) + row * channels;
        over_channels<V>(channels, [&](int64_t c, auto where) {
            store<V>(out + c, load<V>(value + c, where) * gelu<V>(load<V>(gate + c, where)), where);
        });
    }
}

template <class V, class T, bool quick>
void activate(const Pixels &pixels, void *out) {
    const int64_t channels = pixels.channels;
    for (int64_t row = 0; row < pixels.rows; ++row) {
        const T *x = static_cast<const T *>(pixels.x) + row * channels;
        T *y = static_cast<T *>(out) + row * channels;
        over_channels<V>(channels, [&](int64_t c, auto where) {
            const Vector<V> value = load<V>(x + c, where);
            store<V>(y + c, quick ? quick_gelu<V>(value) : gelu<V>(value), where);
        });
    }
}

// Four vectors of channels from c, whose sums do not wait for each other.
template <class V, class T>
void moments_of_four(const Pixels &pixels, const T *pivot, float *sums, float *squares, int64_t c) {
    Vector<V> zero[4];
    Vector<V> total[4];
    Vector<V> square[4];
#pragma GCC unroll 4
    for (int64_t i = 0; i < 4; ++i) {
        zero[i] = V::load(pivot + c + i * V::width);
        total[i] = square[i] = V::set(0);
    }
    const T *x = static_cast<const T *>(pixels.x) + c;
    for (int64_t row = 0; row < pixels.rows; ++row, x += pixels.channels) {
#pragma GCC unroll 4
        for (int64_t i = 0; i < 4; ++i) {
            const Vector<V> difference = V::load(x + i * V::width) - zero[i];
            total[i] = total[i] + difference;
            square[i] = V::fma(difference, difference, square[i]);
        }
    }
#pragma GCC unroll 4
    for (int64_t i = 0; i < 4; ++i) {
        V::store(sums + c + i * V::width, total[i]);
        V::store(squares + c + i * V::width, square[i]);
    }
}

template <class V, class T>
void moments(const Pixels &pixels, const void *pivot, float *sums, float *squares) {
    const T *zeros = static_cast<const T *>(pivot);
    int64_t first = 0;
    for (; first + 4 * V::width <= pixels.channels; first += 4 * V::width) {
        moments_of_four<V>(pixels, zeros, sums, squares, first);
    }
    over_channels<V>(pixels.channels - first, [&](int64_t c, auto where) {
        c += first;
        const Vector<V> zero = load<V>(zeros + c, where);
        Vector<V> total = V::set(0);
        Vector<V> square = V::set(0);
        const T *x = static_cast<const T *>(pixels.x) + c;
        for (int64_t row = 0; row < pixels.rows; ++row, x += pixels.channels) {
            const Vector<V> difference = load<V>(x, where) - zero;
            total = total + difference;
            square = V::fma(difference, difference, square);
        }
        store<V>(sums + c, total, where);
        store<V>(squares + c, square, where);
    });
}

template <class V, class T, bool with_silu>
void affine(const Pixels &pixels, const float *scale, const float *shift, void *out) {
    const int64_t channels = pixels.channels;
    for (int64_t row = 0; row < pixels.rows; ++row) {
        const T *x = static_cast<const T *>(pixels.x) + row * channels;
        T *y = static_cast<T *>(out) + row * channels;
        over_channels<V>(channels, [&](int64_t c, auto where) {
            const Vector<V> value = V::fma(load<V>(x + c, where), load<V>(scale + c, where), load<V>(shift + c, where));
            store<V>(y + c, with_silu ? silu<V>(value) : value, where);
        });
    }
}

} // namespace
} // namespace able::kernels
