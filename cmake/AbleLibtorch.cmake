# Finds libtorch: the target able_torch, and ABLE_TORCH_VERSION.
#
# The system's by default. ABLE_LIBTORCH names another: an unpacked libtorch, or the folder `torch` of an installed Python
# package. Of that, the libraries are taken as they lie there: its own CMake files want the CUDA toolkit installed wherever
# it was built with CUDA, which to use it, and to compile against it, nobody needs.
set(ABLE_LIBTORCH "" CACHE PATH "The libtorch to build against (a folder with include/ and lib/); empty = the system's")

add_library(able_torch INTERFACE)
if(ABLE_LIBTORCH)
  set(version_header "${ABLE_LIBTORCH}/include/torch/headeronly/version.h")
  if(NOT EXISTS "${version_header}")
    set(version_header "${ABLE_LIBTORCH}/include/torch/csrc/api/include/torch/version.h")
  endif()
  if(NOT EXISTS "${version_header}" OR NOT EXISTS "${ABLE_LIBTORCH}/lib/libtorch_cpu.so")
    message(FATAL_ERROR "ABLE_LIBTORCH=${ABLE_LIBTORCH} is no libtorch: it needs include/torch and lib/libtorch_cpu.so")
  endif()
  file(STRINGS "${version_header}" version_lines REGEX "define TORCH_VERSION_(MAJOR|MINOR|PATCH) [0-9]+")
  string(REGEX REPLACE "#define TORCH_VERSION_[A-Z]+ ([0-9]+)" "\\1" version_numbers "${version_lines}")
  list(JOIN version_numbers "." ABLE_TORCH_VERSION)
  target_include_directories(able_torch SYSTEM INTERFACE
    "${ABLE_LIBTORCH}/include" "${ABLE_LIBTORCH}/include/torch/csrc/api/include")
  # Devices register themselves when their library is loaded, so it is linked though nothing in it is called by name.
  set(devices "")
  if(EXISTS "${ABLE_LIBTORCH}/lib/libtorch_cuda.so")
    set(devices "-Wl,--no-as-needed" "${ABLE_LIBTORCH}/lib/libtorch_cuda.so" "-Wl,--as-needed")
  endif()
  target_link_libraries(able_torch INTERFACE
    "${ABLE_LIBTORCH}/lib/libtorch_cpu.so" "${ABLE_LIBTORCH}/lib/libc10.so" ${devices})
else()
  set(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL ON)
  find_package(Torch REQUIRED)
  unset(CMAKE_FIND_PACKAGE_TARGETS_GLOBAL)
  set(ABLE_TORCH_VERSION "${Torch_VERSION}")
  # libtorch's own headers do not pass our warnings.
  target_include_directories(able_torch SYSTEM INTERFACE ${TORCH_INCLUDE_DIRS})
  target_link_libraries(able_torch INTERFACE ${TORCH_LIBRARIES})
endif()
# at::parallel_for() is a template: without this it is a plain loop.
find_package(OpenMP REQUIRED COMPONENTS CXX)
target_link_libraries(able_torch INTERFACE OpenMP::OpenMP_CXX)
set(ABLE_TORCH_VERSION "${ABLE_TORCH_VERSION}" CACHE INTERNAL "What plugins name as their engine")
message(STATUS "libtorch ${ABLE_TORCH_VERSION}")
