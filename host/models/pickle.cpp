#include "pickle.h"

#include "pickle_builder.h"
#include "pickle_code.h"

#include <array>
#include <unordered_map>

namespace able::models {

namespace {

class Machine {
public:
    Machine(std::string_view code, const std::string &label, const PickleLimits &limits)
        : limits_(limits), builder_(label, limits), code_(code, builder_) {}

    Pickle run() {
        while (true) {
            const auto instruction = static_cast<unsigned char>(code_.take(1)[0]);
            if (instruction == '.') {
                break;
            }
            execute(instruction);
        }
        if (stack_.size() != 1 || !marks_.empty()) {
            builder_.damaged("its instructions do not end with one value");
        }
        if (!code_.empty()) {
            builder_.damaged("there are bytes after the end of its instructions");
        }
        return builder_.take(stack_.front());
    }

private:
    // Names as in Python's pickletools.
    void execute(unsigned char instruction) {
        switch (instruction) {
        case 0x80: // PROTO
            if (code_.number(1) > 5) {
                builder_.damaged("its protocol is newer than any");
            }
            return;
        case 0x95: // FRAME
            code_.take(8);
            return;
        case '(': // MARK
            marks_.push_back(stack_.size());
            bound(marks_.size(), limits_.stack, "marks");
            return;
        case '}': // EMPTY_DICT
            return push(builder_.add(PickleKind::dict));
        case ']': // EMPTY_LIST
        case ')': // EMPTY_TUPLE
            return push(builder_.add(PickleKind::sequence));
        case 0x8f: // EMPTY_SET
            return push(builder_.add(PickleKind::inert));
        case 'a': // APPEND
        {
            const PickleRef item = pop();
            return builder_.extend(top(), std::array{item});
        }
        case 'e':  // APPENDS
        case 0x90: // ADDITEMS
        {
            const std::vector<PickleRef> items = pop_to_mark();
            return builder_.extend(top(), items);
        }
        case 's': // SETITEM
        {
            const PickleRef value = pop();
            const PickleRef key = pop();
            return builder_.set_items(top(), std::array{key, value});
        }
        case 'u': // SETITEMS
        {
            const std::vector<PickleRef> items = pop_to_mark();
            return builder_.set_items(top(), items);
        }
        case 't': // TUPLE
            return push(builder_.add_sequence(pop_to_mark()));
        case 0x85: // TUPLE1, TUPLE2, TUPLE3
        case 0x86:
        case 0x87:
            return push(builder_.add_sequence(pop_last(instruction - 0x84U)));
        case 'q': // BINPUT
            return remember(code_.number(1));
        case 'r': // LONG_BINPUT
            return remember(code_.number(4));
        case 0x94: // MEMOIZE
            return remember(memo_.size());
        case 'h': // BINGET
            return recall(code_.number(1));
        case 'j': // LONG_BINGET
            return recall(code_.number(4));
        case 'R':  // REDUCE
        case 0x81: // NEWOBJ
        {
            const PickleRef arguments = pop();
            const PickleRef function = pop();
            return push(builder_.call(function, arguments));
        }
        case 'b': // BUILD
        {
            const PickleRef state = pop();
            return builder_.set_state(top(), state);
        }
        case 'Q': // BINPERSID
            return push(builder_.persistent(pop()));
        default:
            push_constant(instruction);
        }
    }

    void push_constant(unsigned char instruction) {
        switch (instruction) {
        case 'N': // NONE
            return push(builder_.add(PickleKind::none));
        case 0x88: // NEWTRUE
        case 0x89: // NEWFALSE
            return push(builder_.add(PickleKind::boolean, instruction == 0x88 ? 1 : 0));
        case 'K': // BININT1
            return push(builder_.add(PickleKind::integer, static_cast<std::int64_t>(code_.number(1))));
        case 'M': // BININT2
            return push(builder_.add(PickleKind::integer, static_cast<std::int64_t>(code_.number(2))));
        case 'J': // BININT
            return push_integer(code_.take(4));
        case 0x8a: // LONG1
            return push_integer(code_.take(code_.number(1)));
        case 0x8b: // LONG4
            return push_integer(code_.take(code_.number(4)));
        case 'G': // BINFLOAT
            code_.take(8);
            return push(builder_.add(PickleKind::inert));
        case 0x8c: // SHORT_BINUNICODE
        case 'U':  // SHORT_BINSTRING
            return push(builder_.add_text(code_.take(code_.number(1))));
        case 'X': // BINUNICODE
        case 'T': // BINSTRING
            return push(builder_.add_text(code_.take(code_.number(4))));
        case 0x8d: // BINUNICODE8
            return push(builder_.add_text(code_.take(code_.number(8))));
        case 'C': // SHORT_BINBYTES
            return skip_bytes(code_.number(1));
        case 'B': // BINBYTES
            return skip_bytes(code_.number(4));
        case 0x8e: // BINBYTES8
            return skip_bytes(code_.number(8));
        case 'c': // GLOBAL
        {
            const std::string_view module = code_.line();
            return push(builder_.add_global(module, code_.line()));
        }
        case 0x93: // STACK_GLOBAL
        {
            const PickleNode &name = builder_.at(pop());
            const PickleNode &module = builder_.at(pop());
            if (name.kind != PickleKind::text || module.kind != PickleKind::text) {
                builder_.damaged("a name that is no text");
            }
            return push(builder_.add_global(module.text, name.text));
        }
        default:
            builder_.damaged("instruction " + std::to_string(instruction) +
                             " of its pickle, which torch.save never "
                             "writes");
        }
    }

    // Two's complement, little-endian.
    void push_integer(std::string_view raw) {
        if (raw.size() > 8) {
            return push(builder_.add(PickleKind::inert));
        }
        const bool negative = !raw.empty() && (static_cast<unsigned char>(raw.back()) & 0x80U) != 0;
        std::uint64_t value = negative ? ~std::uint64_t{0} : 0;
        for (std::size_t i = raw.size(); i-- > 0;) {
            value = value << 8U | static_cast<unsigned char>(raw[i]);
        }
        push(builder_.add(PickleKind::integer, static_cast<std::int64_t>(value)));
    }

    void skip_bytes(std::uint64_t count) {
        code_.take(count);
        push(builder_.add(PickleKind::inert));
    }

    void push(PickleRef ref) {
        stack_.push_back(ref);
        bound(stack_.size(), limits_.stack, "values on its stack");
    }

    void bound(std::size_t count, std::size_t limit, const char *what) const {
        if (count > limit) {
            builder_.damaged("it has more than " + std::to_string(limit) + " " + what);
        }
    }

    // Nothing below the last mark may be touched but through the mark.
    std::size_t floor() const { return marks_.empty() ? 0 : marks_.back(); }

    PickleRef top() const {
        if (stack_.size() <= floor()) {
            builder_.damaged("its instructions take more values than they make");
        }
        return stack_.back();
    }

    PickleRef pop() {
        const PickleRef ref = top();
        stack_.pop_back();
        return ref;
    }

    std::vector<PickleRef> pop_last(std::size_t count) {
        if (stack_.size() - floor() < count) {
            builder_.damaged("its instructions take more values than they make");
        }
        std::vector<PickleRef> items(stack_.end() - static_cast<std::ptrdiff_t>(count), stack_.end());
        stack_.resize(stack_.size() - count);
        return items;
    }

    std::vector<PickleRef> pop_to_mark() {
        if (marks_.empty()) {
            builder_.damaged("its instructions go back to a mark that is not there");
        }
        std::vector<PickleRef> items = pop_last(stack_.size() - marks_.back());
        marks_.pop_back();
        return items;
    }

    void remember(std::uint64_t index) {
        memo_[index] = top();
        bound(memo_.size(), limits_.memo, "remembered values");
    }

    void recall(std::uint64_t index) {
        const auto found = memo_.find(index);
        if (found == memo_.end()) {
            builder_.damaged("it recalls a value that it never made");
        }
        push(found->second);
    }

    PickleLimits limits_;
    PickleBuilder builder_;
    PickleCode code_;
    std::vector<PickleRef> stack_;
    std::vector<std::size_t> marks_; // heights of the stack, ascending
    std::unordered_map<std::uint64_t, PickleRef> memo_;
};

} // namespace

const PickleNode *Pickle::find(const PickleNode &dict, std::string_view key) const {
    for (std::size_t i = dict.kind == PickleKind::dict ? dict.items.size() : 0; i >= 2; i -= 2) {
        const PickleNode &candidate = at(dict.items[i - 2]);
        if (candidate.kind == PickleKind::text && candidate.text == key) {
            return &at(dict.items[i - 1]);
        }
    }
    return nullptr;
}

Pickle read_pickle(std::span<const std::byte> bytes, const std::string &label, const PickleLimits &limits) {
    if (bytes.size() > limits.bytes) {
        PickleBuilder(label, limits)
            .damaged("its list of tensors has " + std::to_string(bytes.size()) + " bytes, more than " +
                     std::to_string(limits.bytes));
    }
    const std::string_view code(reinterpret_cast<const char *>(bytes.data()), bytes.size());
    return Machine(code, label, limits).run();
}

} // namespace able::models
