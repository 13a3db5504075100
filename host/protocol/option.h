// One of a job's options: its place, its name in messages and stored jobs, and how a picture records it.
#pragma once

#include "host/base/members.h"

namespace able::protocol {

// By default an option is recorded if it differs from its initial value.
template <class Struct>
struct Recorded {
    const char *metadata =
        ""; // name in the metadata, which is mostly the request's; "": the worker writes it, or it is not recorded
    const char *parameter = ""; // name in the `parameters` text that other UIs read; "": likewise
    bool (Struct::*if_set)() const noexcept = nullptr; // recorded if this holds, whatever its value
};

template <class Struct, class Value>
struct Option : base::Member<Struct, Value> {
    Recorded<Struct> recorded;
};

// Jobs that were stored before there was the option have its initial value.
template <class Struct, class Value>
constexpr Option<Struct, Value> option(const char *name, Value Struct::*place,
                                       std::type_identity_t<Recorded<Struct>> recorded = {}) {
    return {base::later_member(name, place), recorded};
}

} // namespace able::protocol
