#include "generate.h"

#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MODEL(name, file, rows, columns, size, constant, ...)                                      \
    {                                                                                              \
#name, file, rows, columns, size, constant, plain_##name, tuned_##name, __VA_ARGS__        \
    }
const model models[] = {
    MODEL(logistic10, "logistic10", 1000000, 10, 10, 0, 0.3, {0}, "y", NULL),
    MODEL(logistic100, "logistic100", 200000, 100, 100, 0, 0.1, {0}, "y", NULL),
    MODEL(poisson, "poisson", 1000000, 10, 10, 0, 0.1, {0}, "y", "exposure"),
    MODEL(negative_binomial, "negative_binomial", 300000, 5, 6, 0, 0.3, {1.5}, "y", NULL),
    MODEL(weibull, "weibull", 500000, 5, 6, 0, 0.3, {1.4}, "time", "event"),
    MODEL(mixture, "mixture", 1000000, 0, 5, 0, 0, {0.4, -1, 1.5, 0.7, 1.2}, "y", NULL),
    MODEL(garch, "garch", 100000, 0, 4, 0, 0, {0.05, 0.1, 0.1, 0.8}, "y", NULL),
    MODEL(normal, "normal", 10000000, 0, 2, 0, 0, {3, 2}, "y", NULL),
    MODEL(multinomial, "multinomial", 200000, 5, 20, 0, 0.4, {0}, "y", NULL),
    MODEL(ordinal, "ordinal", 200000, 2, 6, 0, 0.5, {-1, -0.2, 0.5, 1.3}, "y", NULL),
    MODEL(four_parameter, "four_parameter", 200000, 0, 5, 0, 0, {100, 5, 2, 4, 1.3}, "y", "dose"),
    MODEL(linear50, "linear50", 200000, 50, 51, 0, 0.3, {1.5}, "y", NULL),
    MODEL(logistic_few, "logistic_few", 1000000, 4, 4, 1, 0.3, {0}, "y", NULL),
    MODEL(poisson_factor, "poisson_factor", 1000000, 1, 21, 0, 0.5, {0}, "y", "g"),
};
const int n_models = sizeof models / sizeof *models;

/* ---- Random numbers: splitmix64 -------------------------------------------------------------- */

static uint64_t state;

static double uniform(void)
{
    uint64_t z = state += 0x9e3779b97f4a7c15u;
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return ((double)((z ^ z >> 31) >> 11) + 0.5) * 0x1p-53;
}

static double standard_normal(void)
{
    double r = sqrt(-2 * log(uniform()));
    return r * cos(6.28318530717958647693 * uniform());
}

/* Marsaglia and Tsang, for shapes of 1 and more. */
static double gamma_variate(double shape)
{
    double d = shape - 1. / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        double z = standard_normal(), v = 1 + c * z;
        v = v * v * v;
        if (v > 0 && log(uniform()) < 0.5 * z * z + d - d * v + d * log(v))
            return d * v;
    }
}

static double poisson_variate(double mean)
{
    double left = mean, k = -1;
    do {
        left += log(uniform());
        k++;
    } while (left > 0);
    return k;
}

/* Few digits, so that the text of a table says what the doubles are. */
static double short_number(double x) { return round(x * 1e4) / 1e4; }

/* ---- Outcomes -------------------------------------------------------------------------------- */

static double class_of(const table *t, size_t i)
{
    double top = -INFINITY, best = 0;
    for (int k = 0; k < 5; k++) {
        double u = -log(-log(uniform()));
        for (int j = 0; k > 0 && j < 5; j++)
            u += t->theta[(k - 1) * 5 + j] * t->x[j][i];
        if (u > top) {
            top = u;
            best = k;
        }
    }
    return best;
}

static double category_of(double latent, const double *cuts)
{
    double k = 1;
    for (int i = 0; i < 4; i++)
        k += latent > cuts[i];
    return k;
}

static void make_garch(table *t, const double *s)
{
    double h = s[1] / (1 - s[2] - s[3]);
    for (size_t i = 0; i < t->n; i++) {
        double e = sqrt(h) * standard_normal();
        t->y[i] = short_number(s[0] + e);
        h = s[1] + s[2] * e * e + s[3] * h;
    }
}

/* Few values in the models of that kind: binary ones and a grade from 0 to 4. */
static double predictor(const model *m, int j)
{
    bool few = strcmp(m->name, "logistic_few") == 0 || strcmp(m->name, "poisson_factor") == 0;
    if (j >= m->n_columns - m->n_constant)
        return 1;
    if (few)
        return j < 2 ? uniform() < 0.5 : floor(5 * uniform());
    return short_number(standard_normal());
}

static void make_row(table *t, const char *name, const double *s, size_t i, double eta)
{
    double *y = &t->y[i], *extra = t->extra ? &t->extra[i] : NULL;
    if (strncmp(name, "logistic", 8) == 0) {
        *y = uniform() < 1 / (1 + exp(-eta));
    } else if (strcmp(name, "poisson") == 0) {
        *extra = short_number(0.5 + 3 * uniform());
        *y = poisson_variate(*extra * exp(eta));
    } else if (strcmp(name, "poisson_factor") == 0) {
        *extra = 1 + floor(LEVELS * uniform());
        *y = poisson_variate(exp(t->theta[(int)*extra - 1] + t->theta[LEVELS] * t->x[0][i]));
    } else if (strcmp(name, "negative_binomial") == 0) {
        *y = poisson_variate(exp(1 + eta) * gamma_variate(s[0]) / s[0]);
    } else if (strcmp(name, "weibull") == 0) {
        double when = exp(eta) * pow(-log(uniform()), 1 / s[0]);
        double end = exp(eta) * pow(-7. / 3 * log(uniform()), 1 / s[0]); /* 30 % come first */
        *extra = when <= end;
        *y = fmax(short_number(fmin(when, end)), 1e-4);
    } else if (strcmp(name, "mixture") == 0) {
        bool first = uniform() < s[0];
        *y =
            short_number(first ? s[1] + s[3] * standard_normal() : s[2] + s[4] * standard_normal());
    } else if (strcmp(name, "normal") == 0) {
        *y = short_number(s[0] + s[1] * standard_normal());
    } else if (strcmp(name, "multinomial") == 0) {
        *y = class_of(t, i);
    } else if (strcmp(name, "ordinal") == 0) {
        *y = category_of(eta + standard_normal(), s);
    } else if (strcmp(name, "four_parameter") == 0) {
        *extra = short_number(exp(0.7 + 1.5 * standard_normal())) + 1e-3;
        double mean = s[1] + (s[0] - s[1]) / (1 + pow(s[2] / *extra, s[4]));
        *y = short_number(mean + s[3] * standard_normal());
    } else {
        *y = short_number(eta + s[0] * standard_normal());
    }
}

/* ---- What the kernels want of it ------------------------------------------------------------- */

static double *column(size_t n)
{
    double *x = aligned_alloc(64, n * sizeof *x);
    if (!x) {
        fputs("no memory for the table\n", stderr);
        exit(1);
    }
    return x;
}

static double *mapped(const double *x, size_t n, double (*f)(double))
{
    double *y = column(n);
    for (size_t i = 0; i < n; i++)
        y[i] = f(x[i]);
    return y;
}

static void prepare(table *t, const char *name)
{
    double n = (double)t->n, half_log_2_pi = 0.91893853320467274178;
    t->kernel_y = t->y;
    t->kernel_extra = t->extra;
    if (strncmp(name, "poisson", 7) == 0 || strcmp(name, "negative_binomial") == 0)
        for (size_t i = 0; i < t->n; i++)
            t->constant -= lgamma(t->y[i] + 1);
    if (strcmp(name, "poisson") == 0)
        t->kernel_extra = mapped(t->extra, t->n, log);
    if (strcmp(name, "four_parameter") == 0)
        t->kernel_extra = mapped(t->extra, t->n, log);
    if (strcmp(name, "negative_binomial") == 0) {
        t->exceed = column(MAX_COUNT);
        memset(t->exceed, 0, MAX_COUNT * sizeof(double));
        for (size_t i = 0; i < t->n; i++)
            for (int k = 0; k < t->y[i] && k < MAX_COUNT; k++)
                t->exceed[k]++;
    }
    if (strcmp(name, "weibull") == 0) {
        t->kernel_y = mapped(t->y, t->n, log);
        for (size_t i = 0; i < t->n; i++)
            t->constant -= t->extra[i] * t->kernel_y[i];
    }
    if (strcmp(name, "mixture") == 0 || strcmp(name, "normal") == 0 || strcmp(name, "garch") == 0 ||
        strcmp(name, "four_parameter") == 0 || strcmp(name, "linear50") == 0)
        t->constant = -n * half_log_2_pi;
}

void table_make(table *t, const model *m, size_t n)
{
    *t = (table){.n = n, .y = column(n), .extra = m->extra ? column(n) : NULL};
    state = 20240229;
    int n_scalars = m->n_columns == 0 ? m->n_theta : m->n_theta % m->n_columns;
    if (strcmp(m->name, "ordinal") == 0)
        n_scalars = 4;
    for (int j = 0; j < m->n_theta - n_scalars; j++)
        t->theta[j] = short_number(m->scale * standard_normal());
    memcpy(t->theta + m->n_theta - n_scalars, m->scalars, (size_t)n_scalars * sizeof(double));
    for (int j = 0; j < m->n_columns; j++)
        t->x[j] = column(n);
    for (size_t i = 0; i < n; i++) {
        double eta = 0;
        for (int j = 0; j < m->n_columns; j++) {
            t->x[j][i] = predictor(m, j);
            eta += t->theta[j] * t->x[j][i];
        }
        make_row(t, m->name, m->scalars, i, eta);
    }
    if (strcmp(m->name, "garch") == 0)
        make_garch(t, m->scalars);
    prepare(t, m->name);
}

void table_write(const table *t, const model *m, const char *path)
{
    FILE *f = fopen(path, "w");
    if (!f) {
        perror(path);
        exit(1);
    }
    fputs(m->y, f);
    if (m->extra)
        fprintf(f, ",%s", m->extra);
    int n_columns = m->n_columns - m->n_constant;
    for (int j = 0; j < n_columns; j++)
        fprintf(f, ",x%d", j + 1);
    for (size_t i = 0; i < t->n; i++) {
        fprintf(f, "\n%.10g", t->y[i]);
        if (m->extra)
            fprintf(f, ",%.10g", t->extra[i]);
        for (int j = 0; j < n_columns; j++)
            fprintf(f, ",%.10g", t->x[j][i]);
    }
    fputc('\n', f);
    if (fclose(f) != 0) {
        perror(path);
        exit(1);
    }
}
