/* The versions of the kernels. */
#ifndef RUNTIME_EVAL_KERNELS_WIDE_H
#define RUNTIME_EVAL_KERNELS_WIDE_H

#include "runtime/eval/kernels.h"

extern const eval_kernels kernels_4; /* four lanes: AVX2, or what the compiler makes of vectors */
#if defined(__x86_64__)
extern const eval_kernels kernels_8; /* AVX-512 */
#endif

#endif
