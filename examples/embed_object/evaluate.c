/* Evaluates a model that was compiled ahead of time with nothing else: claims.o and this file, no
 * library of mlec, no allocation. What a controller or a kernel module would do.
 *
 * The object is a table (mlec_plan, <mlec_model.h>) with pointers to small functions. This walks
 * it: buffers, which depend on data alone, then stages, for value and gradient at theta. It knows
 * scalars and rows, and terms that are linear in the parameters inside; that is all a model has
 * without factors, vectors, and sums over rows in its definitions. */
#include "claims.h"
#include "table.h"

#include <stdio.h>
#include <string.h>

enum {
    PADDED = (ROWS + 7) / 8 * 8, /* the functions work on groups of 8 rows */
    MOST = 32                    /* buffers, stages, parameters, inputs and outputs of a function */
};

typedef struct {
    _Alignas(64) double buffer[MOST][PADDED];
    _Alignas(64) double stage[MOST][PADDED];
    _Alignas(64) double output[MOST][PADDED];
} workspace;

static bool is_row(uint32_t axis) { return axis == MLEC_AXIS_ROW; } /* axes[1] of every plan */

static int64_t groups(uint32_t axis) { return is_row(axis) ? PADDED / 8 : 1; }

static int length(uint32_t axis) { return is_row(axis) ? ROWS : 1; }

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

static void call(const mlec_function *f, inputs *in, uint32_t axis, double (*out)[PADDED])
{
    double *pointers[MOST];
    for (int i = 0; i < MOST; i++) {
        pointers[i] = out[i];
    }
    if (f->prologue) {
        f->prologue(in->scalars);
    }
    f->code(groups(axis), in->rows, in->scalars, pointers);
}

static double sum(const double *values, uint32_t axis)
{
    double total = 0;
    for (int i = 0; i < length(axis); i++) {
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
        case MLEC_BUFFER_MAP:
            call(&b->map, &in, b->axis, w->output);
            memcpy(values, w->output[0], sizeof w->output[0]);
            break;
        case MLEC_BUFFER_SUM:
            values[0] = sum(w->buffer[b->inputs[0]], plan->buffers[b->inputs[0]].axis);
            break;
        default: return false; /* factors, lags: for the run-time library */
        }
    }
    return true;
}

/* A sum of parameters times columns. */
static bool compute_linear(const mlec_stage *s, workspace *w, const double *theta, double *values)
{
    memset(values, 0, sizeof w->stage[0]);
    for (uint32_t k = 0; k < s->n_blocks; k++) {
        const mlec_block *b = &s->blocks[k];
        if (b->kind != MLEC_BLOCK_ELEMENT) {
            return false;
        }
        const double *multiplier = b->multiplier < 0 ? NULL : w->buffer[b->multiplier];
        for (int64_t i = 0; i < 8 * groups(s->axis); i++) {
            values[i] += b->scale * (multiplier ? multiplier[i] : 1) * theta[b->unknown];
        }
    }
    return true;
}

/* Runs a map stage: w->output[0] is its value, output[1 + k] the derivative by input k. */
static void compute_map(const mlec_plan *plan, const mlec_stage *s, workspace *w)
{
    inputs in = {0};
    for (uint32_t k = 0; k < s->n_active; k++) {
        add_input(&in, plan->stages[s->active[k]].axis, w->stage[s->active[k]]);
    }
    for (uint32_t k = 0; k < s->n_data; k++) {
        add_input(&in, plan->buffers[s->data[k]].axis, w->buffer[s->data[k]]);
    }
    /* Without a function of its own for the gradient, one serves for second derivatives too. */
    const mlec_function *f = s->map.gradient.code ? &s->map.gradient : &s->map.hessian;
    call(f, &in, s->axis, w->output);
}

/* The chain rule: derivatives by the inputs of a map become derivatives by the parameters. */
static void add_gradient(const mlec_plan *plan, const mlec_stage *s, const workspace *w,
                         double *gradient)
{
    for (uint32_t k = 0; k < s->n_active; k++) {
        const mlec_stage *linear = &plan->stages[s->active[k]];
        for (uint32_t j = 0; j < linear->n_blocks; j++) {
            const mlec_block *b = &linear->blocks[j];
            const double *multiplier = b->multiplier < 0 ? NULL : w->buffer[b->multiplier];
            for (int i = 0; i < length(s->axis); i++) {
                gradient[b->unknown] +=
                    b->scale * (multiplier ? multiplier[i] : 1) * w->output[1 + k][i];
            }
        }
    }
}

/* The log-likelihood (with priors, if the model has some) and its gradient at theta. */
static bool evaluate(const mlec_plan *plan, workspace *w, const double *theta, double *value,
                     double *gradient)
{
    *value = 0;
    memset(gradient, 0, plan->n_params * sizeof *gradient);
    for (uint32_t k = 0; k < plan->n_constants; k++) {
        *value += w->buffer[plan->constants[k]][0];
    }
    for (uint32_t i = 0; i < plan->n_stages; i++) {
        const mlec_stage *s = &plan->stages[i];
        if (s->kind == MLEC_STAGE_LINEAR) {
            if (!compute_linear(s, w, theta, w->stage[i])) {
                return false;
            }
        } else if (s->kind != MLEC_STAGE_MAP || s->target == MLEC_TARGET_UNKNOWN) {
            return false;
        } else if (s->target != MLEC_TARGET_DERIVED) {
            compute_map(plan, s, w);
            *value += sum(w->output[0], s->axis);
            add_gradient(plan, s, w, gradient);
        }
    }
    return true;
}

int main(void)
{
    static workspace w;
    const double thetas[][2] = {{-1, 0}, {-2, -0.5}, {-2.1, -0.4}};
    const mlec_plan *plan = &claims;
    if (plan->abi != MLEC_PLAN_ABI || plan->n_buffers > MOST || plan->n_stages > MOST ||
        plan->n_params != 2 || !compute_buffers(plan, &w)) {
        return 1;
    }
    for (size_t i = 0; i < sizeof thetas / sizeof *thetas; i++) {
        double value, gradient[2];
        if (!evaluate(plan, &w, thetas[i], &value, gradient)) {
            return 1;
        }
        printf("at %s = %g, %s = %g: log-likelihood %.6f, gradient %.6f %.6f\n",
               plan->params[0].name, thetas[i][0], plan->params[1].name, thetas[i][1], value,
               gradient[0], gradient[1]);
    }
    return 0;
}
