#include "runtime/calc/strip_ops.h"

#include <string.h>

int strip_ops_versions(const strip_ops *versions[STRIP_VERSIONS])
{
    int n = 0;
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") &&
        __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512cd"))
        versions[n++] = &strip_ops_8;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        versions[n++] = &strip_ops_4;
#endif
    versions[n++] = &strip_ops_2;
    return n;
}

const strip_ops *strip_ops_widest(void)
{
    const strip_ops *versions[STRIP_VERSIONS];
    strip_ops_versions(versions);
    return versions[0];
}

void strip_jet(strip_op op, size_t n, double *const *out, const double *const *x)
{
    const jet_fn *f = &calc_jets[op - STRIP_JET];
    int length = calc_jet_length(f->arity);
    double in[JET_MOST_ARGUMENTS * JET_LANES] __attribute__((aligned(64)));
    double numbers[JET_MOST * JET_LANES] __attribute__((aligned(64)));
    for (size_t i = 0; i < n; i += JET_LANES) {
        for (int k = 0; k < f->arity; k++)
            memcpy(in + k * JET_LANES, x[k] + i, JET_LANES * sizeof *in);
        f->lanes(in, numbers);
        for (int k = 0; k < length; k++)
            memcpy(out[k] + i, numbers + k * JET_LANES, JET_LANES * sizeof *in);
    }
}
