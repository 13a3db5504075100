#include "text/python_json.h"

#include <catch2/catch.hpp>

namespace text_python_json_test {

using able::text::without_python_numbers;

TEST_CASE("numbers that only Python writes become null, and texts stay") {
    CHECK(without_python_numbers(R"({"a": -Infinity, "b": [NaN,Infinity], "c": 1})") ==
          R"({"a": null, "b": [null,null], "c": 1})");
    for (const char *text : {R"({"NaN": "Infinity"})", R"({"a": "\"NaN", "b": "\\"})", R"("NaN)", "", "\"\\", "{"}) {
        CHECK(without_python_numbers(text) == text);
    }
}

} // namespace text_python_json_test
