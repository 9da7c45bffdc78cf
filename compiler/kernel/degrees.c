/* Polynomials in what varies by row.
 *
 * A row function that is a polynomial of degree 2 at most in its varying inputs, with coefficients
 * that are the same for all rows, has a sum over rows that a few numbers determine: the moments of
 * its inputs. The evaluator makes a few rows with the same moments (runtime/eval/moments.c). So
 * normal and least-squares likelihoods, exponential families without covariates and linear sums
 * are found, however they were written. A weight may multiply the whole. */
#include "compiler/kernel/kernel.h"

/* Sets of monomials: bit d + 3 e stands for degree d in the inputs and e in the weight. */
enum { DEGREES = 3, WEIGHTS = 2, NO_POLYNOMIAL = 1 << (DEGREES * WEIGHTS) };

typedef struct {
    const dag *g;
    node weight; /* its INPUT leaf, or 0 */
    uint8_t *memo;
} walk;

static uint8_t product(uint8_t a, uint8_t b)
{
    if ((a | b) & NO_POLYNOMIAL)
        return NO_POLYNOMIAL;
    uint8_t r = 0;
    for (int i = 0; i < DEGREES * WEIGHTS; i++)
        for (int j = 0; j < DEGREES * WEIGHTS; j++)
            if (a >> i & 1 && b >> j & 1) {
                int degree = i % DEGREES + j % DEGREES, weights = i / DEGREES + j / DEGREES;
                if (degree >= DEGREES || weights >= WEIGHTS)
                    return NO_POLYNOMIAL;
                r |= (uint8_t)(1 << (degree + DEGREES * weights));
            }
    return r;
}

static uint8_t monomials(walk *w, node n)
{
    const dag_node *d = dag_at(w->g, n);
    if (d->axis == AXIS_ONE)
        return d->op == OP_CONST && d->value == 0 ? 0 : 1;
    if (w->memo[n])
        return w->memo[n];
    uint8_t r;
    switch ((op_id)d->op) {
    case OP_INPUT: r = n == w->weight ? 1 << DEGREES : 1 << 1; break;
    case OP_ADD:
    case OP_SUB: r = monomials(w, d->arg[0]) | monomials(w, d->arg[1]); break;
    case OP_NEG: r = monomials(w, d->arg[0]); break;
    case OP_MUL: r = product(monomials(w, d->arg[0]), monomials(w, d->arg[1])); break;
    case OP_DIV:
        r = dag_at(w->g, d->arg[1])->axis == AXIS_ONE ? monomials(w, d->arg[0]) : NO_POLYNOMIAL;
        break;
    default: r = NO_POLYNOMIAL;
    }
    return w->memo[n] = r & NO_POLYNOMIAL ? NO_POLYNOMIAL : r;
}

uint32_t kernel_degrees(kernel *k, node root, node weight)
{
    const dag *g = &k->b->g;
    walk w = {g, weight, ARENA_ARRAY(k->arena, uint8_t, root + 1)};
    uint8_t r = monomials(&w, root);
    uint8_t unweighted = (1 << DEGREES) - 1;
    if (r & NO_POLYNOMIAL || (weight && r & unweighted))
        return 0;
    return weight ? r >> DEGREES : r & unweighted;
}
