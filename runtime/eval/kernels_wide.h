/* The versions of the kernels. */
#ifndef RUNTIME_EVAL_KERNELS_WIDE_H
#define RUNTIME_EVAL_KERNELS_WIDE_H

#include "runtime/eval/kernels.h"

extern const eval_kernels kernels_2; /* two lanes: any processor, NEON on aarch64 */
#if defined(__x86_64__)
extern const eval_kernels kernels_4; /* AVX2 with FMA */
extern const eval_kernels kernels_8; /* AVX-512 */
#endif

#endif
