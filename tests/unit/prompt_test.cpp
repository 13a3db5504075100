// The prompt language. data/prompts.json has the cases with the rule that each is about; tools/prompt-language makes
// it.
#include "host/prompt/composition.h"
#include "host/prompt/error.h"
#include "host/prompt/expansion.h"
#include "host/prompt/prompt.h"
#include "host/prompt/schedule.h"
#include "host/prompt/tags.h"
#include "host/prompt/weights.h"
#include "server_fakes.hpp"

#include <catch2/catch.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <set>

namespace prompt_test {

using namespace able::prompt;
using nlohmann::json;

namespace {

const json &table() {
    static const json data = json::parse(std::ifstream(ABLE_SOURCE_DIR "/tests/unit/data/prompts.json"));
    return data;
}

json weights(const std::string &text) {
    json result = json::array();
    for (const Segment &segment : parse_weights(text)) {
        result.push_back(segment.is_break ? json{"BREAK", -1.0} : json{segment.text, segment.weight});
    }
    return result;
}

json schedule(const std::string &text) {
    json result = json::array();
    for (const Scheduled &entry : parse_schedule(text, table().at("steps"))) {
        result.push_back({entry.end_at_step, entry.text});
    }
    return result;
}

json composition(const std::string &text) {
    json result = json::array();
    for (const Part &part : split_composition(text)) {
        result.push_back({part.text, part.weight});
    }
    return result;
}

json tags(const std::string &text) {
    const Tagged tagged = take_tags(text);
    json loras = json::array();
    for (const LoraTag &lora : tagged.loras) {
        loras.push_back({{"name", lora.name}, {"te", lora.text_weight}, {"unet", lora.unet_weight}});
    }
    return {{"text", tagged.text}, {"loras", std::move(loras)}};
}

void check_table(const char *kind, json (*parse)(const std::string &)) {
    for (const json &entry : table().at(kind)) {
        INFO(kind << ": " << entry.at("rule") << ": " << entry.at("text"));
        CHECK(parse(entry.at("text")) == entry.at("expected"));
    }
}

template <class Call>
std::string message_of(Call call) {
    try {
        call();
    } catch (const PromptError &error) {
        return error.what();
    }
    return {};
}

void write(const std::filesystem::path &file, const std::string &text) {
    std::filesystem::create_directories(file.parent_path());
    std::ofstream(file, std::ios::binary) << text;
}

// Ways to make a parser that looks back or ahead take time that grows with the square of the length.
std::vector<std::string> long_texts() {
    std::vector<std::string> texts;
    for (const char *piece : {"a",       "(",   "(a",           "[a|",        "[a:b:0.5]", "(a:1.1)", ":1.",
                              ": ",      "<a:", "__a",          "{a|",        "\\",        "BREAK ",  "[[a]:b:1]",
                              "(a)b[c]", "] [", "\xe2\x80\x89", "<lora:a:1>", "))",        "{a}{",    "((a)b)c"}) {
        std::string &text = texts.emplace_back();
        while (text.size() < 300'000) {
            text += piece;
        }
    }
    return texts;
}

} // namespace

TEST_CASE("a prompt of too many pieces is refused, however they are spread", "[prompt]") {
    const std::string turns = "[a|b][a|b|c][a|b|c|d|e][a|b|c|d|e|f|g]"; // another text at each of 150 steps
    std::string pairs;
    for (int i = 0; i < 150; ++i) {
        pairs += "(a)b";
    }
    CHECK_NOTHROW(parse_prompt(turns + pairs, Syntax::a1111, 150)); // 45,150
    CHECK_THROWS_WITH(parse_prompt(turns + pairs + pairs, Syntax::a1111, 150), Catch::Contains("more than 50000"));
    CHECK_THROWS_WITH(parse_prompt(turns + pairs + " AND " + turns + pairs, Syntax::a1111, 150),
                      Catch::Contains("fewer brackets"));
    CHECK_THROWS_AS(parse_negative_prompt(turns + pairs + pairs, Syntax::a1111, 150), PromptError);
    CHECK_NOTHROW(parse_prompt(turns + pairs + pairs, Syntax::a1111, 20));
}

TEST_CASE("text that colons cut is one piece, and BREAK beside a colon breaks", "[prompt]") {
    CHECK(parse_weights("a: b:c :d").size() == 1);
    CHECK(parse_weights("a: BREAK :b") == std::vector<Segment>{{"a:", 1, false}, {"", 1, true}, {":b", 1, false}});
    CHECK(parse_weights("(a:b)c:1.3)") == std::vector<Segment>{{"a:b", 1.1, false}, {"c:1.3)", 1, false}});
}

TEST_CASE("prompts mean what the reference makes of them, rule by rule") {
    std::size_t cases = 0;
    for (const char *kind : {"weights", "schedule", "composition", "tags"}) {
        cases += table().at(kind).size();
    }
    REQUIRE(cases >= 150);
    check_table("weights", weights);
    check_table("schedule", schedule);
    check_table("composition", composition);
    check_table("tags", tags);
}

TEST_CASE("without AND nothing is a part's weight") {
    CHECK(composition("a clock at 12:30 ") == json::array({json::array({"a clock at 12:30 ", 1.0})}));
}

TEST_CASE("text without syntax is one segment of weight 1, as it is") {
    for (const std::string text : {"a photo of a red fox", " a,  b ", "caf\xc3\xa9 \xe6\x97\xa5\xe6\x9c\xac", ""}) {
        const auto parts = parse_prompt(text, Syntax::a1111, 20);
        REQUIRE(parts.size() == 1);
        CHECK(parts[0].weight == 1);
        REQUIRE(parts[0].variants.size() == 1);
        CHECK(parts[0].variants[0].segments == std::vector<Segment>{{text, 1, false}});
    }
}

TEST_CASE("the plain syntax leaves everything alone") {
    const std::string text = "(a:1.3) [b:c:0.5] AND {d|e} <lora:f> BREAK";
    const auto parts = parse_prompt(text, Syntax::plain, 20);
    REQUIRE(parts.size() == 1);
    REQUIRE(parts[0].variants.size() == 1);
    CHECK(parts[0].variants[0].segments == std::vector<Segment>{{text, 1, false}});
    CHECK(syntax_of("a1111") == Syntax::a1111);
    CHECK(syntax_of("plain") == Syntax::plain);
    CHECK_FALSE(syntax_of("comfy"));
}

TEST_CASE("AND, schedules and weights work together, and a negative prompt knows no AND") {
    const auto parts = parse_prompt("a [b:(c:1.2):0.5] AND d :0.5", Syntax::a1111, 10);
    REQUIRE(parts.size() == 2);
    REQUIRE(parts[0].variants.size() == 2);
    CHECK(at_step(parts[0].variants, 0).segments == std::vector<Segment>{{"a b", 1, false}});
    // The first entry lasts through step 5, counted from 0: the reference's own "<=".
    CHECK(at_step(parts[0].variants, 5).segments == std::vector<Segment>{{"a b", 1, false}});
    CHECK(at_step(parts[0].variants, 6).segments == std::vector<Segment>{{"a ", 1, false}, {"c", 1.2, false}});
    CHECK(at_step(parts[0].variants, 10).segments.size() == 2);
    CHECK(at_step(parts[0].variants, 11).segments.size() == 1); // past the end, as reconstruct_cond_batch()
    CHECK(parts[1].weight == 0.5);
    const auto negative = parse_negative_prompt("a AND b :0.5", Syntax::a1111, 10);
    CHECK(negative.variants[0].segments == std::vector<Segment>{{"a AND b :0.5", 1, false}});
}

TEST_CASE("what is wrong with a prompt is said, with the place") {
    CHECK_THAT(message_of([] { parse_weights("(a:1.2.3)"); }),
               Catch::Contains("\"1.2.3\"") && Catch::Contains("not a number"));
    CHECK_THAT(message_of([] { parse_weights("(fox:5000)"); }),
               Catch::Contains("\"fox\"") && Catch::Contains("beyond 1000"));
    CHECK_THAT(message_of([] { parse_weights(std::string(200, '(')); }), Catch::Contains("nested"));
    CHECK_THAT(message_of([] { parse_schedule(std::string(200, '['), 10); }), Catch::Contains("nested"));
    CHECK_THAT(message_of([] { take_tags("<hypernet:a:1>"); }),
               Catch::Contains("<hypernet:a:1>") && Catch::Contains("plain"));
    CHECK_THAT(message_of([] { take_tags("<lora:a:b>"); }), Catch::Contains("\"b\"") && Catch::Contains("weight"));
    CHECK_THAT(message_of([] { take_tags("<lora:a:11>"); }), Catch::Contains("-10 to 10"));
    CHECK_THAT(message_of([] { take_tags("<lora::1>"); }), Catch::Contains("names no LoRA"));
    CHECK_THAT(message_of([] { take_tags("<lora:a:1:1:1>"); }), Catch::Contains("more than two weights"));
    CHECK_THAT(message_of([] { take_tags("<lora:a:dyn=4>"); }), Catch::Contains("\"dyn\""));
    CHECK_THAT(message_of([] { take_tags("<lora:a:1:lbw=1,0>"); }), Catch::Contains("lbw") && Catch::Contains("not 2"));
    CHECK_THAT(message_of([] { take_tags("<lora:a:1:lbw=MIDD>"); }), Catch::Contains("\"MIDD\""));
    std::string many = "a";
    for (int i = 0; i < 20; ++i) {
        many += " AND a";
    }
    CHECK_THAT(message_of([&] { split_composition(many); }), Catch::Contains("AND"));
}

TEST_CASE("any text is parsed or refused, and no work grows with the square of its length") {
    // Thirty times as long as a prompt may be: work that grew with the square would not end within the test's time
    // limit.
    Wildcards none("/nonexistent");
    for (const std::string &text : long_texts()) {
        INFO(text.substr(0, 20));
        message_of([&] {
            std::size_t written = 0;
            for (const Segment &segment : parse_weights(text)) {
                written += segment.text.size();
            }
            CHECK(written <= text.size());
        });
        message_of([&] {
            for (const Scheduled &entry : parse_schedule(text, 150)) {
                CHECK(entry.text.size() <= text.size());
            }
        });
        message_of([&] { CHECK(take_tags(text).text.size() <= text.size()); });
        message_of([&] { split_composition(text); });
        message_of([&] { expand(text, none, 1); });
    }
}

TEST_CASE("wildcards are lines of files, drawn from the seed") {
    const fakes::TempDir folder;
    write(folder.path() / "animal.txt", "# animals\nfox\r\n\n  owl  \nbear\n");
    write(folder.path() / "deep/style.txt", "a __animal__ in ink\n");
    Wildcards wildcards(folder.path());
    CHECK(wildcards.lines("animal") == std::vector<std::string>{"fox", "owl", "bear"});
    CHECK(wildcards.names() == std::vector<std::string>{"animal", "deep/style"});

    std::set<std::string> seen;
    for (std::uint64_t seed = 0; seed < 60; ++seed) {
        seen.insert(expand("a __animal__!", wildcards, seed));
    }
    CHECK(seen == std::set<std::string>{"a fox!", "a owl!", "a bear!"});
    CHECK(expand("__deep/style__", wildcards, 7) == expand("__deep/style__", wildcards, 7));
    CHECK_THAT(expand("__deep/style__", wildcards, 7), Catch::StartsWith("a ") && Catch::EndsWith(" in ink"));
    // std::mt19937_64 is the same everywhere; what is drawn must stay so. Seed 42's first number is 0xc151df7d6ee5e2d6.
    CHECK(expand("{0|1|2|3|4|5|6|7|8|9}", wildcards, 42) == "7");
}

TEST_CASE("a wildcard never leads out of its folder, and one that cannot be had is refused with those that can") {
    const fakes::TempDir folder;
    write(folder.path() / "outside.txt", "secret\n");
    write(folder.path() / "w/animal.txt", "fox\n");
    write(folder.path() / "w/empty.txt", "# nothing\n");
    write(folder.path() / "w/loop.txt", "__loop__\n");
    write(folder.path() / "w/bytes.txt", "\xff\xfe\n");
    Wildcards wildcards(folder.path() / "w");
    for (const char *name : {"../outside", "/etc/passwd", "a/../../outside", ".hidden", "", "animal/", "a//animal"}) {
        INFO(name);
        CHECK_THROWS_AS(wildcards.lines(name), PromptError);
    }
    try {
        expand("__anmal__", wildcards, 1);
        FAIL("there is no such wildcard");
    } catch (const PromptError &error) {
        CHECK_THAT(error.what(), Catch::Contains("\"anmal\"") && Catch::Contains("prompts.wildcards_dir"));
        CHECK(error.allowed() == std::vector<std::string>{"animal", "bytes", "empty", "loop"});
    }
    CHECK_THAT(message_of([&] { expand("__empty__", wildcards, 1); }), Catch::Contains("no line"));
    CHECK_THAT(message_of([&] { expand("__loop__", wildcards, 1); }), Catch::Contains("circle"));
    CHECK_THAT(message_of([&] { expand("__bytes__", wildcards, 1); }), Catch::Contains("UTF-8"));
}

TEST_CASE("wildcard files are read as people save them, or refused with the line") {
    const fakes::TempDir folder;
    write(folder.path() / "bom.txt", "\xef\xbb\xbf# colours\nred\r\nblue\r\n");
    write(folder.path() / "mac.txt", "red\rblue\r");
    write(folder.path() / "little.txt", std::string("\xff\xfe"
                                                    "r\0e\0d\0\r\0\n\0\xfc\0",
                                                    14));
    write(folder.path() / "big.txt", std::string("\xfe\xff"
                                                 "\0r\0e\0d\0\n\0\xfc",
                                                 12));
    write(folder.path() / "latin1.txt", "red\ngr\xfcn\n");
    write(folder.path() / "cafe\xcc\x81.txt", "espresso\n"); // decomposed, as macOS stores it
    write(folder.path() / "LOUD.TXT", "red\n");
    Wildcards wildcards(folder.path());
    using Lines = std::vector<std::string>;
    CHECK(wildcards.lines("bom") == Lines{"red", "blue"});
    CHECK(wildcards.lines("mac") == Lines{"red", "blue"});
    CHECK(wildcards.lines("little") == Lines{"red", "\xc3\xbc"});
    CHECK(wildcards.lines("big") == Lines{"red", "\xc3\xbc"});
    CHECK(wildcards.lines("LOUD") == Lines{"red"});
    CHECK(wildcards.lines("caf\xc3\xa9") == Lines{"espresso"}); // composed, as keyboards type it
    CHECK(expand("__caf\xc3\xa9__", wildcards, 1) == "espresso");
    CHECK_THAT(message_of([&] { wildcards.lines("latin1"); }),
               Catch::Contains("latin1.txt, line 2: the byte 0xFC is not UTF-8") && Catch::Contains("Latin-1"));
}

TEST_CASE("names in tags and of embeddings are not drawn from") {
    const fakes::TempDir folder;
    write(folder.path() / "v1.txt", "drawn\n");
    Wildcards wildcards(folder.path());
    const auto drawn = [&](const std::string &text, PlainNames names = {}) {
        return is_template(text, names) ? expand(text, wildcards, 1, names) : "as it is: " + text;
    };
    CHECK(drawn("<lora:Sakusei__v1__x:0.8>") == "as it is: <lora:Sakusei__v1__x:0.8>");
    CHECK(drawn("<lora:x {a|b}:0.8> y") == "as it is: <lora:x {a|b}:0.8> y");
    CHECK(drawn("<lyco:__v1__>__v1__") == "<lyco:__v1__>drawn");
    CHECK(drawn("<lora:a{b:1> {<lora:__v1__:1>|<lora:__v1__:1>}") == "<lora:a{b:1> <lora:__v1__:1>");
    CHECK(drawn("<lora:x:{0.5|0.5}>") == "<lora:x:0.5>"); // weights may be
    CHECK(drawn("<lora:__v1__") == "<lora:drawn");        // no tag

    const std::vector<std::string> names{"bad__v1__hand", "{a|a}", "__v1"};
    CHECK(drawn("a BAD__v1__Hand, b", names) == "as it is: a BAD__v1__Hand, b");
    CHECK(drawn("xbad__v1__hand", names) == "xbaddrawnhand"); // another word
    CHECK(drawn("{a|a} {b|b}", names) == "{a|a} b");
    CHECK(drawn("__v1__", names) == "drawn");
    CHECK(drawn("bad__v1__hand") == "baddrawnhand");
}

TEST_CASE("an escape stays when a prompt is drawn, and goes when it is read") {
    Wildcards none("/nonexistent");
    // Drawn or not: what is read is the same, and a drawn prompt is no template again.
    for (const char *tail : {"", " {c|c}"}) {
        const std::string text = std::string("\\{a|b\\} \\_\\_x\\_\\_ <lora:y\\_\\_z\\_\\_:0.5>") + tail;
        const std::string drawn = is_template(text) ? expand(text, none, 1) : text;
        CAPTURE(drawn);
        CHECK_FALSE(is_template(drawn));
        const Tagged tagged = take_tags(drawn);
        CHECK(tagged.loras.at(0).name == "y__z__");
        CHECK_THAT(parse_weights(tagged.text).at(0).text, Catch::StartsWith("{a|b} __x__ "));
    }
    for (const char *foreign : {"{a|b} __x__ {c}", "a __b__{c|d}", "plain", "\\{a|b\\}"}) {
        CAPTURE(foreign);
        const std::string plain = without_draws(foreign);
        CHECK_FALSE(is_template(plain));
        CHECK(parse_weights(plain).at(0).text == parse_weights(foreign).at(0).text);
    }
}

TEST_CASE("a tag's numbers may have blanks around them and exponents") {
    CHECK(take_tags("<lora:x:1e-1>").loras == std::vector<LoraTag>{{"x", 0.1, 0.1, {}}});
    CHECK(take_tags("<lora:x: 0.5 >").loras == std::vector<LoraTag>{{"x", 0.5, 0.5, {}}});
    CHECK(take_tags("<lora:x:te=0.5:unet=2e-1>").loras == std::vector<LoraTag>{{"x", 0.2, 0.5, {}}});
}

TEST_CASE("braces draw one of their options") {
    Wildcards none("/nonexistent");
    const auto all = [&](const std::string &text) {
        std::set<std::string> seen;
        for (std::uint64_t seed = 0; seed < 200; ++seed) {
            seen.insert(expand(text, none, seed));
        }
        return seen;
    };
    using Set = std::set<std::string>;
    CHECK(all("a {b|c} d") == Set{"a b d", "a c d"});
    CHECK(all("{a|{b|c}|}") == Set{"a", "b", "c", ""});
    CHECK(all("{0::a|1::b}") == Set{"b"});
    CHECK(all("{[a|b]|c}") == Set{"[a|b]", "c"});
    CHECK(all("{a}") == Set{"{a}"});
    CHECK(all("{a|b") == Set{"{a|b"});
    CHECK(all("a|b}") == Set{"a|b}"});
    CHECK(all("\\{a|b\\} \\_\\_c\\_\\_ \\(d\\)") == Set{"\\{a|b\\} \\_\\_c\\_\\_ \\(d\\)"});
    CHECK(all("a_b __ __init") == Set{"a_b __ __init"});
    int often = 0;
    for (std::uint64_t seed = 0; seed < 400; ++seed) {
        often += expand("{3::a|b}", none, seed) == "a" ? 1 : 0;
    }
    CHECK((often > 260 && often < 340));

    CHECK_FALSE(is_template("a (b:1.3) [c|d] {e} \\{f|g\\} __ \\__a__"));
    CHECK(is_template("{a|b}"));
    CHECK(is_template("x __a/b-c__"));
    CHECK_THAT(message_of([&] { expand("{2$$a|b}", none, 1); }), Catch::Contains("$$"));
    CHECK_THAT(message_of([&] { expand("{0::a|0::b}", none, 1); }), Catch::Contains("weight above 0"));
    CHECK_THAT(message_of([&] { expand(std::string(200, '{'), none, 1); }), Catch::Contains("nested"));
}

} // namespace prompt_test
