// What a file says of one module as deltas of the ABI: each method's tensors, their shapes checked, and its scale.
#pragma once

#include "change.h"
#include "peft_settings.h"
#include "shapes.h"

#include <ablerefusal/adapter.h>

#include <array>
#include <deque>
#include <vector>

namespace able::lora {

class DeltaMaker {
public:
    // All must outlive the maker, and the source and `layouts` what it makes.
    using Layouts = std::deque<std::array<int64_t, 4>>; // extents and strides of matrices shown transposed
    DeltaMaker(const able_source &source, const able_targets &targets, const PeftSettings &settings, Layouts &layouts)
        : source_(source), targets_(targets), settings_(settings), layouts_(layouts) {}

    // One delta for the weight (two for GLoRA), one for the bias, or both. `target` points to the model's own string.
    // Throws able::Error naming the key if a part is missing or has a wrong shape or type, or if a module is changed in
    // two ways at once.
    std::vector<able_delta> make(const Module &module, const Change &change);

private:
    struct Factored;

    std::vector<able_delta> one_way(const able_target &target, const Change &change);
    able_delta low_rank(const able_target &target, const Change &change);
    able_delta hadamard(const able_target &target, const Change &change);
    able_delta kronecker(const able_target &target, const Change &change);
    able_delta channels(const able_target &target, const Change &change);
    std::vector<able_delta> generalised(const able_target &target, const Change &change);
    able_delta rotation(const able_target &target, const Change &change);
    able_delta difference(const able_target &target, const char *key);
    Factored hadamard_factor(const able_target &target, const Change &change, Part a, Part b, Part core);
    Factored kronecker_factor(const able_target &target, const Change &change, Part whole, Part a, Part b, Part core);
    Factored core_and_factors(const able_target &target, const Tensor &left, const Tensor &right, const Tensor &core);
    void add_magnitude(able_delta &delta, const able_target &target, const Change &change);
    double scale(const able_target &target, const Change &change, int64_t rank);
    Tensor need(const able_target &target, const Change &change, Part part);
    able_view transposed(const able_view &matrix);

    const able_source &source_;
    const able_targets &targets_;
    const PeftSettings &settings_;
    Layouts &layouts_;
};

} // namespace able::lora
