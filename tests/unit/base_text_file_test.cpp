// Text files as people save them.
#include "models_files.hpp"

#include "host/base/nfc.h"
#include "host/base/text_file.h"

#include <catch2/catch.hpp>

#include <string>

namespace base_text_file_test {

using namespace able::base;

namespace {

std::string message_of(const std::string &bytes) {
    try {
        text_of_bytes(bytes, "a.txt");
    } catch (const TextFileError &error) {
        return error.what();
    }
    return "";
}

// `text` is ASCII.
std::string utf16(const std::string &text, bool big, bool mark) {
    std::string out = !mark ? "" : big ? "\xfe\xff" : "\xff\xfe";
    for (const char c : text) {
        out += big ? std::string{'\0', c} : std::string{c, '\0'};
    }
    return out;
}

} // namespace

TEST_CASE("UTF-8 and UTF-16 come out as UTF-8 with plain line ends", "[base]") {
    CHECK(text_of_bytes("", "a.txt").empty());
    CHECK(text_of_bytes("a\r\nb\rc\n", "a.txt") == "a\nb\nc\n");
    CHECK(text_of_bytes("\xef\xbb\xbf\xc3\xbc", "a.txt") == "\xc3\xbc");
    for (const bool big : {false, true}) {
        for (const bool mark : {false, true}) {
            CAPTURE(big, mark);
            CHECK(text_of_bytes(utf16("a: b\r\nc", big, mark), "a.txt") == "a: b\nc");
        }
    }
    // A pair of surrogates: U+1F98A.
    CHECK(text_of_bytes("\xfe\xff\xd8\x3e\xdd\x8a", "a.txt") == "\xf0\x9f\xa6\x8a");
    CHECK(text_of_bytes("\xff\xfe\x3e\xd8\x8a\xdd", "a.txt") == "\xf0\x9f\xa6\x8a");
    CHECK(text_of_bytes(std::string("\xff\xfe\xac\x20", 4), "a.txt") == "\xe2\x82\xac");
}

TEST_CASE("what is no text is refused with its file and line", "[base]") {
    CHECK_THAT(message_of("ok\ngr\xfcn"), Catch::StartsWith("a.txt, line 2: the byte 0xFC is not UTF-8") &&
                                              Catch::Contains("save the file as UTF-8"));
    CHECK_THAT(message_of("a\r\n\r\n\x93quoted\x94"), Catch::StartsWith("a.txt, line 3: the byte 0x93"));
    CHECK_THAT(message_of("\xc3\xbc\xc3"), Catch::StartsWith("a.txt, line 1: the byte 0xC3"));
    CHECK_THAT(message_of(std::string("\xff\xfe"
                                      "a\0\n\0\x3e\xd8",
                                      8)),
               Catch::StartsWith("a.txt, line 2: ") && Catch::Contains("UTF-16"));
    CHECK_THAT(message_of(std::string("\xff\xfe"
                                      "a",
                                      3)),
               Catch::Contains("damaged"));
    CHECK_THAT(message_of(std::string("a\n\0\0b", 5)), Catch::StartsWith("a.txt, line 2: has a NUL"));
}

TEST_CASE("a text file that is too large or missing is named", "[base]") {
    const able::test::TempFolder folder;
    able::test::write_file(folder / "a.txt", "12345");
    CHECK(read_text_file(folder / "a.txt", 5) == "12345");
    CHECK_THROWS_WITH(read_text_file(folder / "a.txt", 4), Catch::Contains("a.txt: is larger"));
    CHECK_THROWS_WITH(read_text_file(folder / "b.txt", 4), Catch::Contains("b.txt: cannot be read"));
}

TEST_CASE("names of one look are one name in form C", "[base]") {
    CHECK(nfc("cafe\xcc\x81") == "caf\xc3\xa9");
    CHECK(nfc("caf\xc3\xa9") == "caf\xc3\xa9");
    CHECK(nfc("\xe1\x84\x92\xe1\x85\xa1\xe1\x86\xab") == "\xed\x95\x9c"); // Hangul
    CHECK(nfc("plain") == "plain");
    CHECK(nfc("\xff") == "\xff");
}

} // namespace base_text_file_test
