#include "compiler/dag/dag.h"

#include "base/intern.h"

#include <string.h>

const op_info op_table[OP_COUNT_] = {
#define OP(id, name, arity, class) [OP_##id] = {name, arity, OP_##class, 0, 0},
#define MATH(id, name, arity)      [OP_##id] = {#name, arity, OP_MATH, 0, 0},
#define JET_NUMBER(id, name, family, arity, number)                                                \
    [OP_##id] = {#name, arity, OP_JET, JET_##family, number},
#include "compiler/dag/ops.def"
#undef OP
#undef MATH
#undef JET_NUMBER
};

int op_find_math(const char *name)
{
    for (int i = 0; i < OP_COUNT_; i++)
        if ((op_table[i].class == OP_MATH || op_table[i].class == OP_JET) &&
            !strcmp(op_table[i].name, name))
            return i;
    return !strcmp(name, "sqrt") ? OP_SQRT : -1;
}

void dag_init(dag *g, arena *a)
{
    *g = (dag){.arena = a, .n_slots = 1024};
    g->slots = ARENA_ARRAY(a, node, g->n_slots);
    VEC_PUSH(a, g->nodes, (dag_node){0});
    VEC_PUSH(a, g->axes, (mlec_axis){.kind = MLEC_AXIS_ONE});
    VEC_PUSH(a, g->axes, (mlec_axis){.kind = MLEC_AXIS_ROW});
}

static uint64_t hash_node(const dag_node *n)
{
    uint64_t words[4] = {n->op | (uint64_t)n->flags << 8 | (uint64_t)n->axis << 16,
                         n->arg[0] | (uint64_t)n->arg[1] << 32, n->arg[2], 0};
    memcpy(&words[3], &n->value, sizeof n->value);
    return hash_bytes(words, sizeof words, 0);
}

static bool same_node(const dag_node *a, const dag_node *b)
{
    return a->op == b->op && a->axis == b->axis && a->flags == b->flags && a->arg[0] == b->arg[0] &&
           a->arg[1] == b->arg[1] && a->arg[2] == b->arg[2] &&
           !memcmp(&a->value, &b->value, sizeof a->value);
}

static void rehash(dag *g)
{
    g->n_slots *= 2;
    g->slots = ARENA_ARRAY(g->arena, node, g->n_slots);
    for (node i = 1; i < g->nodes.count; i++) {
        uint32_t s = (uint32_t)hash_node(dag_at(g, i)) & (g->n_slots - 1);
        while (g->slots[s])
            s = (s + 1) & (g->n_slots - 1);
        g->slots[s] = i;
    }
}

node dag_intern(dag *g, dag_node n)
{
    if (2 * g->nodes.count > g->n_slots)
        rehash(g);
    uint32_t s = (uint32_t)hash_node(&n) & (g->n_slots - 1);
    for (; g->slots[s]; s = (s + 1) & (g->n_slots - 1))
        if (same_node(dag_at(g, g->slots[s]), &n))
            return g->slots[s];
    g->slots[s] = g->nodes.count;
    VEC_PUSH(g->arena, g->nodes, n);
    return g->nodes.count - 1;
}

uint16_t dag_axis(dag *g, mlec_axis axis)
{
    for (uint32_t i = 0; i < g->axes.count; i++) {
        const mlec_axis *a = &g->axes.data[i];
        if (a->kind == axis.kind && a->column == axis.column && a->size == axis.size &&
            a->outer == axis.outer && a->inner == axis.inner)
            return (uint16_t)i;
    }
    VEC_PUSH(g->arena, g->axes, axis);
    return (uint16_t)(g->axes.count - 1);
}

uint32_t dag_text(dag *g, const char *text)
{
    for (uint32_t i = 0; i < g->texts.count; i++)
        if (!strcmp(g->texts.data[i], text))
            return i;
    VEC_PUSH(g->arena, g->texts, text);
    return g->texts.count - 1;
}

static bool same_index(const mlec_index *a, const mlec_index *b)
{
    return a->kind == b->kind && a->value == b->value &&
           (a->text == b->text || (a->text && b->text && !strcmp(a->text, b->text)));
}

uint32_t dag_refer(dag *g, dag_reference r)
{
    for (uint32_t i = 0; i < g->references.count; i++) {
        const dag_reference *o = &g->references.data[i];
        if (o->param == r.param && o->lag == r.lag && same_index(&o->index[0], &r.index[0]) &&
            same_index(&o->index[1], &r.index[1]))
            return i;
    }
    VEC_PUSH(g->arena, g->references, r);
    return g->references.count - 1;
}

uint32_t dag_design_number(dag *g, dag_design d)
{
    for (uint32_t i = 0; i < g->designs.count; i++)
        if (g->designs.data[i].formula == d.formula &&
            same_index(&g->designs.data[i].level, &d.level))
            return i;
    VEC_PUSH(g->arena, g->designs, d);
    return g->designs.count - 1;
}

void dag_mark(const dag *g, const node *roots, uint32_t n, uint8_t *seen)
{
    node last = 0;
    for (uint32_t i = 0; i < n; i++) {
        seen[roots[i]] = 1;
        last = roots[i] > last ? roots[i] : last;
    }
    for (node i = last; i > 0; i--)
        if (seen[i])
            for (int k = 0; k < 3; k++)
                seen[dag_at(g, i)->arg[k]] = 1;
    seen[0] = 0;
}
