#include "tally.h"

#include <spdlog/fmt/fmt.h>

namespace able::shapes {

void Tally::add(const Score &score) {
    ++pictures_;
    for (std::size_t i = 0; i < score.size(); ++i) {
        hits_[i] += score[i] ? 1 : 0;
    }
}

double Tally::rate(std::string_view name) const {
    return pictures_ == 0 ? 0 : static_cast<double>(hits_[attribute(name)]) / pictures_;
}

std::string Tally::table_head() {
    std::string head = "| |";
    std::string rule = "|---|";
    for (const char *name : attributes) {
        head += fmt::format(" {} |", name);
        rule += "---|";
    }
    return head + "\n" + rule + "\n";
}

std::string Tally::table_row(const std::string &title) const {
    std::string row = "| " + title + " |";
    for (const char *name : attributes) {
        row += fmt::format(" {:.1f} |", 100 * rate(name));
    }
    return row + "\n";
}

} // namespace able::shapes
