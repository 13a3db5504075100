# able_add_plugin(<name> <sources>...)
#
# Adds the plugin <name>: a shared library called <name>.so that exports able_plugin_v1 and nothing else. It links
# nothing but what you add with target_link_libraries().
function(able_add_plugin name)
  add_library(${name} MODULE ${ARGN})
  target_link_libraries(${name} PRIVATE AblerefusalSDK::sdk)
  set_target_properties(${name} PROPERTIES
    PREFIX ""
    C_VISIBILITY_PRESET hidden
    CXX_VISIBILITY_PRESET hidden
    VISIBILITY_INLINES_HIDDEN ON)
  if(APPLE)
    target_link_options(${name} PRIVATE -Wl,-exported_symbol,_able_plugin_v1)
  elseif(UNIX)
    # Visibility alone is not enough: headers that ask for default visibility would export their inline functions too,
    # and such symbols bind one plugin to another's copy.
    set(map "${CMAKE_CURRENT_BINARY_DIR}/${name}.map")
    file(WRITE "${map}" "{ global: able_plugin_v1; local: *; };\n")
    target_link_options(${name} PRIVATE "-Wl,--version-script=${map}")
    # A missing symbol is the linker's error, not the user's at load time. (Sanitizers leave some to the executable.)
    if(NOT ABLE_SANITIZE)
      target_link_options(${name} PRIVATE -Wl,--no-undefined)
    endif()
  endif()
  if(DEFINED ABLE_PLUGIN_OUTPUT_DIR)
    set_target_properties(${name} PROPERTIES LIBRARY_OUTPUT_DIRECTORY "${ABLE_PLUGIN_OUTPUT_DIR}")
  endif()
  if(DEFINED ABLE_PLUGIN_INSTALL_DIR)
    install(TARGETS ${name} LIBRARY DESTINATION "${ABLE_PLUGIN_INSTALL_DIR}")
  endif()
endfunction()
