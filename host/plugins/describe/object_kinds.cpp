#include "object_kinds.h"

#include "description.h"

#include <ablerefusal/ablerefusal.h>
#include <ablerefusal/draft/preprocessor.h>
#include <ablerefusal/draft/upscaler.h>

#include <array>
#include <stdexcept>

namespace able::plugins {

namespace {

// A predicate over `Struct` as the table has it.
template <class Struct, bool (*Complete)(const Struct &)>
bool is_complete(const void *object) {
    return Complete(*static_cast<const Struct *>(object));
}

bool sampler_complete(const able_sampler &s) {
    return ABLE_HAS(&s, sample) && s.evaluations != nullptr && s.sample != nullptr;
}

bool schedule_complete(const able_schedule &s) {
    return ABLE_HAS(&s, sigmas) && s.sigmas != nullptr;
}

bool pipeline_complete(const able_pipeline &p) {
    return ABLE_HAS(&p, tokenize) && p.probe != nullptr && p.load != nullptr;
}

bool adapter_complete(const able_adapter &a) {
    return ABLE_HAS(&a, open) && a.probe != nullptr && a.open != nullptr;
}

bool upscaler_complete(const able_upscaler &u) {
    return ABLE_HAS(&u, load) && u.probe != nullptr && u.load != nullptr;
}

bool preprocessor_complete(const able_preprocessor &p) {
    return ABLE_HAS(&p, process) && p.process != nullptr;
}

void describe_sampler(const void *object, ObjectDescription &out) {
    const char *schedule = static_cast<const able_sampler *>(object)->default_schedule;
    out.default_schedule = schedule == nullptr ? "" : schedule;
}

// The constants of ObjectKind are the numbers of the first four. New kinds follow.
constexpr std::array<KindRow, 6> kinds{{
    {"sampler", "samplers", ABLE_FACTORY_SAMPLER, is_complete<able_sampler, sampler_complete>, describe_sampler},
    {"schedule", "schedules", ABLE_FACTORY_SCHEDULE, is_complete<able_schedule, schedule_complete>, nullptr},
    {"pipeline", "pipelines", ABLE_FACTORY_PIPELINE, is_complete<able_pipeline, pipeline_complete>, nullptr},
    {"adapter", "adapters", ABLE_FACTORY_ADAPTER, is_complete<able_adapter, adapter_complete>, nullptr},
    {"upscaler", "upscalers", ABLE_FACTORY_UPSCALER, is_complete<able_upscaler, upscaler_complete>, nullptr},
    {"preprocessor", "preprocessors", ABLE_FACTORY_PREPROCESSOR, is_complete<able_preprocessor, preprocessor_complete>,
     nullptr},
}};

} // namespace

const KindRow &ObjectKind::row() const {
    return kinds.at(row_);
}

const char *ObjectKind::name() const {
    return row().name;
}

std::span<const KindRow> object_kinds() {
    return kinds;
}

ObjectKind kind_called(std::string_view name) {
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        if (name == kinds[i].name) {
            return ObjectKind(static_cast<std::uint8_t>(i));
        }
    }
    throw std::out_of_range("no kind of object is called '" + std::string(name) + "'");
}

std::vector<std::pair<ObjectKind, const char *>> names_of(ObjectKind /*kind*/) {
    std::vector<std::pair<ObjectKind, const char *>> names;
    for (std::size_t i = 0; i < kinds.size(); ++i) {
        names.emplace_back(ObjectKind(static_cast<std::uint8_t>(i)), kinds[i].name);
    }
    return names;
}

} // namespace able::plugins
