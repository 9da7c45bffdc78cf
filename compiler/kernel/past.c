/* How recursions depend on their past: where they are linear in it, whole strips can be solved.
 *
 * States that depend on each other are a ring. F is linear in its ring when it is affine in each
 * input that reads the ring, and no two of these are multiplied. The degree of a node in an input
 * is 0 where it is not read, 1 where the node is affine in it, else 2; a choice that the input
 * decides is not affine. */
#include "compiler/kernel/kernel.h"

enum { NOT_AFFINE = 2 };

static uint8_t larger(uint8_t a, uint8_t b) { return a > b ? a : b; }

static uint8_t product(uint8_t a, uint8_t b) { return a && b ? NOT_AFFINE : larger(a, b); }

static uint8_t degree_of(const dag_node *d, const uint8_t *degree)
{
    uint8_t a = degree[d->arg[0]], b = degree[d->arg[1]], c = degree[d->arg[2]];
    switch ((op_id)d->op) {
    case OP_NEG: return a;
    case OP_ADD:
    case OP_SUB: return larger(a, b);
    case OP_MUL: return product(a, b);
    case OP_DIV: return b ? NOT_AFFINE : a;
    case OP_FMA: return larger(product(a, b), c);
    case OP_SELECT: return a ? NOT_AFFINE : larger(b, c);
    default: return a || b || c ? NOT_AFFINE : 0;
    }
}

static const mlec_stage *scan_of(const kernel *k, uint32_t state)
{
    for (uint32_t i = 0; i < k->stages.count; i++)
        if (k->stages.data[i].kind == MLEC_STAGE_SCAN && k->stages.data[i].target_index == state)
            return &k->stages.data[i];
    return NULL;
}

/* Marks the states on which a state depends. */
static void mark_sources(const kernel *k, uint32_t state, bool *marks)
{
    const mlec_stage *s = scan_of(k, state);
    for (uint32_t a = 0; s && a < s->n_active; a++) {
        const mlec_stage *l = &k->stages.data[s->active[a]];
        for (uint32_t i = 0; i < l->n_blocks; i++) {
            const mlec_block *b = &l->blocks[i];
            if (b->kind != MLEC_BLOCK_STATE || marks[b->unknown])
                continue;
            marks[b->unknown] = true;
            mark_sources(k, b->unknown, marks);
        }
    }
}

/* ring[j]: state j depends on `state`, which depends on it. */
static bool *find_ring(const kernel *k, uint32_t state)
{
    uint32_t n = k->b->g.states.count;
    bool *ring = ARENA_ARRAY(k->arena, bool, n + 1);
    mark_sources(k, state, ring);
    for (uint32_t j = 0; j < n; j++) {
        bool *back = ARENA_ARRAY(k->arena, bool, n + 1);
        mark_sources(k, j, back);
        ring[j] &= back[state];
    }
    return ring;
}

static bool reads_ring(const mlec_stage *l, const bool *ring, bool *alone)
{
    bool reads = false;
    *alone = true;
    for (uint32_t i = 0; i < l->n_blocks; i++) {
        bool own = l->blocks[i].kind == MLEC_BLOCK_STATE && ring[l->blocks[i].unknown];
        reads |= own;
        *alone &= own;
    }
    return reads;
}

static mlec_past past_of(const kernel *k, const mlec_stage *s, const kernel_map *map)
{
    const dag *g = &k->b->g;
    const bool *ring = find_ring(k, s->target_index);
    uint8_t *degree = ARENA_ARRAY(k->arena, uint8_t, g->nodes.count);
    bool *own = ARENA_ARRAY(k->arena, bool, s->n_active + 1);
    mlec_past past = MLEC_PAST_BILINEAR;
    for (uint32_t a = 0; a < s->n_active; a++) {
        bool alone;
        own[a] = reads_ring(&k->stages.data[s->active[a]], ring, &alone);
        if (!own[a])
            continue;
        for (node i = 1; i < g->nodes.count; i++) {
            const dag_node *d = dag_at(g, i);
            degree[i] = d->op == OP_INPUT && d->x == a && (d->flags & NODE_PARAM)
                            ? 1
                            : degree_of(d, degree);
        }
        if (degree[map->value] == NOT_AFFINE)
            return MLEC_PAST_NONLINEAR;
        for (uint32_t i = 0; i < map->n_pairs; i++)
            if (degree[map->pairs[i]] || !alone)
                past = MLEC_PAST_LINEAR;
    }
    for (uint32_t i = 0; i < s->map.n_pairs; i++)
        if (own[s->map.pairs[2 * i]] && own[s->map.pairs[2 * i + 1]])
            return MLEC_PAST_NONLINEAR;
    return past;
}

void kernel_find_pasts(kernel *k)
{
    for (uint32_t i = 0; i < k->maps.count; i++) {
        mlec_stage *s = &k->stages.data[k->maps.data[i].stage];
        if (s->kind == MLEC_STAGE_SCAN)
            s->past = past_of(k, s, &k->maps.data[i]);
    }
}
