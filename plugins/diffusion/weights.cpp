#include "weights.h"

#include "harmless.h"
#include "torch_guard.h"
#include "view_tensor.h"

#include <algorithm>

namespace able::diffusion {
namespace {

uint64_t bytes_of(const able_view &view) {
    uint64_t count = view.dtype_bits / 8U;
    for (const int64_t extent : shape_of(view)) {
        count *= static_cast<uint64_t>(extent);
    }
    return count;
}

[[noreturn]] void wrong_shape(const std::string &name, at::IntArrayRef found, at::IntArrayRef expected) {
    throw Error(ABLE_BAD_FILE, "tensor \"" + name + "\" has the shape " + shape_text(found) +
                                   ", and by its config.json it must be " + shape_text(expected) +
                                   "; the files of this model do not belong together");
}

at::IntArrayRef without_trailing_ones(at::IntArrayRef shape, size_t rank) {
    while (shape.size() > rank && shape.back() == 1) {
        shape = shape.slice(0, shape.size() - 1);
    }
    return shape;
}

// Null for a weight without values.
std::shared_ptr<PackedLayer> packed(const at::Tensor &weight) {
    return weight.is_meta() ? nullptr : pack_linear(weight);
}

} // namespace

at::Tensor Parameter::writable(at::Tensor &scratch) const {
    if (!packed) {
        return value;
    }
    if (!scratch.defined() || scratch.scalar_type() != value.scalar_type() || scratch.numel() < value.numel()) {
        scratch = at::empty({value.numel()}, value.options());
    }
    return scratch.narrow(0, 0, value.numel()).view(value.sizes());
}

void Parameter::assign(const at::Tensor &values) const {
    if (packed) {
        packed->assign(values);
        return;
    }
    at::Tensor(value).copy_(values); // does nothing to itself
}

WeightStore::WeightStore(const able_source *source, const able_job *job, at::Device device,
                         std::vector<std::string> components)
    : source_(source), job_(job), device_(device), components_(std::move(components)) {
    for (uint64_t i = 0; const char *name = source_->tensor_name(source_, i); ++i) {
        const able_view *view = belongs(name) ? source_->tensor(source_, name) : nullptr;
        total_ += view != nullptr ? bytes_of(*view) : 0;
    }
}

bool WeightStore::belongs(std::string_view name) const {
    return std::any_of(components_.begin(), components_.end(), [name](const std::string &component) {
        return name.size() > component.size() && name.starts_with(component) && name[component.size()] == '.';
    });
}

const able_view &WeightStore::find(const std::string &name) const {
    const able_view *view = source_->tensor(source_, name.c_str());
    if (view == nullptr) {
        throw Error(ABLE_NOT_FOUND, "tensor \"" + name + "\" is missing; the model's files are not complete");
    }
    if (view->dtype_code == ABLE_DTYPE_OPAQUE) {
        const able_quantisation *how = source_->quantisation(source_, name.c_str());
        throw Error(ABLE_UNSUPPORTED, "tensor \"" + name + "\" is quantised" +
                                          (how != nullptr ? std::string(" as ") + how->layout : "") +
                                          ", which this pipeline cannot read; use a file of fp16, bf16, fp32 or float8 "
                                          "values");
    }
    return *view;
}

std::optional<at::ScalarType> WeightStore::stored(const std::string &name) const {
    return stored_type(find(name));
}

at::Tensor WeightStore::read(const std::string &name, at::IntArrayRef shape, at::ScalarType dtype) {
    const able_view &view = find(name);
    if (shape_of(view) != shape) {
        wrong_shape(name, shape_of(view), shape);
    }
    return copy(view, name, dtype);
}

at::Tensor WeightStore::read_squeezed(const std::string &name, at::IntArrayRef shape, at::ScalarType dtype) {
    const able_view &view = find(name);
    if (without_trailing_ones(shape_of(view), shape.size()) != shape) {
        wrong_shape(name, shape_of(view), shape);
    }
    return copy(view, name, dtype).view(shape);
}

at::Tensor WeightStore::copy(const able_view &view, const std::string &name, at::ScalarType dtype) {
    stop_if_cancelled(job_);
    at::Tensor value = device_.is_meta() ? unread_copy(view, name, dtype) : copy_view(view, name, device_, dtype);
    if (read_.insert(name).second) {
        bytes_ += value.nbytes();
        done_ += bytes_of(view);
        job_->progress(job_, done_, total_);
    }
    return value;
}

std::vector<std::string> WeightStore::unread() const {
    std::vector<std::string> names;
    for (uint64_t i = 0; const char *name = source_->tensor_name(source_, i); ++i) {
        if (belongs(name) && !read_.contains(name) && !is_harmless(name)) {
            names.emplace_back(name);
        }
    }
    return names;
}

Weights Weights::at(const std::string &path) const {
    return {*store_, public_ + "." + path, source_ + "." + path, formats_, adaptable_};
}

Weights Weights::wide() const {
    Weights same = *this;
    same.formats_.usual = formats_.wide;
    return same;
}

at::ScalarType Weights::format_of(const std::string &name) const {
    const std::optional<at::ScalarType> stored = formats_.keep_narrow ? store_->stored(name) : std::nullopt;
    return stored && c10::elementSize(*stored) == 2 ? *stored : formats_.usual;
}

at::Tensor Weights::matrix(const std::string &path, at::IntArrayRef shape) const {
    const std::string name = source_ + "." + path;
    return settled(path, store_->read(name, shape, format_of(name)), nullptr);
}

// Notes a weight that adapters may change. Gives `weight` or, where a layer has it packed, what is left of it.
at::Tensor Weights::settled(const std::string &path, const at::Tensor &weight,
                            std::shared_ptr<PackedLayer> packed) const {
    at::Tensor value = packed ? stand_in(weight) : weight;
    if (adaptable_) {
        store_->add_parameter({public_ + "." + path, source_ + "." + path, value, std::move(packed)});
    }
    return value;
}

at::Tensor Weights::vector(const std::string &path, int64_t extent, at::ScalarType dtype) const {
    const std::string name = source_ + "." + path;
    at::Tensor value = store_->read(name, {extent}, dtype);
    if (adaptable_) {
        store_->add_parameter({public_ + "." + path, name, value});
    }
    return value;
}

Linear Weights::linear(const std::string &path, int64_t in, int64_t out, Bias bias) const {
    const std::string name = source_ + "." + path + ".weight";
    const at::Tensor weight = store_->read(name, {out, in}, format_of(name));
    Linear layer;
    layer.packed = weight.scalar_type() == formats_.usual ? packed(weight) : nullptr;
    layer.weight = settled(path + ".weight", weight, layer.packed);
    if (bias == Bias::yes) {
        layer.bias = vector(path + ".bias", out, formats_.usual);
    }
    return layer;
}

Linear Weights::squeezed_linear(const std::string &path, int64_t in, int64_t out) const {
    const at::Tensor weight = store_->read_squeezed(source_ + "." + path + ".weight", {out, in}, formats_.usual);
    Linear layer;
    layer.packed = packed(weight);
    layer.weight = layer.packed ? stand_in(weight) : weight;
    layer.bias = vector(path + ".bias", out, formats_.usual);
    return layer;
}

Linear Weights::pointwise(const std::string &path, int64_t in, int64_t out) const {
    const at::Tensor weight = store_->read(source_ + "." + path + ".weight", {out, in, 1, 1}, formats_.usual);
    Linear layer;
    layer.packed = packed(weight.view({out, in}));
    layer.weight = settled(path + ".weight", weight, layer.packed).squeeze(-1).squeeze(-1);
    layer.bias = vector(path + ".bias", out, formats_.usual);
    return layer;
}

Conv2d Weights::conv(const std::string &path, int64_t in, int64_t out, int64_t kernel, int64_t stride,
                     int64_t padding) const {
    const at::Tensor weight = store_->read(source_ + "." + path + ".weight", {out, in, kernel, kernel}, formats_.usual);
    Conv2d layer;
    layer.packed = weight.is_meta() ? nullptr : pack_conv2d(weight, stride, padding);
    layer.weight = settled(path + ".weight", weight, layer.packed);
    layer.bias = vector(path + ".bias", out, formats_.usual);
    layer.stride = stride;
    layer.padding = padding;
    return layer;
}

GroupNorm Weights::group_norm(const std::string &path, int64_t channels, int64_t groups, double eps) const {
    return {vector(path + ".weight", channels, formats_.wide), vector(path + ".bias", channels, formats_.wide), groups,
            eps};
}

LayerNorm Weights::layer_norm(const std::string &path, int64_t channels, double eps) const {
    return {vector(path + ".weight", channels, formats_.wide), vector(path + ".bias", channels, formats_.wide), eps};
}

} // namespace able::diffusion
