/* The same bits on every machine: value, gradient and Hessian of each model of objectives.h, and of
 * distribution functions, against those of tests/llvm/golden/bits.txt. That they are right is for
 * objectives_test.c to say. MLEC_UPDATE_GOLDEN=1 rewrites the file. */
#include "tests/llvm/objectives.h"

enum { ROWS = 269, MANY_ROWS = 20000 }; /* many: more than one chunk */

static const objective called[] = {
    {.name = "called: gamma",
     .text = "data b : binary\ndata p : positive\nparam k : positive\nparam a, u : real\n"
             "surv(p, b) ~ gamma(k, exp(a + u*x))\n",
     .theta = {1.3, 0.2, 0.1},
     .n = 3,
     .exact = true},
    {.name = "called: student",
     .text = "param n, s : positive\nparam m : real\nlet t = min(max(y, 0), 1)\n"
             "t ~ censored(student_t(n, m*x, s), 0, 1)\n",
     .theta = {4.5, 1.1, 0.7},
     .n = 3},
    {.name = "called: beta",
     .text = "param a, k : positive\nlet t = 0.1 + 0.1*p\nt ~ truncated(beta(a, k), 0, 0.8)\n",
     .theta = {1.5, 2.5},
     .n = 2},
    {.name = "called: skew normal",
     .text = "param a, k : real\nlet t = max(y, 0)\nt ~ censored(skew_normal(a*x, 2, k), 0, inf)\n",
     .theta = {0.3, 1.2},
     .n = 2},
};

/* FNV-1a. */
static uint64_t hash_doubles(uint64_t hash, const double *x, size_t n)
{
    const unsigned char *bytes = (const unsigned char *)x;
    for (size_t i = 0; i < n * sizeof *x; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(0x100000001b3);
    return hash;
}

static void print_bits(FILE *out, const objective *o, const sample *s)
{
    bound b;
    bound_open(&b, o->name, o->text, s);
    cr_assert(b.n_theta == o->n, "%s has %zu parameters", o->name, b.n_theta);
    double value = NAN, gradient[OBJECTIVE_MOST], hessian[OBJECTIVE_MOST * OBJECTIVE_MOST];
    cr_assert(mlec_eval(b.problem, o->theta, &value, gradient, hessian) == MLEC_OK);
    cr_expect(isfinite(value), "%s: %g", o->name, value);
    uint64_t hash = hash_doubles(UINT64_C(0xcbf29ce484222325), gradient, o->n);
    hash = hash_doubles(hash, hessian, o->n * o->n);
    fprintf(out, "%zu %a %016llx %s\n", s->n, value, (unsigned long long)hash, o->name);
    bound_close(&b);
}

static void print_list(FILE *out, const objective *list, size_t n, const sample *few,
                       const sample *many)
{
    for (size_t i = 0; i < n; i++) {
        print_bits(out, &list[i], few);
        if (list[i].exact)
            print_bits(out, &list[i], many);
    }
}

Test(machines, bits)
{
    static const char path[] = MLEC_SOURCE_DIR "/tests/llvm/golden/bits.txt";
    bool update = getenv("MLEC_UPDATE_GOLDEN") != NULL;
    FILE *golden = fopen(path, update ? "w+" : "r"), *now = update ? golden : tmpfile();
    cr_assert(golden && now, "%s", path);
    sample few, many;
    sample_make(&few, ROWS, 1);
    sample_make(&many, MANY_ROWS, 3);
    print_list(now, objectives, n_objectives, &few, &many);
    print_list(now, combinations, n_combinations, &few, &many);
    print_list(now, called, sizeof called / sizeof *called, &few, &many);
    sample_free(&few);
    sample_free(&many);
    rewind(golden);
    rewind(now);
    char want[200], got[200];
    while (!update && fgets(got, sizeof got, now)) {
        cr_assert(fgets(want, sizeof want, golden), "%s is too short", path);
        cr_expect_str_eq(got, want);
    }
    fclose(golden);
    if (!update)
        fclose(now);
}
