/* One kernel function: a loop over groups of 8 rows around the graph, in SSA with one phi.
 *
 *     void f(int64_t n8, const double *const *rows, const double *scalars, double *const *out)
 *
 * and its prologue, which computes what depends on scalars alone with the same vector operations
 * (so that hoisting never changes a bit) and keeps one lane. */
#include "compiler/llvm/l_emit.h"

#include <stdio.h>
#include <string.h>

typedef struct {
    l_emit *e;
    const dag *g;
    const kernel_function *f;
    LLVMValueRef *values; /* of each node; NULL: not yet */
    LLVMValueRef *masks;
    uint8_t *seen;          /* what the outputs need */
    LLVMValueRef *pointers; /* of each varying input */
    LLVMValueRef scalars;
    LLVMBasicBlockRef entry;
    LLVMValueRef index; /* element of the strip; NULL in the prologue */
} graph_emitter;

static LLVMValueRef load_scalar(graph_emitter *m, uint32_t slot)
{
    l_emit *e = m->e;
    LLVMValueRef at = LLVMConstInt(e->type_i64, slot, false);
    LLVMValueRef p = LLVMBuildInBoundsGEP2(e->builder, e->type_double, m->scalars, &at, 1, "");
    LLVMValueRef x = LLVMBuildLoad2(e->builder, e->type_double, p, "");
    LLVMValueRef zero = LLVMConstInt(LLVMInt32TypeInContext(e->context), 0, false);
    LLVMValueRef v = LLVMBuildInsertElement(e->builder, LLVMGetPoison(e->type_vector), x, zero, "");
    LLVMValueRef mask = LLVMConstNull(LLVMVectorType(LLVMInt32TypeInContext(e->context), L_LANES));
    return LLVMBuildShuffleVector(e->builder, v, LLVMGetPoison(e->type_vector), mask, "");
}

static LLVMValueRef load_row(graph_emitter *m, uint32_t slot)
{
    l_emit *e = m->e;
    LLVMValueRef p =
        LLVMBuildInBoundsGEP2(e->builder, e->type_double, m->pointers[slot], &m->index, 1, "");
    LLVMValueRef v = LLVMBuildLoad2(e->builder, e->type_vector, p, "");
    LLVMSetAlignment(v, 64);
    return v;
}

static LLVMValueRef emit_node(graph_emitter *m, node n);

static LLVMValueRef emit_mask(graph_emitter *m, node n)
{
    if (m->masks[n])
        return m->masks[n];
    l_emit *e = m->e;
    const dag_node *d = dag_at(m->g, n);
    LLVMValueRef r;
    switch ((op_id)d->op) {
    case OP_LT:
        r = l_compare(e, LLVMRealOLT, emit_node(m, d->arg[0]), emit_node(m, d->arg[1]));
        break;
    case OP_LE:
        r = l_compare(e, LLVMRealOLE, emit_node(m, d->arg[0]), emit_node(m, d->arg[1]));
        break;
    case OP_EQ:
        r = l_compare(e, LLVMRealOEQ, emit_node(m, d->arg[0]), emit_node(m, d->arg[1]));
        break;
    case OP_AND: r = l_binary(e, LLVMAnd, emit_mask(m, d->arg[0]), emit_mask(m, d->arg[1])); break;
    case OP_OR: r = l_binary(e, LLVMOr, emit_mask(m, d->arg[0]), emit_mask(m, d->arg[1])); break;
    case OP_NOT: r = l_not(e, emit_mask(m, d->arg[0])); break;
    default: r = l_compare(e, LLVMRealUNE, emit_node(m, n), l_constant(e, 0));
    }
    return m->masks[n] = r;
}

/* The node that has an operator over the arguments of `d`, and is still to be emitted; 0: none. */
static node find_relative(const graph_emitter *m, op_id op, const dag_node *d)
{
    for (node i = 1; i < m->g->nodes.count; i++) {
        const dag_node *o = dag_at(m->g, i);
        if (m->seen[i] && o->op == op && !memcmp(o->arg, d->arg, sizeof d->arg) && !m->values[i])
            return i;
    }
    return 0;
}

/* A function, with its relatives of the same arguments. */
static LLVMValueRef emit_math(graph_emitter *m, node n, LLVMValueRef a, LLVMValueRef b)
{
    const dag_node *d = dag_at(m->g, n);
    const uint8_t *family = l_family((op_id)d->op);
    node nodes[L_RELATIVES];
    unsigned set = 0, count = 0;
    for (int i = 0; family && family[i]; i++) {
        node relative = find_relative(m, (op_id)family[i], d);
        if (relative) {
            set |= 1u << i;
            nodes[count++] = relative;
        }
    }
    if (count < 2)
        return l_math(m->e, (op_id)d->op, a, b);
    LLVMValueRef out[L_RELATIVES];
    l_together(m->e, family, set, (LLVMValueRef[]){a, b}, out);
    for (unsigned k = 0; k < count; k++)
        m->values[nodes[k]] = out[k];
    return m->values[n];
}

static LLVMValueRef emit_operator(graph_emitter *m, const dag_node *d, node n)
{
    l_emit *e = m->e;
    LLVMValueRef a = NULL, b = NULL, c = NULL;
    if (op_table[d->op].class == OP_CHOICE)
        return l_select(e, emit_mask(m, n), l_constant(e, 1), l_constant(e, 0));
    if (d->op == OP_SELECT)
        return l_select(e, emit_mask(m, d->arg[0]), emit_node(m, d->arg[1]),
                        emit_node(m, d->arg[2]));
    a = emit_node(m, d->arg[0]);
    if (op_table[d->op].arity > 1)
        b = emit_node(m, d->arg[1]);
    if (op_table[d->op].arity > 2)
        c = emit_node(m, d->arg[2]);
    switch ((op_id)d->op) {
    case OP_ADD: return l_binary(e, LLVMFAdd, a, b);
    case OP_SUB: return l_binary(e, LLVMFSub, a, b);
    case OP_MUL: return l_binary(e, LLVMFMul, a, b);
    case OP_DIV: return l_binary(e, LLVMFDiv, a, b);
    case OP_NEG: return l_fneg(e, a);
    case OP_SQRT: return l_intrinsic(e, "llvm.sqrt", &a, 1);
    case OP_ABS: return l_abs(e, a);
    case OP_FMA: return l_intrinsic(e, "llvm.fma", (LLVMValueRef[]){a, b, c}, 3);
    case OP_FLOOR: return l_intrinsic(e, "llvm.floor", &a, 1);
    case OP_CEIL: return l_intrinsic(e, "llvm.ceil", &a, 1);
    case OP_ROUND: { /* half upwards; a + 0.5 would round 0.49999999999999994 up */
        LLVMValueRef low = l_intrinsic(e, "llvm.floor", &a, 1);
        LLVMValueRef up =
            l_compare(e, LLVMRealOGE, l_binary(e, LLVMFSub, a, low), l_constant(e, 0.5));
        return l_binary(e, LLVMFAdd, low, l_select(e, up, l_constant(e, 1), l_constant(e, 0)));
    }
    case OP_SIGN: {
        LLVMValueRef zero = l_constant(e, 0);
        LLVMValueRef negative =
            l_select(e, l_compare(e, LLVMRealOLT, a, zero), l_constant(e, -1), a);
        return l_select(e, l_compare(e, LLVMRealOGT, a, zero), l_constant(e, 1), negative);
    }
    default:
        if (op_table[d->op].class == OP_JET)
            return l_jet(e, (op_id)d->op, (LLVMValueRef[]){a, b, c});
        return emit_math(m, n, a, b);
    }
}

static LLVMValueRef emit_node(graph_emitter *m, node n)
{
    if (m->values[n])
        return m->values[n];
    const dag_node *d = dag_at(m->g, n);
    LLVMValueRef r;
    if (d->op == OP_CONST)
        r = l_constant(m->e, d->value);
    else if (d->op == OP_INPUT)
        r = load_row(m, m->f->inputs[d->x].slot);
    else
        r = emit_operator(m, d, n);
    return m->values[n] = r;
}

static LLVMValueRef declare(l_emit *e, const char *name, LLVMTypeRef *params, unsigned n)
{
    LLVMTypeRef type = LLVMFunctionType(e->type_void, params, n, false);
    LLVMValueRef f = LLVMAddFunction(e->module, name, type);
    static const char *const attributes[][2] = {{"prefer-vector-width", "512"},
                                                {"min-legal-vector-width", "512"}};
    for (int i = 0; i < 2; i++)
        LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex,
                                LLVMCreateStringAttribute(e->context, attributes[i][0],
                                                          (unsigned)strlen(attributes[i][0]),
                                                          attributes[i][1],
                                                          (unsigned)strlen(attributes[i][1])));
    unsigned nounwind = LLVMGetEnumAttributeKindForName("nounwind", 8);
    LLVMAddAttributeAtIndex(f, LLVMAttributeFunctionIndex,
                            LLVMCreateEnumAttribute(e->context, nounwind, 0));
    return f;
}

static void init(graph_emitter *m, l_emit *e, const dag *g, const kernel_function *f)
{
    *m = (graph_emitter){.e = e, .g = g, .f = f};
    m->values = ARENA_ARRAY(e->arena, LLVMValueRef, g->nodes.count);
    m->masks = ARENA_ARRAY(e->arena, LLVMValueRef, g->nodes.count);
    l_forget(e);
}

/* Loads the scalar inputs that `outputs` read. */
static void load_scalars(graph_emitter *m, const node *outputs, uint32_t n)
{
    m->seen = ARENA_ARRAY(m->e->arena, uint8_t, m->g->nodes.count);
    dag_mark(m->g, outputs, n, m->seen);
    for (node i = 1; i < m->g->nodes.count; i++) {
        const dag_node *d = dag_at(m->g, i);
        if (m->seen[i] && d->op == OP_INPUT && !m->f->inputs[d->x].varies)
            m->values[i] = load_scalar(m, m->f->inputs[d->x].slot);
    }
}

static void emit_prologue(l_emit *e, const dag *g, const kernel_function *f)
{
    graph_emitter m;
    init(&m, e, g, f);
    char name[96];
    snprintf(name, sizeof name, "%s_prologue", f->name);
    LLVMValueRef fn = declare(e, name, &e->type_ptr, 1);
    LLVMPositionBuilderAtEnd(e->builder, LLVMAppendBasicBlockInContext(e->context, fn, ""));
    m.scalars = LLVMGetParam(fn, 0);
    load_scalars(&m, f->hoisted, f->n_hoisted);
    LLVMValueRef zero = LLVMConstInt(LLVMInt32TypeInContext(e->context), 0, false);
    for (uint32_t i = 0; i < f->n_hoisted; i++) {
        LLVMValueRef v = emit_node(&m, f->hoisted[i]);
        LLVMValueRef x = LLVMBuildExtractElement(e->builder, v, zero, "");
        LLVMValueRef at = LLVMConstInt(e->type_i64, f->n_scalars + i, false);
        LLVMValueRef p = LLVMBuildInBoundsGEP2(e->builder, e->type_double, m.scalars, &at, 1, "");
        LLVMBuildStore(e->builder, x, p);
    }
    LLVMBuildRetVoid(e->builder);
}

static LLVMValueRef load_pointer(l_emit *e, LLVMValueRef table, uint32_t slot)
{
    LLVMValueRef at = LLVMConstInt(e->type_i64, slot, false);
    LLVMValueRef p = LLVMBuildInBoundsGEP2(e->builder, e->type_ptr, table, &at, 1, "");
    return LLVMBuildLoad2(e->builder, e->type_ptr, p, "");
}

static void emit_loop(l_emit *e, const dag *g, const kernel_function *f)
{
    graph_emitter m;
    init(&m, e, g, f);
    LLVMTypeRef params[4] = {e->type_i64, e->type_ptr, e->type_ptr, e->type_ptr};
    LLVMValueRef fn = declare(e, f->name, params, 4);
    LLVMBasicBlockRef entry = LLVMAppendBasicBlockInContext(e->context, fn, "entry");
    LLVMBasicBlockRef loop = LLVMAppendBasicBlockInContext(e->context, fn, "row");
    LLVMBasicBlockRef done = LLVMAppendBasicBlockInContext(e->context, fn, "done");
    LLVMPositionBuilderAtEnd(e->builder, entry);
    m.scalars = LLVMGetParam(fn, 2);
    m.pointers = ARENA_ARRAY(e->arena, LLVMValueRef, f->n_inputs + 1);
    for (uint32_t i = 0; i < f->n_inputs; i++)
        if (f->inputs[i].varies)
            m.pointers[f->inputs[i].slot] = load_pointer(e, LLVMGetParam(fn, 1), f->inputs[i].slot);
    load_scalars(&m, f->outputs, f->n_outputs);
    for (uint32_t i = 0; i < f->n_hoisted; i++)
        m.values[f->hoisted[i]] = load_scalar(&m, f->n_scalars + i);
    LLVMValueRef *out = ARENA_ARRAY(e->arena, LLVMValueRef, f->n_outputs + 1);
    for (uint32_t i = 0; i < f->n_outputs; i++)
        out[i] = load_pointer(e, LLVMGetParam(fn, 3), i);
    LLVMValueRef end = LLVMBuildMul(e->builder, LLVMGetParam(fn, 0),
                                    LLVMConstInt(e->type_i64, L_LANES, false), "");
    LLVMValueRef zero = LLVMConstInt(e->type_i64, 0, false);
    LLVMBuildCondBr(e->builder, LLVMBuildICmp(e->builder, LLVMIntSGT, end, zero, ""), loop, done);
    LLVMPositionBuilderAtEnd(e->builder, loop);
    m.index = LLVMBuildPhi(e->builder, e->type_i64, "i");
    for (uint32_t i = 0; i < f->n_outputs; i++) {
        LLVMValueRef v = emit_node(&m, f->outputs[i]);
        LLVMValueRef p = LLVMBuildInBoundsGEP2(e->builder, e->type_double, out[i], &m.index, 1, "");
        LLVMSetAlignment(LLVMBuildStore(e->builder, v, p), 64);
    }
    LLVMValueRef next =
        LLVMBuildAdd(e->builder, m.index, LLVMConstInt(e->type_i64, L_LANES, false), "");
    LLVMBuildCondBr(e->builder, LLVMBuildICmp(e->builder, LLVMIntSLT, next, end, ""), loop, done);
    LLVMValueRef values[2] = {zero, next};
    LLVMBasicBlockRef blocks[2] = {entry, LLVMGetInsertBlock(e->builder)};
    LLVMAddIncoming(m.index, values, blocks, 2);
    LLVMPositionBuilderAtEnd(e->builder, done);
    LLVMBuildRetVoid(e->builder);
}

void l_function(l_emit *e, const dag *g, const kernel_function *f)
{
    if (f->n_hoisted)
        emit_prologue(e, g, f);
    emit_loop(e, g, f);
}
