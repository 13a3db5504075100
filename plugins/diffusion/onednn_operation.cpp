#include "onednn_operation.h"

#include <list>
#include <map>
#include <mutex>

namespace able::diffusion::onednn {
namespace {

using dnnl::memory;
using Tag = memory::format_tag;

memory::data_type type_of(at::ScalarType type) {
    return type == at::kFloat ? memory::data_type::f32 : memory::data_type::bf16;
}

dnnl::primitive_attr attributes(const Shape &shape) {
    dnnl::primitive_attr attributes;
    if (shape.sum) {
        dnnl::post_ops after;
        after.append_sum(1.0F);
        attributes.set_post_ops(after);
    }
    return attributes;
}

Operation make_conv(const Shape &shape) {
    const memory::data_type type = type_of(shape.type);
    const memory::desc x({shape.batch, shape.in, shape.height, shape.width}, type, Tag::nhwc);
    const memory::desc result({shape.batch, shape.out, shape.result_height(), shape.result_width()}, type, Tag::nhwc);
    const memory::desc weight({shape.out, shape.in, shape.kernel, shape.kernel}, type, Tag::any);
    const memory::desc bias = shape.bias ? memory::desc({shape.out}, type, Tag::a) : memory::desc();
    const memory::dims strides{shape.stride, shape.stride};
    const memory::dims before{shape.padding - shape.above, shape.padding};
    const memory::dims after{shape.padding - shape.below, shape.padding};
    // Winograd's would be faster for large maps in fp32, but its weights take four times the memory.
    const dnnl::convolution_forward::primitive_desc made(
        dnnl::convolution_forward::desc(dnnl::prop_kind::forward_inference, dnnl::algorithm::convolution_direct, x,
                                        weight, bias, result, strides, before, after),
        attributes(shape), engine());
    return {dnnl::convolution_forward(made), x, made.weights_desc(), bias, result};
}

Operation make_product(const Shape &shape) {
    const memory::data_type type = type_of(shape.type);
    const memory::desc x({shape.batch, shape.in}, type, Tag::ab);
    const memory::desc result({shape.batch, shape.out}, type, Tag::ab);
    const memory::desc weight({shape.in, shape.out}, type, Tag::any);
    const memory::desc bias = shape.bias ? memory::desc({1, shape.out}, type, Tag::ab) : memory::desc();
    const dnnl::matmul::primitive_desc made(dnnl::matmul::desc(x, weight, bias, result), attributes(shape), engine());
    return {dnnl::matmul(made), x, made.weights_desc(), bias, result};
}

// The operations asked for last. A UNet of SD 1.5 has some fifty at one size, its autoencoder twenty.
class Cache {
public:
    std::shared_ptr<const Operation> get(const Shape &shape) {
        const std::lock_guard lock(mutex_);
        if (const auto found = entries_.find(shape); found != entries_.end()) {
            order_.splice(order_.begin(), order_, found->second.place);
            return found->second.operation;
        }
        auto made = std::make_shared<const Operation>(shape.is_conv() ? make_conv(shape) : make_product(shape));
        order_.push_front(shape);
        entries_.emplace(shape, Entry{made, order_.begin()});
        if (entries_.size() > limit) {
            entries_.erase(order_.back());
            order_.pop_back();
        }
        return made;
    }

private:
    static constexpr size_t limit = 512;
    struct Entry {
        std::shared_ptr<const Operation> operation;
        std::list<Shape>::iterator place;
    };
    std::mutex mutex_;
    std::list<Shape> order_; // the last one asked for first
    std::map<Shape, Entry> entries_;
};

} // namespace

const dnnl::engine &engine() {
    static const dnnl::engine cpu(dnnl::engine::kind::cpu, 0);
    return cpu;
}

dnnl::stream &stream() {
    thread_local dnnl::stream own(engine());
    return own;
}

memory::desc plain_weight(const Shape &shape) {
    const memory::data_type type = type_of(shape.type);
    if (shape.is_conv()) {
        return {{shape.out, shape.in, shape.kernel, shape.kernel}, type, Tag::oihw};
    }
    return {{shape.in, shape.out}, type, Tag::ba}; // a product takes it transposed
}

std::shared_ptr<const Operation> operation(const Shape &shape) {
    static Cache cache;
    return cache.get(shape);
}

void Operation::run(const at::Tensor &in, const memory &packed, const at::Tensor &bias_values, at::Tensor &out) const {
    std::unordered_map<int, memory> arguments{
        {DNNL_ARG_SRC, memory(x, engine(), in.data_ptr())},
        {DNNL_ARG_WEIGHTS, packed},
        {DNNL_ARG_DST, memory(result, engine(), out.data_ptr())},
    };
    if (bias_values.defined()) {
        arguments.emplace(DNNL_ARG_BIAS, memory(bias, engine(), bias_values.data_ptr()));
    }
    primitive.execute(stream(), arguments);
}

} // namespace able::diffusion::onednn
