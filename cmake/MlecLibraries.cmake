# The libraries and the program.

# mlec_sources(VARIABLE PATTERN...) -- the C files below the source folder that match.
function(mlec_sources variable)
  list(TRANSFORM ARGN PREPEND "${PROJECT_SOURCE_DIR}/")
  file(GLOB_RECURSE files CONFIGURE_DEPENDS ${ARGN})
  set(${variable} ${files} PARENT_SCOPE)
endfunction()

# mlec_objects(NAME FILE...) -- an object library with the project's flags.
# An archive needs a member, so a folder without files gets an empty one.
function(mlec_objects name)
  set(files ${ARGN})
  if(NOT files)
    set(files "${PROJECT_BINARY_DIR}/${name}_empty.c")
    file(WRITE "${files}" "typedef int ${name}_empty;\n")
  endif()
  add_library(${name} OBJECT ${files})
  target_link_libraries(${name} PRIVATE mlec_flags)
endfunction()

mlec_sources(rt_files base/*.c runtime/*.c)
mlec_sources(front_files grammar/*.c compiler/*.c)
list(FILTER front_files EXCLUDE REGEX "/compiler/llvm/|/grammar/index_prelude\\.c$")
mlec_sources(llvm_files compiler/llvm/*.c)
mlec_sources(cli_files cli/*.c)

set(rt_dependencies ReferenceLapack::ReferenceLapack mlec_jansson ZLIB::ZLIB Threads::Threads
    ${CMAKE_DL_LIBS} m)

# The explanations of `mlec explain` are a page of the documentation.
set(errors_text "${PROJECT_BINARY_DIR}/errors_text.c")
add_custom_command(
  OUTPUT "${errors_text}"
  COMMAND "${CMAKE_COMMAND}" -DINPUT=${PROJECT_SOURCE_DIR}/docs/errors.md -DOUTPUT=${errors_text}
          -DNAME=errors_text -P "${PROJECT_SOURCE_DIR}/cmake/EmbedText.cmake"
  DEPENDS "${PROJECT_SOURCE_DIR}/docs/errors.md" "${PROJECT_SOURCE_DIR}/cmake/EmbedText.cmake"
  COMMENT "embed docs/errors.md" VERBATIM)
mlec_objects(mlec_rt_objects ${rt_files} "${errors_text}")
# The kernels need their tiles unrolled into registers. Versions for wider registers are chosen at run
# time, so the rest stays at the level of every processor.
set_source_files_properties(runtime/data/narrow.c runtime/eval/columns.c runtime/eval/engine.c
                            runtime/eval/kernels_2.c runtime/eval/log_sum.c PROPERTIES COMPILE_OPTIONS -O3)
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set_source_files_properties(runtime/calc/strip_ops_2.c PROPERTIES COMPILE_OPTIONS -march=x86-64)
  set_source_files_properties(runtime/calc/strip_ops_4.c PROPERTIES COMPILE_OPTIONS -march=x86-64-v3)
  set_source_files_properties(runtime/calc/strip_ops_8.c PROPERTIES COMPILE_OPTIONS -march=x86-64-v4)
  set_source_files_properties(runtime/eval/kernels_4.c PROPERTIES
                              COMPILE_OPTIONS "-O3;-march=x86-64-v3")
  set_source_files_properties(runtime/eval/kernels_8.c PROPERTIES
                              COMPILE_OPTIONS "-O3;-march=x86-64-v4")
endif()
target_link_libraries(mlec_rt_objects PRIVATE mlec_jansson ZLIB::ZLIB Threads::Threads)
add_library(mlec_rt STATIC $<TARGET_OBJECTS:mlec_rt_objects>)
target_link_libraries(mlec_rt PUBLIC ${rt_dependencies})
# LAPACK's own xerbla_ prints and stops the process; take the one in this archive, which does not.
target_link_options(mlec_rt INTERFACE -Wl,-u,xerbla_)
set_target_properties(mlec_rt PROPERTIES LINKER_LANGUAGE C)

mlec_objects(mlec_front_objects ${front_files})
add_dependencies(mlec_front_objects mlec_generated_files)
target_link_libraries(mlec_front_objects PRIVATE mlec_jansson)
set(front_objects $<TARGET_OBJECTS:mlec_front_objects>)
if(TARGET mlec_generated)
  list(APPEND front_objects $<TARGET_OBJECTS:mlec_generated>)
endif()
add_library(mlec_front STATIC ${front_objects})
target_link_libraries(mlec_front PUBLIC mlec_rt)
set_target_properties(mlec_front PROPERTIES LINKER_LANGUAGE C)

if(MLEC_LLVM)
  mlec_objects(mlec_llvm_objects ${llvm_files})
  target_link_libraries(mlec_llvm_objects PRIVATE mlec_llvm_headers)
  add_dependencies(mlec_llvm_objects mlec_generated_files)

  # The static runtime of C++ goes with the LLVM archives; a sanitizer brings its own shared one.
  set(llvm_link_options "")
  if(NOT MLEC_SANITIZE AND CMAKE_C_COMPILER_ID STREQUAL "GNU")
    set(llvm_link_options -static-libstdc++ -static-libgcc)
  endif()

  add_library(libmlec STATIC ${front_objects} $<TARGET_OBJECTS:mlec_llvm_objects>)
  set_target_properties(libmlec PROPERTIES OUTPUT_NAME mlec LINKER_LANGUAGE C)
  target_link_libraries(libmlec PUBLIC mlec_rt mlec_llvm_archives)

  # Of the whole build only this program and test_compiler_llvm contain LLVM.
  if(cli_files)
    add_executable(mlec ${cli_files})
    set_target_properties(mlec PROPERTIES LINKER_LANGUAGE CXX
                          RUNTIME_OUTPUT_DIRECTORY "${PROJECT_BINARY_DIR}")
    target_link_libraries(mlec PRIVATE mlec_flags libmlec)
    target_link_options(mlec PRIVATE -no-pie -Wl,--gc-sections -Wl,--as-needed ${llvm_link_options})
  endif()

  if(MLEC_SHARED_LIBRARY)
    add_library(libmlec_shared SHARED ${front_objects}
                $<TARGET_OBJECTS:mlec_llvm_objects> $<TARGET_OBJECTS:mlec_rt_objects>)
    set_target_properties(libmlec_shared PROPERTIES
      OUTPUT_NAME mlec LINKER_LANGUAGE CXX EXPORT_NAME mlec
      VERSION ${PROJECT_VERSION} SOVERSION ${PROJECT_VERSION_MAJOR}
      LINK_DEPENDS "${PROJECT_SOURCE_DIR}/cmake/libmlec.map")
    target_include_directories(libmlec_shared INTERFACE
      $<INSTALL_INTERFACE:${CMAKE_INSTALL_INCLUDEDIR}>)
    target_link_libraries(libmlec_shared PRIVATE mlec_llvm_archives ${rt_dependencies})
    target_link_options(libmlec_shared PRIVATE
      -Wl,-Bsymbolic -Wl,--exclude-libs,ALL -Wl,--gc-sections -Wl,--as-needed
      -Wl,--version-script=${PROJECT_SOURCE_DIR}/cmake/libmlec.map ${llvm_link_options})
  endif()
endif()
