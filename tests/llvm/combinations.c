/* Distributions made of distributions, written out in quad precision. */
#include "tests/llvm/objectives.h"

#define ROWS for (size_t i = 0; i < s->n; i++)
#define ARGS const quad *t, const sample *s

static quad gauss(quad y, quad mu, quad sigma)
{
    quad r = (y - mu) / sigma;
    return -0.5 * r * r - Q(log)(sigma) - 0.91893853320467274178;
}

static quad log_poisson(quad y, quad rate) { return y * Q(log)(rate) - rate - Q(lgamma)(y + 1); }

/* P(low < Z <= high) of a standard normal, in the tail where it keeps its digits. */
static quad between(quad low, quad high)
{
    return low > 0 ? quad_Phi(-low) - quad_Phi(-high) : quad_Phi(high) - quad_Phi(low);
}

static quad two_normals(ARGS)
{
    quad sum = 0;
    ROWS sum += Q(log)(t[0] * Q(exp)(gauss(s->y[i], t[1] + t[3] * s->x[i], 0.5)) +
                       (1 - t[0]) * Q(exp)(gauss(s->y[i], t[2], t[4])));
    return sum;
}

static quad three_parts(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad total = 0;
        for (int k = 0; k < 3; k++)
            total += t[k] * Q(exp)(log_poisson(s->c[i], Q(exp)(t[3 + k])));
        sum += Q(log)(total);
    }
    return sum;
}

static quad extra_zeros(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad p = 1 / (1 + Q(exp)(-t[0] - t[1] * s->z[i])), rate = Q(exp)(t[2] + t[3] * s->x[i]);
        quad more = s->c[i] == 0 ? p : 0;
        sum += Q(log)(more + (1 - p) * Q(exp)(log_poisson(s->c[i], rate)));
    }
    return sum;
}

static quad softplus(quad x) { return x > 0 ? x + Q(log1p)(Q(exp)(-x)) : Q(log1p)(Q(exp)(x)); }

static quad hurdles(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad rate = Q(exp)(t[1] + t[2] * s->x[i]);
        sum += s->c[i] == 0
                   ? -softplus(-t[0])
                   : -softplus(t[0]) + log_poisson(s->c[i], rate) - Q(log)(-Q(expm1)(-rate));
    }
    return sum;
}

static quad limits(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad mu = t[0] + t[1] * s->x[i], sd = t[2];
        sum += gauss(s->p[i], mu, sd) - Q(log)(between((0 - mu) / sd, (6 - mu) / sd));
    }
    return sum;
}

static quad tobit(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad mu = t[0] + t[1] * s->x[i], sd = t[2], y = s->c[i];
        sum += y <= 0   ? Q(log)(quad_Phi((0 - mu) / sd))
               : y >= 4 ? Q(log)(quad_Phi((mu - 4) / sd))
                        : gauss(y, mu, sd);
    }
    return sum;
}

static quad right_censored(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad k = t[0], scale = Q(exp)(t[1] + t[2] * s->x[i]), r = s->p[i] / scale;
        sum += (s->b[i] != 0 ? Q(log)(k) + (k - 1) * Q(log)(r) - Q(log)(scale) : 0) - Q(pow)(r, k);
    }
    return sum;
}

static quad delayed_entry(ARGS)
{
    quad sum = right_censored(t, s);
    ROWS sum += Q(pow)(0.5 * (quad)s->p[i] / Q(exp)(t[1] + t[2] * s->x[i]), t[0]);
    return sum;
}

static quad intervals(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad mu = t[0] + t[1] * s->x[i], low = s->p[i], high = s->p[i] + 1.5;
        sum += Q(log)(between((low - mu) / t[2], (high - mu) / t[2]));
    }
    return sum;
}

static quad nested(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad one = t[0] * Q(exp)(-t[0] * s->p[i]), mass = -Q(expm1)(-6 * t[0]);
        quad other = Q(exp)(gauss(Q(log)((quad)s->p[i]), t[1], t[2])) / s->p[i];
        sum += Q(log)((quad)0.25 * one / mass + (quad)0.75 * other);
    }
    return sum;
}

const objective combinations[] = {
    {"mixture of two",
     "param w : unit\nparam m = [-1, 1] : ordered[2]\nparam u : real\nparam s : positive\n"
     "y ~ mixture(w, normal(m[1] + u*x, 0.5), normal(m[2], s))\n",
     two_normals,
     {0.3, -0.4, 0.8, 0.2, 1.1},
     5,
     true},
    {"mixture of three",
     "data c : count\nparam w : simplex[3]\nparam a : real[3]\n"
     "c ~ mixture(w, poisson(exp(a[1])), poisson_log(a[2]), poisson(exp(a[3])))\n",
     three_parts,
     {0.2, 0.3, 0.5, -0.5, 0.2, 1.1},
     6,
     true},
    {"zero-inflated counts",
     "data c : count\nparam a, u, k, v : real\n"
     "c ~ zero_inflated(inv_logit(a + u*z), poisson_log(k + v*x))\n",
     extra_zeros,
     {-0.4, 0.2, 0.5, 0.3},
     4,
     true},
    {"hurdle",
     "data c : count\nparam a, k, v : real\nc ~ hurdle(inv_logit(a), poisson(exp(k + v*x)))\n",
     hurdles,
     {-0.4, 0.5, 0.3},
     3,
     true},
    {"truncated normal",
     "param a, u : real\nparam s : positive\np ~ truncated(normal(a + u*x, s), 0, 6)\n",
     limits,
     {1.4, 0.5, 1.3},
     3,
     true},
    {"censored at both ends",
     "param a, u : real\nparam s : positive\nlet capped = min(c, 4)\n"
     "capped ~ censored(normal(a + u*x, s), 0, 4)\n",
     tobit,
     {1.4, 0.5, 1.3},
     3,
     true},
    {"right-censored Weibull",
     "data b : binary\ndata p : positive\nparam k : positive\nparam a, u : real\n"
     "surv(p, b) ~ weibull(k, exp(a + u*x))\n",
     right_censored,
     {1.3, 0.2, 0.1},
     3,
     true},
    {"delayed entry",
     "data b : binary\ndata p : positive\nparam k : positive\nparam a, u : real\n"
     "let entry = 0.5*p\nsurv(entry, p, b) ~ weibull(k, exp(a + u*x))\n",
     delayed_entry,
     {1.3, 0.2, 0.1},
     3,
     true},
    {"intervals",
     "param a, u : real\nparam s : positive\nlet high = p + 1.5\n"
     "interval(p, high) ~ normal(a + u*x, s)\n",
     intervals,
     {1.4, 0.5, 1.3},
     3,
     true},
    {"combinations nest",
     "data p : positive\nparam k : positive\nparam m : real\nparam s : positive\n"
     "p ~ mixture(0.25, truncated(exponential(k), 0, 6), lognormal(m, s))\n",
     nested,
     {0.7, 0.3, 0.9},
     3,
     true},
};
const unsigned n_combinations = sizeof combinations / sizeof *combinations;
