// Shapes of an adapter's tensors against the weight that they change.
#pragma once

#include <ablerefusal/adapter.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace able::lora {

using Shape = std::span<const int64_t>;

Shape shape_of(const able_view &view);
Shape shape_of(const able_target &target);

// "[320, 4, 1, 1]"
std::string to_string(Shape shape);

// The number of elements; 0 where it is none or too many to count.
int64_t element_count(Shape shape);

// Equal once extents of 1 at the end are left away: a 1x1 convolution's factors may be stored as a linear layer's.
bool same_but_for_ones(Shape a, Shape b);

// A tensor of the file, with its key.
struct Tensor {
    std::string_view key;
    able_view view;

    Shape shape() const { return shape_of(view); }
    // The first extent, 0 where there is none.
    int64_t rows() const { return view.ndim > 0 ? view.shape[0] : 0; }
    int64_t columns() const { return rows() > 0 ? element_count(shape()) / rows() : 0; }
};

// The tensor `key`, of a type that pipelines take (fp32, fp16, bf16). Throws able::Error naming it.
Tensor read_tensor(const able_source &source, const char *key);

// Throws able::Error with the key, the shape found and the shape expected, but for extents of 1 at the end.
void check_shape(const Tensor &tensor, const able_target &target, const std::vector<int64_t> &expected);

// A factor's rank, which is `extent`. Throws able::Error unless it is at least 1.
int64_t check_rank(const Tensor &tensor, int64_t extent);

} // namespace able::lora
