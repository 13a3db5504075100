#include "host/app/size_text.h"
#include "host/app/table.h"
#include "host/app/terminal.h"

#include <catch2/catch.hpp>

#include <sstream>
#include <stdexcept>

namespace terminal_test {

using namespace able::app;

TEST_CASE("text from plugins and files cannot drive the terminal") {
    CHECK(printable("plain, gr\u00fcn, \u65e5\u672c") == "plain, gr\u00fcn, \u65e5\u672c");
    CHECK(printable("a\x1b[2Jb\r\nc") == "a?[2Jb??c");
    CHECK(printable("\x7f\u009b\u202e\u2028") == "????");
    CHECK(printable("\xff\xc0\xaf") == "???");      // not UTF-8, overlong
    CHECK(printable("\xed\xa0\x80") == "???");      // a surrogate
    CHECK(printable("\xf4\x90\x80\x80") == "????"); // beyond Unicode
    CHECK(printable(std::string_view("a\0b", 3)) == "a?b");
    CHECK(printable("\xe2\x82") == "??"); // cut short
}

TEST_CASE("text is cut between characters") {
    CHECK(shortened("gr\u00fcn", 4) == "gr\u00fcn");
    CHECK(shortened("gr\u00fcner", 3) == "gr\u00fc");
    CHECK(shortened("gr\u00fcner Wald", 8) == "gr\u00fcne...");
    CHECK(display_width("gr\u00fcn") == 4);
}

TEST_CASE("columns line up, and only the last one is cut") {
    Table table({"ID", "TEXT"});
    table.add({"\u00fc", std::string(40, 'x')});
    table.add({"long-id", "y\x1b"});
    std::ostringstream whole;
    table.print(whole, 0);
    CHECK(whole.str() == "ID       TEXT\n\u00fc        " + std::string(40, 'x') + "\nlong-id  y?\n");
    std::ostringstream cut;
    table.print(cut, 32);
    CHECK(cut.str() == "ID       TEXT\n\u00fc        " + std::string(20, 'x') + "...\nlong-id  y?\n");
    CHECK_THROWS_AS(table.add({"one cell"}), std::logic_error);
}

TEST_CASE("sizes are in the unit that suits them") {
    CHECK(size_text(0) == "0 B");
    CHECK(size_text(1023) == "1023 B");
    CHECK(size_text(1024) == "1.0 KiB");
    CHECK(size_text(89 * 1024) == "89 KiB");
    CHECK(size_text(4265380512) == "4.0 GiB");
}

} // namespace terminal_test
