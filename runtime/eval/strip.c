#include "runtime/eval/strip.h"

#include <stdint.h>

enum { LANES_OF_A_GROUP = 8, SHORTEST = 4, LONGEST = 32, NEAR = 3072 }; /* groups; doubles */

static size_t n_values(const mlec_strip_code *c)
{
    return (size_t)c->n_rows + c->n_outputs + c->n_constants + c->n_scalars + c->n_slots;
}

/* Values that live in scratch. */
static size_t n_own(const mlec_strip_code *c)
{
    return (size_t)c->n_constants + c->n_scalars + c->n_slots;
}

/* Groups of 8 rows that are computed together. */
static size_t part_of(const mlec_strip_code *c)
{
    size_t n = NEAR / LANES_OF_A_GROUP / (n_values(c) + 1);
    return n < SHORTEST ? SHORTEST : n > LONGEST ? LONGEST : n;
}

static size_t pointers_size(const mlec_strip_code *c)
{
    return (n_values(c) * sizeof(double *) + 63) / 64 * 64;
}

size_t strip_scratch(const mlec_strip_code *c)
{
    size_t outputs = (size_t)c->n_outputs * LANES_OF_A_GROUP; /* of a prologue */
    return pointers_size(c) + (n_own(c) * part_of(c) * LANES_OF_A_GROUP + outputs) * sizeof(double);
}

uint64_t strip_work(const mlec_strip_code *c, size_t n8)
{
    enum { BEGIN = 4, PART = 16 }; /* of a part that is neither short nor long */
    return (uint64_t)c->n_steps * (n8 + BEGIN * (1 + n8 / PART));
}

static void repeat(double x, size_t n, double *out)
{
    for (size_t i = 0; i < n; i++)
        out[i] = x;
}

static void run_steps(const strip_ops *ops, const mlec_strip_code *c, size_t n,
                      double *const *values)
{
    for (const mlec_strip_step *s = c->steps, *end = s + c->n_steps; s < end; s++) {
        if (s->op < STRIP_SIMPLE_COUNT) {
            ops->fn[s->op](n, values[s->out], values[s->a], values[s->b], values[s->c]);
        } else {
            const double *arguments[JET_MOST_ARGUMENTS] = {values[s->a], values[s->b],
                                                           values[s->c]};
            strip_jet((strip_op)s->op, n, values + s->out, arguments);
        }
    }
}

void strip_run(const strip_ops *ops, const mlec_strip_code *c, size_t n8, const double *const *rows,
               const double *scalars, double *const *out, void *scratch)
{
    double **values = scratch, *own = (double *)((char *)scratch + pointers_size(c));
    size_t part = part_of(c) < n8 ? part_of(c) : n8, length = part * LANES_OF_A_GROUP;
    double **next = values + c->n_rows + c->n_outputs;
    for (uint32_t k = 0; k < c->n_constants; k++, own += length)
        repeat(c->constants[k], length, *next++ = own);
    for (uint32_t k = 0; k < c->n_scalars; k++, own += length)
        repeat(scalars[c->scalars[k]], length, *next++ = own);
    for (uint32_t k = 0; k < c->n_slots; k++, own += length)
        *next++ = own;
    for (size_t first = 0; first < n8; first += part) {
        size_t n = n8 - first < part ? n8 - first : part, at = first * LANES_OF_A_GROUP;
        for (uint32_t k = 0; k < c->n_rows; k++)
            values[k] = (double *)(uintptr_t)rows[k] + at; /* no step writes there */
        for (uint32_t k = 0; k < c->n_outputs; k++)
            values[c->n_rows + k] = out[k] + at;
        run_steps(ops, c, n * LANES_OF_A_GROUP, values);
    }
}

void strip_run_prologue(const strip_ops *ops, const mlec_strip_code *c, uint32_t n, double *scalars,
                        void *scratch)
{
    double **values = scratch, *own = (double *)((char *)scratch + pointers_size(c));
    enum { LENGTH = LANES_OF_A_GROUP };
    size_t count = n_values(c);
    for (size_t k = 0; k < count; k++)
        values[k] = own + k * LENGTH;
    for (uint32_t k = 0; k < c->n_constants; k++)
        repeat(c->constants[k], LENGTH, values[c->n_outputs + k]);
    for (uint32_t k = 0; k < c->n_scalars; k++)
        repeat(scalars[c->scalars[k]], LENGTH, values[c->n_outputs + c->n_constants + k]);
    run_steps(ops, c, LENGTH, values);
    for (uint32_t k = 0; k < c->n_outputs; k++)
        scalars[n + k] = values[k][0];
}
