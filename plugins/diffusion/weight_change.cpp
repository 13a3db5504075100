#include "weight_change.h"

#include "view_tensor.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>
#include <string>
#include <vector>

namespace able::diffusion {
namespace {

struct Size {
    int64_t rows, columns;
};

bool present(const able_view &view) {
    return view.data != nullptr;
}

// The product of the extents from `from` on; nothing if it overflows.
std::optional<int64_t> product(at::IntArrayRef shape, size_t from = 0) {
    int64_t count = 1;
    for (size_t i = from; i < shape.size(); ++i) {
        if (shape[i] < 1 || __builtin_mul_overflow(count, shape[i], &count)) {
            return std::nullopt;
        }
    }
    return count;
}

[[noreturn]] void refuse(const able_delta &delta, const std::string &what) {
    throw Error(ABLE_INVALID_ARGUMENT, std::string("the adapter's change to \"") + delta.target + "\" " + what);
}

// Whether every element lies within as many elements' memory as there are.
bool without_gaps(const able_view &view) {
    int64_t last = 0;
    for (int32_t i = 0; view.strides != nullptr && i < view.ndim; ++i) {
        int64_t reach = 0;
        if (view.strides[i] < 0 || __builtin_mul_overflow(view.shape[i] - 1, view.strides[i], &reach) ||
            __builtin_add_overflow(last, reach, &last)) {
            return false;
        }
    }
    return view.strides == nullptr || product(shape_of(view)) == last + 1;
}

void check_view(const able_delta &delta, const able_view &view) {
    if (!present(view)) {
        return;
    }
    if (view.ndim < 1 || view.ndim > 8 || !product(shape_of(view)) || !without_gaps(view)) {
        refuse(delta, "has a factor of an impossible shape");
    }
}

// The size of a matrix given by its factors; nothing where they do not fit each other, or a convolution's kernel.
std::optional<Size> size_of(const able_view &up, const able_view &mid, const able_view &down, at::IntArrayRef kernel) {
    const at::IntArrayRef left = shape_of(up);
    if (!present(up) || (present(mid) && !present(down))) {
        return std::nullopt;
    }
    const int64_t rank = *product(left, 1);
    if (!present(down)) {
        return Size{left[0], rank};
    }
    const at::IntArrayRef right = shape_of(down);
    Size size{left[0], *product(right, 1)};
    if (!present(mid)) {
        return rank == right[0] ? std::optional(size) : std::nullopt;
    }
    const at::IntArrayRef core = shape_of(mid);
    const bool fits = core.size() == kernel.size() + 2 && core.slice(2) == kernel && core[0] == rank &&
                      core[1] == right[0] && !__builtin_mul_overflow(size.columns, *product(kernel), &size.columns);
    return fits ? std::optional(size) : std::nullopt;
}

std::string shapes_text(const able_delta &delta) {
    std::string text;
    for (const able_view *view : {&delta.up, &delta.mid, &delta.down, &delta.up2, &delta.mid2, &delta.down2}) {
        if ((view == &delta.up || view == &delta.down || delta.kind != ABLE_DELTA_LOW_RANK) && present(*view)) {
            text += (text.empty() ? "" : ", ") + shape_text(shape_of(*view));
        }
    }
    return text;
}

void check_low_rank(const able_delta &delta) {
    if (delta.up.ndim < 2 || delta.down.ndim < 2 || delta.up.ndim > 8 || delta.down.ndim > 8) {
        refuse(delta, "needs factors of rank 2 at least");
    }
    if (!present(delta.up) || !present(delta.down)) {
        refuse(delta, "lacks a factor");
    }
}

// What each channel of `axis` has one value of.
void check_channels(const able_delta &delta, const able_view &values, at::IntArrayRef target) {
    const bool known = delta.axis == ABLE_AXIS_OUT || (delta.axis == ABLE_AXIS_IN && target.size() >= 2);
    if (!known) {
        refuse(delta, "is along an axis that it does not have");
    }
    const int64_t channels = target[static_cast<size_t>(delta.axis)];
    if (!present(values) || product(shape_of(values)) != channels) {
        refuse(delta, "has " + (present(values) ? shape_text(shape_of(values)) : "no") + " values for its " +
                          std::to_string(channels) + " channels");
    }
}

bool rotation_fits(const able_delta &delta, at::IntArrayRef target) {
    if (!present(delta.up) || (delta.up.ndim != 3 && delta.up.ndim != 4)) {
        return false;
    }
    const at::IntArrayRef shape = shape_of(delta.up);
    const int64_t size = shape.back(), stages = shape.size() == 4 ? shape[0] : 1;
    if (shape[shape.size() - 2] != size || target[0] % size != 0 || shape[shape.size() - 3] != target[0] / size) {
        return false;
    }
    return shape.size() == 3 || (size % 2 == 0 && stages < 32 && target[0] % (size << (stages - 1)) == 0);
}

bool fits(const able_delta &delta, int32_t kind, at::IntArrayRef target) {
    if (kind == ABLE_DELTA_ROTATION) {
        return rotation_fits(delta, target);
    }
    const at::IntArrayRef kernel = target.size() > 2 ? target.slice(2) : at::IntArrayRef();
    const Size whole{target[0], *product(target, 1)};
    const able_view none{};
    const bool low_rank = kind == ABLE_DELTA_LOW_RANK;
    const auto first = size_of(delta.up, low_rank ? none : delta.mid, delta.down, kernel);
    const auto same = [&whole](const std::optional<Size> &size) {
        return size && size->rows == whole.rows && size->columns == whole.columns;
    };
    if (low_rank || kind == ABLE_DELTA_MATRIX) {
        return same(first);
    }
    if (kind == ABLE_DELTA_INPUTS) {
        return target.size() >= 2 && present(delta.down) && !present(delta.mid) && first && first->rows == target[1] &&
               first->columns == target[1];
    }
    const auto second = size_of(delta.up2, delta.mid2, delta.down2, kernel);
    if (kind == ABLE_DELTA_HADAMARD) {
        return same(first) && same(second);
    }
    return first && second && whole.rows % first->rows == 0 && whole.rows / first->rows == second->rows &&
           whole.columns % first->columns == 0 && whole.columns / first->columns == second->columns;
}

// The rows or columns that a part begins at and has, of `all`; throws where it reaches past them.
int64_t part_length(const able_delta &delta, const char *what, uint64_t begin, uint64_t count, int64_t all) {
    const auto most = static_cast<uint64_t>(all);
    if (begin > most || count > most - begin || (count == 0 && begin != 0)) {
        refuse(delta, "is for " + std::to_string(count) + " " + what + " from " + std::to_string(begin) + " on, of " +
                          std::to_string(all));
    }
    return count == 0 ? all : static_cast<int64_t>(count);
}

// The shape of what the delta changes of a weight: all of it, some of its rows, or, as a matrix, some of its columns.
std::vector<int64_t> part_of(const able_delta &delta, at::IntArrayRef whole) {
    std::vector<int64_t> part = whole.vec();
    part[0] = part_length(delta, "rows", delta.row, delta.row_count, whole[0]);
    const int64_t columns = *product(whole, 1);
    const int64_t own = part_length(delta, "columns", delta.column, delta.column_count, columns);
    if (own != columns) {
        part = {part[0], own};
    }
    return part;
}

// A copy in fp32 and in the order of its indices.
at::Tensor read_values(const able_view &view, const char *name, at::Device device) {
    if (view.strides == nullptr) {
        return copy_view(view, name, device, at::kFloat);
    }
    int64_t count = *product(shape_of(view));
    able_view flat = view;
    flat.ndim = 1;
    flat.shape = &count;
    flat.strides = nullptr;
    return copy_view(flat, name, device, at::kFloat)
        .as_strided(shape_of(view), {view.strides, static_cast<size_t>(view.ndim)})
        .contiguous();
}

at::Tensor read_matrix(const able_view &view, const char *name, at::Device device) {
    return read_values(view, name, device).view({view.shape[0], -1});
}

// (I - q)^-1 for skew q [n, b, b], in double. Eliminates by hand, because libtorch may come without LAPACK; no pivots
// are needed, because the symmetric part of I - q is positive definite.
at::Tensor inverse_from_identity(const at::Tensor &q) {
    const int64_t size = q.size(-1);
    at::Tensor left = at::eye(size, q.options()) - q;
    at::Tensor right = at::eye(size, q.options()).expand_as(q).clone();
    for (int64_t i = 0; i < size; ++i) {
        const at::Tensor pivot = left.narrow(-1, i, 1).narrow(-2, i, 1).clone();
        const at::Tensor left_row = left.narrow(-2, i, 1).clone() / pivot;
        const at::Tensor right_row = right.narrow(-2, i, 1).clone() / pivot;
        const at::Tensor factors = left.narrow(-1, i, 1).clone();
        left.sub_(factors * left_row);
        right.sub_(factors * right_row);
        left.narrow(-2, i, 1).copy_(left_row);
        right.narrow(-2, i, 1).copy_(right_row);
    }
    return right;
}

// The matrices [stages, blocks, b, b] that ABLE_DELTA_ROTATION multiplies rows by.
at::Tensor turns(const at::Tensor &given, double limit, double strength) {
    const at::Tensor blocks = given.to(at::kDouble);
    at::Tensor q = blocks - blocks.transpose(-1, -2);
    const double norm = at::linalg_vector_norm(q).item<double>() + 1e-8; // as LyCORIS
    if (limit > 0 && norm > limit) {
        q = q * (limit / norm);
    }
    const at::Tensor identity = at::eye(q.size(-1), q.options());
    at::Tensor rotation = at::matmul(identity + q, inverse_from_identity(q));
    if (given.dim() == 3) {
        rotation = rotation.transpose(-1, -2).unsqueeze(0);
    }
    return ((rotation - identity) * strength + identity).to(at::kFloat).contiguous();
}

at::Tensor norms(const at::Tensor &values, at::IntArrayRef over) {
    return at::linalg_vector_norm(values, 2, over, /*keepdim=*/true);
}

} // namespace

void check_change(const able_delta &delta, at::IntArrayRef whole) {
    const bool dora = (delta.kind & ABLE_DELTA_DORA) != 0;
    const int32_t kind = delta.kind & ~ABLE_DELTA_DORA;
    if (kind < ABLE_DELTA_LOW_RANK || kind > ABLE_DELTA_ROTATION || (dora && kind > ABLE_DELTA_KRONECKER)) {
        throw Error(ABLE_UNSUPPORTED, std::string("the adapter changes \"") + delta.target + "\" in a way (kind " +
                                          std::to_string(delta.kind) + ") that this version does not know");
    }
    if (!std::isfinite(delta.scale)) {
        refuse(delta, "has a scale that is not a number");
    }
    if (kind == ABLE_DELTA_LOW_RANK) {
        check_low_rank(delta);
    }
    for (const able_view *view :
         {&delta.up, &delta.down, &delta.mid, &delta.up2, &delta.mid2, &delta.down2, &delta.magnitude}) {
        check_view(delta, *view);
    }
    const std::vector<int64_t> target = part_of(delta, whole);
    if (kind == ABLE_DELTA_CHANNELS) {
        check_channels(delta, delta.up, target);
    } else if (!fits(delta, kind, target)) {
        refuse(delta, "does not fit: factors " + shapes_text(delta) + ", weight " + shape_text(target));
    }
    if (dora) {
        check_channels(delta, delta.magnitude, target);
    }
    if (kind == ABLE_DELTA_ROTATION && present(delta.magnitude) && product(shape_of(delta.magnitude)) != target[0]) {
        refuse(delta, "has " + shape_text(shape_of(delta.magnitude)) + " values for its " + std::to_string(target[0]) +
                          " rows");
    }
}

at::Tensor WeightChange::Matrix::rows(int64_t first, int64_t count) const {
    const at::Tensor part = left.narrow(0, first, count);
    return right.defined() ? at::mm(part, right) : part;
}

WeightChange::Matrix WeightChange::read(const able_view &up, const able_view &mid, const able_view &down,
                                        const char *name, at::Device device) {
    Matrix matrix{read_matrix(up, name, device), {}};
    if (!present(down)) {
        return matrix;
    }
    matrix.right = read_matrix(down, name, device);
    if (present(mid)) { // [r, q, kernel] x [q, in] = [r, in, kernel]
        const at::Tensor core = read_values(mid, name, device).flatten(2);
        const at::Tensor product = at::matmul(core.transpose(1, 2), matrix.right).transpose(1, 2);
        matrix.right = product.reshape({core.size(0), -1});
    }
    return matrix;
}

WeightChange::WeightChange(const able_delta &delta, double strength, at::IntArrayRef whole, at::Device device)
    : kind_(delta.kind & ~ABLE_DELTA_DORA), dora_((delta.kind & ABLE_DELTA_DORA) != 0), axis_(delta.axis),
      scale_(delta.scale), strength_(strength), butterfly_(delta.up.ndim == 4), row_(static_cast<int64_t>(delta.row)),
      column_(static_cast<int64_t>(delta.column)) {
    const std::vector<int64_t> part = part_of(delta, whole);
    inputs_ = part.size() > 1 ? part[1] : 1;
    rows_ = part[0];
    columns_ = *product(part, 1);
    if (kind_ == ABLE_DELTA_CHANNELS) {
        matrix_.left = read_values(delta.up, delta.target, device).flatten();
        return;
    }
    if (kind_ == ABLE_DELTA_ROTATION) {
        turns_ = turns(read_values(delta.up, delta.target, device), scale_, strength_);
        if (present(delta.magnitude)) {
            magnitude_ = (read_values(delta.magnitude, delta.target, device).flatten() - 1) * strength_ + 1;
        }
        return;
    }
    const able_view none{};
    matrix_ = read(delta.up, kind_ == ABLE_DELTA_LOW_RANK ? none : delta.mid, delta.down, delta.target, device);
    if (kind_ == ABLE_DELTA_HADAMARD || kind_ == ABLE_DELTA_KRONECKER) {
        second_ = read(delta.up2, delta.mid2, delta.down2, delta.target, device);
    }
    if (dora_) {
        magnitude_ = read_values(delta.magnitude, delta.target, device).flatten();
    }
}

bool WeightChange::by_rows() const {
    return kind_ != ABLE_DELTA_KRONECKER && kind_ != ABLE_DELTA_ROTATION && !(dora_ && axis_ == ABLE_AXIS_IN);
}

void WeightChange::add(const at::Tensor &rows, int64_t first, double factor) const {
    const int64_t count = rows.size(0);
    if (kind_ == ABLE_DELTA_HADAMARD) {
        rows.addcmul_(matrix_.rows(first, count), second_.rows(first, count), factor);
        return;
    }
    if (kind_ == ABLE_DELTA_KRONECKER) {
        rows.add_(at::kron(matrix_.all(), second_.all()), factor);
        return;
    }
    if (!matrix_.right.defined()) {
        rows.add_(matrix_.rows(first, count), factor);
        return;
    }
    rows.addmm_(matrix_.left.narrow(0, first, count), matrix_.right, 1, factor);
}

// `rows` [count, columns] as [count, in, kernel].
at::Tensor WeightChange::by_channel(const at::Tensor &rows) const {
    return rows.view({rows.size(0), inputs_, -1});
}

void WeightChange::scale_channels(const at::Tensor &rows, int64_t first) const {
    const at::Tensor factors = matrix_.left * (strength_ * scale_) + 1;
    if (axis_ == ABLE_AXIS_OUT) {
        rows.mul_(factors.narrow(0, first, rows.size(0)).unsqueeze(1));
        return;
    }
    by_channel(rows).mul_(factors.view({1, inputs_, 1}));
}

// [rows, in, kernel] and the matrix [in, in].
void WeightChange::mix_inputs(const at::Tensor &rows) const {
    const at::Tensor inputs = by_channel(rows);
    const at::Tensor product = inputs.transpose(1, 2).matmul(matrix_.left).matmul(matrix_.right).transpose(1, 2);
    inputs.add_(product, strength_ * scale_);
}

// Stages of rotations, the rows of each in its own order; see ABLE_DELTA_ROTATION.
void WeightChange::rotate(const at::Tensor &rows) const {
    const int64_t all = rows.size(0), columns = rows.size(1);
    const int64_t blocks = turns_.size(1), size = turns_.size(2);
    at::Tensor turned = rows;
    for (int64_t stage = 0; stage < turns_.size(0); ++stage) {
        const int64_t half = (int64_t{1} << stage) * size / 2;
        if (butterfly_) {
            turned = turned.reshape({-1, 2, half, columns}).transpose(1, 2);
        }
        turned = at::bmm(turns_[stage], turned.reshape({blocks, size, columns}));
        if (butterfly_) {
            turned = turned.reshape({-1, half, 2, columns}).transpose(1, 2);
        }
        turned = turned.reshape({all, columns});
    }
    rows.copy_(magnitude_.defined() ? turned * magnitude_.unsqueeze(1) : turned);
}

// The norms take what LyCORIS adds to them (functional/general.py), so that a channel of zeros stays one.
void WeightChange::normalise(const at::Tensor &rows, int64_t first) const {
    constexpr double least = std::numeric_limits<float>::epsilon();
    if (axis_ == ABLE_AXIS_OUT) {
        const at::Tensor wanted = magnitude_.narrow(0, first, rows.size(0)).unsqueeze(1);
        rows.mul_(wanted / (norms(rows, {1}) + least));
        return;
    }
    const at::Tensor channels = by_channel(rows);
    channels.mul_(magnitude_.view({1, inputs_, 1}) / (norms(channels, {0, 2}) + least));
}

void WeightChange::apply(const at::Tensor &rows, int64_t first) const {
    const int64_t begin = std::max(first, row_);
    const int64_t end = std::min(first + rows.size(0), row_ + rows_);
    if (begin >= end) {
        return;
    }
    change(rows.narrow(0, begin - first, end - begin).narrow(1, column_, columns_), begin - row_);
}

void WeightChange::change(const at::Tensor &rows, int64_t first) const {
    if (kind_ == ABLE_DELTA_CHANNELS) {
        scale_channels(rows, first);
        return;
    }
    if (kind_ == ABLE_DELTA_INPUTS) {
        mix_inputs(rows);
        return;
    }
    if (kind_ == ABLE_DELTA_ROTATION) {
        rotate(rows);
        return;
    }
    if (!dora_) {
        add(rows, first, strength_ * scale_);
        return;
    }
    const at::Tensor changed = rows.clone();
    add(changed, first, scale_);
    normalise(changed, first);
    rows.lerp_(changed, strength_);
}

} // namespace able::diffusion
