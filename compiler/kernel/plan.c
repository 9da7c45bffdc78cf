#include "compiler/kernel/kernel.h"

#include "compiler/grad/grad.h"

#include <math.h>
#include <string.h>

enum { MOST_INPUTS = 40 };

static bool has_param(const dag *g, node n) { return dag_at(g, n)->flags & NODE_PARAM; }

/* Data work worth a buffer of its own, rather than being done again in every evaluation. */
static bool is_heavy(const dag *g, node n)
{
    const dag_node *d = dag_at(g, n);
    op_class class = op_table[d->op].class;
    if (class == OP_MATH || class == OP_JET || class == OP_AXIS || d->op == OP_POW ||
        d->op == OP_DIV || d->op == OP_SQRT || d->op == OP_AND || d->op == OP_OR)
        return true;
    for (int i = 0; i < op_table[d->op].arity; i++)
        if (is_heavy(g, d->arg[i]))
            return true;
    return false;
}

/* ---- One map ------------------------------------------------------------------------------- */

typedef struct {
    kernel *k;
    predictor_set predictors;
    VEC(uint32_t) data;    /* buffers */
    VEC(node) data_inputs; /* their INPUT leaves */
    node *active_inputs;   /* the INPUT leaf of each predictor */
    node *memo;
    uint32_t n_memo;
} map_builder;

static node data_input(map_builder *m, node n)
{
    kernel *k = m->k;
    uint32_t id = kernel_buffer(k, n);
    for (uint32_t i = 0; i < m->data.count; i++)
        if (m->data.data[i] == id)
            return m->data_inputs.data[i];
    bool varies = dag_at(&k->b->g, n)->axis != AXIS_ONE;
    node leaf = fold_leaf(&k->b->g, OP_INPUT, m->predictors.forms.count + m->data.count, 0,
                          varies ? AXIS_ROW : AXIS_ONE, NODE_DATA);
    VEC_PUSH(k->arena, m->data, id);
    VEC_PUSH(k->arena, m->data_inputs, leaf);
    return leaf;
}

/* The node over INPUT leaves. */
static node rewrite(map_builder *m, node n)
{
    dag *g = &m->k->b->g;
    if (n < m->n_memo && m->memo[n])
        return m->memo[n];
    dag_node d = *dag_at(g, n);
    node r = 0;
    if (!(d.flags & NODE_PARAM)) {
        bool leaf = op_table[d.op].arity == 0;
        if (d.op == OP_CONST)
            return n;
        if (leaf || d.axis == AXIS_ONE || is_heavy(g, n))
            r = data_input(m, n);
    }
    for (uint32_t i = 0; !r && i < m->predictors.marks.count; i++) {
        predictor_mark mark = m->predictors.marks.data[i];
        if (mark.n != n)
            continue;
        r = fold_mul(g, fold_const(g, mark.scale), m->active_inputs[mark.predictor]);
        if (mark.offset)
            r = fold_add(g, rewrite(m, mark.offset), r);
    }
    if (!r) {
        node args[3] = {0, 0, 0};
        for (int i = 0; i < op_table[d.op].arity; i++)
            args[i] = rewrite(m, d.arg[i]);
        r = fold_like(g, n, args);
    }
    if (n < m->n_memo)
        m->memo[n] = r;
    return r;
}

uint32_t kernel_linear_stage(kernel *k, const predictor_form *form, uint16_t axis)
{
    mlec_block *blocks = ARENA_ARRAY(k->arena, mlec_block, form->n_blocks + 1);
    for (uint32_t i = 0; i < form->n_blocks; i++) {
        blocks[i] = form->blocks[i];
        blocks[i].multiplier =
            form->multipliers[i] ? (int32_t)kernel_buffer(k, form->multipliers[i]) : -1;
    }
    bool log_sum = form->n_blocks == 1 && blocks[0].kind == MLEC_BLOCK_DESIGN &&
                   blocks[0].index[0].kind == MLEC_INDEX_SAME;
    mlec_stage s = {.kind = log_sum ? MLEC_STAGE_LOG_SUM : MLEC_STAGE_LINEAR,
                    .axis = form->varies ? axis : AXIS_ONE,
                    .blocks = blocks,
                    .n_blocks = form->n_blocks};
    for (uint32_t i = 0; i < k->stages.count; i++) {
        const mlec_stage *o = &k->stages.data[i];
        if (o->kind == s.kind && o->axis == s.axis && o->n_blocks == s.n_blocks &&
            !memcmp(o->blocks, blocks, sizeof *blocks * s.n_blocks))
            return i;
    }
    VEC_PUSH(k->arena, k->stages, s);
    return k->stages.count - 1;
}

/* Lists a function: its outputs, and what of them its prologue computes. */
static void add_function(kernel *k, kernel_role role, const kernel_map *map, uint32_t n_scalars,
                         const node *outputs, uint32_t n_outputs)
{
    static const char *const variants[] = {"data",     "value", "gradient", "hessian",
                                           "expected", "kinks", "table"};
    dag *g = &k->b->g;
    uint8_t *seen = ARENA_ARRAY(k->arena, uint8_t, g->nodes.count);
    dag_mark(g, outputs, n_outputs, seen);
    uint8_t *hoist = ARENA_ARRAY(k->arena, uint8_t, g->nodes.count);
    uint32_t count = 0;
    for (node i = 1; i < g->nodes.count; i++) {
        if (!seen[i] || dag_at(g, i)->axis == AXIS_ONE)
            continue;
        for (int j = 0; j < 3; j++)
            hoist[dag_at(g, i)->arg[j]] = 1;
    }
    for (uint32_t i = 0; i < n_outputs; i++)
        hoist[outputs[i]] = 1;
    node *hoisted = ARENA_ARRAY(k->arena, node, g->nodes.count);
    for (node i = 1; i < g->nodes.count; i++) {
        const dag_node *d = dag_at(g, i);
        if (seen[i] && hoist[i] && d->axis == AXIS_ONE && op_table[d->op].arity > 0)
            hoisted[count++] = i;
    }
    VEC_PUSH(
        k->arena, k->functions,
        (kernel_function){.name = arena_printf(k->arena, "map%u_%s", map->stage, variants[role]),
                          .role = role,
                          .owner = map->stage,
                          .inputs = map->inputs,
                          .n_inputs = map->n_inputs,
                          .outputs = outputs,
                          .n_outputs = n_outputs,
                          .hoisted = hoisted,
                          .n_hoisted = count,
                          .n_scalars = n_scalars});
}

/* The functions for value, gradient and Hessian, whose outputs are parts of one list: so what is
 * computed has the same bits whatever is asked. Reports need no curvature. */
static void add_orders(kernel *k, const kernel_map *map, uint32_t n_scalars, const node *outputs,
                       bool report)
{
    uint32_t n = map->n_active;
    if (report) {
        add_function(k, KERNEL_GRADIENT, map, n_scalars, outputs, 1 + n);
        return;
    }
    if (n > 0)
        add_function(k, KERNEL_VALUE, map, n_scalars, outputs, 1);
    if (map->n_pairs > 0)
        add_function(k, KERNEL_GRADIENT, map, n_scalars, outputs, 1 + n);
    add_function(k, KERNEL_HESSIAN, map, n_scalars, outputs, 1 + n + map->n_pairs);
}

static bool is_zero(const dag *g, node n)
{
    double c;
    return fold_is_const(g, n, &c) && c == 0;
}

/* d2 of what the argument nodes of a distribution tell about the inputs: J' I J. */
static bool expected_pairs(map_builder *m, const build_term *t, uint32_t n, const node *inputs,
                           const node *weights, node *out)
{
    build *b = m->k->b;
    dag *g = &b->g;
    const build_family *f = &t->family;
    uint32_t args = f->n_arguments;
    node *jacobian = ARENA_ARRAY(b->arena, node, args * n + 1);
    for (uint32_t i = 0; i < args; i++) {
        if (!f->arguments[i])
            return false;
        if (has_param(g, f->arguments[i])) {
            if (!grad_reverse(b, rewrite(m, f->arguments[i]), inputs, n, &jacobian[i * n]))
                return false;
        } else {
            for (uint32_t a = 0; a < n; a++)
                jacobian[i * n + a] = fold_const(g, 0);
        }
    }
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t c = a; c < n; c++) {
            node sum = fold_const(g, 0);
            for (uint32_t i = 0; i < args; i++)
                for (uint32_t j = 0; j < args; j++)
                    if (f->information[i][j])
                        sum = fold_add(
                            g, sum,
                            fold_mul(g, rewrite(m, f->information[i][j]),
                                     fold_mul(g, jacobian[i * n + a], jacobian[j * n + c])));
            out[a * n + c] = weights ? fold_mul(g, *weights, sum) : sum;
        }
    return true;
}

/* The predictors of a distribution's arguments, and of its information: exp(a)^2 is exp(2a) there.
 */
static void find_in_expected(map_builder *m, const build_family *f)
{
    const dag *g = &m->k->b->g;
    for (uint32_t i = 0; i < f->n_arguments; i++)
        if (f->arguments[i] && has_param(g, f->arguments[i]))
            predictors_find(&m->predictors, f->arguments[i], true);
    for (uint32_t i = 0; i < f->n_arguments; i++)
        for (uint32_t j = 0; j < f->n_arguments; j++)
            if (f->information[i][j] && has_param(g, f->information[i][j]))
                predictors_find(&m->predictors, f->information[i][j], true);
}

typedef struct {
    node root;
    uint16_t axis;
    mlec_target target;
    uint32_t target_index;
    mlec_reduce reduce;
    uint32_t group;
    bool counted;           /* the same for every row */
    const build_term *term; /* or NULL */
    const stmt *statement;
} map_request;

static const char *input_name(kernel *k, const predictor_form *form, uint32_t number)
{
    if (form->n_blocks == 1 && form->blocks[0].kind == MLEC_BLOCK_ELEMENT &&
        !form->multipliers[0] && form->blocks[0].scale == 1 &&
        form->blocks[0].unknown < k->b->m->params.count)
        return k->b->m->params.data[form->blocks[0].unknown].name;
    return arena_printf(k->arena, "u%u", number);
}

static const char *buffer_name(kernel *k, uint32_t id)
{
    const mlec_buffer *b = &k->buffers.data[id];
    if (b->kind == MLEC_BUFFER_COLUMN)
        return k->b->m->columns.data[b->source].name;
    return arena_printf(k->arena, "d%u", id);
}

static void list_pairs(kernel *k, uint32_t n, const node *second, const uint32_t **pairs,
                       uint32_t *count, node *outputs)
{
    dag *g = &k->b->g;
    uint32_t *list = ARENA_ARRAY(k->arena, uint32_t, n * (n + 1) + 2), c = 0;
    for (uint32_t a = 0; a < n; a++)
        for (uint32_t d = a; d < n; d++)
            if (!is_zero(g, second[a * n + d])) {
                list[2 * c] = a;
                list[2 * c + 1] = d;
                outputs[c++] = second[a * n + d];
            }
    *pairs = list;
    *count = c;
}

/* Whether a distribution's arguments are nonlinear in the parameters: then the expected information
 * is worth its code, as a way to a maximum that Newton's method may miss. */
static bool is_curved(kernel *k, const build_term *t)
{
    for (uint32_t i = 0; i < t->family.n_arguments; i++)
        if (t->family.arguments[i] && !affine(k, t->family.arguments[i]))
            return true;
    return false;
}

/* The evaluator has a rule for one log-sum in a map over rows without states or groups. */
static bool log_sums_fit(kernel *k, const predictor_set *p, const map_request *r)
{
    uint32_t n = 0;
    bool states = r->target == MLEC_TARGET_STATE;
    for (uint32_t i = 0; i < p->forms.count; i++) {
        const mlec_block *b = p->forms.data[i].blocks;
        n += p->forms.data[i].n_blocks == 1 && b->kind == MLEC_BLOCK_DESIGN &&
             b->index[0].kind == MLEC_INDEX_SAME;
        for (uint32_t j = 0; j < p->forms.data[i].n_blocks; j++)
            states |= b[j].kind == MLEC_BLOCK_STATE;
    }
    if (n == 0 || (n == 1 && !states && r->reduce != MLEC_REDUCE_GROUP))
        return true;
    diag *d = diag_report(k->b->diags, DIAG_MACHINE_CODE, r->statement ? r->statement->at : NO_SPAN,
                          "machine code sums over the levels of one formula in a term, and not in "
                          "groups or recursions");
    diag_add_hint(k->b->diags, d, "split the statement");
    return false;
}

/* A predictor of parameters alone: no cut, no state, no log-sum of predictors. */
static bool reads_parameters(const kernel *k, const predictor_form *form)
{
    if (form->n_blocks == 1 && form->blocks[0].kind == MLEC_BLOCK_DESIGN &&
        form->blocks[0].index[0].kind == MLEC_INDEX_SAME)
        return false;
    for (uint32_t i = 0; i < form->n_blocks; i++)
        if (form->blocks[i].kind == MLEC_BLOCK_STATE ||
            form->blocks[i].unknown >= k->b->m->params.count)
            return false;
    return true;
}

static void add_kinks(kernel *k, map_builder *m, const kernel_map *map, node density,
                      uint32_t n_scalars)
{
    uint32_t n = map->n_active;
    bool *allowed = ARENA_ARRAY(k->arena, bool, n + 1);
    for (uint32_t i = 0; i < n; i++)
        allowed[i] = reads_parameters(k, &m->predictors.forms.data[i]);
    kernel_kinks found = kernel_find_kinks(k, density, m->active_inputs, allowed, n);
    if (found.count == 0)
        return;
    mlec_map *out = &k->stages.data[map->stage].map;
    out->n_kinks = found.count;
    out->kink_slopes = found.slopes;
    kernel_contract(k, found.outputs, 3 * found.count);
    add_function(k, KERNEL_KINKS, map, n_scalars, found.outputs, 3 * found.count);
}

/* Fewer operations for each row, the same functions. */
static void rewrite_rows(kernel *k, node *outputs, uint32_t n)
{
    uint32_t without = k->b->m->options->without;
    if (!(without >> MLEC_TRICK_POWERS & 1))
        kernel_share_powers(k, outputs, n);
    if (!(without >> MLEC_TRICK_SCALARS & 1))
        kernel_gather_scalars(k, outputs, n);
}

/* Whether functions of one column may be made apart: of rows, in strips. */
static bool has_tables(const kernel *k, const predictor_set *p, const map_request *r)
{
    bool states = r->target == MLEC_TARGET_STATE || r->target == MLEC_TARGET_DERIVED;
    bool varies = false; /* else all is a function of data, and equal rows are counted */
    for (uint32_t i = 0; i < p->forms.count; i++)
        varies |= p->forms.data[i].varies;
    for (uint32_t i = 0; i < p->forms.count; i++)
        for (uint32_t j = 0; j < p->forms.data[i].n_blocks; j++)
            states |= p->forms.data[i].blocks[j].kind == MLEC_BLOCK_STATE;
    return !states && varies && r->axis == AXIS_ROW &&
           !(k->b->m->options->without >> MLEC_TRICK_TABLES & 1);
}

/* Takes functions of one column out of a map's outputs; `map` gets their results as inputs. */
static void add_tables(kernel *k, kernel_map *map, uint32_t n_scalars, node *outputs, uint32_t n)
{
    kernel_lookups found =
        kernel_find_lookups(k, map->inputs, map->n_inputs, map->n_active, outputs, n);
    if (!found.n)
        return;
    uint32_t n_tables = found.groups.count, next = map->n_inputs, rows = 0;
    mlec_table *tables = ARENA_ARRAY(k->arena, mlec_table, n_tables);
    kernel_input *inputs = ARENA_ARRAY(k->arena, kernel_input, map->n_inputs + found.n);
    memcpy(inputs, map->inputs, map->n_inputs * sizeof *inputs);
    for (uint32_t i = 0; i < map->n_inputs; i++)
        rows += inputs[i].varies;
    for (uint32_t t = 0; t < n_tables; t++) {
        kernel_lookup *l = &found.groups.data[t];
        kernel_input *own = ARENA_ARRAY(k->arena, kernel_input, map->n_inputs);
        memcpy(own, map->inputs, map->n_inputs * sizeof *own);
        for (uint32_t i = 0; i < map->n_inputs; i++)
            own[i].varies &= i == l->input; /* no other row is read */
        own[l->input].slot = 0;
        tables[t].data = l->input - map->n_active;
        for (uint32_t j = 0; j < l->nodes.count; j++)
            inputs[next++] = (kernel_input){
                .varies = true, .slot = rows++, .name = arena_printf(k->arena, "t%u", rows)};
        kernel_contract(k, l->nodes.data, l->nodes.count);
        kernel_map view = {.stage = map->stage, .inputs = own, .n_inputs = map->n_inputs};
        add_function(k, KERNEL_TABLE, &view, n_scalars, l->nodes.data, l->nodes.count);
        kernel_function *f = &k->functions.data[k->functions.count - 1];
        f->number = t;
        f->name = arena_printf(k->arena, "map%u_table%u", map->stage, t);
    }
    k->stages.data[map->stage].tables = tables;
    k->stages.data[map->stage].n_tables = n_tables;
    map->inputs = inputs;
    map->n_inputs = next;
}

static void add_map(kernel *k, map_request r)
{
    build *b = k->b;
    dag *g = &b->g;
    const build_term *t = r.term;
    map_builder m = {.k = k, .predictors = {.k = k, .axis = r.axis}};
    predictors_find(&m.predictors, r.root, r.target == MLEC_TARGET_DERIVED);
    bool expected = t && t->family.name && t->family.has_information &&
                    (b->m->options->vcov == MLEC_VCOV_EXPECTED || is_curved(k, t));
    if (expected)
        find_in_expected(&m, &t->family);
    uint32_t n = m.predictors.forms.count;
    if (n > MOST_INPUTS) {
        diag *d = diag_report(b->diags, DIAG_MACHINE_CODE, r.statement ? r.statement->at : NO_SPAN,
                              "this term is nonlinear in %u quantities at once; machine code takes "
                              "at most %d",
                              n, MOST_INPUTS);
        diag_add_hint(b->diags, d, "split the statement, or sum linear terms first");
        return;
    }
    if (!log_sums_fit(k, &m.predictors, &r))
        return;
    uint32_t *active = ARENA_ARRAY(k->arena, uint32_t, n + 1);
    m.active_inputs = ARENA_ARRAY(k->arena, node, n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const predictor_form *form = &m.predictors.forms.data[i];
        active[i] = kernel_linear_stage(k, form, r.axis);
        m.active_inputs[i] =
            fold_leaf(g, OP_INPUT, i, 0, form->varies ? AXIS_ROW : AXIS_ONE, NODE_PARAM);
    }
    m.n_memo = g->nodes.count;
    m.memo = ARENA_ARRAY(k->arena, node, m.n_memo);
    node density = rewrite(&m, r.root);
    node *gradient = ARENA_ARRAY(k->arena, node, n + 1);
    node *second = ARENA_ARRAY(k->arena, node, n * n + 1);
    node *information = ARENA_ARRAY(k->arena, node, n * n + 1);
    if (!grad_reverse(b, density, m.active_inputs, n, gradient))
        return;
    bool curved = r.target != MLEC_TARGET_DERIVED; /* the delta method needs no more */
    for (uint32_t i = 0; i < n * n; i++)
        second[i] = fold_const(g, 0);
    if (curved && !grad_second(b, gradient, m.active_inputs, n, second))
        return;
    bool weighted =
        r.target == MLEC_TARGET_LIKELIHOOD && r.axis == AXIS_ROW && b->weight && !(t && t->once);
    node weight = weighted ? rewrite(&m, b->weight) : 0;
    if (expected)
        expected =
            expected_pairs(&m, t, n, m.active_inputs, weighted ? &weight : NULL, information);

    uint32_t id = k->stages.count;
    mlec_stage s = {.kind = r.target == MLEC_TARGET_STATE ? MLEC_STAGE_SCAN : MLEC_STAGE_MAP,
                    .axis = r.axis,
                    .active = active,
                    .n_active = n,
                    .data = m.data.data,
                    .n_data = m.data.count,
                    .target = r.target,
                    .target_index = r.target_index,
                    .reduce = r.reduce,
                    .group = r.group,
                    .counted = r.counted};
    if (r.statement)
        s.statement = kernel_statement(k, r.statement, t ? &t->family : NULL);
    VEC_PUSH(k->arena, k->stages, s);

    kernel_map map = {.stage = id, .n_active = n, .n_inputs = n + m.data.count, .term = t};
    kernel_input *inputs = ARENA_ARRAY(k->arena, kernel_input, map.n_inputs + 1);
    uint32_t rows = 0, scalars = 0;
    for (uint32_t i = 0; i < map.n_inputs; i++) {
        node leaf = i < n ? m.active_inputs[i] : m.data_inputs.data[i - n];
        bool varies = dag_at(g, leaf)->axis != AXIS_ONE;
        inputs[i] = (kernel_input){.varies = varies,
                                   .slot = varies ? rows++ : scalars++,
                                   .is_active = i < n,
                                   .name = i < n ? input_name(k, &m.predictors.forms.data[i], i)
                                                 : buffer_name(k, m.data.data[i - n])};
    }
    map.inputs = inputs;
    mlec_map *out = &k->stages.data[id].map;
    node *outputs = ARENA_ARRAY(k->arena, node, 1 + n + n * n);
    bool weight_varies = weight && dag_at(g, weight)->axis != AXIS_ONE;
    if (r.axis == AXIS_ROW)
        out->degrees = kernel_degrees(k, density, weight_varies ? weight : 0);
    outputs[0] = density;
    memcpy(outputs + 1, gradient, n * sizeof *gradient);
    list_pairs(k, n, second, &out->pairs, &out->n_pairs, outputs + 1 + n);
    if (r.target != MLEC_TARGET_DERIVED) /* c / c of a report stays 1 */
        rewrite_rows(k, outputs, 1 + n + out->n_pairs);
    uint32_t n_outputs = 1 + n + out->n_pairs;
    kernel_map split = map; /* what is computed; `map` stays whole, for dumps and the oracle */
    node *split_outputs = ARENA_ARRAY(k->arena, node, n_outputs);
    memcpy(split_outputs, outputs, n_outputs * sizeof *outputs);
    if (has_tables(k, &m.predictors, &r))
        add_tables(k, &split, scalars, split_outputs, n_outputs);
    kernel_contract(k, split_outputs, n_outputs);
    kernel_contract(k, outputs, n_outputs);
    out = &k->stages.data[id].map;
    map.value = outputs[0];
    map.gradient = outputs + 1;
    map.pairs = outputs + 1 + n;
    map.n_pairs = out->n_pairs;
    split.n_pairs = out->n_pairs;
    add_orders(k, &split, scalars, split_outputs, r.target == MLEC_TARGET_DERIVED);
    if (expected) {
        node *expected_outputs = ARENA_ARRAY(k->arena, node, n * n + 1);
        list_pairs(k, n, information, &out->expected_pairs, &out->n_expected_pairs,
                   expected_outputs);
        rewrite_rows(k, expected_outputs, out->n_expected_pairs);
        kernel_contract(k, expected_outputs, out->n_expected_pairs);
        add_function(k, KERNEL_EXPECTED, &map, scalars, expected_outputs, out->n_expected_pairs);
    } else if (r.target == MLEC_TARGET_LIKELIHOOD && n > 0) {
        out->lacks_expected = !(t && t->family.name)      ? "loglik"
                              : t->family.has_information ? NULL
                                                          : t->family.name;
    }
    VEC_PUSH(k->arena, k->maps, map);
    if (r.target == MLEC_TARGET_LIKELIHOOD || r.target == MLEC_TARGET_PRIOR ||
        r.target == MLEC_TARGET_UNKNOWN)
        add_kinks(k, &m, &map, density, scalars);
}

/* ---- Terms --------------------------------------------------------------------------------- */

uint32_t kernel_cut(kernel *k, node n)
{
    uint32_t first = k->b->m->params.count;
    for (uint32_t i = 0; i < k->cut_nodes.count; i++)
        if (k->cut_nodes.data[i] == n)
            return first + i;
    dag_node d = *dag_at(&k->b->g, n);
    uint16_t axis = dag_at(&k->b->g, d.arg[0])->axis;
    map_request r = {
        .root = d.arg[0], .axis = axis, .target = MLEC_TARGET_UNKNOWN, .reduce = MLEC_REDUCE_SUM};
    if (d.op == OP_GROUP_SUM) {
        r.reduce = MLEC_REDUCE_GROUP;
        r.group = kernel_codes(k, d.x, 0);
        r.axis = AXIS_ROW;
    }
    uint32_t before = k->maps.count;
    add_map(k, r); /* which may make cuts of its own: they come first */
    if (k->maps.count == before)
        return 0; /* after a report */
    uint32_t id = first + k->cut_nodes.count, stage = k->stages.count - 1;
    VEC_PUSH(k->arena, k->cut_nodes, n);
    VEC_PUSH(k->arena, k->unknowns, (mlec_unknown){.axis = d.axis, .stage = stage});
    k->stages.data[stage].target_index = id;
    return id;
}

void kernel_scan(kernel *k, uint32_t state)
{
    if (k->scanned[state])
        return;
    k->scanned[state] = true;
    add_map(k, (map_request){.root = k->b->g.states.data[state].body,
                             .axis = AXIS_ROW,
                             .target = MLEC_TARGET_STATE,
                             .target_index = state});
}

/* The buffer that holds a class outcome: codes where the model reads it so. */
static uint32_t outcome_buffer(kernel *k, uint32_t column)
{
    if (k->b->m->columns.data[column].type == MLEC_TYPE_BINARY)
        return kernel_buffer(k, build_column(k->b, column));
    return kernel_codes(k, column, 0);
}

uint32_t kernel_statement(kernel *k, const stmt *s, const build_family *family)
{
    for (uint32_t i = 0; i < k->statements.count; i++)
        if (k->statement_stmts.data[i] == s)
            return i;
    const diag_list *diags = k->b->diags;
    mlec_statement out = {.scale = -1, .outcome = -1, .located = -1, .text = ""};
    if (s && s->at.file && s->at.file <= diags->n_sources) { /* a definition has none */
        const source_text *source = &diags->sources[s->at.file];
        source_place p = source_locate(source, s->at.begin);
        out.line = p.line;
        out.column = p.column;
        out.text = arena_strndup(k->arena, source->text + s->at.begin, s->at.end - s->at.begin);
    }
    if (family && family->name) {
        out.family = family->name;
        out.discrete = family->discrete;
        out.mixture = family->mixture;
        out.collapses = family->collapses;
        if (family->located)
            out.located = (int32_t)kernel_buffer(k, family->located);
        out.scale = family->scale;
        if (family->outcome)
            out.outcome = (int32_t)outcome_buffer(k, family->outcome - 1);
    }
    VEC_PUSH(k->arena, k->statements, out);
    VEC_PUSH(k->arena, k->statement_stmts, s);
    return k->statements.count - 1;
}

/* Splits the addends of a row term: those of data alone are summed once, when data are bound. */
static void split_addends(kernel *k, node n, bool negative, node *rest, node *data)
{
    dag *g = &k->b->g;
    dag_node d = *dag_at(g, n);
    if (has_param(g, n) && (d.op == OP_ADD || d.op == OP_SUB)) {
        split_addends(k, d.arg[0], negative, rest, data);
        split_addends(k, d.arg[1], negative ^ (d.op == OP_SUB), rest, data);
        return;
    }
    node *to = has_param(g, n) || d.axis == AXIS_ONE ? rest : data;
    if (!*to)
        *to = negative ? fold_neg(g, n) : n;
    else
        *to = negative ? fold_sub(g, *to, n) : fold_add(g, *to, n);
}

static void add_constant(kernel *k, node n)
{
    VEC_PUSH(k->arena, k->constants, kernel_buffer(k, n));
}

static void plan_row_term(kernel *k, const build_term *t)
{
    dag *g = &k->b->g;
    node rest = 0, data = 0, weight = k->b->weight;
    split_addends(k, t->root, false, &rest, &data);
    if (t->skip) { /* rows in which a lag has no value add nothing */
        node skipped = build_first_rows(k->b, t->skip), zero = fold_const(g, 0);
        data = data ? fold_select(g, skipped, zero, data) : 0;
        rest = rest ? fold_select(g, skipped, zero, rest) : 0;
        k->plan.skip = t->skip > k->plan.skip ? t->skip : k->plan.skip;
    }
    if (data) {
        node w = weight ? fold_mul(g, weight, data) : data;
        add_constant(k, fold_axis(g, OP_SUM, w, 0, 0, AXIS_ONE));
    }
    if (!rest)
        return;
    if (dag_at(g, rest)->axis == AXIS_ONE) { /* the same for every row: counted, not looped over */
        node count = weight ? fold_axis(g, OP_SUM, weight, 0, 0, AXIS_ONE)
                            : fold_leaf(g, OP_COUNT, 0, 0, AXIS_ONE, NODE_DATA);
        node all = fold_mul(g, count, rest);
        if (!has_param(g, all))
            add_constant(k, all);
        else
            add_map(k, (map_request){.root = all,
                                     .axis = AXIS_ONE,
                                     .target = t->target,
                                     .reduce = MLEC_REDUCE_SUM,
                                     .counted = true,
                                     .statement = t->statement});
        return;
    }
    if (weight)
        rest = fold_mul(g, weight, rest);
    add_map(k, (map_request){.root = rest,
                             .axis = AXIS_ROW,
                             .target = t->target,
                             .reduce = MLEC_REDUCE_SUM,
                             .term = t,
                             .statement = t->statement});
}

static void plan_term(kernel *k, const build_term *t)
{
    dag *g = &k->b->g;
    if (t->axis == AXIS_ROW) {
        plan_row_term(k, t);
        return;
    }
    node root = t->root;
    if (dag_at(g, root)->axis != t->axis) /* a constant density of each element */
        root = fold_mul(g, root, fold_leaf(g, OP_SIZE, t->axis, 0, AXIS_ONE, NODE_DATA));
    if (!has_param(g, root)) {
        if (dag_at(g, root)->axis == AXIS_ONE)
            add_constant(k, root);
        return;
    }
    add_map(k, (map_request){.root = root,
                             .axis = dag_at(g, root)->axis,
                             .target = t->target,
                             .reduce = MLEC_REDUCE_SUM,
                             .term = t,
                             .statement = t->statement});
}

static void plan_report(kernel *k, const build_report *r)
{
    mlec_derived d = {.name = r->name,
                      .type = r->type,
                      .type_text = r->type_text,
                      .lower = r->lower,
                      .upper = r->upper,
                      .axis = r->axis};
    add_map(k, (map_request){.root = r->root,
                             .axis = r->axis,
                             .target = MLEC_TARGET_DERIVED,
                             .target_index = k->derived.count,
                             .statement = r->statement});
    d.stage = k->stages.count - 1;
    VEC_PUSH(k->arena, k->derived, d);
}

static void plan_require(kernel *k, const build_require *r)
{
    mlec_require out = {.kind = r->kind,
                        .shown = -1,
                        .message = r->message,
                        .column = r->column,
                        .early = r->early};
    if (dag_at(&k->b->g, r->condition)->flags & NODE_PARAM)
        return;
    out.buffer = kernel_buffer(k, r->condition);
    if (r->shown && !(dag_at(&k->b->g, r->shown)->flags & NODE_PARAM))
        out.shown = (int32_t)kernel_buffer(k, r->shown);
    out.statement = kernel_statement(k, r->statement, NULL);
    VEC_PUSH(k->arena, k->requires, out);
}

/* ---- The plan ------------------------------------------------------------------------------- */

void kernel_plan(kernel *k, const char *name, uint64_t hash)
{
    build *b = k->b;
    kernel_params(k);
    k->scanned = ARENA_ARRAY(k->arena, bool, b->g.states.count + 1);
    for (uint32_t i = 0; i < b->terms.count; i++)
        plan_term(k, &b->terms.data[i]);
    for (uint32_t i = 0; i < b->reports.count; i++)
        plan_report(k, &b->reports.data[i]);
    for (uint32_t i = 0; i < b->requires.count; i++)
        plan_require(k, &b->requires.data[i]);
    for (uint32_t i = 0; i < b->constraints.count; i++)
        kernel_constraint(k, &b->constraints.data[i]);
    mlec_plan *p = &k->plan;
    p->series = (mlec_series){.declared = b->m->series != NULL,
                              .order = (int32_t)b->series_order - 1,
                              .by = (int32_t)b->series_by - 1,
                              .n_phases = kernel_phases(k)};
    p->where = b->where ? (int32_t)kernel_buffer(k, b->where) : -1;
    p->sampling = b->weight && b->m->weight->flag;
    p->weight = b->weight ? (int32_t)kernel_buffer(k, b->weight) : -1;
    kernel_formulas(k);
    kernel_columns(k);
    kernel_place_functions(k);
    p->abi = MLEC_PLAN_ABI;
    p->size = sizeof *p;
    p->name = name;
    p->version = MLEC_VERSION;
    p->hash = hash;
    p->axes = b->g.axes.data;
    p->n_axes = b->g.axes.count;
    p->unknowns = k->unknowns.data;
    p->n_unknowns = k->unknowns.count;
    p->buffers = k->buffers.data;
    p->n_buffers = k->buffers.count;
    p->stages = k->stages.data;
    p->n_stages = k->stages.count;
    p->derived = k->derived.data;
    p->n_derived = k->derived.count;
    p->statements = k->statements.data;
    p->n_statements = k->statements.count;
    p->requires = k->requires.data;
    p->n_requires = k->requires.count;
    p->constraints = k->constraints.data;
    p->n_constraints = k->constraints.count;
    const char **states = ARENA_ARRAY(k->arena, const char *, b->g.states.count + 1);
    for (uint32_t i = 0; i < b->g.states.count; i++)
        states[i] = b->g.states.data[i].name;
    p->states = states;
    p->n_states = b->g.states.count;
    const char **definitions = ARENA_ARRAY(k->arena, const char *, b->m->lets.count + 1);
    for (uint32_t i = 0; i < b->m->lets.count; i++)
        definitions[i] = b->m->lets.data[i].name;
    p->definitions = definitions;
    p->n_definitions = b->m->lets.count;
    p->constants = k->constants.data;
    p->n_constants = k->constants.count;
}
