/* Operations are listed in the order in which a walk from the outputs finishes them, operands
 * first. A value has a slot from the operation that makes it to the last one that reads it; a
 * result may take the slot of an operand that dies there. What is an output goes straight to its
 * place, and is read from there. */
#include "compiler/strip/strip.h"

#include "runtime/calc/strip_ops.h"

#include <string.h>

/* Where a value is, while others are still being counted: the kind of place, and its number. */
typedef enum { ROW, OUTPUT, CONSTANT, SCALAR, SLOT, KINDS } place_kind;
enum { KIND_SHIFT = 28, NUMBER_MASK = (1 << KIND_SHIFT) - 1 };

/* A jet that was called, and the slot of its first number. */
typedef struct {
    uint32_t op;
    node args[3];
    uint32_t first;
} called_jet;

typedef struct {
    kernel *k;
    const dag *g;
    /* of each node; zero between functions */
    uint32_t *uses;    /* reads that are still to come */
    uint32_t *places;  /* + 1; 0: not yet */
    uint32_t *outputs; /* the output that it is, + 1 */
    VEC(node) reached; /* operands first */
    const kernel_input *inputs;
    VEC(mlec_strip_step) steps;
    VEC(double) constants;
    VEC(uint32_t) scalars;
    VEC(uint32_t) idle; /* slots that nobody will read any more */
    VEC(called_jet) jets;
    uint32_t n_slots;
} assembler;

enum { OP_COPY = OP_CONST }; /* of no operator: the entries of leaves are not read */
static const uint8_t operations[OP_COUNT_] = {
#define STRIP(id, arity, value) [OP_##id] = STRIP_##id,
#include "runtime/calc/strip_ops.def"
#define MATH(id, name, arity) [OP_##id] = STRIP_MATH_##name,
#include "compiler/dag/ops.def"
#undef MATH
    [OP_SQRT] = STRIP_MATH_sqrt,
    [OP_POW] = STRIP_MATH_pow,
};

static uint32_t place_of(place_kind kind, uint32_t number)
{
    return (uint32_t)kind << KIND_SHIFT | number;
}

static void set_place(assembler *m, node n, uint32_t place) { m->places[n] = place + 1; }

static uint32_t scalar(assembler *m, uint32_t slot)
{
    VEC_PUSH(m->k->arena, m->scalars, slot);
    return place_of(SCALAR, m->scalars.count - 1);
}

/* Lists what `n` needs, operands first; what has a value already is a leaf. */
static void reach(assembler *m, node n)
{
    const dag_node *d = dag_at(m->g, n);
    if (m->uses[n]++)
        return;
    for (int k = 0; k < op_table[d->op].arity && !m->places[n]; k++)
        reach(m, d->arg[k]);
    VEC_PUSH(m->k->arena, m->reached, n);
}

static uint32_t leaf(assembler *m, const dag_node *d)
{
    if (d->op == OP_CONST) {
        VEC_PUSH(m->k->arena, m->constants, d->value);
        return place_of(CONSTANT, m->constants.count - 1);
    }
    const kernel_input *in = &m->inputs[d->x];
    return in->varies ? place_of(ROW, in->slot) : scalar(m, in->slot);
}

static uint32_t new_slot(assembler *m)
{
    return m->idle.count ? m->idle.data[--m->idle.count] : m->n_slots++;
}

/* One read of `n` is done. */
static void release(assembler *m, node n)
{
    uint32_t place = m->places[n] - 1;
    if (--m->uses[n] == 0 && place >> KIND_SHIFT == SLOT)
        VEC_PUSH(m->k->arena, m->idle, place & NUMBER_MASK);
}

static uint32_t result(assembler *m, node n)
{
    return m->outputs[n] ? place_of(OUTPUT, m->outputs[n] - 1) : place_of(SLOT, new_slot(m));
}

static void step(assembler *m, uint32_t op, uint32_t out, const uint32_t *args)
{
    VEC_PUSH(m->k->arena, m->steps, (mlec_strip_step){op, out, args[0], args[1], args[2]});
}

/* The first slot of a jet's numbers. A call is shared by all numbers that are wanted. */
static uint32_t call_jet(assembler *m, const dag_node *d, const uint32_t *args)
{
    const op_info *info = &op_table[d->op];
    uint32_t op = STRIP_JET + (uint32_t)info->family;
    for (uint32_t i = 0; i < m->jets.count; i++)
        if (m->jets.data[i].op == op && !memcmp(m->jets.data[i].args, d->arg, sizeof d->arg))
            return m->jets.data[i].first;
    called_jet jet = {op, {d->arg[0], d->arg[1], d->arg[2]}, m->n_slots};
    m->n_slots += (uint32_t)calc_jet_length(info->arity);
    step(m, op, place_of(SLOT, jet.first), args);
    VEC_PUSH(m->k->arena, m->jets, jet);
    return jet.first;
}

static void operation(assembler *m, node n)
{
    const dag_node *d = dag_at(m->g, n);
    const op_info *info = &op_table[d->op];
    uint32_t args[3] = {0, 0, 0};
    for (int k = 0; k < info->arity; k++)
        args[k] = m->places[d->arg[k]] - 1;
    bool jet = info->class == OP_JET;
    uint32_t number = jet ? place_of(SLOT, call_jet(m, d, args) + info->number) : 0;
    for (int k = 0; k < info->arity; k++)
        release(m, d->arg[k]);
    uint32_t out = jet && !m->outputs[n] ? number : result(m, n);
    set_place(m, n, out);
    if (!jet)
        step(m, operations[d->op], out, args);
    else if (out != number)
        step(m, STRIP_COPY, out, (uint32_t[3]){number});
}

/* The code as it stays: places get their final numbers. */
static const mlec_strip_code *finish(assembler *m, uint32_t n_rows, uint32_t n_outputs)
{
    arena *a = m->k->arena;
    mlec_strip_code *c = ARENA_NEW(a, mlec_strip_code);
    mlec_strip_step *steps = arena_alloc(a, m->steps.count * sizeof *steps);
    double *constants = arena_alloc(a, m->constants.count * sizeof *constants);
    uint32_t *scalars = arena_alloc(a, m->scalars.count * sizeof *scalars);
    *c = (mlec_strip_code){.steps = steps,
                           .constants = constants,
                           .scalars = scalars,
                           .n_steps = m->steps.count,
                           .n_rows = n_rows,
                           .n_outputs = n_outputs,
                           .n_constants = m->constants.count,
                           .n_scalars = m->scalars.count,
                           .n_slots = m->n_slots};
    uint32_t begin[KINDS] = {0, n_rows};
    begin[CONSTANT] = begin[OUTPUT] + n_outputs;
    begin[SCALAR] = begin[CONSTANT] + c->n_constants;
    begin[SLOT] = begin[SCALAR] + c->n_scalars;
    for (uint32_t i = 0; i < c->n_steps; i++) {
        mlec_strip_step s = m->steps.data[i];
        uint32_t *const numbers[] = {&s.out, &s.a, &s.b, &s.c};
        for (int k = 0; k < 4; k++)
            *numbers[k] = begin[*numbers[k] >> KIND_SHIFT] + (*numbers[k] & NUMBER_MASK);
        steps[i] = s;
    }
    for (uint32_t i = 0; i < c->n_constants; i++)
        constants[i] = m->constants.data[i];
    for (uint32_t i = 0; i < c->n_scalars; i++)
        scalars[i] = m->scalars.data[i];
    return c;
}

/* Those that are leaves, or the same as an earlier output, are copied. */
static void copy_outputs(assembler *m, const node *outputs, uint32_t n)
{
    for (uint32_t i = 0; i < n; i++) {
        uint32_t from = m->places[outputs[i]] - 1, to = place_of(OUTPUT, i);
        if (from != to)
            step(m, STRIP_COPY, to, (uint32_t[3]){from});
    }
}

/* `hoisted` are scalars that were computed before; they follow `first_scalar` others. */
static const mlec_strip_code *assemble(assembler *m, const kernel_function *f, const node *outputs,
                                       uint32_t n_outputs, const node *hoisted, uint32_t n_hoisted)
{
    m->inputs = f->inputs;
    m->reached.count = m->steps.count = m->constants.count = m->scalars.count = 0;
    m->idle.count = m->jets.count = m->n_slots = 0;
    for (uint32_t i = 0; i < n_hoisted; i++)
        set_place(m, hoisted[i], scalar(m, f->n_scalars + i));
    for (uint32_t i = 0; i < n_outputs; i++) {
        reach(m, outputs[i]);
        if (!m->outputs[outputs[i]])
            m->outputs[outputs[i]] = i + 1;
    }
    for (uint32_t i = 0; i < m->reached.count; i++) {
        node n = m->reached.data[i];
        const dag_node *d = dag_at(m->g, n);
        if (op_table[d->op].arity > 0 && !m->places[n])
            operation(m, n);
        else if (!m->places[n])
            set_place(m, n, leaf(m, d));
    }
    copy_outputs(m, outputs, n_outputs);
    for (uint32_t i = 0; i < m->reached.count; i++) {
        node n = m->reached.data[i];
        m->uses[n] = m->places[n] = m->outputs[n] = 0;
    }
    for (uint32_t i = 0; i < n_hoisted; i++)
        m->places[hoisted[i]] = 0;
    uint32_t n_rows = 0;
    for (uint32_t i = 0; i < f->n_inputs && outputs == f->outputs; i++)
        n_rows += f->inputs[i].varies;
    return finish(m, n_rows, n_outputs);
}

void strip_plan(kernel *k)
{
    uint32_t n = k->b->g.nodes.count;
    assembler m = {.k = k,
                   .g = &k->b->g,
                   .uses = ARENA_ARRAY(k->arena, uint32_t, n),
                   .places = ARENA_ARRAY(k->arena, uint32_t, n),
                   .outputs = ARENA_ARRAY(k->arena, uint32_t, n)};
    for (uint32_t i = 0; i < k->functions.count; i++) {
        const kernel_function *f = &k->functions.data[i];
        f->slot->strip = assemble(&m, f, f->outputs, f->n_outputs, f->hoisted, f->n_hoisted);
        if (f->n_hoisted)
            f->slot->strip_prologue = assemble(&m, f, f->hoisted, f->n_hoisted, NULL, 0);
    }
}
