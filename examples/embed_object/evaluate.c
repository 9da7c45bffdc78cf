/* Evaluates a model that was compiled ahead of time with nothing else: claims.o and this file, no
 * library of mlec, no allocation. What a controller or a kernel module would do.
 *
 * The object is a table (mlec_plan, <mlec_model.h>) with pointers to small functions. This walks it
 * once: buffers, which depend on data alone, then stages, for the value at theta. It knows scalars
 * and rows, which is all that a model without factors and vectors has. */
#include "claims.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

enum {
    PADDED = (ROWS + 7) / 8 * 8, /* the functions work on groups of 8 rows */
    MOST = 32                    /* buffers, stages, unknowns, inputs */
};

typedef struct {
    _Alignas(64) double buffer[MOST][PADDED];
    _Alignas(64) double stage[MOST][PADDED];
    double unknown[MOST];
} workspace;

static bool is_row(uint32_t axis) { return axis == MLEC_AXIS_ROW; } /* axes[1] of every plan */

static int64_t groups(uint32_t axis) { return is_row(axis) ? PADDED / 8 : 1; }

/* The inputs of a function: those that vary by row, and the scalars, in the order they come in. */
typedef struct {
    const double *rows[MOST];
    double scalars[MOST + 64]; /* with room for what a prologue makes of them */
    uint32_t n_rows, n_scalars;
} inputs;

static void add_input(inputs *in, uint32_t axis, const double *values)
{
    if (is_row(axis)) {
        in->rows[in->n_rows++] = values;
    } else {
        in->scalars[in->n_scalars++] = values[0];
    }
}

static void call(mlec_map_fn map, mlec_prologue_fn prologue, inputs *in, uint32_t axis, double *out)
{
    if (prologue) {
        prologue(in->scalars);
    }
    map(groups(axis), in->rows, in->scalars, &out);
}

static double sum(const double *values, uint32_t axis)
{
    double total = 0;
    for (int i = 0; i < (is_row(axis) ? ROWS : 1); i++) {
        total += values[i];
    }
    return total;
}

static const double *find_column(const char *name)
{
    return strcmp(name, "claims") == 0  ? claims_column
           : strcmp(name, "years") == 0 ? years_column
                                        : age_column;
}

/* What depends on data alone; once for each table. */
static bool compute_buffers(const mlec_plan *plan, workspace *w)
{
    for (uint32_t i = 0; i < plan->n_buffers; i++) {
        const mlec_buffer *b = &plan->buffers[i];
        double *values = w->buffer[i];
        inputs in = {0};
        for (uint32_t k = 0; k < b->n_inputs; k++) {
            add_input(&in, plan->buffers[b->inputs[k]].axis, w->buffer[b->inputs[k]]);
        }
        switch (b->kind) {
        case MLEC_BUFFER_COLUMN:
            memcpy(values, find_column(plan->columns[b->source].name), ROWS * sizeof *values);
            for (int r = ROWS; r < PADDED; r++) {
                values[r] = values[0]; /* any valid value; nothing reads the result */
            }
            break;
        case MLEC_BUFFER_COUNT: values[0] = ROWS; break;
        case MLEC_BUFFER_MAP: call(b->map, b->prologue, &in, b->axis, values); break;
        case MLEC_BUFFER_SUM:
            values[0] = sum(w->buffer[b->inputs[0]], plan->buffers[b->inputs[0]].axis);
            break;
        default: return false; /* factors, lags: for the run-time library */
        }
    }
    return true;
}

static bool compute_linear(const mlec_stage *s, workspace *w, double *values)
{
    memset(values, 0, PADDED * sizeof *values);
    for (uint32_t k = 0; k < s->n_blocks; k++) {
        const mlec_block *b = &s->blocks[k];
        if (b->kind != MLEC_BLOCK_ELEMENT) {
            return false;
        }
        const double *multiplier = b->multiplier < 0 ? NULL : w->buffer[b->multiplier];
        for (int64_t i = 0; i < 8 * groups(s->axis); i++) {
            values[i] += b->scale * (multiplier ? multiplier[i] : 1) * w->unknown[b->unknown];
        }
    }
    return true;
}

/* The log-likelihood (with priors, if the model has some) at theta. */
static bool log_likelihood(const mlec_plan *plan, workspace *w, const double *theta, double *value)
{
    memcpy(w->unknown, theta, plan->n_params * sizeof *theta);
    *value = 0;
    for (uint32_t k = 0; k < plan->n_constants; k++) {
        *value += w->buffer[plan->constants[k]][0];
    }
    for (uint32_t i = 0; i < plan->n_stages; i++) {
        const mlec_stage *s = &plan->stages[i];
        double *values = w->stage[i];
        if (s->kind == MLEC_STAGE_LINEAR) {
            if (!compute_linear(s, w, values)) {
                return false;
            }
            continue;
        }
        if (s->kind != MLEC_STAGE_MAP) {
            return false;
        }
        inputs in = {0};
        for (uint32_t k = 0; k < s->n_active; k++) {
            add_input(&in, plan->stages[s->active[k]].axis, w->stage[s->active[k]]);
        }
        for (uint32_t k = 0; k < s->n_data; k++) {
            add_input(&in, plan->buffers[s->data[k]].axis, w->buffer[s->data[k]]);
        }
        call(s->map.value, s->map.value_prologue, &in, s->axis, values);
        if (s->target == MLEC_TARGET_UNKNOWN) {
            w->unknown[plan->n_params + s->target_index] = sum(values, s->axis);
        } else if (s->target != MLEC_TARGET_DERIVED) {
            *value += sum(values, s->axis);
        }
    }
    return true;
}

int main(void)
{
    static workspace w;
    const double thetas[][2] = {{-1, 0}, {-2, -0.5}, {-2.1, -0.4}};
    if (claims.abi != MLEC_PLAN_ABI || claims.n_buffers > MOST || claims.n_stages > MOST ||
        !compute_buffers(&claims, &w)) {
        return 1;
    }
    for (size_t i = 0; i < sizeof thetas / sizeof *thetas; i++) {
        double value;
        if (!log_likelihood(&claims, &w, thetas[i], &value)) {
            return 1;
        }
        printf("log-likelihood at %s = %g, %s = %g: %.6f\n", claims.params[0].name, thetas[i][0],
               claims.params[1].name, thetas[i][1], value);
    }
    return 0;
}
