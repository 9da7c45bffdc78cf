/* What evaluating recursions needs, found once when data are bound: rings, columns, couplings. */
#include "runtime/eval/scan.h"

#include <string.h>

/* ---- Rings ------------------------------------------------------------------------------------
 */

static const mlec_stage *scan_of(const mlec_problem *p, uint32_t state)
{
    for (uint32_t k = 0; k < p->plan->n_stages; k++)
        if (p->plan->stages[k].kind == MLEC_STAGE_SCAN && p->plan->stages[k].target_index == state)
            return &p->plan->stages[k];
    return NULL;
}

/* reaches[a * n + b]: state a depends on state b. */
static bool *find_reach(const mlec_problem *p, arena *a)
{
    uint32_t n = p->plan->n_states;
    bool *reaches = ARENA_ARRAY(a, bool, (size_t)n *n + 1);
    for (uint32_t i = 0; i < n; i++) {
        const mlec_stage *s = scan_of(p, i);
        for (uint32_t k = 0; s && k < s->n_active; k++) {
            const bound_linear *l = &p->linear[s->active[k]];
            for (uint32_t m = 0; m < l->n_terms; m++)
                if (l->terms[m].kind == TERM_STATE)
                    reaches[i * n + l->terms[m].index] = true;
        }
    }
    for (uint32_t via = 0; via < n; via++)
        for (uint32_t i = 0; i < n; i++)
            for (uint32_t j = 0; reaches[i * n + via] && j < n; j++)
                reaches[i * n + j] |= reaches[via * n + j];
    return reaches;
}

/* States that depend on each other are a ring. A ring comes when all on which it depends are there;
 * its states stay in the order of their stages, which is that of reading in one row. */
static void find_rings(mlec_problem *p)
{
    scan_set *set = p->scan;
    uint32_t n = p->plan->n_states;
    const bool *reaches = find_reach(p, &p->arena);
    bool *placed = ARENA_ARRAY(&p->arena, bool, n + 1);
    set->rings = ARENA_ARRAY(&p->arena, scan_ring, n + 1);
    for (uint32_t count = 0; count < n;)
        for (uint32_t i = 0; i < n; i++) {
            bool ready = !placed[i];
            for (uint32_t j = 0; ready && j < n; j++)
                ready = placed[j] || !reaches[i * n + j] || reaches[j * n + i];
            if (ready && !scan_of(p, i)) { /* nothing reads it, and there is no stage */
                placed[i] = true;
                count++;
            }
            if (!ready || placed[i])
                continue;
            scan_ring *ring = &set->rings[set->n_rings];
            ring->scans = ARENA_ARRAY(&p->arena, bound_scan, n + 1);
            for (uint32_t k = 0; k < p->plan->n_stages; k++) {
                const mlec_stage *s = &p->plan->stages[k];
                if (s->kind != MLEC_STAGE_SCAN)
                    continue;
                uint32_t j = s->target_index;
                if (j != i && !(reaches[i * n + j] && reaches[j * n + i]))
                    continue;
                placed[j] = true;
                p->states[j].ring = set->n_rings;
                ring->scans[ring->n_scans++] = (bound_scan){.stage = s, .state = &p->states[j]};
                ring->phase = s->phase;
                ring->needed |= p->needed[k];
                count++;
            }
            set->n_rings++;
        }
}

/* ---- Inputs -----------------------------------------------------------------------------------
 */

static bool in_ring(const mlec_problem *p, const scan_ring *ring, const bound_term *t)
{
    return t->kind == TERM_STATE && &p->scan->rings[p->states[t->index].ring] == ring;
}

static uint32_t number_in_ring(const mlec_problem *p, const scan_ring *ring, uint32_t state)
{
    uint32_t k = 0;
    while (ring->scans[k].state != &p->states[state])
        k++;
    return k;
}

/* The coupling of a term; a second term of the same makes it a sum. */
static uint32_t coupling_of(mlec_problem *p, const scan_ring *ring, bound_scan *scan,
                            const bound_term *t)
{
    uint32_t from = number_in_ring(p, ring, t->index);
    bool plain = t->scale == 1 && !t->x.data && !p->series.position;
    uint32_t c = 0;
    while (c < scan->n_couplings &&
           (scan->couplings[c].from != from || scan->couplings[c].lag != t->count))
        c++;
    scan_coupling *own = &scan->couplings[c];
    if ((c < scan->n_couplings || !plain) && !own->sum)
        own->sum = arena_aligned(&p->arena, STRIP * sizeof *own->sum);
    if (c == scan->n_couplings) {
        own->from = from;
        own->lag = t->count;
        scan->n_couplings++;
    }
    return c;
}

static void split_inputs(mlec_problem *p, const scan_ring *ring, bound_scan *scan)
{
    arena *a = &p->arena;
    const mlec_stage *s = scan->stage;
    uint32_t terms = 0;
    for (uint32_t k = 0; k < s->n_active; k++)
        terms += p->linear[s->active[k]].n_terms;
    scan->outer = ARENA_ARRAY(a, bound_linear, s->n_active + 1);
    scan->past = ARENA_ARRAY(a, scan_past, terms + 1);
    scan->couplings = ARENA_ARRAY(a, scan_coupling, terms + 1);
    for (uint32_t k = 0; k < s->n_active; k++) {
        const bound_linear *l = &p->linear[s->active[k]];
        bound_linear *outer = &scan->outer[k];
        *outer = *l;
        outer->n_terms = outer->n_plain = 0;
        outer->terms = ARENA_ARRAY(a, bound_term, l->n_terms + 1);
        for (uint32_t m = 0; m < l->n_terms; m++) {
            const bound_term *t = &l->terms[m];
            if (!in_ring(p, ring, t)) { /* in their order: columns first */
                outer->terms[outer->n_terms++] = *t;
                outer->n_plain += m < l->n_plain;
            } else if (t->count < p->n_rows) { /* no row has a longer past */
                scan->past[scan->n_past++] = (scan_past){k, coupling_of(p, ring, scan, t), t};
            }
        }
    }
}

static void allocate_scan(mlec_problem *p, bound_scan *scan)
{
    arena *a = &p->arena;
    const mlec_stage *s = scan->stage;
    const mlec_map *m = &s->map;
    uint32_t outputs = 1 + s->n_active + m->n_pairs, inputs = s->n_active + s->n_data;
    for (int order = ORDER_VALUE; order <= ORDER_HESSIAN; order++)
        scan->scalars[order] = arena_aligned(a, (p->n_scalars + LANES) * sizeof(double));
    scan->rows = ARENA_ARRAY(a, const double *, inputs + 1);
    scan->inputs = ARENA_ARRAY(a, double *, s->n_active + 1);
    scan->lanes = ARENA_ARRAY(a, double *, s->n_active + 1);
    scan->outputs = ARENA_ARRAY(a, double *, outputs);
    scan->lane_outputs = ARENA_ARRAY(a, double *, outputs);
    for (uint32_t k = 0; k < s->n_active; k++)
        if (p->linear[s->active[k]].varies)
            scan->inputs[k] = arena_aligned(a, STRIP * sizeof(double));
    for (uint32_t k = 0; k < scan->n_past; k++)
        if (!scan->lanes[scan->past[k].input])
            scan->lanes[scan->past[k].input] = arena_aligned(a, LANES * sizeof(double));
    for (uint32_t k = 0; k < outputs; k++) {
        scan->outputs[k] = arena_aligned(a, STRIP * sizeof(double));
        scan->lane_outputs[k] = arena_aligned(a, LANES * sizeof(double));
    }
}

/* Pairs of inputs whose tangents are one number in one place. */
static void find_constants(mlec_problem *p, bound_scan *scan)
{
    const mlec_stage *s = scan->stage;
    const mlec_map *m = &s->map;
    scan->constants = ARENA_ARRAY(&p->arena, scan_constant, m->n_pairs + 1);
    scan->is_constant = ARENA_ARRAY(&p->arena, bool, m->n_pairs + 1);
    scan->constant_outputs = ARENA_ARRAY(&p->arena, const double *, m->n_pairs + 1);
    scan->sums = ARENA_ARRAY(&p->arena, double, m->n_pairs + 1);
    for (uint32_t k = 0; k < m->n_pairs; k++) {
        const bound_linear *a = &p->linear[s->active[m->pairs[2 * k]]];
        const bound_linear *b = &p->linear[s->active[m->pairs[2 * k + 1]]];
        if (a->n_terms != 1 || b->n_terms != 1 || a->terms->kind != TERM_COLUMN ||
            b->terms->kind != TERM_COLUMN || a->terms->d.data || b->terms->d.data)
            continue;
        scan->is_constant[k] = true;
        scan->constants[scan->n_constants++] = (scan_constant){
            k, a->terms->index, b->terms->index, m->pairs[2 * k] == m->pairs[2 * k + 1],
            a->terms->scale * b->terms->scale};
    }
}

static void find_linear(scan_ring *ring, bool closed)
{
    ring->linear = ring->bilinear = closed;
    for (uint32_t s = 0; s < ring->n_scans; s++) {
        ring->linear &= ring->scans[s].stage->past != MLEC_PAST_NONLINEAR;
        ring->bilinear &= ring->scans[s].stage->past == MLEC_PAST_BILINEAR;
    }
    const bound_scan *only = &ring->scans[0];
    ring->chain =
        closed && ring->n_scans == 1 && only->n_couplings == 1 && only->couplings[0].lag == 1;
}

/* ---- Columns ----------------------------------------------------------------------------------
 */

/* Marks the elements of z that move a term in rows from .. to. */
static void mark_term(const mlec_problem *p, const bound_term *t, size_t from, size_t to,
                      bool *marks)
{
    const scan_columns *columns;
    switch (t->kind) {
    case TERM_COLUMN: marks[t->index] = true; break;
    case TERM_ALL: memset(marks + t->index, true, t->count * sizeof *marks); break;
    case TERM_GATHER:
    case TERM_SAME:
        for (size_t i = from; i < to; i++)
            marks[term_place(t, i)] = true;
        break;
    case TERM_STATE:
        columns = &p->scan->rings[p->states[t->index].ring].columns;
        for (size_t strip = from / STRIP; from < to && strip <= (to - 1) / STRIP; strip++) {
            const uint32_t *live;
            uint32_t n = scan_live(columns, strip * STRIP, &live);
            for (uint32_t k = 0; k < n; k++)
                marks[columns->place[live[k]]] = true;
        }
        break;
    }
}

static void mark_ring(const mlec_problem *p, const scan_ring *ring, size_t from, size_t to,
                      bool *marks)
{
    for (uint32_t s = 0; s < ring->n_scans; s++)
        for (uint32_t k = 0; k < ring->scans[s].stage->n_active; k++) {
            const bound_linear *l = &ring->scans[s].outer[k];
            for (uint32_t m = 0; m < l->n_terms; m++) {
                size_t back = l->terms[m].kind == TERM_STATE ? l->terms[m].count : 0;
                mark_term(p, &l->terms[m], from > back ? from - back : 0, to, marks);
            }
        }
}

static uint32_t *list_marks(arena *a, const bool *marks, size_t n, uint32_t *count)
{
    *count = 0;
    for (size_t j = 0; j < n; j++)
        *count += marks[j];
    uint32_t *list = ARENA_ARRAY(a, uint32_t, *count + 1), next = 0;
    for (size_t j = 0; j < n; j++)
        if (marks[j])
            list[next++] = (uint32_t)j;
    return list;
}

/* Which columns are not zero in each strip: those that its rows move, and those of the series that
 * goes on from the strip before. */
static void find_live(mlec_problem *p, scan_ring *ring)
{
    scan_columns *c = &ring->columns;
    arena *a = &p->arena;
    size_t strips = (p->n_rows + STRIP - 1) / STRIP;
    bool *marks = ARENA_ARRAY(a, bool, p->n_z + 1), *tail = ARENA_ARRAY(a, bool, p->n_z + 1);
    const uint32_t **live = ARENA_ARRAY(a, const uint32_t *, strips + 1);
    uint32_t *n_live = ARENA_ARRAY(a, uint32_t, strips + 1);
    for (size_t k = 0; k < strips; k++) {
        size_t first = k * STRIP, end = first + STRIP < p->n_rows ? first + STRIP : p->n_rows;
        size_t start = end;
        while (start > first && series_position(p, start - 1) != 0)
            start--;
        bool begins = start > first; /* the last series of the strip begins in row start - 1 */
        if (k > 0 && series_position(p, first) == 0)
            memset(marks, 0, p->n_z * sizeof *marks);
        mark_ring(p, ring, first, end, marks);
        uint32_t *list = list_marks(a, marks, p->none, &n_live[k]);
        for (uint32_t m = 0; m < n_live[k]; m++)
            list[m] = (uint32_t)c->of_place[list[m]];
        live[k] = list;
        if (!begins)
            continue;
        memset(tail, 0, p->n_z * sizeof *tail);
        mark_ring(p, ring, start - 1, end, tail);
        memcpy(marks, tail, p->n_z * sizeof *marks);
    }
    c->live = live;
    c->n_live = n_live;
}

static void find_columns(mlec_problem *p, scan_ring *ring)
{
    scan_columns *c = &ring->columns;
    arena *a = &p->arena;
    bool *marks = ARENA_ARRAY(a, bool, p->n_z + 1);
    mark_ring(p, ring, 0, p->n_rows, marks);
    c->place = list_marks(a, marks, p->none, &c->n);
    c->of_place = ARENA_ARRAY(a, int32_t, p->n_z + 1);
    uint32_t *all = ARENA_ARRAY(a, uint32_t, c->n + 1);
    for (size_t j = 0; j < p->n_z; j++)
        c->of_place[j] = NO_COLUMN;
    for (uint32_t k = 0; k < c->n; k++) {
        c->of_place[c->place[k]] = (int32_t)k;
        all[k] = k;
    }
    c->all = all;
    if (c->n > NARROW)
        find_live(p, ring);
}

/* How many elements of z from its first on a term may read; of a state: 0. */
static size_t term_reach(const mlec_problem *p, const bound_term *t)
{
    size_t last = t->index;
    if (t->kind == TERM_STATE)
        return 0;
    if (t->kind == TERM_ALL)
        return t->count;
    for (size_t i = 0; t->kind != TERM_COLUMN && i < p->n_rows; i++) {
        uint32_t place = term_place(t, i);
        last = place != t->none && place > last ? place : last;
    }
    return last - t->index + 1;
}

static bool moves(const mlec_problem *p, const bound_term *t, size_t reach, uint32_t place)
{
    if (t->kind == TERM_STATE)
        return t->count < p->n_rows &&
               p->scan->rings[p->states[t->index].ring].columns.of_place[place] != NO_COLUMN;
    return place - t->index < reach;
}

/* Which terms move which column. */
static void list_sources(mlec_problem *p, const scan_ring *ring, bound_scan *scan)
{
    VEC(scan_source) list = {0};
    VEC(size_t) reach = {0};
    uint32_t n = ring->columns.n;
    for (uint32_t k = 0; k < scan->stage->n_active; k++)
        for (uint32_t m = 0; m < scan->outer[k].n_terms; m++)
            VEC_PUSH(&p->arena, reach, term_reach(p, &scan->outer[k].terms[m]));
    scan->first_source = ARENA_ARRAY(&p->arena, uint32_t, n + 1);
    for (uint32_t c = 0; c < n; c++) {
        const size_t *own = reach.data;
        scan->first_source[c] = list.count;
        for (uint32_t k = 0; k < scan->stage->n_active; k++)
            for (uint32_t m = 0; m < scan->outer[k].n_terms; m++, own++)
                if (moves(p, &scan->outer[k].terms[m], *own, ring->columns.place[c]))
                    VEC_PUSH(&p->arena, list, (scan_source){k, &scan->outer[k].terms[m]});
    }
    scan->first_source[n] = list.count;
    scan->sources = list.data;
}

/* ---- Sweeps -----------------------------------------------------------------------------------
 */

static bool reads_scans(const mlec_problem *p, const mlec_stage *s)
{
    return (s->kind == MLEC_STAGE_MAP || s->kind == MLEC_STAGE_SCAN) && scan_reads(p, s);
}

static uint32_t longest_lag(const mlec_problem *p, const mlec_stage *s, uint32_t state)
{
    uint32_t longest = 0;
    for (uint32_t k = 0; k < s->n_active; k++) {
        const bound_linear *l = &p->linear[s->active[k]];
        for (uint32_t m = 0; m < l->n_terms; m++) {
            const bound_term *t = &l->terms[m];
            if (t->kind == TERM_STATE && (state == UINT32_MAX || t->index == state) &&
                t->count < p->n_rows && t->count > longest)
                longest = t->count;
        }
    }
    return longest;
}

/* Rows before a strip from which it depends on a state: false when there are too many. */
static bool find_seeds(mlec_problem *p)
{
    scan_set *set = p->scan;
    for (uint32_t state = 0; state < p->plan->n_states; state++) {
        uint32_t longest = 0;
        for (uint32_t k = 0; k < p->plan->n_stages; k++) {
            const mlec_stage *s = &p->plan->stages[k];
            uint32_t own = p->needed[k] && reads_scans(p, s) ? longest_lag(p, s, state) : 0;
            longest = own > longest ? own : longest;
        }
        if (set->n_seeds + longest > MOST_SEEDS)
            return false;
        for (uint32_t back = 1; back <= longest; back++)
            set->seeds[set->n_seeds++] = (scan_seed){.state = &p->states[state], .back = back};
    }
    return true;
}

/* A sweep can do without stored tangents when the objective reads states row by row alone. */
static bool can_sweep(mlec_problem *p)
{
    if (p->n_z > MOST_FUSED || p->info.n_groups)
        return false;
    for (uint32_t k = 0; k < p->scan->n_rings; k++)
        if (p->scan->rings[k].columns.live)
            return false;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        bool aggregate = s->kind == MLEC_STAGE_MAP && s->target == MLEC_TARGET_UNKNOWN;
        if (p->needed[k] && aggregate && scan_reads(p, s))
            return false;
    }
    return find_seeds(p);
}

static void allocate_sweep(mlec_problem *p)
{
    scan_set *set = p->scan;
    arena *a = &p->arena;
    size_t square = p->n_z * p->n_z + 1, length = set->front + STRIP;
    for (uint32_t k = 0; k < set->n_seeds; k++) {
        set->seeds[k].curvature = ARENA_ARRAY(a, double, square);
        set->seeds[k].next = ARENA_ARRAY(a, double, square);
    }
    for (uint32_t k = 0; k < p->plan->n_states; k++) {
        bound_state *s = &p->states[k];
        if (!scan_of(p, k))
            continue;
        s->window_adjoint = arena_aligned(a, length * sizeof(double));
        s->window = arena_aligned(a, (set->rings[s->ring].columns.n + 1) * length * sizeof(double));
    }
    set->readers = ARENA_ARRAY(a, scan_reader, p->plan->n_stages + 1);
    for (uint32_t k = 0; k < p->plan->n_stages; k++)
        if (eval_in_objective(p, &p->plan->stages[k]) && scan_reads(p, &p->plan->stages[k]))
            set->readers[set->n_readers++] = (scan_reader){
                .stage = k, .scalars = arena_aligned(a, (p->n_scalars + LANES) * sizeof(double))};
}

/* ---- All of it --------------------------------------------------------------------------------
 */

/* 64-byte aligned, not zeroed: what is stored in a problem that is only swept is never touched. */
static double *allocate_columns(arena *a, size_t columns, size_t stride)
{
    char *at = arena_alloc(a, columns * stride * sizeof(double) + 64);
    return (double *)(void *)(at + (64 - (uintptr_t)at % 64) % 64);
}

static void allocate_states(mlec_problem *p)
{
    arena *a = &p->arena;
    size_t front = p->scan->front, length = front + padded(p->n_rows) + LANES;
    for (uint32_t k = 0; k < p->plan->n_states; k++) {
        if (!scan_of(p, k))
            continue;
        bound_state *s = &p->states[k];
        const scan_columns *c = &p->scan->rings[s->ring].columns;
        s->value = (double *)arena_aligned(a, length * sizeof(double)) + front;
        s->adjoint = (double *)arena_aligned(a, length * sizeof(double)) + front;
        s->stride = length - LANES;
        s->tangent = allocate_columns(a, c->n, s->stride);
        for (uint32_t j = 0; j < c->n; j++) {
            size_t zeroed = c->live ? s->stride : front;
            memset(s->tangent + j * s->stride, 0, zeroed * sizeof *s->tangent);
        }
    }
}

/* Terms, views and products that one stage needs at most. */
static void allocate_scratch(mlec_problem *p)
{
    scan_set *set = p->scan;
    arena *a = &p->arena;
    size_t terms = 0, products = 0, inputs = 0, scans = 0, widest = 0;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        const mlec_stage *s = &p->plan->stages[k];
        size_t own_terms = 0, own_products = 0;
        for (uint32_t i = 0; i < s->n_active; i++) {
            const bound_linear *l = &p->linear[s->active[i]];
            size_t before = own_terms;
            for (uint32_t m = 0; m < l->n_terms; m++) {
                bool state = l->terms[m].kind == TERM_STATE;
                uint32_t n = state ? set->rings[p->states[l->terms[m].index].ring].columns.n : 1;
                own_terms += n;
                own_products += state ? n : 0;
            }
            widest = own_terms - before > widest ? own_terms - before : widest;
        }
        if (!reads_scans(p, s))
            continue;
        terms = own_terms > terms ? own_terms : terms;
        products = own_products > products ? own_products : products;
        inputs = s->n_active > inputs ? s->n_active : inputs;
    }
    for (uint32_t k = 0; k < set->n_rings; k++)
        scans = set->rings[k].n_scans > scans ? set->rings[k].n_scans : scans;
    scans *= AT_ONCE;
    set->terms = ARENA_ARRAY(a, bound_term, terms + 1);
    set->columns = ARENA_ARRAY(a, bound_column, terms + 1);
    set->views = ARENA_ARRAY(a, bound_linear, inputs + 1);
    set->products = arena_aligned(a, (products + 1) * STRIP * sizeof(double));
    p->cross_sums =
        ARENA_ARRAY(a, double, p->n_cross > widest * widest ? p->n_cross : widest * widest + 1);
    set->rows = arena_aligned(a, scans * (set->front + STRIP) * sizeof(double));
    set->weights = arena_aligned(a, STRIP * sizeof(double));
    set->passed = arena_aligned(a, STRIP * sizeof(double));
    set->zeros = arena_aligned(a, STRIP * sizeof(double));
    set->side_strips = arena_aligned(a, scans * STRIP * sizeof(double));
    set->right_sides = ARENA_ARRAY(a, const double *, scans);
    set->solutions = ARENA_ARRAY(a, double *, scans);
}

bool scan_sweeps(const mlec_problem *p) { return p->scan && p->scan->fused; }

void scan_bind(mlec_problem *p, uint32_t without)
{
    p->states = ARENA_ARRAY(&p->arena, bound_state, p->plan->n_states + 1);
    if (!p->plan->n_states)
        return;
    scan_set *set = p->scan = ARENA_NEW(&p->arena, scan_set);
    size_t lag = 1;
    for (uint32_t k = 0; k < p->plan->n_stages; k++) {
        uint32_t own = reads_scans(p, &p->plan->stages[k])
                           ? longest_lag(p, &p->plan->stages[k], UINT32_MAX)
                           : 0;
        lag = own > lag ? own : lag;
    }
    set->front = padded(lag);
    find_rings(p);
    for (uint32_t k = 0; k < set->n_rings; k++) {
        scan_ring *ring = &set->rings[k];
        ring->wild = ARENA_ARRAY(&p->arena, bool, p->n_rows / STRIP + 1);
        for (uint32_t s = 0; s < ring->n_scans; s++) {
            split_inputs(p, ring, &ring->scans[s]);
            allocate_scan(p, &ring->scans[s]);
            find_constants(p, &ring->scans[s]);
        }
        find_linear(ring, !(without >> MLEC_TRICK_SOLVE & 1));
        find_columns(p, ring);
        for (uint32_t s = 0; s < ring->n_scans; s++)
            list_sources(p, ring, &ring->scans[s]);
    }
    allocate_states(p);
    allocate_scratch(p);
    set->fused = !(without >> MLEC_TRICK_SWEEP & 1) && set->front <= STRIP && can_sweep(p);
    if (set->fused)
        allocate_sweep(p);
}
