# Reference LAPACK and BLAS as static archives: the same bits on every CPU, and no start-up cost.
# Debian and Ubuntu keep the reference archives in folders of their own, apart from whatever the
# alternatives system points at. Elsewhere this falls back to the LAPACK that CMake finds.
#
# Gives ReferenceLapack::ReferenceLapack, and ReferenceLapack_STATIC, true for the archives.

find_library(ReferenceLapack_LAPACK NAMES liblapack.a PATH_SUFFIXES lapack)
find_library(ReferenceLapack_BLAS NAMES libblas.a PATH_SUFFIXES blas)
mark_as_advanced(ReferenceLapack_LAPACK ReferenceLapack_BLAS)

# The Fortran run-time library belongs to the C compiler's own release; ask it for the file.
set(ReferenceLapack_FORTRAN "")
foreach(name gfortran quadmath)
  execute_process(COMMAND "${CMAKE_C_COMPILER}" -print-file-name=lib${name}.a
                  OUTPUT_VARIABLE file OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
  if(IS_ABSOLUTE "${file}" AND EXISTS "${file}")
    list(APPEND ReferenceLapack_FORTRAN "${file}")
  endif()
endforeach()

set(ReferenceLapack_STATIC FALSE)
if(ReferenceLapack_LAPACK AND ReferenceLapack_BLAS AND ReferenceLapack_FORTRAN)
  set(ReferenceLapack_STATIC TRUE)
  set(ReferenceLapack_LIBRARIES
      "${ReferenceLapack_LAPACK}" "${ReferenceLapack_BLAS}" ${ReferenceLapack_FORTRAN} m)
else()
  find_package(LAPACK QUIET)
  if(LAPACK_FOUND)
    set(ReferenceLapack_LIBRARIES LAPACK::LAPACK BLAS::BLAS)
  endif()
endif()

include(FindPackageHandleStandardArgs)
find_package_handle_standard_args(ReferenceLapack REQUIRED_VARS ReferenceLapack_LIBRARIES)

if(ReferenceLapack_FOUND AND NOT TARGET ReferenceLapack::ReferenceLapack)
  add_library(ReferenceLapack::ReferenceLapack INTERFACE IMPORTED)
  set_property(TARGET ReferenceLapack::ReferenceLapack
               PROPERTY INTERFACE_LINK_LIBRARIES "${ReferenceLapack_LIBRARIES}")
endif()
