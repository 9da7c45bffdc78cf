# cmake --install: the program, headers, libraries, and what pkg-config and find_package() need.

include(CMakePackageConfigHelpers)

file(GLOB public_headers CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/include/*.h"
     "${PROJECT_SOURCE_DIR}/include/*.def")
install(FILES ${public_headers} DESTINATION "${CMAKE_INSTALL_INCLUDEDIR}")
install(TARGETS mlec_rt ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}")
if(TARGET mlec)
  install(TARGETS mlec RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}")
endif()
if(TARGET libmlec_shared)
  install(TARGETS libmlec_shared LIBRARY DESTINATION "${CMAKE_INSTALL_LIBDIR}")
endif()

# Both kinds of file find the prefix from where they lie, so an installed tree can be moved.
set(pkgconfig_dir "${CMAKE_INSTALL_LIBDIR}/pkgconfig")
set(package_dir "${CMAKE_INSTALL_LIBDIR}/cmake/mlec")
file(RELATIVE_PATH pkgconfig_to_prefix "/${pkgconfig_dir}" "/")
string(REGEX REPLACE "/$" "" pkgconfig_to_prefix "${pkgconfig_to_prefix}")

# libmlec_rt.a brings its archives along: a program that links it needs these too.
set(rt_link_flags "")
foreach(library ${ReferenceLapack_LIBRARIES})
  if(IS_ABSOLUTE "${library}")
    string(APPEND rt_link_flags " ${library}")
  elseif(TARGET "${library}")
    string(APPEND rt_link_flags " -llapack -lblas")
  else()
    string(APPEND rt_link_flags " -l${library}")
  endif()
endforeach()

configure_file("${PROJECT_SOURCE_DIR}/cmake/mlec.pc.in" "${PROJECT_BINARY_DIR}/mlec.pc" @ONLY)
configure_file("${PROJECT_SOURCE_DIR}/cmake/mlec_rt.pc.in" "${PROJECT_BINARY_DIR}/mlec_rt.pc" @ONLY)
install(FILES "${PROJECT_BINARY_DIR}/mlec.pc" "${PROJECT_BINARY_DIR}/mlec_rt.pc"
        DESTINATION "${pkgconfig_dir}")

configure_package_config_file(
  "${PROJECT_SOURCE_DIR}/cmake/mlecConfig.cmake.in" "${PROJECT_BINARY_DIR}/mlecConfig.cmake"
  INSTALL_DESTINATION "${package_dir}"
  PATH_VARS CMAKE_INSTALL_INCLUDEDIR CMAKE_INSTALL_LIBDIR)
write_basic_package_version_file(
  "${PROJECT_BINARY_DIR}/mlecConfigVersion.cmake" COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/mlecConfig.cmake"
              "${PROJECT_BINARY_DIR}/mlecConfigVersion.cmake"
              "${PROJECT_SOURCE_DIR}/cmake/FindReferenceLapack.cmake"
        DESTINATION "${package_dir}")
