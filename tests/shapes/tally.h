// Hit rates over many pictures.
#pragma once

#include "scorer.h"

#include <array>
#include <string>

namespace able::shapes {

class Tally {
public:
    void add(const Score &score);
    int pictures() const { return pictures_; }
    // Share of the pictures, 0 to 1, in which the attribute called `name` is right.
    double rate(std::string_view name) const;
    // "| shape | colour | … |" and its line of dashes.
    static std::string table_head();
    // A row of that table, in per cent.
    std::string table_row(const std::string &title) const;

private:
    int pictures_ = 0;
    std::array<int, attributes.size()> hits_{};
};

} // namespace able::shapes
