/* The same bits on every machine: each function at 20,000 points, hashed, against
 * tests/unit/calc/golden/bits.txt. That they are right is for accuracy.c to say.
 * MLEC_UPDATE_GOLDEN=1 rewrites the file. */
#include "runtime/calc/calc.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { POINTS = 20000 };

/* Of either sign and any size between 2^-40 and 2^40, half of them between -8 and 8. */
static double next(uint64_t *state)
{
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    double u = (double)(int64_t)*state * 0x1p-63;
    return *state & 1 ? 8 * u : ldexp(u, (int)(*state >> 1 & 127) % 81 - 40);
}

static uint64_t hash_of(const calc_fn *f)
{
    uint64_t state = 88172645463325252ULL, hash = UINT64_C(0xcbf29ce484222325); /* FNV-1a */
    for (int i = 0; i < POINTS; i++) {
        double x = next(&state), value = f->arity == 1 ? f->f1(x) : f->f2(x, next(&state));
        unsigned char bytes[sizeof value];
        memcpy(bytes, &value, sizeof value);
        for (size_t k = 0; !isnan(value) && k < sizeof value; k++)
            hash = (hash ^ bytes[k]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

Test(machines, bits)
{
    static const char path[] = MLEC_SOURCE_DIR "/tests/unit/calc/golden/bits.txt";
    bool update = getenv("MLEC_UPDATE_GOLDEN") != NULL;
    FILE *golden = fopen(path, update ? "w" : "r");
    cr_assert(golden, "%s", path);
    int n;
    const calc_fn *all = calc_table(&n);
    for (int i = 0; i < n; i++) {
        char want[100], got[100];
        snprintf(got, sizeof got, "%016llx %s\n", (unsigned long long)hash_of(&all[i]),
                 all[i].name);
        if (update) {
            fputs(got, golden);
        } else {
            cr_assert(fgets(want, sizeof want, golden), "%s is too short", path);
            cr_expect_str_eq(got, want);
        }
    }
    fclose(golden);
}
