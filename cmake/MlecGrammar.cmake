# The generated part of the front end: lexer (re2c), parser (Bison) and the embedded prelude.
# Each is made in the build folder when its source is there.

set(generated_dir "${PROJECT_BINARY_DIR}/grammar")
file(MAKE_DIRECTORY "${generated_dir}")
file(GLOB grammar_inputs CONFIGURE_DEPENDS
     "${PROJECT_SOURCE_DIR}/grammar/*.re" "${PROJECT_SOURCE_DIR}/grammar/*.y"
     "${PROJECT_SOURCE_DIR}/grammar/index_prelude.c")
file(GLOB prelude_files CONFIGURE_DEPENDS "${PROJECT_SOURCE_DIR}/grammar/prelude/*.lik")
list(SORT prelude_files)

set(generated_sources "")
set(parser_header "")

set(input "${PROJECT_SOURCE_DIR}/grammar/parser.y")
if(input IN_LIST grammar_inputs)
  find_program(BISON bison REQUIRED)
  set(parser_header "${generated_dir}/parser.h")
  add_custom_command(
    OUTPUT "${generated_dir}/parser.c" "${parser_header}"
    COMMAND "${BISON}" -Wall -Wcounterexamples -Werror
            --header=${parser_header} -o "${generated_dir}/parser.c" "${input}"
    DEPENDS "${input}"
    COMMENT "bison grammar/parser.y" VERBATIM)
  list(APPEND generated_sources "${generated_dir}/parser.c" "${parser_header}")
endif()

set(input "${PROJECT_SOURCE_DIR}/grammar/lexer.re")
if(input IN_LIST grammar_inputs)
  find_program(RE2C re2c REQUIRED)
  get_filename_component(re2c_prefix "${RE2C}" DIRECTORY)
  find_path(RE2C_STDLIB unicode_categories.re
            HINTS "${re2c_prefix}/../share/re2c/stdlib" PATHS /usr/share/re2c/stdlib
            NO_CMAKE_FIND_ROOT_PATH REQUIRED)
  mark_as_advanced(BISON RE2C RE2C_STDLIB)
  add_custom_command(
    OUTPUT "${generated_dir}/lexer.c"
    COMMAND "${RE2C}" -W -Werror --utf8 --no-debug-info
            -I "${RE2C_STDLIB}" -I "${PROJECT_SOURCE_DIR}/grammar"
            -o "${generated_dir}/lexer.c" "${input}"
    DEPENDS "${input}" ${parser_header}
    COMMENT "re2c grammar/lexer.re" VERBATIM)
  list(APPEND generated_sources "${generated_dir}/lexer.c")
endif()

# A program of the build itself: without the sanitizers, which would slow every build down.
set(input "${PROJECT_SOURCE_DIR}/grammar/index_prelude.c")
if(input IN_LIST grammar_inputs)
  add_executable(index_prelude "${input}")
  target_include_directories(index_prelude PRIVATE "${PROJECT_SOURCE_DIR}")
  target_compile_definitions(index_prelude PRIVATE _GNU_SOURCE)
  target_compile_options(index_prelude PRIVATE -Wall -Wextra -Wno-unused-parameter)
  add_custom_command(
    OUTPUT "${generated_dir}/prelude_data.c"
    COMMAND index_prelude "${generated_dir}/prelude_data.c" ${prelude_files}
    DEPENDS index_prelude ${prelude_files}
    COMMENT "index_prelude grammar/prelude/*.lik" VERBATIM)
  list(APPEND generated_sources "${generated_dir}/prelude_data.c")
endif()

# What includes the generated header has to wait for it.
add_custom_target(mlec_generated_files DEPENDS ${generated_sources})

if(generated_sources)
  add_library(mlec_generated OBJECT ${generated_sources})
  target_link_libraries(mlec_generated PRIVATE mlec_flags)
  target_compile_options(mlec_generated PRIVATE -w)
  add_dependencies(mlec_generated mlec_generated_files)
endif()
