# Included by the worker's CMakeLists.txt: the noise on its own, so that tests and tools need nothing of the worker.
add_library(able_noise STATIC
  "${CMAKE_CURRENT_LIST_DIR}/brownian.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/image_noise.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/noise.cpp"
  "${CMAKE_CURRENT_LIST_DIR}/noise_variation.cpp")
target_include_directories(able_noise PUBLIC "${CMAKE_CURRENT_LIST_DIR}/../..")
target_link_libraries(able_noise PUBLIC nlohmann_json::nlohmann_json PRIVATE able_warnings)
