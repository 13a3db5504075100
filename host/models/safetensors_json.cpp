#include "safetensors_json.h"

#include "error.h"
#include "host/base/quote.h"
#include "strict_sax.h"

#include <algorithm>
#include <limits>
#include <utility>

namespace able::models {

namespace {

// The deepest place is a number within an array within a tensor: no nesting beyond three levels is ever accepted.
class HeaderReader : public StrictSax {
public:
    explicit HeaderReader(const SafetensorsLimits &limits) : limits_(limits) {}

    HeaderJson take() { return std::move(result_); }
    bool unsupported() const noexcept { return unsupported_; }

    bool start_object(std::size_t elements) override {
        switch (state_) {
        case State::start:
            state_ = State::root;
            return true;
        case State::metadata_expected:
            state_ = State::metadata;
            return true;
        case State::tensor_expected:
            state_ = State::tensor;
            return true;
        default:
            return StrictSax::start_object(elements);
        }
    }

    bool key(string_t &name) override {
        switch (state_) {
        case State::root:
            return root_key(name);
        case State::metadata:
            return metadata_key(name);
        case State::tensor:
            return tensor_key(name);
        default:
            return StrictSax::key(name);
        }
    }

    bool string(string_t &value) override {
        if (state_ == State::metadata_value) {
            result_.metadata[metadata_key_] = std::move(value);
            state_ = State::metadata;
            return true;
        }
        if (state_ != State::dtype) {
            return StrictSax::string(value);
        }
        const std::optional<DType> type = parse_dtype(value);
        if (!type) {
            unsupported_ = is_safetensors_dtype(value);
            return reject("tensor " + base::quote(tensor_.name) + " has the element type " + base::quote(value) +
                          (unsupported_ ? ", which is not supported" : ", which the format does not know"));
        }
        tensor_.dtype = *type;
        state_ = State::tensor;
        return true;
    }

    // Some writers put null where they have no metadata; the safetensors library accepts that, too.
    bool null() override {
        if (state_ != State::metadata_expected) {
            return StrictSax::null();
        }
        state_ = State::root;
        return true;
    }

    bool start_array(std::size_t elements) override {
        if (state_ == State::shape_expected) {
            state_ = State::shape;
            return true;
        }
        if (state_ == State::offsets_expected) {
            state_ = State::offsets;
            return true;
        }
        return StrictSax::start_array(elements);
    }

    bool number_unsigned(number_unsigned_t value) override {
        if (state_ == State::shape) {
            return extent(value);
        }
        if (state_ != State::offsets) {
            return StrictSax::number_unsigned(value);
        }
        if (offset_count_ == 2) {
            return reject("tensor " + base::quote(tensor_.name) + " has more than two data_offsets");
        }
        (offset_count_ == 0 ? tensor_.begin : tensor_.end) = value;
        ++offset_count_;
        return true;
    }

    bool end_array() override {
        if (state_ == State::offsets && offset_count_ != 2) {
            return reject("tensor " + base::quote(tensor_.name) + " needs two data_offsets");
        }
        state_ = State::tensor;
        return true;
    }

    bool end_object() override {
        switch (state_) {
        case State::tensor:
            return end_tensor();
        case State::metadata:
            state_ = State::root;
            return true;
        case State::root:
            state_ = State::done;
            return sort_names();
        default:
            return StrictSax::end_object();
        }
    }

protected:
    std::string place() const override {
        switch (state_) {
        case State::start:
            return "where the header must be an object";
        case State::metadata_expected:
        case State::metadata:
        case State::metadata_value:
            return "in __metadata__, which maps strings to strings";
        case State::root:
        case State::done:
            return "at the top level of the header";
        default:
            return "in tensor " + base::quote(tensor_.name);
        }
    }

private:
    enum class State {
        start,
        root,
        metadata_expected,
        metadata,
        metadata_value,
        tensor_expected,
        tensor,
        dtype,
        shape_expected,
        shape,
        offsets_expected,
        offsets,
        done,
    };

    // Names become C strings at the ABI.
    static bool has_nul(const std::string &name) { return name.find('\0') != std::string::npos; }

    bool root_key(std::string &name) {
        if (name == "__metadata__") {
            if (std::exchange(metadata_seen_, true)) {
                return reject("__metadata__ appears twice");
            }
            state_ = State::metadata_expected;
            return true;
        }
        if (name.size() > limits_.name_bytes) {
            return reject("the name of tensor " + base::quote(name) + " has " + std::to_string(name.size()) +
                          " bytes, more than " + std::to_string(limits_.name_bytes));
        }
        if (has_nul(name)) {
            return reject("the name of tensor " + base::quote(name) + " holds a NUL character");
        }
        if (result_.tensors.size() == limits_.tensors) {
            return reject("there are more than " + std::to_string(limits_.tensors) + " tensors");
        }
        tensor_ = TensorEntry{};
        tensor_.name = std::move(name);
        dtype_seen_ = shape_seen_ = offsets_seen_ = false;
        offset_count_ = 0;
        state_ = State::tensor_expected;
        return true;
    }

    bool metadata_key(std::string &name) {
        if (result_.metadata.size() == limits_.metadata_entries) {
            return reject("__metadata__ has more than " + std::to_string(limits_.metadata_entries) + " entries");
        }
        if (has_nul(name)) {
            return reject("a key of __metadata__ holds a NUL character");
        }
        if (!result_.metadata.emplace(name, std::string()).second) {
            return reject("__metadata__ has the key " + base::quote(name) + " twice");
        }
        metadata_key_ = std::move(name);
        state_ = State::metadata_value;
        return true;
    }

    bool tensor_key(const std::string &name) {
        if (name == "dtype") {
            return field(dtype_seen_, State::dtype, name);
        }
        if (name == "shape") {
            return field(shape_seen_, State::shape_expected, name);
        }
        if (name == "data_offsets") {
            return field(offsets_seen_, State::offsets_expected, name);
        }
        return reject("tensor " + base::quote(tensor_.name) + " has an unknown field " + base::quote(name));
    }

    bool field(bool &seen, State next, const std::string &name) {
        if (std::exchange(seen, true)) {
            return reject("tensor " + base::quote(tensor_.name) + " has " + name + " twice");
        }
        state_ = next;
        return true;
    }

    bool extent(std::uint64_t value) {
        if (tensor_.shape.size() == limits_.rank) {
            return reject("tensor " + base::quote(tensor_.name) + " has more than " + std::to_string(limits_.rank) +
                          " dimensions");
        }
        if (value > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) {
            return reject("tensor " + base::quote(tensor_.name) + " has a dimension of " + std::to_string(value));
        }
        tensor_.shape.push_back(static_cast<std::int64_t>(value));
        return true;
    }

    bool end_tensor() {
        const char *missing = !dtype_seen_     ? "dtype"
                              : !shape_seen_   ? "shape"
                              : !offsets_seen_ ? "data_offsets"
                                               : nullptr;
        if (missing != nullptr) {
            return reject("tensor " + base::quote(tensor_.name) + " has no " + missing);
        }
        result_.tensors.push_back(std::move(tensor_));
        state_ = State::root;
        return true;
    }

    bool sort_names() {
        auto &tensors = result_.tensors;
        std::sort(tensors.begin(), tensors.end(),
                  [](const TensorEntry &a, const TensorEntry &b) { return a.name < b.name; });
        const auto twin =
            std::adjacent_find(tensors.begin(), tensors.end(),
                               [](const TensorEntry &a, const TensorEntry &b) { return a.name == b.name; });
        if (twin != tensors.end()) {
            return reject("tensor " + base::quote(twin->name) + " appears twice");
        }
        return true;
    }

    const SafetensorsLimits &limits_;
    HeaderJson result_;
    State state_ = State::start;
    TensorEntry tensor_;
    std::string metadata_key_;
    int offset_count_ = 0;
    bool metadata_seen_ = false;
    bool dtype_seen_ = false;
    bool shape_seen_ = false;
    bool offsets_seen_ = false;
    bool unsupported_ = false;
};

} // namespace

HeaderJson parse_header_json(std::string_view json, const std::string &label, const SafetensorsLimits &limits) {
    HeaderReader reader(limits);
    if (reader.read(json)) {
        return reader.take();
    }
    if (reader.unsupported()) {
        throw ModelError(ABLE_UNSUPPORTED,
                         label + ": " + reader.problem() + "; use a version of this model in fp32, fp16, bf16 or fp8");
    }
    throw ModelError(ABLE_BAD_FILE,
                     label + ": damaged safetensors header: " + reader.problem() + "; download the file again");
}

} // namespace able::models
