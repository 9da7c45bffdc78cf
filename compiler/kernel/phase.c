/* Phases: in what order cuts and recursions are evaluated.
 *
 * A cut may aggregate a state over all rows (mean(h)), and another recursion may read that cut. So
 * each recursion runs over all rows in one phase, together with the recursions of its ring, and a
 * cut comes after the states it reads:
 *
 *   phase of a recursion  =  the latest phase of the states and cuts that it reads
 *   phase of a cut        =  the same, and later than the states; not before earlier cuts
 *
 * Phases only grow, and the graph has no circle through a cut (build_expr.c sees to that), so
 * repeating the two rules comes to an end. */
#include "compiler/kernel/kernel.h"

typedef struct {
    kernel *k;
    uint32_t *states; /* phase of each state */
} phases;

static const mlec_stage *cut_stage(const kernel *k, uint32_t unknown)
{
    return &k->stages.data[k->unknowns.data[unknown].stage];
}

static uint32_t latest(const phases *p, const mlec_stage *s, uint32_t behind_state)
{
    const kernel *k = p->k;
    uint32_t phase = 0;
    for (uint32_t a = 0; a < s->n_active; a++) {
        const mlec_stage *l = &k->stages.data[s->active[a]];
        for (uint32_t i = 0; i < l->n_blocks; i++) {
            uint32_t unknown = l->blocks[i].unknown, own = 0;
            if (l->blocks[i].kind == MLEC_BLOCK_STATE)
                own = p->states[unknown] + behind_state;
            else if (unknown >= k->b->m->params.count)
                own = cut_stage(k, unknown)->phase;
            phase = own > phase ? own : phase;
        }
    }
    return phase;
}

/* Raises the phases that are too early; false when none was. */
static bool raise_phases(phases *p)
{
    kernel *k = p->k;
    bool raised = false;
    uint32_t before = 0;
    for (uint32_t i = 0; i < k->cut_nodes.count; i++) {
        uint32_t unknown = k->b->m->params.count + i;
        mlec_stage *s = &k->stages.data[k->unknowns.data[unknown].stage];
        uint32_t phase = latest(p, s, 1);
        before = phase > before ? phase : before;
        raised |= s->phase < before;
        s->phase = before;
    }
    for (uint32_t i = 0; i < k->stages.count; i++) {
        mlec_stage *s = &k->stages.data[i];
        if (s->kind != MLEC_STAGE_SCAN)
            continue;
        uint32_t phase = latest(p, s, 0);
        if (phase <= s->phase)
            continue;
        s->phase = p->states[s->target_index] = phase;
        raised = true;
    }
    return raised;
}

uint32_t kernel_phases(kernel *k)
{
    phases p = {k, ARENA_ARRAY(k->arena, uint32_t, k->b->g.states.count + 1)};
    while (raise_phases(&p))
        ;
    kernel_find_pasts(k);
    uint32_t last = 0;
    for (uint32_t i = 0; i < k->stages.count; i++)
        last = k->stages.data[i].phase > last ? k->stages.data[i].phase : last;
    return last + 1;
}
