#include "compiler/kernel/oracle.h"

#include "compiler/fold/interp.h"

#include <string.h>

/* The nodes that some outputs need, in order. */
typedef struct {
    const node *nodes;
    uint32_t count;
} program;

typedef struct {
    quad *value;
    quad *tangent; /* rows x n_z */
    quad *adjoint;
} state;

typedef struct {
    const kernel *k;
    const exact_view *v;
    arena *a;
    quad **buffers; /* computed from the leaves */
    quad *z, *g, *h;
    quad *values;      /* of graph nodes */
    program *programs; /* of each map, with all its outputs */
    state *states;
    quad *tangents;  /* active inputs x n_z */
    quad *inputs;    /* of one map */
    quad *curvature; /* of its log-sum, if it has one */
    quad *level_values, *level_tangent;
    quad_memo memo;
    size_t n_z;
} oracle;

static program make_program(oracle *o, const node *outputs, uint32_t n)
{
    const dag *g = &o->k->b->g;
    uint8_t *seen = ARENA_ARRAY(o->a, uint8_t, g->nodes.count);
    dag_mark(g, outputs, n, seen);
    node *list = ARENA_ARRAY(o->a, node, g->nodes.count);
    program p = {list, 0};
    for (node i = 1; i < g->nodes.count; i++)
        if (seen[i])
            list[p.count++] = i;
    return p;
}

static void run(oracle *o, const program *p, const quad *inputs)
{
    const dag *g = &o->k->b->g;
    for (uint32_t i = 0; i < p->count; i++) {
        node n = p->nodes[i];
        const dag_node *d = dag_at(g, n);
        o->values[n] = d->op == OP_CONST ? (quad)d->value
                       : d->op == OP_INPUT
                           ? inputs[d->x]
                           : op_eval_quad(&o->memo, (op_id)d->op, o->values[d->arg[0]],
                                          o->values[d->arg[1]], o->values[d->arg[2]]);
    }
}

/* ---- The data stage ----------------------------------------------------------------------------
 */

static const kernel_function *buffer_function(const kernel *k, uint32_t id)
{
    for (uint32_t i = 0; i < k->functions.count; i++)
        if (k->functions.data[i].slot == &k->plan.buffers[id].map)
            return &k->functions.data[i];
    return NULL;
}

/* The place of a row in its series, from 0. */
static size_t position(const oracle *o, size_t i)
{
    return o->v->position ? (size_t)o->v->position[i] : i;
}

static quad read_buffer(const oracle *o, uint32_t id, size_t i)
{
    return o->buffers[id][o->k->plan.buffers[id].axis == 0 ? 0 : i];
}

static void compute_buffer(oracle *o, uint32_t id)
{
    const mlec_buffer *b = &o->k->plan.buffers[id];
    size_t n = o->v->axis_length[b->axis];
    quad *out = o->buffers[id] = ARENA_ARRAY(o->a, quad, n + 1);
    switch (b->kind) {
    case MLEC_BUFFER_CODES: break;
    case MLEC_BUFFER_VARIABLE:
        for (size_t i = 0; o->v->buffers[id] && i < n; i++)
            out[i] = o->v->buffers[id][i];
        break;
    case MLEC_BUFFER_MAP: {
        const kernel_function *f = buffer_function(o->k, id);
        program p = make_program(o, f->outputs, 1);
        quad *inputs = ARENA_ARRAY(o->a, quad, b->n_inputs + 1);
        for (size_t i = 0; i < n; i++) {
            for (uint32_t j = 0; j < b->n_inputs; j++)
                inputs[j] = read_buffer(o, b->inputs[j], i);
            run(o, &p, inputs);
            out[i] = o->values[f->outputs[0]];
        }
        break;
    }
    case MLEC_BUFFER_SUM: {
        size_t m = o->v->axis_length[o->k->plan.buffers[b->inputs[0]].axis];
        for (size_t i = 0; i < m; i++)
            out[0] += o->buffers[b->inputs[0]][i];
        break;
    }
    case MLEC_BUFFER_GROUP_SUM:
        for (size_t i = 0; i < o->v->n_rows; i++)
            out[o->v->codes[b->inputs[1]][i]] += read_buffer(o, b->inputs[0], i);
        break;
    case MLEC_BUFFER_GATHER:
        for (size_t i = 0; i < n; i++)
            out[i] = o->buffers[b->inputs[0]][o->v->codes[b->inputs[1]][i]];
        break;
    case MLEC_BUFFER_LAG:
        for (size_t i = 0; i < n; i++)
            if (position(o, i) >= b->lag)
                out[i] = o->buffers[b->inputs[0]][i - b->lag];
        break;
    default: /* leaves are doubles */
        for (size_t i = 0; i < n; i++)
            out[i] = o->v->buffers[id][i];
    }
}

/* ---- Linear stages ------------------------------------------------------------------------------
 */

static size_t stride_of(const oracle *o, const mlec_axis *product)
{
    return o->v->axis_length[product->inner];
}

/* The element of its unknown that a block reads for element i. */
static size_t block_element(const oracle *o, const mlec_block *b, size_t i)
{
    const mlec_plan *p = &o->k->plan;
    uint32_t axis = p->unknowns[b->unknown].axis;
    const mlec_axis *a = &p->axes[axis];
    bool product = a->kind == MLEC_AXIS_PRODUCT;
    size_t at = 0;
    for (int d = product ? 0 : 1; d < 2; d++) {
        const mlec_index *ix = &b->index[d];
        uint32_t own = product ? (d == 0 ? a->outer : a->inner) : axis;
        size_t stride = product && d == 0 ? o->v->axis_length[a->inner] : 1;
        if (ix->kind == MLEC_INDEX_SAME && product && ix->value) /* slopes by level */
            return i / (stride_of(o, a) - ix->value) * stride_of(o, a) +
                   i % (stride_of(o, a) - ix->value) + ix->value;
        if (ix->kind == MLEC_INDEX_SAME && (!product || d == 1))
            return i + ix->value;
        if (ix->kind == MLEC_INDEX_SAME)
            continue;
        size_t k = ix->kind == MLEC_INDEX_CODE    ? (size_t)o->v->codes[ix->value][i]
                   : ix->kind == MLEC_INDEX_LEVEL ? o->v->level(o->v->user, own, ix->text)
                                                  : ix->value;
        at += stride * k;
    }
    return at;
}

static void add_outer(quad *h, size_t n, quad w, const quad *a, const quad *b)
{
    for (size_t j = 0; j < n; j++) {
        if (a[j] == 0 && b[j] == 0)
            continue;
        for (size_t i = 0; i < n; i++)
            h[i + j * n] += a == b ? w * a[i] * a[j] : w * (a[i] * b[j] + b[i] * a[j]);
    }
}

/* Row i of a design times the coefficients that begin at `first`, times c. */
static quad design_row(const oracle *o, uint32_t id, size_t first, quad c, size_t i, quad *tangent)
{
    quad sum = 0;
    exact_entry e;
    for (uint32_t k = 0; k < o->v->design_columns[id]; k++) {
        if (!o->v->entry(o->v->user, id, k, i, &e))
            continue;
        quad x = c;
        for (uint32_t j = 0; j < e.n_numbers; j++)
            x *= e.numbers[j].buffer == UINT32_MAX ? e.numbers[j].value
                                                   : read_buffer(o, e.numbers[j].buffer, i);
        sum += x * o->z[first + e.coefficient];
        if (tangent)
            tangent[first + e.coefficient] += x;
    }
    return sum;
}

static quad design_block(const oracle *o, const mlec_block *b, quad c, size_t i, quad *tangent)
{
    const mlec_axis *a = &o->k->plan.axes[o->k->plan.unknowns[b->unknown].axis];
    size_t first = o->v->first[b->unknown], level = 1;
    if (a->kind == MLEC_AXIS_PRODUCT) {
        level = b->index[0].kind == MLEC_INDEX_CODE
                    ? (size_t)o->v->codes[b->index[0].value][i]
                    : (size_t)(uint32_t)(o->v->level(o->v->user, a->outer, b->index[0].text) + 1);
        if (level == 0)
            return 0;
        first += (level - 1) * stride_of(o, a);
    }
    size_t lag = b->index[1].value;
    return position(o, i) < lag ? 0 : design_row(o, b->formula, first, c, i - lag, tangent);
}

/* log(1 + sum of exp over levels); with a tangent its curvature also goes to o->curvature, the
 * mean of the levels' outer products less that of the tangent. */
static quad log_sum(const oracle *o, const mlec_block *b, size_t i, quad *tangent)
{
    const mlec_axis *a = &o->k->plan.axes[o->k->plan.unknowns[b->unknown].axis];
    size_t levels = o->v->axis_length[a->outer], terms = stride_of(o, a), n = o->n_z;
    quad largest = 0, sum = 0;
    quad *u = o->level_values, *own = o->level_tangent;
    for (size_t k = 0; k < levels; k++) {
        u[k] = design_row(o, b->formula, o->v->first[b->unknown] + k * terms, 1, i, NULL);
        largest = u[k] > largest ? u[k] : largest;
    }
    sum = quad_exp(-largest);
    for (size_t k = 0; k < levels; k++)
        sum += quad_exp(u[k] - largest);
    quad total = largest + quad_log(sum);
    if (!tangent)
        return total;
    memset(o->curvature, 0, n * n * sizeof(quad));
    for (size_t k = 0; k < levels; k++) {
        quad p = quad_exp(u[k] - total);
        memset(own, 0, n * sizeof *own);
        design_row(o, b->formula, o->v->first[b->unknown] + k * terms, 1, i, own);
        for (size_t j = 0; j < n; j++)
            tangent[j] += p * own[j];
        add_outer(o->curvature, n, p, own, own);
    }
    add_outer(o->curvature, n, -1, tangent, tangent);
    return total;
}

/* The predictor at element i, and (unless NULL) its tangent. */
static quad predictor(const oracle *o, const mlec_stage *s, size_t i, quad *tangent)
{
    quad sum = 0;
    if (tangent)
        memset(tangent, 0, o->n_z * sizeof *tangent);
    if (s->kind == MLEC_STAGE_LOG_SUM)
        return log_sum(o, &s->blocks[0], i, tangent);
    for (uint32_t k = 0; k < s->n_blocks; k++) {
        const mlec_block *b = &s->blocks[k];
        quad c = b->scale;
        if (b->multiplier >= 0)
            c *= read_buffer(o, (uint32_t)b->multiplier, i);
        if (b->kind == MLEC_BLOCK_DESIGN) {
            sum += design_block(o, b, c, i, tangent);
            continue;
        }
        if (b->kind == MLEC_BLOCK_STATE) {
            size_t lag = b->index[1].value;
            if (position(o, i) < lag)
                continue;
            const state *from = &o->states[b->unknown];
            sum += c * from->value[i - lag];
            for (size_t j = 0; tangent && j < o->n_z; j++)
                tangent[j] += c * from->tangent[(i - lag) * o->n_z + j];
            continue;
        }
        size_t first = o->v->first[b->unknown], count = 1;
        if (b->kind == MLEC_BLOCK_DOT)
            count = b->n_columns;
        else if (b->kind == MLEC_BLOCK_ALL)
            count = o->v->axis_length[o->k->plan.unknowns[b->unknown].axis];
        else
            first += block_element(o, b, i);
        for (size_t j = 0; j < count; j++) {
            quad d = b->kind == MLEC_BLOCK_DOT ? c * read_buffer(o, b->columns[j], i) : c;
            sum += d * o->z[first + j];
            if (tangent)
                tangent[first + j] += d;
        }
    }
    return sum;
}

/* ---- Maps
 * ---------------------------------------------------------------------------------------- */

static const kernel_map *map_of(const kernel *k, uint32_t stage, const program **p, const oracle *o)
{
    for (uint32_t i = 0; i < k->maps.count; i++)
        if (k->maps.data[i].stage == stage) {
            *p = &o->programs[i];
            return &k->maps.data[i];
        }
    return NULL;
}

/* Runs the map of a stage at one element; tangents of its inputs stand in o->tangents. */
static const kernel_map *run_map(oracle *o, uint32_t stage, size_t i, bool tangents)
{
    const mlec_stage *s = &o->k->plan.stages[stage];
    const program *p = NULL;
    const kernel_map *m = map_of(o->k, stage, &p, o);
    quad *inputs = o->inputs;
    for (uint32_t k = 0; k < s->n_active; k++)
        inputs[k] = predictor(o, &o->k->plan.stages[s->active[k]], i,
                              tangents ? o->tangents + k * o->n_z : NULL);
    for (uint32_t k = 0; k < s->n_data; k++)
        inputs[s->n_active + k] = read_buffer(o, s->data[k], i);
    run(o, p, inputs);
    return m;
}

/* Adds weight times what the map says at this element to a gradient row and the Hessian. */
static void add_element(oracle *o, const mlec_stage *s, const kernel_map *m, quad weight, quad *g,
                        quad *h)
{
    for (uint32_t k = 0; g && k < s->n_active; k++)
        for (size_t j = 0; j < o->n_z; j++)
            g[j] += o->values[m->gradient[k]] * o->tangents[k * o->n_z + j];
    for (uint32_t k = 0; h && k < s->n_active; k++)
        if (o->k->plan.stages[s->active[k]].kind == MLEC_STAGE_LOG_SUM)
            for (size_t j = 0; j < o->n_z * o->n_z; j++)
                h[j] += weight * o->values[m->gradient[k]] * o->curvature[j];
    for (uint32_t k = 0; h && k < m->n_pairs; k++)
        add_outer(h, o->n_z, weight * o->values[m->pairs[k]],
                  o->tangents + s->map.pairs[2 * k] * o->n_z,
                  o->tangents + s->map.pairs[2 * k + 1] * o->n_z);
}

static void pass_adjoints(oracle *o, const mlec_stage *s, const kernel_map *m, size_t i,
                          quad weight)
{
    for (uint32_t k = 0; k < s->n_active; k++) {
        const mlec_stage *l = &o->k->plan.stages[s->active[k]];
        for (uint32_t j = 0; j < l->n_blocks; j++) {
            const mlec_block *b = &l->blocks[j];
            size_t lag = b->index[1].value;
            if (b->kind != MLEC_BLOCK_STATE || position(o, i) < lag)
                continue;
            quad c = b->scale;
            if (b->multiplier >= 0)
                c *= read_buffer(o, (uint32_t)b->multiplier, i);
            o->states[b->unknown].adjoint[i - lag] += weight * o->values[m->gradient[k]] * c;
        }
    }
}

/* ---- Cuts and scans
 * -------------------------------------------------------------------------------- */

static size_t cut_length(const oracle *o, uint32_t unknown)
{
    return o->v->axis_length[o->k->plan.unknowns[unknown].axis];
}

static size_t group_of(const oracle *o, const mlec_stage *s, size_t i)
{
    return s->reduce == MLEC_REDUCE_GROUP ? (size_t)o->v->codes[s->group][i] : 0;
}

static void cut_values(oracle *o, uint32_t phase)
{
    const mlec_plan *p = &o->k->plan;
    for (uint32_t u = p->n_params; u < p->n_unknowns; u++) {
        uint32_t stage = p->unknowns[u].stage;
        const mlec_stage *s = &p->stages[stage];
        for (size_t i = 0; s->phase == phase && i < o->v->axis_length[s->axis]; i++) {
            const kernel_map *m = run_map(o, stage, i, false);
            o->z[o->v->first[u] + group_of(o, s, i)] += o->values[m->value];
        }
    }
}

static void eliminate_cuts(oracle *o, uint32_t phase)
{
    const mlec_plan *p = &o->k->plan;
    size_t n_z = o->n_z;
    for (uint32_t u = p->n_unknowns; u-- > p->n_params;) {
        uint32_t stage = p->unknowns[u].stage;
        const mlec_stage *s = &p->stages[stage];
        if (s->phase != phase)
            continue;
        size_t first = o->v->first[u], n = cut_length(o, u);
        quad *jacobian = ARENA_ARRAY(o->a, quad, n * n_z + 1);
        quad *g_z = ARENA_ARRAY(o->a, quad, n + 1);
        memcpy(g_z, o->g + first, n * sizeof *g_z);
        for (size_t i = 0; i < o->v->axis_length[s->axis]; i++) {
            const kernel_map *m = run_map(o, stage, i, true);
            size_t group = group_of(o, s, i);
            add_element(o, s, m, g_z[group], jacobian + group * n_z, o->h);
            pass_adjoints(o, s, m, i, g_z[group]);
        }
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; i < first; i++)
                o->g[i] += jacobian[k * n_z + i] * g_z[k];
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; i < first; i++)
                for (size_t j = 0; j < first + n; j++)
                    o->h[i * n_z + j] += jacobian[k * n_z + i] * o->h[(first + k) * n_z + j];
        for (size_t k = 0; k < n; k++)
            for (size_t i = 0; i < first; i++)
                for (size_t j = 0; j < first; j++)
                    o->h[j * n_z + i] += jacobian[k * n_z + i] * o->h[j * n_z + first + k];
    }
}

static void scan_forward(oracle *o, uint32_t phase)
{
    const mlec_plan *p = &o->k->plan;
    for (size_t i = 0; i < o->v->n_rows; i++)
        for (uint32_t k = 0; k < p->n_stages; k++) {
            const mlec_stage *s = &p->stages[k];
            if (s->kind != MLEC_STAGE_SCAN || s->phase != phase)
                continue;
            const kernel_map *m = run_map(o, k, i, true);
            state *to = &o->states[s->target_index];
            to->value[i] = o->values[m->value];
            add_element(o, s, m, 0, to->tangent + i * o->n_z, NULL);
        }
}

static void scan_backward(oracle *o, uint32_t phase)
{
    const mlec_plan *p = &o->k->plan;
    for (size_t i = o->v->n_rows; i-- > 0;)
        for (uint32_t k = p->n_stages; k-- > 0;) {
            const mlec_stage *s = &p->stages[k];
            if (s->kind != MLEC_STAGE_SCAN || s->phase != phase)
                continue;
            quad adjoint = o->states[s->target_index].adjoint[i];
            const kernel_map *m = run_map(o, k, i, true);
            add_element(o, s, m, adjoint, NULL, o->h);
            pass_adjoints(o, s, m, i, adjoint);
        }
}

/* ---- The objective
 * ----------------------------------------------------------------------------------- */

static void set_up(oracle *o, const quad *theta)
{
    const mlec_plan *p = &o->k->plan;
    arena *a = o->a;
    size_t n_z = o->n_z = o->v->n_z, most = 1, widest = 1;
    o->values = ARENA_ARRAY(a, quad, o->k->b->g.nodes.count);
    o->z = ARENA_ARRAY(a, quad, n_z + 1);
    o->g = ARENA_ARRAY(a, quad, n_z + 1);
    o->h = ARENA_ARRAY(a, quad, n_z * n_z + 1);
    size_t longest = 1;
    for (uint32_t i = 0; i < p->n_axes; i++)
        if (p->axes[i].kind == MLEC_AXIS_CONTRASTS && o->v->axis_length[i] > longest)
            longest = o->v->axis_length[i];
    o->level_values = ARENA_ARRAY(a, quad, longest + 1);
    o->level_tangent = ARENA_ARRAY(a, quad, n_z + 1);
    o->curvature = ARENA_ARRAY(a, quad, p->n_formulas ? n_z * n_z + 1 : 1);
    memcpy(o->z, theta, o->v->n_theta * sizeof *theta);
    o->programs = ARENA_ARRAY(a, program, o->k->maps.count + 1);
    for (uint32_t i = 0; i < o->k->maps.count; i++) {
        const kernel_map *m = &o->k->maps.data[i];
        uint32_t n = 0;
        node *outputs = ARENA_ARRAY(a, node, 1 + m->n_active + m->n_pairs);
        outputs[n++] = m->value;
        for (uint32_t k = 0; k < m->n_active; k++)
            outputs[n++] = m->gradient[k];
        for (uint32_t k = 0; k < m->n_pairs; k++)
            outputs[n++] = m->pairs[k];
        o->programs[i] = make_program(o, outputs, n);
        most = m->n_active > most ? m->n_active : most;
        widest = m->n_inputs > widest ? m->n_inputs : widest;
    }
    o->tangents = ARENA_ARRAY(a, quad, most * n_z + 1);
    o->inputs = ARENA_ARRAY(a, quad, widest);
    o->states = ARENA_ARRAY(a, state, p->n_states + 1);
    for (uint32_t k = 0; k < p->n_states; k++)
        o->states[k] = (state){ARENA_ARRAY(a, quad, o->v->n_rows + 1),
                               ARENA_ARRAY(a, quad, o->v->n_rows * n_z + 1),
                               ARENA_ARRAY(a, quad, o->v->n_rows + 1)};
    o->buffers = ARENA_ARRAY(a, quad *, p->n_buffers + 1);
    for (uint32_t i = 0; i < p->n_buffers; i++)
        compute_buffer(o, i);
}

void oracle_eval(const kernel *k, const exact_view *view, arena *a, const quad *theta,
                 quad *objective, quad *gradient, quad *hessian)
{
    oracle o = {.k = k, .v = view, .a = a};
    const mlec_plan *p = &k->plan;
    bool derivatives = gradient || hessian;
    set_up(&o, theta);
    for (uint32_t phase = 0; phase < p->series.n_phases; phase++) {
        cut_values(&o, phase);
        scan_forward(&o, phase);
    }
    quad sum = 0;
    for (uint32_t i = 0; i < p->n_constants; i++)
        sum += o.buffers[p->constants[i]][0];
    for (uint32_t stage = 0; stage < p->n_stages; stage++) {
        const mlec_stage *s = &p->stages[stage];
        if (s->kind != MLEC_STAGE_MAP || s->target > MLEC_TARGET_PRIOR ||
            (s->target == MLEC_TARGET_PRIOR && !view->priors))
            continue;
        for (size_t i = 0; i < view->axis_length[s->axis]; i++) {
            const kernel_map *m = run_map(&o, stage, i, derivatives);
            sum += o.values[m->value];
            if (!derivatives)
                continue;
            add_element(&o, s, m, 1, o.g, o.h);
            pass_adjoints(&o, s, m, i, 1);
        }
    }
    *objective = sum;
    for (uint32_t phase = p->series.n_phases; derivatives && phase-- > 0;) {
        scan_backward(&o, phase);
        eliminate_cuts(&o, phase);
    }
    if (gradient)
        memcpy(gradient, o.g, view->n_theta * sizeof *gradient);
    for (size_t j = 0; hessian && j < view->n_theta; j++)
        memcpy(hessian + j * view->n_theta, o.h + j * o.n_z, view->n_theta * sizeof *hessian);
}
