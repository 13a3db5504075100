# Makes a header with the text of INPUT in it: cmake -DINPUT=… -DOUTPUT=… -DNAME=… -P embed.cmake
file(READ "${INPUT}" text)
string(LENGTH "${text}" length)
# Compilers limit one literal; pieces of it join by themselves.
set(literal "")
set(start 0)
while(start LESS length)
  string(SUBSTRING "${text}" ${start} 4000 piece)
  string(APPEND literal "R\"~~~(${piece})~~~\"\n")
  math(EXPR start "${start} + 4000")
endwhile()
file(WRITE "${OUTPUT}" "// Generated from ${NAME}.html.\n#pragma once\n\n#include <string_view>\n\nnamespace able::http {\n\n"
  "inline constexpr std::string_view ${NAME}_html =\n${literal};\n\n} // namespace able::http\n")
