/* Linear recursions of a ring over a strip: x[i] = b[i] + sum of a[i] x[i - lag], and backward.
 *
 * Tangents obey such a recursion whatever F is, and so do the states themselves where F is linear
 * in them. One state that reads itself one row back is a chain, for which the kernels have a closed
 * form; everything else goes row by row, several columns side by side. Where a coefficient is 0
 * nothing is read: so what is not finite in one series does not reach the next. */
#include "runtime/eval/scan.h"

#include <math.h>
#include <string.h>

/* Smaller adjoints count nothing: they would only become subnormal, which is slow. */
#define LEAST 1e-200

/* `a` of a coupling as a sum over the terms that read it; 0 where the series is too young. */
static void add_coefficient(const mlec_problem *p, const scan_past *past, const double *d,
                            size_t first, size_t n, double *sum)
{
    const bound_term *t = past->term;
    for (size_t i = 0; i < n; i++)
        if (series_position(p, first + i) >= t->count)
            sum[i] +=
                t->d.data ? d[i] * (t->scale * narrow_array(t->d)[first + i]) : d[i] * t->scale;
}

void scan_set_couplings(mlec_problem *p, scan_ring *ring, size_t first, size_t n)
{
    for (uint32_t s = 0; s < ring->n_scans; s++) {
        bound_scan *scan = &ring->scans[s];
        for (uint32_t c = 0; c < scan->n_couplings; c++) {
            scan_coupling *coupling = &scan->couplings[c];
            if (coupling->sum)
                memset(coupling->sum, 0, STRIP * sizeof *coupling->sum);
        }
        for (uint32_t k = 0; k < scan->n_past; k++) {
            const scan_past *past = &scan->past[k];
            scan_coupling *coupling = &scan->couplings[past->coupling];
            const double *d = scan->outputs[1 + past->input];
            if (coupling->sum)
                add_coefficient(p, past, d, first, n, coupling->sum);
            coupling->a = coupling->sum ? coupling->sum : d;
        }
    }
}

static inline void add_multiple(double a, const double *restrict from, double *restrict to)
{
    for (size_t k = 0; k < AT_ONCE; k++)
        to[k] = __builtin_fma(a, from[k], to[k]);
}

/* Row by row, of one column. */
static void solve_column(const scan_ring *ring, size_t n, const double *const *b, double *const *x)
{
    for (size_t i = 0; i < n; i++)
        for (uint32_t s = 0; s < ring->n_scans; s++) {
            const bound_scan *scan = &ring->scans[s];
            double sum = b[s * AT_ONCE][i];
            for (uint32_t c = 0; c < scan->n_couplings; c++) {
                const scan_coupling *own = &scan->couplings[c];
                if (own->a[i] != 0)
                    sum = __builtin_fma(own->a[i], x[own->from * AT_ONCE][(ptrdiff_t)i - own->lag],
                                        sum);
            }
            x[s * AT_ONCE][i] = sum;
        }
    for (uint32_t s = 0; s < ring->n_scans; s++)
        for (size_t i = n; i < padded(n); i++)
            x[s * AT_ONCE][i] = 0;
}

/* Row by row, the columns side by side: eight numbers for each row and scan. */
static void solve_rows(const mlec_problem *p, const scan_ring *ring, size_t n, size_t count,
                       const double *const *b, double *const *x)
{
    size_t back = p->scan->front, length = (back + STRIP) * AT_ONCE;
    for (uint32_t s = 0; s < ring->n_scans; s++) {
        double *rows = p->scan->rows + s * length + back * AT_ONCE;
        for (size_t k = 0; k < count; k++)
            for (size_t i = 1; i <= back; i++)
                rows[k - i * AT_ONCE] = x[s * AT_ONCE + k][-(ptrdiff_t)i];
        for (size_t k = 0; k < count; k++)
            for (size_t i = 0; i < n; i++)
                rows[i * AT_ONCE + k] = b[s * AT_ONCE + k][i];
    }
    for (size_t i = 0; i < n; i++)
        for (uint32_t s = 0; s < ring->n_scans; s++) {
            const bound_scan *scan = &ring->scans[s];
            double *to = p->scan->rows + s * length + (back + i) * AT_ONCE;
            for (uint32_t c = 0; c < scan->n_couplings; c++) {
                const scan_coupling *own = &scan->couplings[c];
                const double *from =
                    p->scan->rows + own->from * length + (back + i - own->lag) * AT_ONCE;
                if (own->a[i] != 0)
                    add_multiple(own->a[i], from, to);
            }
        }
    for (uint32_t s = 0; s < ring->n_scans; s++)
        for (size_t k = 0; k < count; k++) {
            const double *rows = p->scan->rows + s * length + back * AT_ONCE;
            for (size_t i = 0; i < n; i++)
                x[s * AT_ONCE + k][i] = rows[i * AT_ONCE + k];
            for (size_t i = n; i < padded(n); i++)
                x[s * AT_ONCE + k][i] = 0;
        }
}

void scan_solve(const mlec_problem *p, const scan_ring *ring, size_t n, size_t count,
                const double *const *b, double *const *x)
{
    if (ring->chain) {
        p->kernels->recur(ring->scans[0].couplings[0].a, b, count, padded(n) / LANES, x);
        return;
    }
    if (count == 1)
        solve_column(ring, n, b, x);
    else
        solve_rows(p, ring, n, count, b, x);
}

void scan_solve_back(const mlec_problem *p, const scan_ring *ring, size_t first, size_t n)
{
    if (ring->chain) {
        const double *a = ring->scans[0].couplings[0].a;
        double *x = scan_adjoint_at(p, ring->scans[0].state, first);
        p->kernels->recur_back(a, padded(n) / LANES, x);
        if (a[0] != 0 && x[0] != 0)
            x[-1] = __builtin_fma(a[0], x[0], x[-1]);
        return;
    }
    for (uint32_t s = 0; s < ring->n_scans; s++)
        ring->scans[s].adjoint = scan_adjoint_at(p, ring->scans[s].state, first);
    for (size_t i = n; i-- > 0;)
        for (uint32_t s = ring->n_scans; s-- > 0;) {
            const bound_scan *scan = &ring->scans[s];
            double own = scan->adjoint[i];
            for (uint32_t c = 0; own != 0 && c < scan->n_couplings; c++) {
                const scan_coupling *coupling = &scan->couplings[c];
                double *to = ring->scans[coupling->from].adjoint + i - coupling->lag;
                if (coupling->a[i] != 0)
                    *to = __builtin_fma(coupling->a[i], own, *to);
                if (fabs(*to) < LEAST)
                    *to = 0;
            }
        }
}
