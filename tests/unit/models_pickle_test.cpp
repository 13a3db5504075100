// The reader of pickles by itself: instructions, bounds, and what it does with nonsense.
#include "models_checkpoints.hpp"
#include "models_files.hpp"

#include "host/models/error.h"
#include "host/models/pickle.h"

#include <catch2/catch.hpp>

#include <deque>

namespace models_pickle_test {

using namespace able::models;
namespace pickle = able::test::pickle;

namespace {

// What is read refers to the program's texts.
Pickle read(const std::string &program, const PickleLimits &limits = {}) {
    static std::deque<std::string> kept;
    return read_pickle(std::as_bytes(std::span(kept.emplace_back(program))), "x", limits);
}

std::pair<int, std::string> refusal(const std::string &program, const PickleLimits &limits = {}) {
    return able::test::failure<ModelError>([&] { read(program, limits); });
}

std::string repeated(const std::string &code, std::size_t times) {
    std::string result;
    for (std::size_t i = 0; i < times; ++i) {
        result += code;
    }
    return result;
}

const std::string ordered = pickle::global("collections", "OrderedDict");

} // namespace

TEST_CASE("plain values are read as what they are", "[models][pickle]") {
    struct Row {
        std::string code;
        PickleKind kind;
        std::int64_t integer;
    };
    const auto row = GENERATE(values<Row>({
        {"N", PickleKind::none, 0},
        {"\x88", PickleKind::boolean, 1},
        {"\x89", PickleKind::boolean, 0},
        {"K\xff", PickleKind::integer, 255},
        {"M\x01\x02", PickleKind::integer, 0x201},
        {"J\xfe\xff\xff\xff", PickleKind::integer, -2},
        {std::string("\x8a\x00", 2), PickleKind::integer, 0},
        {"\x8a\x01\xff", PickleKind::integer, -1},
        {std::string("\x8a\x02\xff\x00", 4), PickleKind::integer, 255},
        {pickle::number(std::int64_t{1} << 62), PickleKind::integer, std::int64_t{1} << 62},
        {"\x8a\x09" + std::string(9, '\x01'), PickleKind::inert, 0},
        {std::string("\x8b\x01\x00\x00\x00\x05", 6), PickleKind::integer, 5},
        {"G" + std::string(8, '\0'), PickleKind::inert, 0},
        {"C\x02xy", PickleKind::inert, 0},
        {"\x8f(N\x90", PickleKind::inert, 0},
        {"]", PickleKind::sequence, 0},
        {")", PickleKind::sequence, 0},
        {"}", PickleKind::dict, 0},
    }));
    const Pickle result = read(pickle::program(row.code));
    CHECK(result.root().kind == row.kind);
    CHECK(result.root().integer == row.integer);
}

TEST_CASE("texts of all lengths' encodings are read", "[models][pickle]") {
    CHECK(read(pickle::program("\x8c\x02hi")).root().text == "hi");
    CHECK(read(pickle::program("U\x02hi")).root().text == "hi");
    CHECK(read(pickle::program(std::string("T\x02\0\0\0hi", 7))).root().text == "hi");
    CHECK(read(pickle::program("\x8d" + able::test::little_endian(2, 8) + "hi")).root().text == "hi");
    CHECK(read(pickle::program(pickle::text(""))).root().text.empty());
}

TEST_CASE("the last of a dictionary's equal keys counts, as in Python", "[models][pickle]") {
    const Pickle result =
        read(pickle::program(pickle::dict({pickle::text("k"), "K\x01", "N", "K\x02", pickle::text("k"), "K\x03"})));
    REQUIRE(result.find(result.root(), "k") != nullptr);
    CHECK(result.find(result.root(), "k")->integer == 3);
    CHECK(result.find(result.root(), "other") == nullptr);
    CHECK(result.find(result.at(result.root().items[1]), "k") == nullptr);
}

TEST_CASE("ordered dictionaries are read in both of their spellings", "[models][pickle]") {
    const std::string pairs =
        "](" + pickle::tuple({pickle::text("a"), "K\x01"}) + "](" + pickle::text("b") + "K\x02" + "ee";
    for (const std::string &code : {ordered + ")R(" + pickle::text("a") + "K\x01" + pickle::text("b") + "K\x02u",
                                    pickle::call(ordered, {pairs}), ordered + ")\x81" + pickle::text("b") + "K\x02s"}) {
        const Pickle result = read(pickle::program(code));
        REQUIRE(result.root().kind == PickleKind::dict);
        CHECK(result.find(result.root(), "b")->integer == 2);
    }
    CHECK(read(pickle::program(ordered + ")R}b")).root().kind == PickleKind::dict); // attributes are left out
}

TEST_CASE("values are remembered and recalled under any index", "[models][pickle]") {
    const auto recalled = [](const std::string &put, const std::string &get) {
        return read(pickle::program("(K\x07" + put + get + "t"));
    };
    const Pickle twice = recalled("q\x05", "h\x05");
    REQUIRE(twice.root().items.size() == 2);
    CHECK(twice.root().items[0] == twice.root().items[1]);
    CHECK(twice.at(twice.root().items[0]).integer == 7);
    CHECK(recalled("r\xff\xff\xff\xff", "j\xff\xff\xff\xff").root().items.size() == 2);
    CHECK(recalled("\x94", std::string("h\0", 2)).root().items.size() == 2);
}

TEST_CASE("a cycle is data like any other", "[models][pickle]") {
    const std::string code = std::string("}q\0(", 4) + pickle::text("self") + std::string("h\0u", 3);
    const Pickle result = read(pickle::program(code));
    CHECK(result.find(result.root(), "self") == &result.root());
    const Pickle list = read(pickle::program(std::string("]q\0h\0a", 6)));
    CHECK(&list.at(list.root().items[0]) == &list.root());
}

TEST_CASE("a million containers within each other are no problem", "[models][pickle]") {
    const std::size_t depth = 300'000;
    const Pickle result = read(pickle::program(repeated("(", depth) + "N" + repeated("t", depth)));
    CHECK(result.nodes.size() == depth + 1);
}

TEST_CASE("instructions that make no sense are refused", "[models][pickle]") {
    const auto [what, program, expected] = GENERATE_COPY(table<const char *, std::string, const char *>({
        {"nothing", "", "break off"},
        {"no end", "N", "break off"},
        {"an end without a value", ".", "do not end with one value"},
        {"two values", "NN.", "do not end with one value"},
        {"an open mark", "N(.", "do not end with one value"},
        {"bytes after the end", "N.N", "after the end"},
        {"a protocol of the future", "\x80\x06N.", "newer than any"},
        {"a number cut short", "K", "break off"},
        {"a text cut short", std::string("X\x05\0\0\0abc.", 9), "break off"},
        {"a text of 2^64 bytes", "\x8d" + std::string(8, '\xff') + ".", "break off"},
        {"a long of 4 GB", std::string("\x8b\xff\xff\xff\xff.", 6), "break off"},
        {"a name without an end", "cos", "break off"},
        {"a recall of nothing", "h\x01.", "never made"},
        {"a memory of nothing", "q\x01.", "more values than they make"},
        {"a tuple of too little", "N\x86.", "more values than they make"},
        {"a tuple across a mark", "NN(\x86t.", "more values than they make"},
        {"an item below a mark", "]N(a.", "more values than they make"},
        {"a missing mark", "Nt.", "a mark that is not there"},
        {"a key without a value", "}(Nu.", "a key without a value"},
        {"an item of a number", "K\x01NNs.", "no dictionary"},
        {"an appendix to a dictionary", "}Na.", "no list"},
        {"attributes of a number", "K\x01Nb.", "has none"},
        {"a call of a number", "K\x01)R.", "no function"},
        {"a call without arguments", ordered + "NR.", "no function"},
        {"a call of a type", pickle::global("torch", "FloatStorage") + ")R.", "is no function"},
        {"pairs that are none", ordered + "](NeR.", "pairs"},
        {"pairs of three", pickle::call(ordered, {"](" + pickle::numbers({1, 2, 3}) + "e"}) + ".", "pairs"},
        {"a name of numbers", "K\x01K\x02\x93.", "no text"},
        {"an instruction of protocol 0", "I1\n.", "instruction 73"},
        {"an instance", "(ios\nsystem\n.", "instruction 105"},
        {"an object", "(o.", "instruction 111"},
        {"an extension", "\x82\x01.", "instruction 130"},
        {"a persistent name", "P0\n.", "instruction 80"},
        {"a pop", "NN0.", "instruction 48"},
    }));
    INFO(what);
    const auto [status, text] = refusal(program);
    CHECK(status == ABLE_BAD_FILE);
    CHECK_THAT(text, Catch::StartsWith("x: damaged checkpoint: ") && Catch::Contains(expected));
}

TEST_CASE("bounds hold for what small programs could blow up", "[models][pickle]") {
    PickleLimits limits;
    limits.nodes = 50;
    limits.stack = 20;
    limits.memo = 10;
    limits.items = 100;
    limits.bytes = 1000;
    const auto refused = [&limits](const std::string &code) {
        return refusal(pickle::program(code), limits).second;
    };
    CHECK_THAT(refused(repeated("N", 21)), Catch::Contains("more than 20 values on its stack"));
    CHECK_THAT(refused(repeated("(", 21)), Catch::Contains("more than 20 marks"));
    CHECK_THAT(refused("]" + repeated("Na", 60)), Catch::Contains("more than 50 values"));
    std::string puts = "N";
    for (char index = 0; index < 11; ++index) {
        puts += std::string("q") + index;
    }
    CHECK_THAT(refused(puts), Catch::Contains("more than 10 remembered values"));
    // Each level holds the one before it twice: shared, not copied.
    CHECK(refused("N" + repeated(std::string("q\0h\0\x86", 5), 9)).empty());
    // A list that is put into dictionaries again and again.
    const std::string pairs = "](" + repeated(pickle::tuple({"N", "N"}), 8) + "e";
    CHECK_THAT(refused(pairs + std::string("q\0", 2) + repeated(ordered + std::string("h\0\x85R", 4), 15)),
               Catch::Contains("more than 100 items"));
    CHECK_THAT(refused(repeated(std::string("N\x85"), 600)), Catch::Contains("has 1203 bytes, more than 1000"));
}

} // namespace models_pickle_test
