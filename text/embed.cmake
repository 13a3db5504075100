# Makes a source file with the text of INPUT in it: cmake -DINPUT=… -DOUTPUT=… -P embed.cmake
file(READ "${INPUT}" text)
string(LENGTH "${text}" length)
# Compilers limit one literal; pieces of it join by themselves. Each ends with a line, so as to cut no character.
set(literal "")
set(start 0)
while(start LESS length)
  string(SUBSTRING "${text}" ${start} 8000 piece)
  string(FIND "${piece}" "\n" end REVERSE)
  math(EXPR end "${end} + 1")
  string(SUBSTRING "${piece}" 0 ${end} piece)
  string(APPEND literal "R\"~~~(${piece})~~~\"\n")
  math(EXPR start "${start} + ${end}")
endwhile()
file(WRITE "${OUTPUT}" "// Generated from clip_merges.txt.\n#include \"text/clip_vocabulary.h\"\n
#ifdef __clang__\n#pragma clang diagnostic ignored \"-Woverlength-strings\"\n#endif\n
namespace able::text {\n\nstd::string_view clip_merges() noexcept {\n    return\n${literal};\n}\n
} // namespace able::text\n")
