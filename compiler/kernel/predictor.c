/* Linear predictors: which parts of a term are affine in the parameters.
 *
 * 1. An affine node that a nonlinear operator reads is a predictor ("forced"): eta in exp(eta).
 * 2. An affine node met only through sums and products with data (y*eta beside exp(eta)) is
 *    rewritten in the predictors already found where its parts are among them, and becomes
 *    a predictor of its own only otherwise.
 * 3. Predictors that differ by data or a constant factor alone are one: y - eta and eta.
 *
 * An affine node is split into blocks (parameter, index, data multiplier, constant factor) plus an
 * offset of data. */
#include "compiler/kernel/kernel.h"

#include <math.h>
#include <string.h>

static bool has_param(const dag *g, node n) { return dag_at(g, n)->flags & NODE_PARAM; }

/* Parameters chosen by data are linear in them, with multipliers of 0 and 1: the cut points above
 * and below a class. An arm of aggregates or columns of a design stays a choice between values. */
static bool choosable(const dag *g, node n)
{
    const dag_node *d = dag_at(g, n);
    if (!has_param(g, n) || d->op == OP_UNKNOWN)
        return true;
    switch ((op_id)d->op) {
    case OP_NEG: return choosable(g, d->arg[0]);
    case OP_ADD:
    case OP_SUB: return choosable(g, d->arg[0]) && choosable(g, d->arg[1]);
    case OP_MUL:
        return (!has_param(g, d->arg[0]) || !has_param(g, d->arg[1])) && choosable(g, d->arg[0]) &&
               choosable(g, d->arg[1]);
    case OP_DIV: return !has_param(g, d->arg[1]) && choosable(g, d->arg[0]);
    case OP_SELECT:
        return !has_param(g, d->arg[0]) && choosable(g, d->arg[1]) && choosable(g, d->arg[2]);
    default: return false;
    }
}

/* What a predictor is linear in: a parameter, an aggregate that was cut, a state of a recursion. */
static bool is_unknown(const dag *g, node n)
{
    const dag_node *d = dag_at(g, n);
    return d->op == OP_UNKNOWN || d->op == OP_DOT || d->op == OP_DESIGN || d->op == OP_SCAN ||
           d->op == OP_LAGGED ||
           ((d->op == OP_SUM || d->op == OP_GATHER || d->op == OP_GROUP_SUM) &&
            (d->flags & NODE_PARAM));
}

bool affine(kernel *k, node n)
{
    const dag *g = &k->b->g;
    const dag_node *d = dag_at(g, n);
    if (!(d->flags & NODE_PARAM))
        return true;
    if (is_unknown(g, n))
        return true;
    switch ((op_id)d->op) {
    case OP_NEG: return affine(k, d->arg[0]);
    case OP_ADD:
    case OP_SUB: return affine(k, d->arg[0]) && affine(k, d->arg[1]);
    case OP_MUL:
        return (!has_param(g, d->arg[0]) && affine(k, d->arg[1])) ||
               (!has_param(g, d->arg[1]) && affine(k, d->arg[0]));
    case OP_DIV: return !has_param(g, d->arg[1]) && affine(k, d->arg[0]);
    case OP_SELECT: return choosable(g, n);
    default: return false;
    }
}

typedef struct {
    kernel *k;
    VEC(mlec_block) blocks;
    VEC(node) multipliers;
    node offset;
} splitter;

static void add_block(splitter *s, mlec_block block, node multiplier, double scale)
{
    dag *g = &s->k->b->g;
    double c;
    if (multiplier && fold_is_const(g, multiplier, &c)) {
        scale *= c;
        multiplier = 0;
    }
    for (uint32_t i = 0; i < s->blocks.count; i++) {
        mlec_block *o = &s->blocks.data[i];
        bool same = o->kind == block.kind && o->unknown == block.unknown &&
                    o->columns == block.columns && o->formula == block.formula &&
                    !memcmp(o->index, block.index, sizeof o->index);
        if (!same)
            continue;
        if (s->multipliers.data[i] == multiplier) {
            o->scale += scale;
            return;
        }
        if (block.kind == MLEC_BLOCK_ELEMENT || block.kind == MLEC_BLOCK_DESIGN ||
            block.kind == MLEC_BLOCK_STATE) { /* b*x + b*z is b*(x + z) */
            node one = fold_const(g, 1);
            node p = fold_mul(g, fold_const(g, o->scale),
                              s->multipliers.data[i] ? s->multipliers.data[i] : one);
            node q = fold_mul(g, fold_const(g, scale), multiplier ? multiplier : one);
            s->multipliers.data[i] = fold_add(g, p, q);
            o->scale = 1;
            return;
        }
    }
    block.scale = scale;
    VEC_PUSH(s->k->arena, s->blocks, block);
    VEC_PUSH(s->k->arena, s->multipliers, multiplier);
}

/* One array for all dots over the same columns, so that equal blocks have equal pointers. */
static const uint32_t *shared_columns(kernel *k, uint32_t *columns, uint32_t n)
{
    for (uint32_t i = 0; i < k->dots.count; i++)
        if (k->dots.data[i].n == n &&
            !memcmp(k->dots.data[i].columns, columns, n * sizeof *columns))
            return k->dots.data[i].columns;
    VEC_PUSH(k->arena, k->dots, (kernel_dot){columns, n});
    return columns;
}

static node times(dag *g, node a, node b) { return a ? fold_mul(g, a, b) : b; }

static void split_unknown(splitter *s, node n, node multiplier, double scale)
{
    kernel *k = s->k;
    dag *g = &k->b->g;
    dag_node d = *dag_at(g, n);
    mlec_block block = {.kind = MLEC_BLOCK_ELEMENT, .multiplier = -1};
    if (d.op == OP_UNKNOWN) {
        const dag_reference *r = &g->references.data[d.x];
        block.unknown = r->param;
        memcpy(block.index, r->index, sizeof block.index);
        for (int i = 0; i < 2; i++)
            if (block.index[i].kind == MLEC_INDEX_CODE)
                block.index[i].value = kernel_codes(k, block.index[i].value, r->lag);
    } else if (d.op == OP_DOT) {
        const dag_dot *dot = &g->dots.data[d.x];
        uint32_t *columns = ARENA_ARRAY(k->arena, uint32_t, dot->count);
        for (uint32_t i = 0; i < dot->count; i++)
            columns[i] = kernel_buffer(k, multiplier ? fold_mul(g, multiplier, dot->columns[i])
                                                     : dot->columns[i]);
        block.kind = MLEC_BLOCK_DOT;
        block.unknown = dot->param;
        block.columns = shared_columns(k, columns, dot->count);
        block.n_columns = dot->count;
        multiplier = 0;
    } else if (d.op == OP_DESIGN) {
        const dag_design *design = &g->designs.data[d.x];
        block.kind = MLEC_BLOCK_DESIGN;
        block.formula = design->formula;
        block.unknown = k->b->m->formulas.data[design->formula].param;
        block.index[0] = design->level;
        block.index[1].value = d.y;
        if (block.index[0].kind == MLEC_INDEX_CODE)
            block.index[0].value = kernel_codes(k, block.index[0].value, d.y);
    } else if (d.op == OP_SCAN || d.op == OP_LAGGED) {
        kernel_scan(k, d.x);
        block.kind = MLEC_BLOCK_STATE;
        block.unknown = d.x;
        block.index[1].value = d.op == OP_LAGGED ? d.y : 0;
    } else if (d.op == OP_SUM && dag_at(g, d.arg[0])->op == OP_UNKNOWN &&
               dag_at(g, d.arg[0])->axis != AXIS_ROW) {
        block.kind = MLEC_BLOCK_ALL;
        block.unknown = g->references.data[dag_at(g, d.arg[0])->x].param;
    } else {
        block.unknown = kernel_cut(k, d.op == OP_GATHER ? d.arg[0] : n);
        if (d.op == OP_GATHER)
            block.index[1] =
                (mlec_index){.kind = MLEC_INDEX_CODE, .value = kernel_codes(k, d.x, d.y)};
        if (d.op == OP_GROUP_SUM)
            block.index[1].kind = MLEC_INDEX_SAME;
    }
    add_block(s, block, multiplier, scale);
}

static void add_offset(splitter *s, node n)
{
    s->offset = s->offset ? fold_add(&s->k->b->g, s->offset, n) : n;
}

static void split(splitter *s, node n, node multiplier, double scale);

/* Each arm by itself: the multipliers of one that is not taken are 0, whatever its columns hold.
 * Sign and scale stay outside, so that y - m and m - y have one form. */
static void split_choice(splitter *s, node n, node multiplier, double scale)
{
    dag *g = &s->k->b->g;
    const dag_node d = *dag_at(g, n);
    node zero = fold_const(g, 0);
    splitter both = {.k = s->k};
    for (int i = 1; i <= 2; i++) {
        splitter arm = {.k = s->k};
        split(&arm, d.arg[i], 0, 1);
        for (uint32_t j = 0; j < arm.blocks.count; j++) {
            node m = times(g, arm.multipliers.data[j], fold_const(g, arm.blocks.data[j].scale));
            m = fold_select(g, d.arg[0], i == 1 ? m : zero, i == 1 ? zero : m);
            add_block(&both, arm.blocks.data[j], m, 1);
        }
        if (arm.offset)
            add_offset(&both, fold_select(g, d.arg[0], i == 1 ? arm.offset : zero,
                                          i == 1 ? zero : arm.offset));
    }
    for (uint32_t j = 0; j < both.blocks.count; j++) {
        node m = both.multipliers.data[j];
        add_block(s, both.blocks.data[j], m ? times(g, multiplier, m) : multiplier,
                  scale * both.blocks.data[j].scale);
    }
    if (both.offset)
        add_offset(s, fold_mul(g, fold_const(g, scale), times(g, multiplier, both.offset)));
}

static void split(splitter *s, node n, node multiplier, double scale)
{
    dag *g = &s->k->b->g;
    dag_node d = *dag_at(g, n);
    if (!(d.flags & NODE_PARAM)) {
        add_offset(s, fold_mul(g, fold_const(g, scale), times(g, multiplier, n)));
        return;
    }
    if (is_unknown(g, n)) {
        split_unknown(s, n, multiplier, scale);
        return;
    }
    switch ((op_id)d.op) {
    case OP_LOG_SUM: /* alone in its form: linear_stage makes a stage of its own kind of it */
        add_block(s,
                  (mlec_block){.kind = MLEC_BLOCK_DESIGN,
                               .formula = d.x,
                               .unknown = s->k->b->m->formulas.data[d.x].param,
                               .index = {{.kind = MLEC_INDEX_SAME}},
                               .multiplier = -1},
                  0, 1);
        break;
    case OP_SELECT: split_choice(s, n, multiplier, scale); break;
    case OP_NEG: split(s, d.arg[0], multiplier, -scale); break;
    case OP_ADD:
        split(s, d.arg[0], multiplier, scale);
        split(s, d.arg[1], multiplier, scale);
        break;
    case OP_SUB:
        split(s, d.arg[0], multiplier, scale);
        split(s, d.arg[1], multiplier, -scale);
        break;
    case OP_MUL: {
        int p = has_param(g, d.arg[0]) ? 0 : 1;
        double c;
        if (fold_is_const(g, d.arg[1 - p], &c))
            split(s, d.arg[p], multiplier, scale * c);
        else
            split(s, d.arg[p], times(g, multiplier, d.arg[1 - p]), scale);
        break;
    }
    default: { /* OP_DIV */
        node inverse = fold_div(g, fold_const(g, 1), d.arg[1]);
        split(s, d.arg[0], multiplier ? fold_div(g, multiplier, d.arg[1]) : inverse, scale);
        break;
    }
    }
}

static bool block_varies(const kernel *k, const mlec_block *b, node multiplier)
{
    if (multiplier && dag_at(&k->b->g, multiplier)->axis != AXIS_ONE)
        return true;
    if (b->kind == MLEC_BLOCK_DOT || b->kind == MLEC_BLOCK_DESIGN || b->kind == MLEC_BLOCK_STATE)
        return true;
    for (int i = 0; i < 2; i++)
        if (b->index[i].kind == MLEC_INDEX_CODE || b->index[i].kind == MLEC_INDEX_SAME)
            return true;
    return false;
}

/* Whether two block lists are multiples of one another; `ratio` is a / b. */
static bool proportional(const predictor_form *a, const predictor_form *b, double *ratio)
{
    if (a->n_blocks != b->n_blocks)
        return false;
    for (uint32_t i = 0; i < a->n_blocks; i++) {
        const mlec_block *p = &a->blocks[i];
        uint32_t j = 0;
        for (; j < b->n_blocks; j++) {
            const mlec_block *q = &b->blocks[j];
            if (p->kind == q->kind && p->unknown == q->unknown && p->columns == q->columns &&
                a->multipliers[i] == b->multipliers[j] &&
                !memcmp(p->index, q->index, sizeof p->index))
                break;
        }
        if (j == b->n_blocks)
            return false;
        double r = p->scale / b->blocks[j].scale;
        if (i > 0 && r != *ratio)
            return false;
        *ratio = r;
    }
    return true;
}

predictor_form predictor_split(kernel *k, node n, node *offset)
{
    splitter s = {.k = k};
    split(&s, n, 0, 1);
    predictor_form form = {s.blocks.data, s.multipliers.data, s.blocks.count, false};
    for (uint32_t i = 0; i < form.n_blocks; i++)
        form.varies |= block_varies(k, &form.blocks[i], form.multipliers[i]);
    *offset = s.offset;
    return form;
}

static void mark(predictor_set *p, node n)
{
    kernel *k = p->k;
    for (uint32_t i = 0; i < p->marks.count; i++)
        if (p->marks.data[i].n == n)
            return;
    predictor_mark m = {.n = n, .scale = 1, .predictor = p->forms.count};
    predictor_form form = predictor_split(k, n, &m.offset);
    for (uint32_t i = 0; i < p->forms.count; i++) {
        double ratio = 1;
        if (proportional(&form, &p->forms.data[i], &ratio)) {
            m.predictor = i;
            m.scale = ratio;
        }
    }
    if (m.predictor == p->forms.count) {
        double lead = form.n_blocks ? form.blocks[0].scale : 1;
        if (lead == -1) { /* residuals y - eta read eta */
            for (uint32_t i = 0; i < form.n_blocks; i++)
                form.blocks[i].scale = -form.blocks[i].scale;
            m.scale = -1;
        }
        VEC_PUSH(k->arena, p->forms, form);
    }
    VEC_PUSH(k->arena, p->marks, m);
}

static bool is_marked(const predictor_set *p, node n)
{
    for (uint32_t i = 0; i < p->marks.count; i++)
        if (p->marks.data[i].n == n)
            return true;
    return false;
}

/* Whether the affine node `n` is a combination of marked predictors and data. */
static bool covered(const predictor_set *p, node n)
{
    const dag *g = &p->k->b->g;
    const dag_node *d = dag_at(g, n);
    if (!(d->flags & NODE_PARAM) || is_marked(p, n))
        return true;
    if (is_unknown(g, n))
        return false;
    for (int i = 0; i < op_table[d->op].arity; i++)
        if (!covered(p, d->arg[i]))
            return false;
    return true;
}

/* Whether an operator passes its operand on linearly (so that an affine operand need not be a
 * predictor of its own). */
static bool passes_linearly(const dag *g, const dag_node *d)
{
    switch ((op_id)d->op) {
    case OP_ADD:
    case OP_SUB:
    case OP_NEG: return true;
    case OP_MUL: return !has_param(g, d->arg[0]) || !has_param(g, d->arg[1]);
    case OP_DIV: return !has_param(g, d->arg[1]);
    case OP_SELECT: return !has_param(g, d->arg[0]);
    default: return false;
    }
}

typedef struct {
    predictor_set *set;
    uint8_t *seen; /* bit 0: seen unforced, bit 1: seen forced */
    VEC(node) postponed;
} finder;

static void visit(finder *f, node n, bool forced)
{
    kernel *k = f->set->k;
    const dag *g = &k->b->g;
    if (!has_param(g, n) || (f->seen[n] & (forced ? 2 : 1)))
        return;
    f->seen[n] |= forced ? 2 : 1;
    const dag_node *d = dag_at(g, n);
    if (d->op == OP_LOG_SUM) {
        mark(f->set, n);
        return;
    }
    if (affine(k, n)) {
        if (forced)
            mark(f->set, n);
        else
            VEC_PUSH(k->arena, f->postponed, n);
        return;
    }
    bool linear = !forced && passes_linearly(g, d);
    for (int i = 0; i < op_table[d->op].arity; i++)
        visit(f, dag_at(g, n)->arg[i], !linear);
}

void predictors_find(predictor_set *p, node root, bool forced)
{
    kernel *k = p->k;
    finder f = {.set = p, .seen = ARENA_ARRAY(k->arena, uint8_t, k->b->g.nodes.count)};
    visit(&f, root, forced);
    for (uint32_t i = 0; i < f.postponed.count; i++)
        if (!covered(p, f.postponed.data[i]))
            mark(p, f.postponed.data[i]);
}
