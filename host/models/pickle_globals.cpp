#include "pickle_globals.h"

#include <algorithm>

namespace able::models {

namespace {

using Role = GlobalRole;

// torch/storage.py, _dtype_to_storage_type_map; what training programs leave beside the weights is inert.
constexpr PickleGlobal globals[]{
    {"collections", "OrderedDict", Role::ordered_dict, {}},
    {"torch._utils", "_rebuild_tensor", Role::rebuild_tensor, {}},
    {"torch._utils", "_rebuild_tensor_v2", Role::rebuild_tensor, {}},
    {"torch._utils", "_rebuild_tensor_v3", Role::rebuild_typed_tensor, {}},
    {"torch._utils", "_rebuild_parameter", Role::rebuild_parameter, {}},
    {"torch._utils", "_rebuild_parameter_with_state", Role::rebuild_parameter, {}},
    {"torch.nn.modules.container", "ParameterDict", Role::parameter_dict, {}},

    {"torch", "DoubleStorage", Role::storage, DType::f64},
    {"torch", "FloatStorage", Role::storage, DType::f32},
    {"torch", "HalfStorage", Role::storage, DType::f16},
    {"torch", "BFloat16Storage", Role::storage, DType::bf16},
    {"torch", "LongStorage", Role::storage, DType::i64},
    {"torch", "IntStorage", Role::storage, DType::i32},
    {"torch", "ShortStorage", Role::storage, DType::i16},
    {"torch", "CharStorage", Role::storage, DType::i8},
    {"torch", "ByteStorage", Role::storage, DType::u8},
    {"torch", "BoolStorage", Role::storage, DType::boolean},
    {"torch", "UntypedStorage", Role::storage, {}},
    {"torch.storage", "UntypedStorage", Role::storage, {}},

    {"torch", "float64", Role::dtype, DType::f64},
    {"torch", "float32", Role::dtype, DType::f32},
    {"torch", "float16", Role::dtype, DType::f16},
    {"torch", "bfloat16", Role::dtype, DType::bf16},
    {"torch", "float8_e4m3fn", Role::dtype, DType::f8_e4m3},
    {"torch", "float8_e5m2", Role::dtype, DType::f8_e5m2},
    {"torch", "int64", Role::dtype, DType::i64},
    {"torch", "int32", Role::dtype, DType::i32},
    {"torch", "int16", Role::dtype, DType::i16},
    {"torch", "int8", Role::dtype, DType::i8},
    {"torch", "uint64", Role::dtype, DType::u64},
    {"torch", "uint32", Role::dtype, DType::u32},
    {"torch", "uint16", Role::dtype, DType::u16},
    {"torch", "uint8", Role::dtype, DType::u8},
    {"torch", "bool", Role::dtype, DType::boolean},

    {"torch", "Size", Role::inert, {}},
    {"torch", "device", Role::inert, {}},
    {"numpy", "dtype", Role::inert, {}},
    {"numpy.core.multiarray", "scalar", Role::inert, {}},
    {"numpy._core.multiarray", "scalar", Role::inert, {}},
    {"_codecs", "encode", Role::inert, {}},
    {"builtins", "set", Role::inert, {}},
    {"__builtin__", "set", Role::inert, {}},
    {"collections", "defaultdict", Role::inert, {}},
    {"collections", "Counter", Role::inert, {}},
    {"pytorch_lightning.callbacks.model_checkpoint", "ModelCheckpoint", Role::inert, {}},
    {"pytorch_lightning.callbacks.early_stopping", "EarlyStopping", Role::inert, {}},
    {"pytorch_lightning.utilities.parsing", "AttributeDict", Role::inert, {}},
    {"lightning_fabric.utilities.data", "AttributeDict", Role::inert, {}},
};

} // namespace

const PickleGlobal *find_pickle_global(std::string_view module, std::string_view name) noexcept {
    const auto *const found = std::find_if(std::begin(globals), std::end(globals), [&](const PickleGlobal &global) {
        return global.name == name && global.module == module;
    });
    return found != std::end(globals) ? found : nullptr;
}

} // namespace able::models
