#include "adapter_file.h"

#include "golden_data.h"
#include "plugin_library.h"
#include "test_job.h"

#include <ablerefusal/glue.hpp>

#include <array>
#include <deque>

namespace able::golden {
namespace {

able_view view_of(std::vector<float> &values, std::vector<int64_t> &shape) {
    size_t count = 1;
    for (const int64_t extent : shape) {
        count *= static_cast<size_t>(extent);
    }
    values.assign(count, 1.0F);
    able_view view{};
    view.data = values.data();
    view.device_type = ABLE_DEVICE_CPU;
    view.ndim = static_cast<int32_t>(shape.size());
    view.dtype_code = ABLE_DTYPE_FLOAT;
    view.dtype_bits = 32;
    view.dtype_lanes = 1;
    view.shape = shape.data();
    return view;
}

} // namespace

LoraFile::LoraFile(const std::string &path, const able_targets *targets)
    : source_(models::Source::open_file(data_folder() / path)) {
    const TestJob job;
    const able_status status = lora().open(source_->abi(), targets, Params(lora().descriptor).abi(), job.abi(), &file_);
    if (status != ABLE_OK) {
        throw Error(status, job.message());
    }
}

LoraFile::~LoraFile() {
    file_->close(file_);
}

able_adapter_use use(const able_adapter_file *file, double unet_strength, double text_strength) {
    auto result = make_struct<able_adapter_use>();
    result.file = file;
    // Of all uses that any test makes: they are few, and small.
    static std::deque<std::array<able_strength, 2>> all;
    auto &own =
        all.emplace_back(std::array<able_strength, 2>{{{sizeof(able_strength), "text_encoder", text_strength},
                                                       {sizeof(able_strength), "text_encoder_2", text_strength}}});
    static std::deque<std::array<const able_strength *, 2>> pointers;
    result.strength = unet_strength;
    result.strengths = pointers.emplace_back(std::array<const able_strength *, 2>{&own[0], &own[1]}).data();
    result.strength_count = 2;
    return result;
}

MadeUpFile::MadeUpFile() : abi_(make_struct<able_adapter_file>()) {
    abi_.self = this;
    abi_.delta_count = [](const able_adapter_file *file) noexcept {
        return static_cast<uint32_t>(static_cast<const MadeUpFile *>(file->self)->factors_.size());
    };
    abi_.delta_at = [](const able_adapter_file *file, uint32_t index) noexcept -> const able_delta * {
        const auto &factors = static_cast<const MadeUpFile *>(file->self)->factors_;
        return index < factors.size() ? &factors[index]->delta : nullptr;
    };
}

able_delta &MadeUpFile::add(const std::string &target, std::vector<int64_t> up, std::vector<int64_t> down) {
    auto made = std::make_unique<Factors>();
    made->target = target;
    made->up_shape = std::move(up);
    made->down_shape = std::move(down);
    made->delta = make_struct<able_delta>();
    made->delta.kind = ABLE_DELTA_LOW_RANK;
    made->delta.target = made->target.c_str();
    made->delta.scale = 1.0;
    made->delta.up = view_of(made->up, made->up_shape);
    made->delta.down = view_of(made->down, made->down_shape);
    factors_.push_back(std::move(made));
    return factors_.back()->delta;
}

} // namespace able::golden
