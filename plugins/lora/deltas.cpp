#include "deltas.h"

#include "alpha.h"
#include "shapes.h"

#include <ablerefusal/glue.hpp>

#include <algorithm>
#include <string>

namespace able::lora {

namespace {

constexpr auto low_rank_parts = {Part::down, Part::up, Part::mid};
constexpr auto hadamard_parts = {Part::hada_w1_a, Part::hada_w1_b, Part::hada_w2_a,
                                 Part::hada_w2_b, Part::hada_t1,   Part::hada_t2};
constexpr auto kronecker_parts = {Part::lokr_w1,   Part::lokr_w1_a, Part::lokr_w1_b, Part::lokr_w2,
                                  Part::lokr_w2_a, Part::lokr_w2_b, Part::lokr_t2};
constexpr auto channel_parts = {Part::channels, Part::on_input};
constexpr auto glora_parts = {Part::glora_a1, Part::glora_a2, Part::glora_b1, Part::glora_b2};
constexpr auto rotation_parts = {Part::rotations, Part::rescale};

[[noreturn]] void incomplete(const able_target &target, const Change &change, Part part) {
    throw Error(ABLE_BAD_FILE, in_quotes(change.first()) + " has no partner: the " + part_name(part) + " for " +
                                   target.name + " is missing; the file is incomplete");
}

// The extents behind the first two.
std::vector<int64_t> kernel_of(const able_target &target) {
    const Shape shape = shape_of(target);
    return {shape.begin() + std::min<std::ptrdiff_t>(2, std::ssize(shape)), shape.end()};
}

int64_t columns_of(const able_target &target) {
    return element_count(shape_of(target).subspan(1));
}

std::vector<int64_t> with_kernel(std::vector<int64_t> shape, const able_target &target) {
    const std::vector<int64_t> kernel = kernel_of(target);
    shape.insert(shape.end(), kernel.begin(), kernel.end());
    return shape;
}

// A core [rows, columns, kernel…], of a convolution and with all its dimensions.
void check_core(const Tensor &core, const able_target &target, int64_t rows, int64_t columns) {
    const std::vector<int64_t> expected = with_kernel({rows, columns}, target);
    check_shape(core, target, expected);
    if (expected.size() == 2 || core.view.ndim != std::ssize(expected)) {
        throw Error(ABLE_BAD_FILE, in_quotes(core.key) + " has shape " + to_string(core.shape()) +
                                       " and is the core of a convolution, which " + target.name + " " +
                                       to_string(shape_of(target)) + " is not");
    }
}

able_delta delta_of(int32_t kind, const able_target &target) {
    auto delta = make_struct<able_delta>();
    delta.kind = kind;
    delta.target = target.name;
    delta.scale = 1.0;
    return delta;
}

} // namespace

// A matrix as the ABI has it: up, up x down or a Tucker decomposition.
struct DeltaMaker::Factored {
    able_view up{}, mid{}, down{};
    int64_t rank = 0; // 0 for a matrix that is whole
    int64_t rows = 0, columns = 0;
};

Tensor DeltaMaker::need(const able_target &target, const Change &change, Part part) {
    if (change[part] == nullptr) {
        incomplete(target, change, part);
    }
    return read_tensor(source_, change[part]);
}

able_view DeltaMaker::transposed(const able_view &matrix) {
    auto &layout = layouts_.emplace_back();
    layout = {matrix.shape[1], matrix.shape[0], 1, matrix.shape[1]};
    able_view view = matrix;
    view.ndim = 2;
    view.shape = layout.data();
    view.strides = layout.data() + 2;
    return view;
}

double DeltaMaker::scale(const able_target &target, const Change &change, int64_t rank) {
    if (change[Part::alpha] != nullptr) {
        const Tensor alpha = {change[Part::alpha], *source_.tensor(&source_, change[Part::alpha])};
        return read_alpha(alpha.view, alpha.key) / static_cast<double>(rank);
    }
    // Without an alpha it equals the rank.
    return settings_.scale(target.name, rank).value_or(1.0);
}

able_delta DeltaMaker::low_rank(const able_target &target, const Change &change) {
    const Tensor down = need(target, change, Part::down);
    const Tensor up = need(target, change, Part::up);
    const Shape weight = shape_of(target);
    const int64_t rank = check_rank(down, down.rows());
    able_delta delta = delta_of(ABLE_DELTA_LOW_RANK, target);
    if (change[Part::mid] == nullptr) {
        std::vector<int64_t> expected(weight.begin(), weight.end());
        expected[0] = rank;
        check_shape(down, target, expected);
        check_shape(up, target, {weight[0], rank});
    } else {
        const Tensor mid = read_tensor(source_, change[Part::mid]);
        check_core(mid, target, check_rank(mid, mid.rows()), rank);
        check_shape(down, target, {rank, weight[1]});
        check_shape(up, target, {weight[0], mid.rows()});
        delta.kind = ABLE_DELTA_MATRIX;
        delta.mid = mid.view;
    }
    delta.up = up.view;
    delta.down = down.view;
    delta.scale = scale(target, change, rank);
    return delta;
}

// A Tucker decomposition as LyCORIS has it: its outer factors are [rank, out] and [rank, in].
DeltaMaker::Factored DeltaMaker::core_and_factors(const able_target &target, const Tensor &left, const Tensor &right,
                                                  const Tensor &core) {
    for (const Tensor *matrix : {&left, &right}) {
        check_rank(*matrix, matrix->rows());
        if (matrix->view.ndim != 2) {
            check_shape(*matrix, target, {matrix->rows(), matrix->columns()});
        }
    }
    check_core(core, target, left.rows(), right.rows());
    Factored result;
    result.up = transposed(left.view);
    result.mid = core.view;
    result.down = right.view;
    result.rank = right.rows();
    result.rows = left.columns();
    result.columns = right.columns() * element_count(kernel_of(target));
    return result;
}

DeltaMaker::Factored DeltaMaker::hadamard_factor(const able_target &target, const Change &change, Part a, Part b,
                                                 Part core) {
    const Tensor left = need(target, change, a);
    const Tensor right = need(target, change, b);
    const int64_t out = target.shape[0];
    if (change.any({Part::hada_t1, Part::hada_t2})) {
        check_shape(left, target, {left.rows(), out});
        check_shape(right, target, {right.rows(), target.shape[1]});
        return core_and_factors(target, left, right, need(target, change, core));
    }
    Factored result;
    result.rank = check_rank(right, right.rows());
    check_shape(left, target, {out, result.rank});
    check_shape(right, target, {result.rank, columns_of(target)});
    result.up = left.view;
    result.down = right.view;
    return result;
}

able_delta DeltaMaker::hadamard(const able_target &target, const Change &change) {
    able_delta delta = delta_of(ABLE_DELTA_HADAMARD, target);
    const Factored first = hadamard_factor(target, change, Part::hada_w1_a, Part::hada_w1_b, Part::hada_t1);
    const Factored second = hadamard_factor(target, change, Part::hada_w2_a, Part::hada_w2_b, Part::hada_t2);
    delta.up = first.up;
    delta.mid = first.mid;
    delta.down = first.down;
    delta.up2 = second.up;
    delta.mid2 = second.mid;
    delta.down2 = second.down;
    delta.scale = scale(target, change, first.rank);
    return delta;
}

DeltaMaker::Factored DeltaMaker::kronecker_factor(const able_target &target, const Change &change, Part whole, Part a,
                                                  Part b, Part core) {
    if (change[whole] != nullptr) {
        if (change.any({a, b})) {
            throw Error(ABLE_BAD_FILE, in_quotes(change[whole]) + " is there both whole and in factors");
        }
        const Tensor matrix = read_tensor(source_, change[whole]);
        const bool second = whole == Part::lokr_w2;
        std::vector<int64_t> expected{matrix.rows(), matrix.view.ndim > 1 ? matrix.view.shape[1] : 0};
        check_shape(matrix, target, second ? with_kernel(expected, target) : expected);
        Factored result;
        result.up = matrix.view;
        result.rows = matrix.rows();
        result.columns = matrix.columns();
        return result;
    }
    const Tensor left = need(target, change, a);
    const Tensor right = need(target, change, b);
    if (change[core] != nullptr) {
        return core_and_factors(target, left, right, read_tensor(source_, change[core]));
    }
    Factored result;
    result.rank = check_rank(right, right.rows());
    check_shape(left, target, {left.rows(), result.rank});
    check_shape(right, target, {result.rank, right.columns()});
    result.up = left.view;
    result.down = right.view;
    result.rows = left.rows();
    result.columns = right.columns();
    return result;
}

able_delta DeltaMaker::kronecker(const able_target &target, const Change &change) {
    able_delta delta = delta_of(ABLE_DELTA_KRONECKER, target);
    const Factored first = kronecker_factor(target, change, Part::lokr_w1, Part::lokr_w1_a, Part::lokr_w1_b,
                                            Part::unsupported); // w1 has no kernel, and so no core
    const Factored second =
        kronecker_factor(target, change, Part::lokr_w2, Part::lokr_w2_a, Part::lokr_w2_b, Part::lokr_t2);
    int64_t rows = 0;
    int64_t columns = 0;
    const bool counted = !__builtin_mul_overflow(first.rows, second.rows, &rows) &&
                         !__builtin_mul_overflow(first.columns, second.columns, &columns);
    if (!counted || rows != target.shape[0] || columns != columns_of(target)) {
        throw Error(ABLE_BAD_FILE, in_quotes(change.first()) + " and its partners make a change of shape " +
                                       to_string(std::array{rows, columns}) + "; for " + target.name + " " +
                                       to_string(shape_of(target)) + " it must be " +
                                       to_string(std::array{target.shape[0], columns_of(target)}));
    }
    delta.up = first.up;
    delta.down = first.down;
    delta.up2 = second.up;
    delta.mid2 = second.mid;
    delta.down2 = second.down;
    // LyCORIS (modules/lokr.py): alpha counts only where something is decomposed.
    const int64_t rank = first.rank > 0 ? first.rank : second.rank;
    delta.scale = rank > 0 ? scale(target, change, rank) : 1.0;
    return delta;
}

able_delta DeltaMaker::channels(const able_target &target, const Change &change) {
    const char *flag = change[Part::on_input];
    const bool on_input = read_flag(*source_.tensor(&source_, flag), flag);
    const Tensor values = need(target, change, Part::channels);
    const int64_t wanted = target.shape[on_input ? 1 : 0];
    const auto largest = std::max_element(values.shape().begin(), values.shape().end());
    if (values.shape().empty() || *largest != wanted || element_count(values.shape()) != wanted) {
        throw Error(ABLE_BAD_FILE, in_quotes(values.key) + " has shape " + to_string(values.shape()) + "; for the " +
                                       (on_input ? "input" : "output") + " of " + target.name + " " +
                                       to_string(shape_of(target)) + " it must be " + to_string(std::array{wanted}));
    }
    able_delta delta = delta_of(ABLE_DELTA_CHANNELS, target);
    delta.axis = on_input ? ABLE_AXIS_IN : ABLE_AXIS_OUT;
    delta.up = values.view;
    return delta;
}

// LyCORIS (modules/glora.py): W + scale (W x a1 x a2 + b1 x b2).
std::vector<able_delta> DeltaMaker::generalised(const able_target &target, const Change &change) {
    const Tensor a1 = need(target, change, Part::glora_a1), a2 = need(target, change, Part::glora_a2);
    const Tensor b1 = need(target, change, Part::glora_b1), b2 = need(target, change, Part::glora_b2);
    const Shape weight = shape_of(target);
    const int64_t rank = check_rank(a2, a2.rows());
    check_shape(a1, target, {weight[1], rank});
    check_shape(a2, target, {rank, weight[1]});
    std::vector<int64_t> expected(weight.begin(), weight.end());
    expected[0] = check_rank(b2, b2.rows());
    check_shape(b2, target, expected);
    check_shape(b1, target, {weight[0], expected[0]});
    able_delta of_weight = delta_of(ABLE_DELTA_INPUTS, target);
    of_weight.up = a1.view;
    of_weight.down = a2.view;
    of_weight.scale = scale(target, change, rank);
    able_delta added = delta_of(ABLE_DELTA_LOW_RANK, target);
    added.up = b1.view;
    added.down = b2.view;
    added.scale = of_weight.scale;
    return {of_weight, added};
}

// OFT and BOFT of LyCORIS (functional/diag_oft.py, boft.py). kohya's OFT (networks/oft.py) is the same as LyCORIS's.
able_delta DeltaMaker::rotation(const able_target &target, const Change &change) {
    const Tensor blocks = need(target, change, Part::rotations);
    const Shape shape = blocks.shape();
    const int64_t out = target.shape[0];
    const std::size_t last = shape.size() - 1;
    bool fits = (shape.size() == 3 || shape.size() == 4) && shape[last] == shape[last - 1] && out % shape[last] == 0 &&
                shape[last - 2] == out / shape[last];
    if (fits && shape.size() == 4) { // a stage reaches over 2^stage blocks
        const int64_t stages = shape[0];
        fits = shape[last] % 2 == 0 && stages < 32 && out % (shape[last] << (stages - 1)) == 0;
    }
    if (!fits) {
        throw Error(ABLE_BAD_FILE, in_quotes(blocks.key) + " has shape " + to_string(shape) + "; for " + target.name +
                                       " " + to_string(shape_of(target)) +
                                       " it must be [blocks, b, b], or [stages, blocks, b, b], with blocks * b = " +
                                       std::to_string(out));
    }
    able_delta delta = delta_of(ABLE_DELTA_ROTATION, target);
    delta.up = blocks.view;
    delta.scale = 0;
    if (change[Part::alpha] != nullptr) { // the constraint, for each row; 0 is none
        const able_view &alpha = *source_.tensor(&source_, change[Part::alpha]);
        delta.scale = read_alpha(alpha, change[Part::alpha]) * static_cast<double>(out);
    }
    if (change[Part::rescale] != nullptr) {
        const Tensor factors = read_tensor(source_, change[Part::rescale]);
        if (element_count(factors.shape()) != out) {
            throw Error(ABLE_BAD_FILE, in_quotes(factors.key) + " has shape " + to_string(factors.shape()) + "; for " +
                                           target.name + " " + to_string(shape_of(target)) + " it must be " +
                                           to_string(std::array{out, int64_t{1}}));
        }
        delta.magnitude = factors.view;
    }
    return delta;
}

able_delta DeltaMaker::difference(const able_target &target, const char *key) {
    const Tensor values = read_tensor(source_, key);
    const Shape shape = shape_of(target);
    check_shape(values, target, {shape.begin(), shape.end()});
    able_delta delta = delta_of(ABLE_DELTA_MATRIX, target);
    delta.up = values.view;
    return delta;
}

void DeltaMaker::add_magnitude(able_delta &delta, const able_target &target, const Change &change) {
    const bool peft = change[Part::peft_magnitude] != nullptr;
    if (!peft && change[Part::magnitude] == nullptr) {
        return;
    }
    const Tensor values = read_tensor(source_, change[peft ? Part::peft_magnitude : Part::magnitude]);
    if (delta.kind > ABLE_DELTA_KRONECKER) {
        throw Error(ABLE_BAD_FILE, in_quotes(values.key) + ": (IA)3, GLoRA and OFT have no magnitudes");
    }
    const Shape shape = values.shape();
    const Shape weight = shape_of(target);
    const int64_t count = element_count(shape);
    const bool out = count == weight[0] && (peft || values.rows() == count);
    const bool in = !peft && weight.size() >= 2 && shape.size() >= 2 && count == weight[1] && shape[1] == count;
    if (!out && !in) {
        const std::string other = peft ? "" : " or " + to_string(std::array{int64_t{1}, columns_of(target)});
        throw Error(ABLE_BAD_FILE, in_quotes(values.key) + " has shape " + to_string(shape) + "; for " + target.name +
                                       " " + to_string(weight) + " it must be " +
                                       to_string(std::array{weight[0], int64_t{1}}) + other);
    }
    delta.kind |= ABLE_DELTA_DORA;
    delta.axis = out ? ABLE_AXIS_OUT : ABLE_AXIS_IN;
    delta.magnitude = values.view;
}

std::vector<able_delta> DeltaMaker::one_way(const able_target &target, const Change &change) {
    const std::array ways{change.any(low_rank_parts), change.any(hadamard_parts),           change.any(kronecker_parts),
                          change.any(channel_parts),  change[Part::weight_diff] != nullptr, change.any(glora_parts),
                          change.any(rotation_parts)};
    if (std::count(ways.begin(), ways.end(), true) > 1) {
        throw Error(ABLE_BAD_FILE, in_quotes(change.first()) + ": the file changes " + target.name +
                                       " in two ways at once, and does not say which is meant");
    }
    if (ways[0]) {
        return {low_rank(target, change)};
    }
    if (ways[1]) {
        return {hadamard(target, change)};
    }
    if (ways[2]) {
        return {kronecker(target, change)};
    }
    if (ways[3]) {
        return {channels(target, change)};
    }
    if (ways[4]) {
        return {difference(target, change[Part::weight_diff])};
    }
    if (ways[5]) {
        return generalised(target, change);
    }
    if (ways[6]) {
        return {rotation(target, change)};
    }
    throw Error(ABLE_BAD_FILE, in_quotes(change.first()) + " has no partner: there are no factors for " + target.name +
                                   "; the file is incomplete");
}

std::vector<able_delta> DeltaMaker::make(const Module &module, const Change &change) {
    std::vector<able_delta> deltas;
    Change of_weight = change;
    for (const Part part : {Part::bias_diff, Part::factor_bias, Part::alpha}) {
        of_weight.remove(part);
    }
    if (of_weight.first() != nullptr) {
        const able_target &target = *targets_.at(&targets_, module.weight);
        deltas = one_way(target, change);
        add_magnitude(deltas.front(), target, change);
    }
    for (const Part part : {Part::bias_diff, Part::factor_bias}) {
        if (change[part] != nullptr) {
            const double scale = part == Part::factor_bias && !deltas.empty() ? deltas.front().scale : 1.0;
            deltas.push_back(difference(*targets_.at(&targets_, module.bias), change[part]));
            deltas.back().scale = scale; // a bias beside factors has theirs
        }
    }
    return deltas;
}

} // namespace able::lora
