# Compiler settings that every target of this tree shares. Plugin authors never see them.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_C_STANDARD 11)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_CXX_VISIBILITY_PRESET hidden)
set(CMAKE_VISIBILITY_INLINES_HIDDEN ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_RUNTIME_OUTPUT_DIRECTORY "${CMAKE_BINARY_DIR}/bin")

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE RelWithDebInfo CACHE STRING "" FORCE)
endif()

find_program(ABLE_CCACHE ccache)
if(ABLE_CCACHE)
  # Precompiled headers need the two sloppiness flags, and no timestamps in the header.
  set(ABLE_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
    CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime
    "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" ${ABLE_CCACHE})
  set(CMAKE_C_COMPILER_LAUNCHER ${ABLE_COMPILER_LAUNCHER})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${ABLE_COMPILER_LAUNCHER})
endif()

if(ABLE_FUZZ)
  # An overflow or a shift too far ends the run as a wild read does.
  set(ABLE_SANITIZE "fuzzer-no-link,address,undefined" CACHE STRING "")
  add_compile_options(-fno-sanitize-recover=undefined)
endif()
set(ABLE_SANITIZE "" CACHE STRING "Sanitizers to build with, such as address,undefined or thread")
if(ABLE_SANITIZE)
  add_compile_options(-fsanitize=${ABLE_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${ABLE_SANITIZE})
endif()

# Bit-for-bit reproducible arithmetic: no contraction of a*b+c behind the author's back.
add_compile_options(-ffp-contract=off)
# The sources' own path, so that logs and assertions name files from the root of the tree.
add_compile_options("-fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=")

add_library(able_warnings INTERFACE)
target_compile_options(able_warnings INTERFACE -Wall -Wextra -Wpedantic -Wshadow -Werror
  $<$<COMPILE_LANGUAGE:CXX>:-Wnon-virtual-dtor -Woverloaded-virtual>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  # gcc 12 takes the inlined insides of std::string's operator+ for errors (gcc bugs 105329 and 105651).
  target_compile_options(able_warnings INTERFACE -Wno-restrict -Wno-array-bounds -Wno-stringop-overflow)
endif()
if(ABLE_SANITIZE AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # The sanitizers' own code hides from the compiler that a variable was set.
  target_compile_options(able_warnings INTERFACE -Wno-maybe-uninitialized)
endif()
