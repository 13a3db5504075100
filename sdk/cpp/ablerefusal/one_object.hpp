// ablerefusal/one_object.hpp: the door of a plugin that offers one object. Header-only; never part of the ABI.
#ifndef ABLEREFUSAL_ONE_OBJECT_HPP
#define ABLEREFUSAL_ONE_OBJECT_HPP

#include <ablerefusal/ablerefusal.h>

#include <string_view>
#include <type_traits>

namespace able {

// The factory that makes objects of a kind.
template <class Object>
inline constexpr const char *factory_id = nullptr;
template <>
inline constexpr const char *factory_id<able_sampler> = ABLE_FACTORY_SAMPLER;
template <>
inline constexpr const char *factory_id<able_schedule> = ABLE_FACTORY_SCHEDULE;
template <>
inline constexpr const char *factory_id<able_pipeline> = ABLE_FACTORY_PIPELINE;
template <>
inline constexpr const char *factory_id<able_adapter> = ABLE_FACTORY_ADAPTER;

// What able_plugin_v1() returns. `object` is a constant of static storage: an able_sampler, able_schedule,
// able_pipeline or able_adapter. `engine` as in able_plugin.
template <const auto &object>
class OneObject {
    using Object = std::remove_cvref_t<decltype(object)>;
    static_assert(factory_id<Object> != nullptr, "no factory makes objects of this type");

    static constexpr able_factory factory = {
        .struct_size = sizeof(able_factory),
        .count = 1,
        .at = [](uint32_t index) noexcept -> const void * { return index == 0 ? &object : nullptr; },
    };

public:
    static constexpr able_plugin plugin(const char *id, const char *version, const char *vendor, const char *licence,
                                        const char *engine = nullptr) noexcept {
        return {
            .struct_size = sizeof(able_plugin),
            .abi_minor = ABLE_ABI_MINOR,
            .min_host_minor = 0,
            .id = id,
            .name = object.descriptor->name,
            .version = version,
            .vendor = vendor,
            .licence = licence,
            .url = nullptr,
            .engine = engine,
            .get_factory = [](const char *wanted) noexcept -> const able_factory * {
                return std::string_view(wanted) == factory_id<Object> ? &factory : nullptr;
            },
        };
    }
};

} // namespace able

#endif
