/* LAPACK and BLAS call this for an impossible argument. Theirs prints and stops the process, and
 * brings Fortran's input and output with it; a library does neither. The routine that called it
 * returns at once with a negative info, which callers treat like any other failure. */
#include <assert.h>
#include <stddef.h>

void xerbla_(const char *routine, const int *argument, size_t length);

void xerbla_(const char *routine, const int *argument, size_t length)
{
    assert(!"impossible argument of a LAPACK routine");
}
