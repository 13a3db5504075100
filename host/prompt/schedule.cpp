#include "schedule.h"

#include "characters.h"
#include "error.h"
#include "number.h"
#include "weights.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>

namespace able::prompt {
namespace {

struct Node;
using Sequence = std::vector<std::unique_ptr<Node>>;

struct Node {
    enum class Kind { text, bracketed, scheduled, alternate };
    Kind kind = Kind::text;
    std::string_view text;       // of Kind::text
    char bracket = '(';          // of Kind::bracketed
    std::vector<Sequence> parts; // bracketed: joined by ':'; scheduled: before, after; alternate: the options
    std::string_view when;       // scheduled: its number
    std::int64_t boundary = 0;   // scheduled: the last step of `before`
};

std::unique_ptr<Node> text_node(std::string_view text) {
    auto node = std::make_unique<Node>();
    node->text = text;
    return node;
}

// The number that is all of `sequence` but for white space.
std::optional<std::string_view> number_in(const Sequence &sequence) {
    if (sequence.size() != 1 || sequence.front()->kind != Node::Kind::text) {
        return std::nullopt; // neighbouring text is one node
    }
    std::string_view text = sequence.front()->text;
    text.remove_prefix(space_length(text, 0));
    const std::size_t length = signed_number_length(text);
    if (length == 0 || length + space_length(text, length) != text.size()) {
        return std::nullopt;
    }
    return text.substr(0, length);
}

// An open bracket and what has followed it.
struct Frame {
    std::string_view opener;
    std::vector<Sequence> parts; // one more than there are separators
    std::vector<std::string_view> separators;

    explicit Frame(std::string_view bracket) : opener(bracket), parts(1) {}
};

// The node that a closed frame is; null if the grammar has none such, so that its brackets are text.
std::unique_ptr<Node> node_of(Frame &frame) {
    const auto colons = std::count(frame.separators.begin(), frame.separators.end(), ":");
    const auto bars = static_cast<std::ptrdiff_t>(frame.separators.size()) - colons;
    auto node = std::make_unique<Node>();
    node->bracket = frame.opener.front();
    if (bars == 0 && (colons == 0 || (colons == 1 && node->bracket == '('))) {
        node->kind = Node::Kind::bracketed;
        node->parts = std::move(frame.parts);
        return node;
    }
    if (node->bracket == '(') {
        return nullptr;
    }
    if (bars > 0 && colons == 0) {
        node->kind = Node::Kind::alternate;
        node->parts = std::move(frame.parts);
        return node;
    }
    const auto when = number_in(frame.parts.back());
    if (bars > 0 || colons > 2 || !when) {
        return nullptr;
    }
    node->kind = Node::Kind::scheduled;
    node->when = *when;
    frame.parts.pop_back();
    if (colons == 1) {
        node->parts.emplace_back(); // nothing before
    }
    std::move(frame.parts.begin(), frame.parts.end(), std::back_inserter(node->parts));
    return node;
}

// One pass over the text. Stray brackets and colons may only stand outside all brackets that have a meaning: whatever
// makes one bracket stray does so to all that are open around it.
class Parser {
public:
    explicit Parser(std::string_view text) : text_(text) {}

    // Nothing if the text does not follow the grammar.
    std::optional<Sequence> parse() {
        for (std::size_t i = 0; i < text_.size();) {
            const std::string_view one = text_.substr(i, 1);
            const char c = text_[i];
            if (c == '(' || c == '[') {
                if (open_.size() >= deepest_nesting) {
                    throw PromptError("brackets are nested more than " + std::to_string(deepest_nesting) +
                                      " deep; close some, or write \\( and \\[ for brackets that are text");
                }
                open_.emplace_back(one);
                ++i;
            } else if (c == ')' || c == ']') {
                if (!close(one)) {
                    return std::nullopt;
                }
                ++i;
            } else if (c == ':' || c == '|') {
                if (open_.empty() && c == '|') {
                    return std::nullopt;
                }
                if (open_.empty()) {
                    add(top_, text_node(one));
                } else {
                    open_.back().separators.push_back(one);
                    open_.back().parts.emplace_back();
                }
                ++i;
            } else {
                const std::size_t length = plain_length(i);
                if (length == 0) {
                    return std::nullopt;
                }
                add(open_.empty() ? top_ : open_.back().parts.back(), text_node(text_.substr(i, length)));
                i += length;
            }
        }
        if (!make_stray()) {
            return std::nullopt;
        }
        return std::move(top_);
    }

private:
    // ([^\\\[\]():|]|\\.)+ where . is anything but a line's end.
    std::size_t plain_length(std::size_t position) const {
        std::size_t i = position;
        while (i < text_.size() && std::string_view("[]():|").find(text_[i]) == std::string_view::npos) {
            if (text_[i] != '\\') {
                ++i;
                continue;
            }
            if (i + 1 >= text_.size() || text_[i + 1] == '\n') {
                return 0; // the grammar has no place for such a backslash
            }
            i += 1 + character_at(text_, i + 1).length;
        }
        return i - position;
    }

    // Text that goes on where the last text ends is one node with it.
    static void add(Sequence &sequence, std::unique_ptr<Node> node) {
        if (!sequence.empty() && node->kind == Node::Kind::text && sequence.back()->kind == Node::Kind::text) {
            std::string_view &last = sequence.back()->text;
            if (last.data() + last.size() == node->text.data()) {
                last = {last.data(), last.size() + node->text.size()};
                return;
            }
        }
        sequence.push_back(std::move(node));
    }

    bool close(std::string_view closer) {
        const char opener = closer == ")" ? '(' : '[';
        if (!open_.empty() && open_.back().opener.front() == opener) {
            if (auto node = node_of(open_.back())) {
                open_.pop_back();
                add(open_.empty() ? top_ : open_.back().parts.back(), std::move(node));
                return true;
            }
        }
        if (!make_stray()) {
            return false;
        }
        add(top_, text_node(closer));
        return true;
    }

    // Moves all that is open to the top level. False if there is a bar in it, which has no meaning there.
    bool make_stray() {
        for (Frame &frame : open_) {
            add(top_, text_node(frame.opener));
            for (std::size_t i = 0; i < frame.parts.size(); ++i) {
                if (i > 0) {
                    if (frame.separators[i - 1] == "|") {
                        return false;
                    }
                    add(top_, text_node(frame.separators[i - 1]));
                }
                for (auto &node : frame.parts[i]) {
                    add(top_, std::move(node));
                }
            }
        }
        open_.clear();
        return true;
    }

    std::string_view text_;
    Sequence top_;
    std::vector<Frame> open_;
};

// Finds the boundaries and collects the steps at which the text changes.
void collect_steps(Sequence &sequence, std::uint32_t steps, std::set<std::uint32_t> &changes) {
    for (auto &node : sequence) {
        if (node->kind == Node::Kind::scheduled) {
            double when = signed_number(node->when);
            if (node->when.find('.') != std::string_view::npos) {
                when *= steps; // a fraction of the steps
            }
            node->boundary = static_cast<std::int64_t>(std::clamp(when, -1.0, static_cast<double>(steps)));
            if (node->boundary >= 1) {
                changes.insert(static_cast<std::uint32_t>(node->boundary));
            }
        } else if (node->kind == Node::Kind::alternate) {
            for (std::uint32_t step = 1; changes.size() < steps && step <= steps; ++step) {
                changes.insert(step);
            }
        }
        for (Sequence &part : node->parts) {
            collect_steps(part, steps, changes);
        }
    }
}

// `step` counts from 1.
void write(const Sequence &sequence, std::uint32_t step, std::string &out) {
    for (const auto &node : sequence) {
        switch (node->kind) {
        case Node::Kind::text:
            out += node->text;
            break;
        case Node::Kind::bracketed:
            out += node->bracket;
            for (std::size_t i = 0; i < node->parts.size(); ++i) {
                out += i > 0 ? ":" : "";
                write(node->parts[i], step, out);
            }
            out += node->bracket == '(' ? ')' : ']';
            break;
        case Node::Kind::scheduled:
            write(node->parts[step <= node->boundary ? 0 : 1], step, out);
            break;
        case Node::Kind::alternate:
            write(node->parts[(step - 1) % node->parts.size()], step, out);
            break;
        }
    }
}

} // namespace

std::vector<Scheduled> parse_schedule(std::string_view text, std::uint32_t steps) {
    auto sequence = Parser(text).parse();
    if (!sequence) {
        return {{steps, std::string(text)}};
    }
    std::set<std::uint32_t> changes{steps};
    collect_steps(*sequence, steps, changes);
    std::vector<Scheduled> entries;
    for (const std::uint32_t step : changes) {
        std::string written;
        written.reserve(text.size());
        write(*sequence, std::max(step, 1U), written);
        entries.push_back({step, std::move(written)});
    }
    return entries;
}

} // namespace able::prompt
