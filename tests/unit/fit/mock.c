#include "tests/unit/fit/mock.h"

#include "runtime/algebra/dense.h"
#include "runtime/algebra/tsqr.h"

#include <stdio.h>
#include <stdlib.h>

uint32_t mock_param(mlec_problem *p, const char *name, mlec_type type, uint32_t count,
                    const double *start)
{
    static const char *const texts[] = {
        [MLEC_TYPE_REAL] = "real",       [MLEC_TYPE_POSITIVE] = "positive",
        [MLEC_TYPE_UNIT] = "unit",       [MLEC_TYPE_INTERVAL] = "real(lo, hi)",
        [MLEC_TYPE_ORDERED] = "ordered", [MLEC_TYPE_SIMPLEX] = "simplex"};
    eval_parameter *q = &p->parameter[p->info.n_parameters++];
    uint32_t first = (uint32_t)p->info.n_theta;
    *q = (eval_parameter){.name = name,
                          .type_text = texts[type],
                          .type = type,
                          .lower = -INFINITY,
                          .upper = INFINITY,
                          .first = first,
                          .count = count};
    if (type == MLEC_TYPE_POSITIVE || type == MLEC_TYPE_UNIT)
        q->lower = 0;
    if (type == MLEC_TYPE_UNIT)
        q->upper = 1;
    q->width = type == MLEC_TYPE_ORDERED || type == MLEC_TYPE_SIMPLEX ? count : 1;
    for (uint32_t i = 0; i < count; i++) {
        if (count == 1)
            snprintf(p->name_space[first + i], sizeof p->name_space[0], "%s", name);
        else
            snprintf(p->name_space[first + i], sizeof p->name_space[0], "%s[%u]", name, i + 1);
        p->names[first + i] = p->name_space[first + i];
        p->start[first + i] = start ? start[i] : NAN;
    }
    p->info.n_theta += count;
    p->info.names = p->names;
    p->info.parameters = p->parameter;
    p->info.start = p->start;
    p->info.fixed = p->fixed;
    p->info.model_name = "mock.lik";
    p->info.data_name = "mock.csv";
    if (p->info.n_parameters == 1)
        p->scale = -1;
    return first;
}

void mock_interval(mlec_problem *p, const char *name, double lower, double upper)
{
    mock_param(p, name, MLEC_TYPE_INTERVAL, 1, NULL);
    p->parameter[p->info.n_parameters - 1].lower = lower;
    p->parameter[p->info.n_parameters - 1].upper = upper;
}

void mock_rows(mlec_problem *p, size_t n)
{
    p->info.rows = p->info.rows_used = n;
    p->info.n = (double)n;
}

void mock_derived(mlec_problem *p, const char *name, mlec_type type)
{
    size_t k = p->info.n_derived++;
    p->derived_names[k] = name;
    p->derived_texts[k] = type == MLEC_TYPE_POSITIVE ? "positive" : "real";
    p->derived_types[k] = type;
    p->derived_lower[k] = type == MLEC_TYPE_POSITIVE ? 0 : -INFINITY;
    p->derived_upper[k] = INFINITY;
    p->info.derived_names = p->derived_names;
    p->info.derived_type_texts = p->derived_texts;
    p->info.derived_types = p->derived_types;
    p->info.derived_lower = p->derived_lower;
    p->info.derived_upper = p->derived_upper;
}

void mock_group(mlec_problem *p, uint32_t size, const double *const *columns)
{
    oom_guard guard;
    arena a;
    arena_init(&a, &alloc_system, &guard);
    if (setjmp(guard.jump))
        abort();
    tsqr t;
    tsqr_init(&t, &a, size);
    tsqr_add(&t, columns, p->info.rows_used);
    memcpy(p->r, tsqr_r(&t), size * size * sizeof *p->r);
    memcpy(p->inverse_r, p->r, size * size * sizeof *p->r);
    double copy[JET_MAX * JET_MAX], work[4096];
    double condition = dense_scaled_condition(size, p->r, copy, work);
    for (uint32_t i = 0; i < size; i++)
        p->group_index[i] = i;
    p->design = (eval_design){size, p->group_index, condition};
    p->info.designs = &p->design;
    p->info.n_designs = 1;
    if (condition > 1e5 && !isinf(condition) && dense_upper_inverse(size, p->inverse_r)) {
        p->group = (eval_group){size, p->group_index, p->r, p->inverse_r, condition};
        p->info.groups = &p->group;
        p->info.n_groups = 1;
    }
    arena_release(&a);
}

/* out = M in, or M' in, for the group's elements and the identity for the others. */
static void apply(const mlec_problem *p, const double *m, bool transposed, const double *in,
                  double *out)
{
    double result[JET_MAX];
    memcpy(result, in, p->info.n_theta * sizeof *in);
    size_t k = p->info.n_groups ? p->group.size : 0;
    for (size_t i = 0; i < k; i++) {
        result[i] = 0;
        for (size_t j = 0; j < k; j++)
            result[i] += (transposed ? m[j + i * k] : m[i + j * k]) * in[j];
    }
    memcpy(out, result, p->info.n_theta * sizeof *out);
}

const eval_info *eval_get_info(const mlec_problem *p) { return &p->info; }

void eval_to_theta(const mlec_problem *p, const double *work, double *theta)
{
    apply(p, p->inverse_r, false, work, theta);
}

void eval_to_work(const mlec_problem *p, const double *theta, double *work)
{
    apply(p, p->r, false, theta, work);
}

static void both_sides(const mlec_problem *p, const double *m, bool transposed, double *h)
{
    size_t n = p->info.n_theta;
    double row[JET_MAX];
    for (size_t j = 0; j < n; j++)
        apply(p, m, transposed, h + j * n, h + j * n);
    for (size_t i = 0; i < n; i++) {
        for (size_t j = 0; j < n; j++)
            row[j] = h[i + j * n];
        apply(p, m, transposed, row, row);
        for (size_t j = 0; j < n; j++)
            h[i + j * n] = row[j];
    }
}

void eval_covariance_to_theta(const mlec_problem *p, double *c)
{
    both_sides(p, p->inverse_r, false, c);
}

void eval_gradient_to_theta(const mlec_problem *p, const double *work_gradient, double *gradient)
{
    apply(p, p->r, true, work_gradient, gradient);
}

static void variables(const mlec_problem *p, const double *theta, jet *out)
{
    jet_n = (int)p->info.n_theta;
    for (int i = 0; i < jet_n; i++)
        out[i] = jet_variable(theta[i], i);
}

/* Fisher information of y ~ normal(mean, sigma), sigma last. */
static void expected_normal(const mlec_problem *p, const jet *theta, double *out)
{
    size_t n = p->info.n_theta;
    double sigma = theta[n - 1].v;
    memset(out, 0, n * n * sizeof *out);
    for (size_t i = 0; i < p->info.rows_used; i++) {
        jet mean = p->mean(p, i, theta);
        for (size_t a = 0; a + 1 < n; a++)
            for (size_t b = 0; b + 1 < n; b++)
                out[a + b * n] += mean.g[a] * mean.g[b] / (sigma * sigma);
        out[n * n - 1] += 2 / (sigma * sigma);
    }
}

/* theta as jets in work coordinates, so that Hessians come out in them without cancellation. */
static void work_variables(const mlec_problem *p, const double *work, jet *out)
{
    variables(p, work, out);
    size_t k = p->info.n_groups ? p->group.size : 0;
    jet group[JET_MAX];
    for (size_t i = 0; i < k; i++) {
        group[i] = jet_constant(0);
        for (size_t j = i; j < k; j++)
            group[i] = jet_mix(1, group[i], p->inverse_r[i + j * k], out[j]);
    }
    memcpy(out, group, k * sizeof *group);
}

void eval_work(mlec_problem *p, const double *work, eval_output *out)
{
    jet x[JET_MAX], sum = jet_constant(0), prior = jet_constant(0);
    size_t n = p->info.n_theta;
    p->evaluations++;
    work_variables(p, work, x);
    for (size_t i = 0; p->row && i < p->info.rows_used; i++) {
        jet r = p->row(p, i, x);
        sum = p->weight ? jet_mix(1, sum, p->weight[i], r) : jet_add(sum, r);
    }
    if (p->prior)
        prior = p->prior(p, x);
    out->log_likelihood = sum.v;
    out->log_prior = prior.v;
    for (size_t i = 0; p->box > 0 && i < n; i++)
        if (fabs(x[i].v) > p->box)
            out->log_likelihood = NAN;
    sum = jet_add(sum, prior);
    if (out->gradient)
        memcpy(out->gradient, sum.g, n * sizeof(double));
    for (size_t i = 0; out->hessian && i < n; i++)
        memcpy(out->hessian + i * n, sum.h[i], n * sizeof(double));
    if (out->expected)
        expected_normal(p, x, out->expected);
}

bool eval_has_expected(const mlec_problem *p, const char **lacking)
{
    *lacking = p->mean ? NULL : "mock";
    return p->mean != NULL;
}

void eval_derived(mlec_problem *p, const double *theta, double *values, double *jacobian)
{
    jet x[JET_MAX];
    variables(p, theta, x);
    for (size_t k = 0; k < p->info.n_derived; k++) {
        jet q = p->derived(p, k, x);
        values[k] = q.v;
        for (size_t j = 0; jacobian && j < p->info.n_theta; j++)
            jacobian[k + j * p->info.n_derived] = q.g[j];
    }
}

bool eval_find_fault(mlec_problem *p, const double *theta, eval_fault *fault)
{
    jet x[JET_MAX];
    variables(p, theta, x);
    for (size_t i = 0; p->row && i < p->info.rows_used; i++) {
        jet r = p->row(p, i, x);
        if (isfinite(r.v))
            continue;
        *fault = (eval_fault){(int64_t)i + 1, (uint32_t)i + 2, "sqrt(x - c)", r.v};
        return true;
    }
    return false;
}

bool eval_find_units(const mlec_problem *p, arena *a, eval_units *units, const char **reason)
{
    (void)a;
    *units = (eval_units){NULL, p->info.n};
    *reason = "the log-likelihood has no rows";
    return p->row != NULL;
}

void eval_meat(mlec_problem *p, arena *a, const double *theta, const eval_units *units,
               double *meat)
{
    size_t n = p->info.n_theta;
    jet x[JET_MAX];
    (void)a;
    (void)units;
    variables(p, theta, x);
    memset(meat, 0, n * n * sizeof *meat);
    for (size_t i = 0; i < p->info.rows_used; i++) {
        jet r = p->row(p, i, x);
        double score[JET_MAX];
        apply(p, p->inverse_r, true, r.g, score);
        for (size_t j = 0; j < n; j++)
            for (size_t k = 0; k < n; k++)
                meat[k + j * n] += score[k] * score[j];
    }
}

bool eval_rows(mlec_problem *p, const double *theta, const double *direction, double *values,
               double *slopes)
{
    jet x[JET_MAX];
    if (!p->row)
        return false;
    variables(p, theta, x);
    for (size_t i = 0; i < p->info.rows_used; i++) {
        jet r = p->row(p, i, x);
        if (values)
            values[i] = r.v;
        if (slopes)
            slopes[i] = dense_dot(p->info.n_theta, r.g, direction);
    }
    return true;
}

bool eval_exact(mlec_problem *p, arena *a, const void *theta, void *objective, void *gradient,
                void *hessian)
{
    return false;
}

void eval_row_to_work(const mlec_problem *p, double *row)
{
    apply(p, p->inverse_r, true, row, row);
}

/* Neither constraints nor kinks. */
bool eval_move_inside(const mlec_problem *p, arena *a, double *theta, bool *blame) { return true; }
size_t eval_count_kinks(const mlec_problem *p) { return 0; }
void eval_kinks(mlec_problem *p, double *u, double *w, double *side) {}
void eval_kink_row(const mlec_problem *p, size_t kink, double *row) {}
bool eval_kink_is_prior(const mlec_problem *p, size_t kink) { return false; }

bool eval_is_mixture(const mlec_problem *p, bool *collapses) { return *collapses = false; }

bool eval_mixture_moments(const mlec_problem *p, arena *a, size_t n, const double *shares,
                          double *quantiles, double *deviation)
{
    return false;
}

double eval_outcome_entropy(const mlec_problem *p) { return NAN; }
double eval_exact_cost(const mlec_problem *p) { return INFINITY; }
mlec_problem *eval_thin(mlec_problem *p, size_t rows) { return NULL; }

bool eval_is_classification(const mlec_problem *p) { return p->classes; }
int64_t eval_normal_scale(const mlec_problem *p) { return p->scale; }

/* ---- Tables -----------------------------------------------------------------------------------
 */

static char *read_file(const char *path)
{
    char full[512];
    snprintf(full, sizeof full, "%s/data/%s", MLEC_SHARED_DIR, path);
    FILE *f = fopen(full, "rb");
    if (!f)
        return NULL;
    fseek(f, 0, SEEK_END);
    long size = ftell(f);
    rewind(f);
    char *text = malloc((size_t)size + 1);
    size_t n = fread(text, 1, (size_t)size, f);
    text[n] = 0;
    fclose(f);
    return text;
}

static double field_value(char *s, char labels[][40], size_t *n_labels)
{
    char *end;
    double v = strtod(s, &end);
    if (end != s && *end == 0)
        return v;
    if (strcmp(s, "NA") == 0)
        return NAN;
    for (size_t k = 0; k < *n_labels; k++)
        if (strcmp(labels[k], s) == 0)
            return (double)k;
    snprintf(labels[*n_labels], 40, "%s", s);
    return (double)(*n_labels)++;
}

bool mock_read(mock_table *t, const char *path)
{
    memset(t, 0, sizeof *t);
    t->text = read_file(path);
    if (!t->text)
        return false;
    static char labels[MOCK_COLUMNS][100][40];
    size_t n_labels[MOCK_COLUMNS] = {0}, capacity = 0;
    for (char *s = t->text; *s; s++)
        capacity += *s == '\n';
    char *line = t->text;
    for (size_t row = 0; *line; row++) {
        char *next = strchr(line, '\n');
        if (next)
            *next++ = 0;
        else
            next = line + strlen(line);
        size_t c = 0;
        for (char *s = line; s && c < MOCK_COLUMNS; c++) {
            char *comma = strchr(s, ',');
            if (comma)
                *comma = 0;
            s[strcspn(s, "\r")] = 0;
            if (*s == '"') {
                s++;
                s[strcspn(s, "\"")] = 0;
            }
            if (row == 0) {
                snprintf(t->names[c], sizeof t->names[c], "%s", s);
                t->values[c] = calloc(capacity + 1, sizeof(double));
            } else {
                t->values[c][row - 1] = field_value(s, labels[c], &n_labels[c]);
            }
            s = comma ? comma + 1 : NULL;
        }
        if (row == 0)
            t->columns = c;
        else
            t->rows = row;
        line = next;
    }
    return true;
}

const double *mock_column(const mock_table *t, const char *name)
{
    for (size_t c = 0; c < t->columns; c++)
        if (strcmp(t->names[c], name) == 0)
            return t->values[c];
    return NULL;
}

void mock_free(mock_table *t)
{
    for (size_t c = 0; c < t->columns; c++)
        free(t->values[c]);
    free(t->text);
}

jet mock_normal(jet y, jet mu, jet sigma)
{
    jet z = jet_div(jet_sub(y, mu), sigma);
    return jet_mix(-0.5, jet_square(z), -1, jet_shift(jet_log(sigma), 0.91893853320467274178));
}

jet mock_bernoulli_logit(double y, jet eta) { return jet_mix(y, eta, -1, jet_log1p_exp(eta)); }
