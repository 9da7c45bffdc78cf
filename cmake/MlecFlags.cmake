# mlec_flags: how every C file of the project is compiled.

set(CMAKE_C_STANDARD 17)
set(CMAKE_C_STANDARD_REQUIRED ON)
set(CMAKE_C_EXTENSIONS OFF)
# The objects serve both the shared library and the programs; with hidden visibility this costs nothing.
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
set(CMAKE_C_VISIBILITY_PRESET hidden)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)

add_library(mlec_flags INTERFACE)
target_include_directories(mlec_flags INTERFACE
  "${PROJECT_SOURCE_DIR}" "${PROJECT_SOURCE_DIR}/include" "${PROJECT_BINARY_DIR}")
target_compile_definitions(mlec_flags INTERFACE _GNU_SOURCE)
target_compile_options(mlec_flags INTERFACE
  # Every rounding is written in the source: never fuse, never reorder. The two flags after it give
  # the compiler freedom that no result depends on (errno, trap order), so selects vectorise.
  -ffp-contract=off -fno-math-errno -fno-trapping-math
  -ffunction-sections -fdata-sections
  -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wvla -Wno-unused-parameter
  # Entry points catch a failed allocation with setjmp. What they change after it is volatile; the
  # warning takes its guesses from inlining and names variables that nobody reads after the jump.
  $<$<C_COMPILER_ID:GNU>:-Wno-clobbered>)

# The plan's arithmetic uses fma, which x86-64 has from level v3 on; aarch64 always has it. On older
# processors fma is a function of the C library, with the same bits, slowly.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "^(x86_64|AMD64|amd64)$")
  set(MLEC_MARCH x86-64-v3 CACHE STRING "The oldest processor to serve: x86-64-v3, or x86-64 for all")
  target_compile_options(mlec_flags INTERFACE -march=${MLEC_MARCH})
endif()

if(MLEC_SANITIZE)
  target_compile_options(mlec_flags INTERFACE
    -fsanitize=${MLEC_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(mlec_flags INTERFACE -fsanitize=${MLEC_SANITIZE})
endif()
if(MLEC_FUZZ)
  target_compile_options(mlec_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
