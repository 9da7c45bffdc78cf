#include "tests/llvm/objectives.h"

#define ROWS for (size_t i = 0; i < s->n; i++)
#define ARGS const quad *t, const sample *s

static quad square(quad x) { return x * x; }

static quad softplus(quad x) { return x > 0 ? x + Q(log1p)(Q(exp)(-x)) : Q(log1p)(Q(exp)(x)); }

/* log(2 pi)/2 to the digits that the library writes. */
static quad gauss(quad y, quad mu, quad sigma)
{
    return -0.5 * square((y - mu) / sigma) - Q(log)(sigma) - 0.91893853320467274178;
}

static quad logistic(ARGS)
{
    quad sum = gauss(t[1], 0, 2.5) + gauss(t[2], 0, 2.5);
    ROWS
    {
        quad eta = t[0] + t[1] * s->x[i] + t[2] * s->z[i];
        sum += s->b[i] * eta - softplus(eta);
    }
    return sum;
}

static quad regression(ARGS)
{
    quad sum = 0;
    ROWS sum += gauss(s->y[i], t[0] + t[1] * s->x[i], t[2]);
    return sum;
}

static quad collinear(ARGS)
{
    quad sum = 0;
    ROWS sum += gauss(s->y[i], t[0] + t[1] * s->x[i] + t[2] * s->near[i], t[3]);
    return sum;
}

static quad counts(ARGS)
{
    quad sum = 0, phi = t[2];
    ROWS
    {
        if (!(s->z[i] > -0.5) || s->w[i] == 0)
            continue;
        quad eta = t[0] + t[1] * s->x[i], y = s->c[i];
        sum += s->w[i] * (Q(lgamma)(phi + y) - Q(lgamma)(phi) - Q(lgamma)(y + 1) +
                          y * (eta - Q(log)(phi)) - (y + phi) * Q(log1p)(Q(exp)(eta) / phi));
    }
    return sum;
}

/* a, u[3], v[2, 3] (second index fastest), m[2, 3], s */
static quad factors(ARGS)
{
    quad sum = 0;
    ROWS
    {
        int g = s->g[i], h = s->h[i];
        quad mu = t[0] + t[1 + g] + t[4 + g] * s->x[i] + t[4 + 3 + g] * s->z[i] + t[10 + 3 * h + g];
        sum += gauss(s->y[i], mu, Q(exp)(t[16]));
    }
    for (int k = 0; k < 3; k++)
        sum += gauss(t[1 + k], 0, 1.5);
    for (int k = 0; k < 6; k++)
        sum += gauss(t[4 + k], 0.25, 2);
    return sum;
}

/* s; Intercept, x, g=B, g=C, z within h, x:g=B, x:g=C. With priors no coefficient is set aside. */
static quad formula(ARGS)
{
    quad sum = 0;
    const quad *b = t + 1;
    ROWS
    {
        quad mu = b[0] + b[1] * s->x[i] + 0.5 * s->z[i];
        if (s->g[i] > 0)
            mu += b[1 + s->g[i]] + b[4 + s->g[i]] * s->x[i];
        if (s->h[i] > 0)
            mu += b[4] * s->z[i];
        sum += gauss(s->y[i], mu, t[0]);
    }
    for (int k = 1; k < 7; k++)
        sum += gauss(b[k], 0, 2);
    return sum;
}

/* (level, term): levels B and C of g, terms Intercept, x, h=yes, x:h=yes. */
static quad multinomial(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad eta[3] = {0};
        for (int k = 1; k < 3; k++) {
            const quad *b = t + 4 * (k - 1);
            eta[k] = b[0] + b[1] * s->x[i];
            if (s->h[i] > 0)
                eta[k] += b[2] + b[3] * s->x[i];
        }
        quad all = Q(exp)(eta[0]) + Q(exp)(eta[1]) + Q(exp)(eta[2]);
        sum += s->w[i] * (eta[s->g[i]] - Q(log)(all)) + 0.1 * square(Q(log)(all));
    }
    for (int k = 0; k < 8; k++)
        sum += k % 4 ? gauss(t[k], 0, 2) : gauss(t[k], 1, 3);
    return sum;
}

static quad data_aggregates(ARGS)
{
    quad mean = 0, ss = 0, max = -1000, min = 1000, sum = 0, n[3] = {0}, by[3] = {0};
    ROWS
    {
        mean += (quad)s->x[i] / (quad)s->n;
        max = s->z[i] > max ? (quad)s->z[i] : max;
        min = s->x[i] < min ? (quad)s->x[i] : min;
        n[s->g[i]] += 1;
        by[s->g[i]] += s->z[i];
    }
    ROWS ss += square(s->x[i] - mean);
    quad sd = Q(sqrt)(ss / (s->n - 1.0));
    ROWS
    {
        quad mu = t[0] + t[1] * (s->x[i] - mean) / sd + t[2] * (max - s->z[i]) * min +
                  t[3] * by[s->g[i]] / n[s->g[i]];
        sum += gauss(s->y[i], mu, t[4]);
    }
    return sum;
}

static quad concentrated(ARGS)
{
    quad s2 = 0, sum = 0;
    ROWS s2 += square(s->y[i] - t[0] - t[1] * s->x[i]) / (quad)s->n;
    ROWS sum += -0.5 * Q(log)(s2) - 0.5 * square(s->y[i] - t[0] - t[1] * s->x[i]) / s2;
    return sum;
}

static quad nested_cuts(ARGS)
{
    quad s2 = 0, k4 = 0;
    ROWS s2 += square(s->y[i] - t[0] - t[1] * s->x[i]) / (quad)s->n;
    ROWS k4 += square(square(s->y[i] - t[0] - t[1] * s->x[i]) / s2) / (quad)s->n;
    return -0.5 * s->n * Q(log)(s2) - (quad)0.1 * square(k4 - 3) * t[2];
}

static quad weighted_aggregate(ARGS)
{
    quad n = 0, s2 = 0, sum = 0;
    ROWS n += s->w[i];
    ROWS s2 += s->w[i] * square(s->y[i] - t[0] - t[1] * s->x[i]) / n;
    ROWS sum += s->w[i] * (-0.5 * Q(log)(s2) - 0.5 * square(s->y[i] - t[0] - t[1] * s->x[i]) / s2);
    return sum + n * t[2] * (1 - t[2]);
}

static quad choice_sets(ARGS)
{
    quad total[3] = {0}, sum = 0;
    ROWS total[s->g[i]] += Q(exp)(t[0] * s->x[i] + t[1] * s->z[i]);
    ROWS sum += s->b[i] * (t[0] * s->x[i] + t[1] * s->z[i] - Q(log)(total[s->g[i]]));
    return sum;
}

static quad group_sums(ARGS)
{
    quad total[3] = {0}, sum = 0;
    ROWS total[s->g[i]] += t[1] * s->x[i];
    ROWS sum += gauss(s->y[i], t[0] + (quad)0.01 * square(total[s->g[i]]), t[2]);
    return sum;
}

static quad theta_only(ARGS)
{
    quad lse = Q(log)(Q(exp)(t[2]) + Q(exp)(t[3]) + Q(exp)(t[4]));
    quad powers = 0, logs = 0;
    for (int k = 2; k < 5; k++) {
        powers += square(t[k]) * t[k];
        logs += Q(exp)((quad)0.5 * t[k]);
    }
    return -0.5 * square(t[0] - 1) * s->n - square(t[1]) * t[0] - lse * t[0] +
           gauss(t[2], t[1], t[5]) + gauss(t[3], t[1], t[5]) + gauss(t[4], t[1], t[5]) + powers +
           logs * t[1];
}

static quad columns_dot(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad eta = t[0];
        for (int k = 0; k < 3; k++)
            eta += t[1 + k] * s->v[k][i];
        sum += s->c[i] * eta - Q(exp)(eta) - Q(lgamma)((quad)s->c[i] + 1);
    }
    return sum;
}

static quad classes(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad eta[3] = {0, t[0] + t[1] * s->x[i], t[2] - t[1] * s->z[i]};
        quad total = Q(exp)(eta[0]) + Q(exp)(eta[1]) + Q(exp)(eta[2]);
        sum += eta[s->g[i]] - Q(log)(total);
    }
    return sum;
}

static quad ordered(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad eta = t[2] * s->x[i], low = 1 / (1 + Q(exp)(eta - t[0])),
             high = 1 / (1 + Q(exp)(eta - t[1]));
        sum += Q(log)(s->g[i] == 0 ? low : s->g[i] == 1 ? high - low : 1 - high);
    }
    return sum;
}

static quad lagged_data(ARGS)
{
    quad sum = 0;
    ROWS sum += gauss(s->y[i],
                      t[0] + t[1] * (i > 0 ? (quad)s->y[i - 1] : 0.5) +
                          t[2] * (i > 1 ? (quad)(s->x[i - 2] * s->x[i - 2]) : 0),
                      t[3]);
    return sum;
}

static quad lazy_branches(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad mu = s->x[i] > 0 ? t[0] * Q(log)((quad)s->x[i]) : t[1];
        quad more = s->z[i] > 0 ? Q(sqrt)((quad)s->z[i] * t[2]) : 0;
        sum += gauss(s->y[i], mu + more, 1.5);
    }
    return sum;
}

static quad survival(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad k = t[0], scale = Q(exp)(t[1] + t[2] * s->x[i]), r = s->p[i] / scale;
        sum += s->b[i] * (Q(log)(k) + (k - 1) * Q(log)(r) - Q(log)(scale)) - Q(pow)(r, k);
    }
    return sum;
}

static quad two_outcomes(ARGS)
{
    quad sum = 0;
    ROWS
    {
        sum += gauss(s->y[i], t[0] + t[1] * s->x[i], t[2]);
        quad rate = Q(exp)(t[1] * s->z[i]);
        sum += Q(log)(rate) - rate * s->p[i];
        sum += t[0] * s->x[i] * s->z[i] * (quad)0.01;
    }
    return sum;
}

static quad levels_named(ARGS)
{
    quad sum = 0;
    ROWS
    {
        quad mu = t[s->g[i]] * (s->h[i] == 1 ? s->x[i] : 1.0) - t[1] + (s->g[i] == 2 ? t[3] : 0);
        sum += gauss(s->y[i], mu, 2);
    }
    return sum + gauss(t[2], t[0], 1);
}

static quad collinear_and_cut(ARGS)
{
    quad sum = 0, m = 0;
    ROWS sum += gauss(s->y[i], t[0] + t[1] * s->x[i] + t[2] * s->near[i], t[3]);
    ROWS m += square(s->y[i] - t[0] - t[1] * s->x[i]) / (quad)s->n;
    ROWS sum += (quad)0.01 * t[2] * s->x[i] * t[3];
    return sum - (quad)0.1 * square(m) * t[1] + gauss(t[2], t[1], 2);
}

static quad whole_vectors(ARGS)
{
    quad sum = 0;
    ROWS sum +=
        gauss(s->y[i], s->x[i] * (t[0] + t[1]) + s->z[i] * t[0] - (t[2] + t[3] + t[4]), 1.5);
    return sum;
}

static quad garch(ARGS)
{
    quad s2 = 0, h = 0, sum = 0;
    ROWS s2 += square(s->y[i] - t[0]) / (quad)s->n;
    ROWS
    {
        quad past = i > 0 ? square(s->y[i - 1] - t[0]) : s2;
        h = t[1] + t[2] * past + t[3] * (i > 0 ? h : s2);
        sum += gauss(s->y[i], t[0], Q(sqrt)(h));
    }
    return sum;
}

static quad moving_average(ARGS)
{
    quad e[4] = {0}, sum = 0; /* e[k]: the error k rows ago */
    ROWS
    {
        e[3] = e[2];
        e[2] = e[1];
        e[1] = e[0];
        e[0] = s->y[i] - t[0] - t[1] * (i > 0 ? e[1] : 0) - t[2] * s->x[i] * (i > 2 ? e[3] : 0);
        sum += gauss(e[0], 0, t[3]);
    }
    return sum;
}

static quad nonlinear_state(ARGS)
{
    quad state = 0, sum = 0;
    ROWS
    {
        state = Q(tanh)(t[0] + t[1] * (i > 0 ? state : t[2]) + (quad)0.3 * s->x[i]);
        sum += s->c[i] * (t[3] + state) - Q(exp)(t[3] + state) - Q(lgamma)((quad)s->c[i] + 1);
    }
    return sum;
}

const objective objectives[] = {
    {"logistic with priors",
     "data b : binary\ndata x, z : real\nparam a, u, v : real\nu, v ~ normal(0, 2.5)\n"
     "b ~ bernoulli_logit(a + u*x + v*z)\n",
     logistic,
     {0.2, -0.4, 0.7},
     3,
     true},
    {"linear regression",
     "param a, u : real\nparam s : positive\ny ~ normal(a + u*x, s)\n",
     regression,
     {0.2, 0.6, 0.8},
     3,
     true},
    {"nearly collinear columns",
     "param a, u, v : real\nparam s : positive\ny ~ normal(a + u*x + v*near, s)\n",
     collinear,
     {0.2, 0.5, 0.3, 0.8},
     4,
     false},
    {"counts, where, weight",
     "data c : count\nwhere z > -0.5\nweight w\nparam a, u : real\nparam phi : positive\n"
     "c ~ neg_binomial_2_log(a + u*x, phi)\n",
     counts,
     {0.3, 0.2, 1.7},
     3,
     false},
    {"factors and products of axes",
     "param a : real\nparam u : real[g]\nparam v : real[2, g]\nparam m : real[h, g]\n"
     "param s : real\ny ~ normal(a + u[g] + v[1, g]*x + v[2, g]*z + m[h, g], exp(s))\n"
     "u ~ normal(0, 1.5)\nv ~ normal(0.25, 2)\n",
     factors,
     {0.1, 0.2, -0.3, 0.4, 0.5, 0.6, 0.7, -0.8, 0.9, -1, 1.1, 0.12, 0.13, 0.14, -0.15, 0.16, 0.2},
     17,
     false},
    {"a formula",
     "param s : positive\nlinear mu = x*g + offset(0.5*z) + z:h - z:h + I(z*(h == \"yes\"))\n"
     "y ~ normal(mu, s)\nslopes(mu) ~ normal(0, 2)\n",
     formula,
     {1.1, 0.2, -0.4, 0.3, 0.25, -0.7, 0.6, 0.15},
     8,
     false},
    {"predictors by level",
     "linear eta[g] = x*h\nloglik 0.1*log_sum_exp(eta)^2 + w*(eta[g] - log_sum_exp(eta))\n"
     "slopes(eta) ~ normal(0, 2)\ncoef(eta)[\"B\", \"Intercept\"] ~ normal(1, 3)\n"
     "coef(eta)[\"C\", \"Intercept\"] ~ normal(1, 3)\n",
     multinomial,
     {0.2, -0.4, 0.3, 0.25, -0.7, 0.6, 0.15, 0.9},
     8,
     false},
    {"aggregates of data",
     "param a, u, v, d : real\nparam s : positive\n"
     "y ~ normal(a + u*(x - mean(x))/sd(x) + v*(max(z) - z)*min(x) + d*mean(z | g), s)\n",
     data_aggregates,
     {0.2, 0.4, -0.3, 0.6, 0.9},
     5,
     false},
    {"mean of squared residuals",
     "param a, u : real\nlet e = y - a - u*x\nlet s2 = mean(e^2)\n"
     "loglik -0.5*log(s2) - 0.5*e^2/s2\n",
     concentrated,
     {0.1, 0.5},
     2,
     false},
    {"aggregates of aggregates",
     "param a, u, k : real\nlet e = y - a - u*x\nlet s2 = sum(e^2)/nrow()\n"
     "let k4 = mean((e^2/s2)^2)\nloglik once -0.5*nrow()*log(s2) - 0.1*(k4 - 3)^2*k\n",
     nested_cuts,
     {0.1, 0.5, 0.7},
     3,
     false},
    {"weighted aggregates",
     "weight w\nparam a, u, k : real\nlet e = y - a - u*x\nlet s2 = mean(e^2)\n"
     "loglik -0.5*log(s2) - 0.5*e^2/s2 + k*(1 - k)\n",
     weighted_aggregate,
     {0.1, 0.5, 0.7},
     3,
     false},
    {"choice sets",
     "param u, v : real\nlet eta = u*x + v*z\nloglik b*(eta - log_sum_exp(eta | g))\n",
     choice_sets,
     {0.4, -0.6},
     2,
     false},
    {"group sums of parameters",
     "param a, u : real\nparam s : positive\ny ~ normal(a + 0.01*sum(u*x | g)^2, s)\n",
     group_sums,
     {0.2, 0.3, 1.1},
     3,
     false},
    {"terms of parameters alone",
     "param a, m : real\nparam k : real[3]\nparam tau : positive\nloglik -0.5*(a - 1)^2\n"
     "loglik once -m^2*a - log(sum(exp(k)))*a\nlogprior sum(k^3) + m*sum(exp(0.5*k))\n"
     "k ~ normal(m, tau)\n",
     theta_only,
     {0.3, 0.4, 0.5, -0.6, 0.7, 1.3},
     6,
     false},
    {"columns times a vector",
     "data x : real[3]\ndata c : count\nparam a : real\nparam k : real[3]\n"
     "c ~ poisson_log(a + dot(x, k))\n",
     columns_dot,
     {0.1, 0.3, -0.4, 0.2},
     4,
     true},
    {"classes",
     "param a, u, d : real\ng ~ categorical_logit([0, a + u*x, d - u*z])\n",
     classes,
     {0.2, 0.5, -0.3},
     3,
     false},
    {"ordered cut points",
     "param cut : ordered[2]\nparam u : real\nlet eta = u*x\n"
     "let low = inv_logit(cut[1] - eta)\nlet high = inv_logit(cut[2] - eta)\n"
     "loglik log(ifelse(g == \"A\", low, ifelse(g == \"B\", high - low, 1 - high)))\n",
     ordered,
     {-0.6, 0.5, 0.4},
     3,
     false},
    {"lags of data",
     "param a, u, v : real\nparam s : positive\n"
     "y ~ normal(a + u*lag(y, 1, 0.5) + v*lag(x^2, 2, 0), s)\n",
     lagged_data,
     {0.1, 0.3, 0.2, 0.9},
     4,
     true},
    {"censored Weibull by hand",
     "param k : positive\nparam a, u : real\nlet scale = exp(a + u*x)\n"
     "loglik b*(log(k) + (k - 1)*log(p/scale) - log(scale)) - (p/scale)^k\n",
     survival,
     {1.3, 0.2, 0.1},
     3,
     true},
    {"several statements",
     "param a, u : real\nparam s : positive\ny ~ normal(a + u*x, s)\np ~ exponential(exp(u*z))\n"
     "loglik 0.01*a*x*z\n",
     two_outcomes,
     {0.2, 0.5, 0.9},
     3,
     true},
    {"nearly collinear columns and an aggregate",
     "param a, u, v : real\nparam s : positive\ny ~ normal(a + u*x + v*near, s)\n"
     "loglik 0.01*v*x*s\nloglik once -0.1*mean((y - a - u*x)^2)^2*u\nv ~ normal(u, 2)\n",
     collinear_and_cut,
     {0.2, 0.5, 0.3, 0.8},
     4,
     false},
    {"columns times whole vectors",
     "param v : real[2]\nparam k : real[g]\ny ~ normal(x*sum(v) + z*v[1] - sum(k), 1.5)\n",
     whole_vectors,
     {0.4, -0.7, 0.2, 0.3, -0.4},
     5,
     false},
    {"GARCH",
     "param mu : real\nparam omega : positive\nparam alpha, beta : unit\nlet e = y - mu\n"
     "let s2 = mean(e^2)\nlet h = omega + alpha*lag(e^2, 1, s2) + beta*lag(h, 1, s2)\n"
     "y ~ normal(mu, sqrt(h))\n",
     garch,
     {0.3, 0.4, 0.2, 0.5},
     4,
     false},
    {"moving average",
     "param a, u, v : real\nparam s : positive\n"
     "let e = y - a - u*lag(e, 1, 0) - v*x*lag(e, 3, 0)\nloglik -0.5*(e/s)^2 - log(s) - "
     "0.91893853320467274178\n",
     moving_average,
     {0.3, 0.4, 0.2, 1.1},
     4,
     true},
    {"nonlinear state",
     "data c : count\nparam a, u, start, k : real\nlet m = tanh(a + u*lag(m, 1, start) + 0.3*x)\n"
     "c ~ poisson_log(k + m)\n",
     nonlinear_state,
     {0.1, 0.6, -0.4, 0.2},
     4,
     true},
    {"levels by name",
     "param k : real[g]\nparam d : real\n"
     "y ~ normal(k[g]*ifelse(h == \"yes\", x, 1) - k[\"B\"] + ifelse(g == \"C\", d, 0), 2)\n"
     "k[\"C\"] ~ normal(k[\"A\"], 1)\n",
     levels_named,
     {0.3, -0.4, 0.5, 0.6},
     4,
     false},
};
const unsigned n_objectives = sizeof objectives / sizeof *objectives;

const objective lazy_objective = {
    "branches not taken",
    "param u, v : real\nparam k : positive\n"
    "y ~ normal(ifelse(x > 0, u*log(x), v) + ifelse(z > 0, sqrt(z*k), 0), 1.5)\n",
    lazy_branches,
    {0.4, 0.2, 0.7},
    3,
    true};
