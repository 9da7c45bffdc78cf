/* Scores of the rows, and the middle of the sandwich made of them.
 *
 * One strip of rows after the other: every likelihood stage adds its gradient to the rows' scores
 * over the unknowns z, then what was added to the cuts is passed on to theta through dz/dtheta. So
 * a row's score is the whole derivative of its log-likelihood, and no more than a strip of scores
 * is stored. A row reads few of the levels of a factor: products run over what is not zero.
 *
 * Units. Rows are independent of each other, unless their terms share an aggregate of parameters
 * over groups: then the groups are. (An aggregate over all rows counts as a function of theta.)
 * Squares of sums are taken over units.
 *
 * References: Huber (1967), White (1982); Bollerslev & Wooldridge (1992) for recursions, whose
 * scores are martingale differences. */
#include "runtime/eval/problem.h"

#include <string.h>

static bool in_likelihood(const mlec_stage *s)
{
    return s->kind == MLEC_STAGE_MAP && s->target == MLEC_TARGET_LIKELIHOOD;
}

static bool by_row(const mlec_problem *p, const mlec_stage *s)
{
    return in_likelihood(s) && p->plan->axes[s->axis].kind == MLEC_AXIS_ROW;
}

/* ---- Units ----------------------------------------------------------------------------------- */

void eval_mark_sources(const mlec_problem *p, uint32_t id, bool *seen)
{
    const mlec_plan *plan = p->plan;
    if (seen[id])
        return;
    seen[id] = true;
    for (uint32_t a = 0; a < plan->stages[id].n_active; a++) {
        const mlec_stage *l = &plan->stages[plan->stages[id].active[a]];
        for (uint32_t k = 0; k < l->n_blocks; k++) {
            const mlec_block *b = &l->blocks[k];
            if (b->kind != MLEC_BLOCK_STATE) {
                if (b->unknown >= plan->n_params)
                    eval_mark_sources(p, plan->unknowns[b->unknown].stage, seen);
                continue;
            }
            for (uint32_t s = 0; s < plan->n_stages; s++)
                if (plan->stages[s].kind == MLEC_STAGE_SCAN &&
                    plan->stages[s].target_index == b->unknown)
                    eval_mark_sources(p, s, seen);
        }
    }
}

/* The groups' rows all lie within one cluster each. */
static bool nested(const mlec_problem *p, arena *a, const bound_factor *groups)
{
    int32_t *cluster = ARENA_ARRAY(a, int32_t, groups->n_levels + 1);
    for (size_t i = 0; i < p->n_rows; i++) {
        int32_t *own = &cluster[groups->codes[i]];
        if (*own && *own != p->clusters.codes[i] + 1)
            return false;
        *own = p->clusters.codes[i] + 1;
    }
    return true;
}

bool eval_find_units(const mlec_problem *p, arena *a, eval_units *units, const char **reason)
{
    const mlec_plan *plan = p->plan;
    bool *seen = ARENA_ARRAY(a, bool, plan->n_stages + 1);
    uint32_t rows = 0;
    for (uint32_t k = 0; k < plan->n_stages; k++) {
        const mlec_stage *s = &plan->stages[k];
        if (!in_likelihood(s))
            continue;
        if (!by_row(p, s) && !s->counted) {
            *reason = arena_printf(a, "the likelihood is no sum over rows: `%s` counts once",
                                   plan->statements[s->statement].text);
            return false;
        }
        rows++;
        eval_mark_sources(p, k, seen);
    }
    if (!rows || !p->n_rows) {
        *reason = "no row adds to the likelihood";
        return false;
    }
    if (!units)
        return true;
    *units = (eval_units){p->cluster, p->cluster ? p->clusters.n_levels : p->info.n};
    for (uint32_t k = 0; k < plan->n_stages; k++) {
        const mlec_stage *s = &plan->stages[k];
        if (!seen[k] || s->reduce != MLEC_REDUCE_GROUP)
            continue;
        uint32_t column = plan->buffers[s->group].source;
        const char *name = plan->columns[column].name;
        if (p->cluster) {
            if (nested(p, a, &p->factors[column]))
                continue;
            *reason = arena_printf(
                a, "rows of one group of `%s` share a term, but lie in several clusters of `%s`",
                name, p->cluster);
            return false;
        }
        if (units->column && strcmp(units->column, name)) {
            *reason = arena_printf(
                a,
                "terms are shared within groups of `%s` and of `%s`: which rows are independent "
                "of each other must be said with --cluster",
                units->column, name);
            return false;
        }
        *units = (eval_units){name, p->factors[column].n_levels};
    }
    return true;
}

static const int32_t *unit_codes(const mlec_problem *p, const eval_units *units)
{
    if (!units->column)
        return NULL;
    if (p->cluster)
        return p->clusters.codes;
    for (uint32_t i = 0; i < p->plan->n_columns; i++)
        if (p->plan->columns[i].name == units->column)
            return p->factors[i].codes;
    return NULL;
}

/* ---- Scores of a strip ----------------------------------------------------------------------- */

typedef struct {
    mlec_problem *p;
    bool to_work; /* scores with respect to work, else theta */
    double *z;    /* STRIP rows of n_z */
    double *cuts; /* d cut / d theta: a row of n_theta for each element of a cut */
    double *same; /* n_z: the derivative of the terms that are the same for every row */
    double total; /* the number of rows, or the sum of their weights: what `same` is shared by */
} scorer;

static double *cut_derivatives(mlec_problem *p, arena *a)
{
    size_t n_theta = p->info.n_theta, n_z = p->n_z;
    double *out = ARENA_ARRAY(a, double, (p->none - n_theta) * n_theta + 1);
    for (uint32_t u = p->plan->n_params; u < p->plan->n_unknowns; u++) {
        uint32_t stage = p->plan->unknowns[u].stage;
        const mlec_stage *s = &p->plan->stages[stage];
        size_t first = p->first[u], n = p->axis_length[p->plan->unknowns[u].axis];
        double *jacobian = p->cut_jacobian;
        memset(jacobian, 0, n * n_z * sizeof *jacobian);
        engine_run r = {.z = p->z_theta,
                        .gradient = true,
                        .g = jacobian,
                        .group = s->reduce == MLEC_REDUCE_GROUP ? p->codes[s->group] : NULL};
        engine_map(p, stage, &r);
        for (size_t k = 0; k < n; k++) {
            double *row = out + (first + k - n_theta) * n_theta;
            memcpy(row, jacobian + k * n_z, n_theta * sizeof *row);
            for (size_t c = n_theta; c < first; c++) {
                double by = jacobian[k * n_z + c];
                for (size_t j = 0; by != 0 && j < n_theta; j++)
                    row[j] += by * out[(c - n_theta) * n_theta + j];
            }
        }
    }
    return out;
}

static const double *point_of(const mlec_problem *p, const mlec_stage *s)
{
    return eval_reads_work(p, s) ? p->z_work : p->z_theta;
}

/* Terms that are the same for every row: the sum of their derivatives. */
static void add_same(scorer *c, bool work)
{
    mlec_problem *p = c->p;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (!in_likelihood(s) || by_row(p, s) || eval_reads_work(p, s) != work)
            continue;
        engine_run r = {.z = point_of(p, s), .gradient = true, .g = c->same};
        engine_map(p, k, &r);
    }
}

static scorer begin(mlec_problem *p, arena *a, const double *theta, bool to_work)
{
    eval_set_point(p, theta);
    scorer c = {.p = p,
                .to_work = to_work,
                .z = ARENA_ARRAY(a, double, STRIP * p->n_z + 1),
                .cuts = p->has_cuts ? cut_derivatives(p, a) : NULL,
                .same = ARENA_ARRAY(a, double, p->n_z + 1)};
    add_same(&c, !to_work);
    eval_turn_gradient(p, to_work, c.same);
    add_same(&c, to_work);
    for (size_t i = 0; i < p->n_rows; i++)
        c.total += eval_weight(p, i);
    return c;
}

/* Stages in one kind of coordinates add to the scores, which then turn to the other. */
static void add_stages(scorer *c, bool work, size_t first, size_t n)
{
    mlec_problem *p = c->p;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        if (!by_row(p, s) || eval_reads_work(p, s) != work)
            continue;
        engine_run r = {.z = point_of(p, s),
                        .gradient = true,
                        .row_scores = c->z,
                        .from = first,
                        .to = first + n};
        engine_map(p, k, &r);
    }
}

/* The scores of rows first .. first + n: rows of n_z in c->z, of which the first n_theta hold. */
static void score_strip(scorer *c, size_t first, size_t n)
{
    mlec_problem *p = c->p;
    size_t n_theta = p->info.n_theta, n_z = p->n_z;
    memset(c->z, 0, n * n_z * sizeof *c->z);
    add_stages(c, !c->to_work, first, n);
    for (size_t i = 0; p->info.n_groups && i < n; i++)
        eval_turn_gradient(p, c->to_work, c->z + i * n_z);
    add_stages(c, c->to_work, first, n);
    for (size_t i = 0; i < n; i++) {
        double *row = c->z + i * n_z, share = eval_weight(p, first + i) / c->total;
        for (size_t j = 0; j < n_z; j++)
            row[j] += share * c->same[j];
        for (size_t k = n_theta; k < p->none; k++)
            for (size_t j = 0; row[k] != 0 && j < n_theta; j++)
                row[j] += row[k] * c->cuts[(k - n_theta) * n_theta + j];
    }
}

void eval_scores(mlec_problem *p, arena *a, const double *theta, double *scores)
{
    unsigned rounding = eval_set_rounding();
    size_t n_theta = p->info.n_theta;
    scorer c = begin(p, a, theta, false);
    for (size_t first = 0; first < p->n_rows; first += STRIP) {
        size_t n = p->n_rows - first < STRIP ? p->n_rows - first : STRIP;
        score_strip(&c, first, n);
        for (size_t i = 0; i < n; i++)
            memcpy(scores + series_rank(p, first + i) * n_theta, c.z + i * p->n_z,
                   n_theta * sizeof *scores);
    }
    eval_restore_rounding(rounding);
}

/* ---- The meat -------------------------------------------------------------------------------- */

/* The lower triangle of m += scale u u'; places is scratch for n numbers. */
static void add_square(size_t n, double scale, const double *u, size_t *places, double *m)
{
    size_t count = 0;
    for (size_t j = 0; j < n; j++)
        if (u[j] != 0)
            places[count++] = j;
    for (size_t j = 0; j < count; j++) {
        double by = scale * u[places[j]], *column = m + places[j] * n;
        for (size_t i = j; i < count; i++)
            column[places[i]] = __builtin_fma(by, u[places[i]], column[places[i]]);
    }
}

void eval_meat(mlec_problem *p, arena *a, const double *theta, const eval_units *units,
               double *meat)
{
    unsigned rounding = eval_set_rounding();
    size_t n_theta = p->info.n_theta;
    scorer c = begin(p, a, theta, true);
    const int32_t *unit = unit_codes(p, units);
    size_t n_units = unit ? (size_t)units->n : 0;
    double *sums = ARENA_ARRAY(a, double, n_units *n_theta + 1);
    double *all = ARENA_ARRAY(a, double, n_theta + 1);
    size_t *places = ARENA_ARRAY(a, size_t, n_theta + 1);
    bool repeated = p->plan->weight >= 0 && !p->plan->sampling;
    memset(meat, 0, n_theta * n_theta * sizeof *meat);
    for (size_t first = 0; first < p->n_rows; first += STRIP) {
        size_t n = p->n_rows - first < STRIP ? p->n_rows - first : STRIP;
        score_strip(&c, first, n);
        for (size_t i = 0; i < n; i++) {
            const double *u = c.z + i * p->n_z;
            double *sum = unit ? sums + (size_t)unit[first + i] * n_theta : all;
            for (size_t j = 0; j < n_theta; j++)
                sum[j] += u[j];
            /* A frequency weight w is w rows, each with a w-th of the score. */
            if (!unit)
                add_square(n_theta, repeated ? 1 / eval_weight(p, first + i) : 1, u, places, meat);
        }
    }
    for (size_t k = 0; k < n_units; k++) {
        add_square(n_theta, 1, sums + k * n_theta, places, meat);
        for (size_t j = 0; j < n_theta; j++)
            all[j] += sums[k * n_theta + j];
    }
    if (p->info.has_priors) /* at a mode the scores balance the prior's */
        add_square(n_theta, -1 / units->n, all, places, meat);
    for (size_t j = 0; j < n_theta; j++)
        for (size_t i = 0; i < j; i++)
            meat[i + j * n_theta] = meat[j + i * n_theta];
    eval_restore_rounding(rounding);
}

/* ---- In public ------------------------------------------------------------------------------- */

void mlec_problem_row_numbers(const mlec_problem *p, int64_t *rows)
{
    for (size_t i = 0; i < p->n_rows; i++)
        rows[series_rank(p, i)] = row_number(p, i);
}

mlec_status mlec_scores(mlec_problem *p, const double *theta, double *scores)
{
    if (!p || !theta || !scores)
        return MLEC_ERROR_ARGUMENT;
    arena scratch;
    arena_init(&scratch, &p->memory, &p->ctx->guard);
    arena *volatile a = &scratch;
    if (setjmp(p->ctx->guard.jump)) {
        arena_release(a);
        return MLEC_ERROR_MEMORY;
    }
    const char *reason;
    mlec_status status = MLEC_OK;
    if (eval_find_units(p, &scratch, NULL, &reason)) {
        eval_scores(p, &scratch, theta, scores);
    } else {
        diag_report(&p->ctx->diags, DIAG_NO_SCORES, NO_SPAN, "there are no scores: %s", reason);
        status = MLEC_ERROR_MODEL;
    }
    arena_release(&scratch);
    return status;
}
