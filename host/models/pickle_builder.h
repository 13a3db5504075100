// What the instructions of a pickle make.
#pragma once

#include "pickle.h"

namespace able::models {

class PickleBuilder {
public:
    PickleBuilder(std::string label, const PickleLimits &limits) : label_(std::move(label)), limits_(limits) {}

    [[noreturn]] void damaged(const std::string &what) const;

    PickleRef add(PickleKind kind, std::int64_t integer = 0);
    PickleRef add_text(std::string_view text);
    PickleRef add_sequence(std::span<const PickleRef> items);
    // Throws ModelError (ABLE_UNSUPPORTED) for a name that is not on the list.
    PickleRef add_global(std::string_view module, std::string_view name);

    const PickleNode &at(PickleRef ref) const { return pickle_.nodes[ref]; }

    // What calling `function` with the tuple `arguments` stands for.
    PickleRef call(PickleRef function, PickleRef arguments);
    // What the persistent id stands for: a storage.
    PickleRef persistent(PickleRef id);
    // Appends to a sequence; an inert object swallows them.
    void extend(PickleRef sequence, std::span<const PickleRef> items);
    // Puts keys and values in turn into a dict; an inert object swallows them.
    void set_items(PickleRef dict, std::span<const PickleRef> items);
    // Gives an object its attributes, of which only those of a ParameterDict matter here.
    void set_state(PickleRef object, PickleRef state);

    Pickle take(PickleRef root);

private:
    void add_items(PickleRef container, std::span<const PickleRef> items);
    void fill_dict(PickleRef dict, std::span<const PickleRef> arguments);
    PickleRef rebuild_tensor(std::span<const PickleRef> arguments, bool typed);
    std::vector<std::int64_t> extents(PickleRef sequence) const;

    std::string label_;
    PickleLimits limits_;
    Pickle pickle_;
    std::size_t items_ = 0;
};

} // namespace able::models
