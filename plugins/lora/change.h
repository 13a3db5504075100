// What a file says of one module, and the matching of all its keys to the model's modules.
#pragma once

#include "key.h"
#include "target_index.h"

#include <ablerefusal/adapter.h>

#include <array>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace able::lora {

// The keys of a file that change one module, by their part; NULL where there is none.
class Change {
public:
    const char *operator[](Part part) const { return keys_[static_cast<std::size_t>(part)]; }
    // Throws able::Error if there is one already.
    void place(Part part, const char *key);
    void remove(Part part) { keys_[static_cast<std::size_t>(part)] = nullptr; }
    bool any(std::initializer_list<Part> parts) const;
    // Any key, for messages; NULL where there is none.
    const char *first() const;

private:
    std::array<const char *, part_count> keys_{};
};

struct Matches {
    std::vector<std::pair<Module, Change>> changes; // in the order of the modules
    std::vector<std::string> unmatched;
    const Method *method = nullptr; // the first one that is not applied here
};

// Throws able::Error where the file changes a module by a method that is not applied here, rather than to make another
// image in silence, and where it holds something twice.
Matches match(const able_source &source, const able_targets &targets);

} // namespace able::lora
