// One adapter's change to one weight.
#pragma once

#include <ATen/ATen.h>
#include <ablerefusal/adapter.h>

namespace able::diffusion {

// Throws able::Error, naming the target, where `delta` is no change of a weight of the shape `target`.
void check_change(const able_delta &delta, at::IntArrayRef target);

// What a delta does to a weight: the formulas of ABLE_DELTA_…, with the factors in fp32 on the weight's device.
class WeightChange {
public:
    // `delta` has passed check_change(); `strength` is the user's.
    WeightChange(const able_delta &delta, double strength, at::IntArrayRef target, at::Device device);

    // Whether each row of the result follows from that row alone.
    bool by_rows() const;
    // Changes `rows` [count, columns] in place, the weight's rows from `first` on in fp32; all of them unless
    // by_rows(). What lies outside the delta's part of the weight stays as it is.
    void apply(const at::Tensor &rows, int64_t first) const;

private:
    // left, or left x right.
    struct Matrix {
        at::Tensor left;  // [rows, columns] or [rows, rank]
        at::Tensor right; // undefined or [rank, columns]

        at::Tensor rows(int64_t first, int64_t count) const;
        at::Tensor all() const { return rows(0, left.size(0)); }
    };

    static Matrix read(const able_view &up, const able_view &mid, const able_view &down, const char *name,
                       at::Device device);
    void change(const at::Tensor &rows, int64_t first) const; // rows of the part
    void add(const at::Tensor &rows, int64_t first, double factor) const;
    void scale_channels(const at::Tensor &rows, int64_t first) const;
    void mix_inputs(const at::Tensor &rows) const;
    void rotate(const at::Tensor &rows) const;
    void normalise(const at::Tensor &rows, int64_t first) const;
    at::Tensor by_channel(const at::Tensor &rows) const;

    int32_t kind_;
    bool dora_;
    int32_t axis_;
    int64_t inputs_ = 1; // of the part [out, in, …]
    double scale_, strength_;
    bool butterfly_;                 // of a rotation
    int64_t row_, column_;           // where the part begins
    int64_t rows_ = 0, columns_ = 0; // that it has
    Matrix matrix_, second_;
    at::Tensor turns_;     // of a rotation: [stages, blocks, b, b]
    at::Tensor magnitude_; // [channels]
};

} // namespace able::diffusion
