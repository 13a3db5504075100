// The kinds of object that plugins offer. Their one table is in object_kinds.cpp: a row there, and plugins that offer
// the kind are described, listed, resolved and validated.
#pragma once

#include <compare>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace able::plugins {

struct KindRow;
struct ObjectDescription;

class ObjectKind {
public:
    // Those that this host itself asks for objects of.
    static const ObjectKind sampler, schedule, pipeline, adapter;

    constexpr explicit ObjectKind(std::uint8_t row) : row_(row) {}

    const KindRow &row() const;
    const char *name() const;                             // "sampler"
    auto operator<=>(const ObjectKind &) const = default; // NOLINT(modernize-use-nullptr): it takes this for a 0

private:
    std::uint8_t row_; // of the table
};

inline constexpr ObjectKind ObjectKind::sampler{0}, ObjectKind::schedule{1}, ObjectKind::pipeline{2},
    ObjectKind::adapter{3};

struct KindRow {
    const char *name, *plural;
    const char *factory_id;
    // Whether an object of this kind has all its functions.
    bool (*complete)(const void *object);
    // What only this kind has to say of itself; null: nothing.
    void (*describe)(const void *object, ObjectDescription &out);
};

// The table, in the order in which kinds are listed.
std::span<const KindRow> object_kinds();

// Throws std::out_of_range for a name that is no kind's.
ObjectKind kind_called(std::string_view name);

// For base/members.h.
std::vector<std::pair<ObjectKind, const char *>> names_of(ObjectKind kind);

inline const char *to_string(ObjectKind kind) {
    return kind.name();
}

} // namespace able::plugins
