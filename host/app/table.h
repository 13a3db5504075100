// Rows of text in aligned columns. Ours: CLI11 lays out its own help and nothing else.
#pragma once

#include <cstddef>
#include <iosfwd>
#include <string>
#include <vector>

namespace able::app {

class Table {
public:
    explicit Table(std::vector<std::string> headings);
    // As many cells as there are headings. Text is made printable.
    void add(std::vector<std::string> cells);
    bool empty() const noexcept { return rows_.empty(); }
    // `width` > 0: the last column is cut so that no line is longer; 0: nothing is cut.
    void print(std::ostream &out, std::size_t width) const;

private:
    std::vector<std::string> headings_;
    std::vector<std::vector<std::string>> rows_;
};

// Prints on standard output, cut to its width if it is a terminal; `nothing` instead of a table without rows.
void print_table(const Table &table, const std::string &nothing);

} // namespace able::app
