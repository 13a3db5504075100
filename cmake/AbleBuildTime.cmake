# What makes a clean build short: headers that are compiled once for many targets, and sources that are compiled several
# at a time, so that what they share is read and instantiated once.
#
# able_fast_build(<target> [HEADERS <precompiled>] [BATCH <sources>] [ALONE <source>...])
#
#   HEADERS  the precompiled headers to start from: the name of a target that able_precompile() made
#   BATCH    how many sources at a time; 8 unless said otherwise. A change to one of them compiles them all
#   ALONE    sources that must not be compiled with others
#
# Sources that are compiled together share their anonymous namespaces: names in these must be different within a target.
# -DABLE_UNITY=OFF compiles each source by itself, as clang-tidy wants to see them and as includes are checked.
option(ABLE_UNITY "Compile the sources of a target several at a time" ON)

function(able_fast_build target)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "HEADERS;BATCH" "ALONE")
  if(arg_UNPARSED_ARGUMENTS)
    message(FATAL_ERROR "able_fast_build(${target}): what is \"${arg_UNPARSED_ARGUMENTS}\"?")
  endif()
  if(arg_HEADERS)
    target_precompile_headers(${target} REUSE_FROM ${arg_HEADERS})
  endif()
  if(ABLE_UNITY)
    if(NOT arg_BATCH)
      set(arg_BATCH 8)
    endif()
    set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE ${arg_BATCH})
    set_source_files_properties(${arg_ALONE} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  endif()
endfunction()

# able_precompile(<name> <header> [EXECUTABLES] [LINK <library>...])
#
# Compiles the header cmake/precompiled/<header> for the targets that name <name> as their HEADERS. These must define what
# <name> defines, where the headers look at it: LINK the same libraries. EXECUTABLES: they are that, and no libraries; what
# is compiled for one does not fit the other.
function(able_precompile name header)
  cmake_parse_arguments(PARSE_ARGV 2 arg "EXECUTABLES" "" "LINK")
  set(source "${CMAKE_BINARY_DIR}/precompiled/${name}.cpp")
  file(CONFIGURE OUTPUT "${source}" CONTENT "// A target must have a source to have precompiled headers.\n")
  add_library(${name} OBJECT "${source}")
  target_link_libraries(${name} PRIVATE ${arg_LINK} able_warnings) # -Wpedantic changes what is defined
  target_precompile_headers(${name} PRIVATE "${PROJECT_SOURCE_DIR}/cmake/precompiled/${header}")
  if(arg_EXECUTABLES)
    set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${name} PRIVATE -fPIE)
  endif()
endfunction()
