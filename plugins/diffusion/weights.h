// Reads a component's weights from a source into layers, and keeps track of those that adapters may change.
#pragma once

#include "layers.h"

#include <ablerefusal/job.h>
#include <ablerefusal/source.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

namespace able::diffusion {

// A weight that adapters may change.
struct Parameter {
    std::string target;      // public name: "unet.conv_in.weight"
    std::string source_name; // the tensor's name in the source
    at::Tensor value;        // where its layer reads it; a stand-in where that has it packed
    std::shared_ptr<PackedLayer> packed = nullptr;

    // What its layer computes with now; a copy where that has it packed.
    at::Tensor values() const { return packed ? packed->unpacked().view(value.sizes()) : value; }
    // Where to write all of its new values, and what makes them apply then: assign(writable(scratch)). `scratch` is
    // kept by the caller from one weight to the next; it may be undefined.
    at::Tensor writable(at::Tensor &scratch) const;
    void assign(const at::Tensor &values) const;
};

// One load: where the tensors come from, where they go, and what has been read so far. On the device "meta" no values
// are read: such a load only shows whether a real one would succeed.
class WeightStore {
public:
    // `components` are those whose bytes make up the progress shown: {"unet", "vae"}.
    WeightStore(const able_source *source, const able_job *job, at::Device device, std::vector<std::string> components);

    // Reads one tensor. Throws able::Error: ABLE_NOT_FOUND, or ABLE_BAD_FILE with the shape found and expected;
    // ABLE_CANCELLED if the job is.
    at::Tensor read(const std::string &name, at::IntArrayRef shape, at::ScalarType dtype);
    // The same where rank-2 weights were stored as 1x1 convolutions: trailing extents of 1 are accepted and dropped.
    at::Tensor read_squeezed(const std::string &name, at::IntArrayRef shape, at::ScalarType dtype);
    // The tensor's own format, if that is one of libtorch's.
    std::optional<at::ScalarType> stored(const std::string &name) const;
    bool has(const std::string &name) const { return source_->tensor(source_, name.c_str()) != nullptr; }
    bool on_cpu() const { return device_.is_cpu(); }
    void add_parameter(Parameter parameter) { parameters_.push_back(std::move(parameter)); }

    // Names of the components' tensors that were not read and are not harmless, sorted.
    std::vector<std::string> unread() const;
    std::vector<Parameter> take_parameters() { return std::move(parameters_); }
    uint64_t bytes() const { return bytes_; }

private:
    at::Tensor copy(const able_view &view, const std::string &name, at::ScalarType dtype);
    const able_view &find(const std::string &name) const;
    bool belongs(std::string_view name) const;

    const able_source *source_;
    const able_job *job_;
    at::Device device_;
    std::vector<std::string> components_;
    std::vector<Parameter> parameters_;
    std::unordered_set<std::string> read_;
    uint64_t bytes_ = 0; // in memory
    uint64_t done_ = 0;  // of the source
    uint64_t total_ = 0;
};

// A place in a component's tree of modules, such as `down_blocks.0.resnets.1`; makes the layers below it.
class Weights {
public:
    struct Formats {
        at::ScalarType usual; // matrices and convolutions
        at::ScalarType wide;  // norms, and what wide() gives
        // Keep a matrix that the file has in 16 bits as it is; what computes with it widens it to `usual` then. The
        // results are the same, and the memory is half.
        bool keep_narrow = false;
    };
    // `public_name` is what target names start with, `source_name` what the source's do; usually the same.
    Weights(WeightStore &store, std::string public_name, std::string source_name, Formats formats, bool adaptable)
        : store_(&store), public_(std::move(public_name)), source_(std::move(source_name)), formats_(formats),
          adaptable_(adaptable) {}

    Weights at(const std::string &path) const;
    Weights at(const std::string &list, int64_t index) const { return at(list + "." + std::to_string(index)); }
    // The same place, its layers in the wide format.
    Weights wide() const;
    const Formats &formats() const { return formats_; }
    bool has(const std::string &path) const { return store_->has(source_ + "." + path); }

    at::Tensor matrix(const std::string &path, at::IntArrayRef shape) const;
    enum class Bias { yes, no };
    Linear linear(const std::string &path, int64_t in, int64_t out, Bias bias = Bias::yes) const;
    // A Linear whose weight may be stored as a 1x1 convolution; never a target of adapters.
    Linear squeezed_linear(const std::string &path, int64_t in, int64_t out) const;
    // A 1x1 convolution used as a Linear over channels.
    Linear pointwise(const std::string &path, int64_t in, int64_t out) const;
    Conv2d conv(const std::string &path, int64_t in, int64_t out, int64_t kernel, int64_t stride = 1,
                int64_t padding = 0) const;
    GroupNorm group_norm(const std::string &path, int64_t channels, int64_t groups, double eps) const;
    LayerNorm layer_norm(const std::string &path, int64_t channels, double eps) const;

private:
    at::Tensor vector(const std::string &path, int64_t extent, at::ScalarType dtype) const;
    at::ScalarType format_of(const std::string &name) const;
    at::Tensor settled(const std::string &path, const at::Tensor &weight, std::shared_ptr<PackedLayer> packed) const;

    WeightStore *store_;
    std::string public_, source_;
    Formats formats_;
    bool adaptable_;
};

} // namespace able::diffusion
