#include "runtime/calc/calc.h"

#include <stddef.h>
#include <string.h>

#include "runtime/calc/vmath_scalar.h"

#include "runtime/calc/vmath.inc"

#define VMATH1(name, ulp, floor)                                                                   \
    double calc_##name(double x) { return vs_##name(x); }
#define VMATH2(name, ulp, floor)                                                                   \
    double calc_##name(double x, double y) { return vs_##name(x, y); }
#include "runtime/calc/vmath.def"

static const calc_fn table[] = {
#define VMATH1(name, ulp, floor) {#name, 1, ulp, floor, calc_##name, NULL, calc_v8_##name, NULL},
#define VMATH2(name, ulp, floor) {#name, 2, ulp, floor, NULL, calc_##name, NULL, calc_v8_##name},
#include "runtime/calc/vmath.def"
};

enum { TABLE_LENGTH = sizeof table / sizeof table[0] };

const calc_fn *calc_table(int *count)
{
    *count = TABLE_LENGTH;
    return table;
}

const calc_fn *calc_find(const char *name)
{
    for (int i = 0; i < TABLE_LENGTH; i++) {
        if (strcmp(table[i].name, name) == 0)
            return &table[i];
    }
    return NULL;
}
