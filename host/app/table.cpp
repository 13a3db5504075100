#include "table.h"

#include "terminal.h"

#include <algorithm>
#include <iostream>
#include <stdexcept>
#include <utility>

#include <unistd.h>

namespace able::app {

namespace {

constexpr std::size_t gap = 2;
constexpr std::size_t narrowest_last_column = 20;

} // namespace

Table::Table(std::vector<std::string> headings) : headings_(std::move(headings)) {}

void Table::add(std::vector<std::string> cells) {
    if (cells.size() != headings_.size()) {
        throw std::logic_error("a table row has " + std::to_string(cells.size()) + " cells for " +
                               std::to_string(headings_.size()) + " headings");
    }
    std::transform(cells.begin(), cells.end(), cells.begin(), [](const std::string &cell) { return printable(cell); });
    rows_.push_back(std::move(cells));
}

void Table::print(std::ostream &out, std::size_t width) const {
    std::vector<std::size_t> widths;
    std::size_t before_last = 0;
    for (std::size_t column = 0; column < headings_.size(); ++column) {
        std::size_t widest = display_width(headings_[column]);
        for (const auto &row : rows_) {
            widest = std::max(widest, display_width(row[column]));
        }
        widths.push_back(widest);
        before_last += column + 1 < headings_.size() ? widest + gap : 0;
    }
    const std::size_t room = width > before_last ? width - before_last : 0;
    const auto line = [&](const std::vector<std::string> &cells) {
        std::string text;
        for (std::size_t column = 0; column < cells.size(); ++column) {
            if (column + 1 < cells.size()) {
                text += cells[column] + std::string(widths[column] - display_width(cells[column]) + gap, ' ');
                continue;
            }
            text += width == 0 ? cells[column] : shortened(cells[column], std::max(room, narrowest_last_column));
        }
        text.erase(text.find_last_not_of(' ') + 1);
        out << text << '\n';
    };
    line(headings_);
    std::for_each(rows_.begin(), rows_.end(), line);
}

void print_table(const Table &table, const std::string &nothing) {
    if (table.empty()) {
        std::cout << nothing << '\n';
        return;
    }
    table.print(std::cout, isatty(STDOUT_FILENO) == 1 ? static_cast<std::size_t>(terminal_width(STDOUT_FILENO)) : 0);
}

} // namespace able::app
