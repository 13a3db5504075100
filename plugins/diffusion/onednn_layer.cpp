// PackedLayer by oneDNN, where it is the one that libtorch itself uses.
#include "cpu_memory.h"
#include "onednn_operation.h"
#include "packed_layer.h"

#include <ATen/Parallel.h>

namespace able::diffusion {
namespace {

class OnednnLayer final : public PackedLayer {
public:
    // `typical` is the shape at an input of some size: nearly always the order depends on the weight alone.
    OnednnLayer(const onednn::Shape &typical, const at::Tensor &weight) : own_(typical) {
        pack(onednn::operation(typical)->weight, weight);
    }

    at::Tensor apply(const at::Tensor &x, const at::Tensor &bias) const override {
        if (own_.is_conv()) {
            return apply_to_strip(x, 0, 0, bias);
        }
        const at::Tensor in = dense(x);
        std::vector<int64_t> sizes = in.sizes().vec();
        sizes.back() = own_.out;
        at::Tensor out = cpu::empty(sizes, own_.type);
        run(shape_for(in), in, bias, out);
        return out;
    }

    at::Tensor apply_to_strip(const at::Tensor &x, int64_t above, int64_t below,
                              const at::Tensor &bias) const override {
        const at::Tensor in = dense(x);
        onednn::Shape shape = shape_for(in);
        shape.above = above;
        shape.below = below;
        at::Tensor out = cpu::empty({shape.batch, shape.out, shape.result_height(), shape.result_width()}, own_.type,
                                    at::MemoryFormat::ChannelsLast);
        run(shape, in, bias, out);
        return out;
    }

    void add_to(at::Tensor &sum, const at::Tensor &x, const at::Tensor &bias) const override {
        const at::Tensor in = dense(x);
        onednn::Shape shape = shape_for(in);
        shape.sum = true;
        run(shape, in, bias, sum);
    }

    void assign(const at::Tensor &weight) override { pack(packed_.get_desc(), weight); }

    at::Tensor unpacked() const override {
        at::Tensor values = own_.is_conv() ? at::empty({own_.out, own_.in, own_.kernel, own_.kernel}, own_.type)
                                           : at::empty({own_.out, own_.in}, own_.type);
        dnnl::memory to(onednn::plain_weight(own_), onednn::engine(), values.data_ptr());
        dnnl::reorder(packed_, to).execute(onednn::stream(), packed_, to);
        return values;
    }

private:
    at::Tensor dense(const at::Tensor &x) const {
        return x.contiguous(own_.is_conv() ? at::MemoryFormat::ChannelsLast : at::MemoryFormat::Contiguous);
    }

    onednn::Shape shape_for(const at::Tensor &in) const {
        onednn::Shape shape = own_;
        if (shape.is_conv()) {
            shape.batch = in.size(0);
            shape.height = in.size(2);
            shape.width = in.size(3);
        } else {
            shape.batch = in.numel() / shape.in;
        }
        shape.threads = at::get_num_threads();
        return shape;
    }

    void run(onednn::Shape shape, const at::Tensor &in, const at::Tensor &bias, at::Tensor &out) const {
        // oneDNN is told where the values lie, and believes what it is told.
        TORCH_CHECK(in.scalar_type() == own_.type && out.scalar_type() == own_.type &&
                        (!bias.defined() || bias.scalar_type() == own_.type),
                    "a layer in ", own_.type, " was given values in ", in.scalar_type());
        TORCH_CHECK(in.size(own_.is_conv() ? 1 : -1) == own_.in, "a layer of ", own_.in, " inputs was given ",
                    in.sizes());
        shape.bias = bias.defined();
        const auto operation = onednn::operation(shape);
        if (operation->weight != packed_.get_desc()) {
            pack(operation->weight, unpacked());
        }
        operation->run(in, packed_, bias, out);
    }

    void pack(const dnnl::memory::desc &order, const at::Tensor &weight) const {
        const at::Tensor values = weight.contiguous();
        if (!packed_ || packed_.get_desc() != order) {
            packed_ = dnnl::memory(order, onednn::engine());
        }
        dnnl::memory from(onednn::plain_weight(own_), onednn::engine(), values.data_ptr());
        dnnl::reorder(from, packed_).execute(onednn::stream(), from, packed_);
    }

    onednn::Shape own_;
    mutable dnnl::memory packed_;
};

std::shared_ptr<PackedLayer> packed(onednn::Shape typical, const at::Tensor &weight) {
    const at::ScalarType type = weight.scalar_type();
    if (!weight.is_cpu() || (type != at::kFloat && type != at::kBFloat16)) {
        return nullptr;
    }
    typical.type = type;
    typical.out = weight.size(0);
    typical.in = weight.size(1);
    typical.bias = true;
    typical.threads = at::get_num_threads();
    try {
        return std::make_shared<OnednnLayer>(typical, weight);
    } catch (const dnnl::error &error) {
        if (error.status == dnnl_unimplemented) {
            return nullptr;
        }
        throw;
    }
}

} // namespace

std::shared_ptr<PackedLayer> pack_linear(const at::Tensor &weight, int64_t rows) {
    return packed({.batch = rows}, weight);
}

std::shared_ptr<PackedLayer> pack_conv2d(const at::Tensor &weight, int64_t stride, int64_t padding) {
    return packed(
        {.batch = 1, .height = 64, .width = 64, .kernel = weight.size(2), .stride = stride, .padding = padding},
        weight);
}

} // namespace able::diffusion
