/* The functions of runtime/calc as machine code: vmath.inc read with builder calls as its
 * operations. Its loops over coefficients run here, while the code is being emitted. */
#include "compiler/llvm/l_emit.h"

#include <stdio.h>
#include <string.h>

#define VF             LLVMValueRef
#define VI             LLVMValueRef
#define VM             LLVMValueRef
#define V_FN(name)     static inline LLVMValueRef emit_##name
#define V_CALL(name)   emit_##name
#define V_CTX          l_emit *emitter,
#define V_PASS         emitter,
#define V_C(x)         l_constant(emitter, (double)(x))
#define V_ADD(a, b)    l_binary(emitter, LLVMFAdd, a, b)
#define V_SUB(a, b)    l_binary(emitter, LLVMFSub, a, b)
#define V_MUL(a, b)    l_binary(emitter, LLVMFMul, a, b)
#define V_DIV(a, b)    l_binary(emitter, LLVMFDiv, a, b)
#define V_FMA(a, b, c) l_intrinsic(emitter, "llvm.fma", (LLVMValueRef[]){a, b, c}, 3)
#define V_NEG(a)       l_fneg(emitter, a)
#define V_ABS(a)       l_abs(emitter, a)
#define V_SQRT(a)      l_intrinsic(emitter, "llvm.sqrt", (LLVMValueRef[]){a}, 1)
#define V_FLOOR(a)     l_intrinsic(emitter, "llvm.floor", (LLVMValueRef[]){a}, 1)
#define V_LT(a, b)     l_compare(emitter, LLVMRealOLT, a, b)
#define V_LE(a, b)     l_compare(emitter, LLVMRealOLE, a, b)
#define V_GT(a, b)     l_compare(emitter, LLVMRealOGT, a, b)
#define V_GE(a, b)     l_compare(emitter, LLVMRealOGE, a, b)
#define V_EQ(a, b)     l_compare(emitter, LLVMRealOEQ, a, b)
#define V_NE(a, b)     l_compare(emitter, LLVMRealUNE, a, b)
#define V_SEL(m, a, b) l_select(emitter, m, a, b)
#define VM_AND(m, n)   l_binary(emitter, LLVMAnd, m, n)
#define VM_OR(m, n)    l_binary(emitter, LLVMOr, m, n)
#define VM_NOT(m)      l_not(emitter, m)
#define V_BITS(a)      l_bitcast(emitter, a, emitter->type_ivector)
#define V_OFBITS(i)    l_bitcast(emitter, i, emitter->type_vector)
#define VI_C(i)        l_iconstant(emitter, (uint64_t)(i))
#define VI_ADD(i, j)   l_binary(emitter, LLVMAdd, i, j)
#define VI_SUB(i, j)   l_binary(emitter, LLVMSub, i, j)
#define VI_AND(i, j)   l_binary(emitter, LLVMAnd, i, j)
#define VI_OR(i, j)    l_binary(emitter, LLVMOr, i, j)
#define VI_XOR(i, j)   l_binary(emitter, LLVMXor, i, j)
#define VI_SHL(i, k)   l_binary(emitter, LLVMShl, i, l_iconstant(emitter, (uint64_t)(k)))
#define VI_SHR(i, k)   l_binary(emitter, LLVMLShr, i, l_iconstant(emitter, (uint64_t)(k)))
#define VI_EQ(i, j)    l_icompare(emitter, LLVMIntEQ, i, j)

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wunused-function"
#include "runtime/calc/vmath.inc"
#pragma GCC diagnostic pop

static LLVMValueRef emit_op(l_emit *e, op_id op, LLVMValueRef a, LLVMValueRef b)
{
    switch (op) {
/* clang-format off */
#define MATH(id, name, arity) MATH_##arity(id, name)
#define MATH_1(id, name) case OP_##id: return emit_##name(e, a);
#define MATH_2(id, name) case OP_##id: return emit_##name(e, a, b);
#include "compiler/dag/ops.def"
#undef MATH
    /* clang-format on */
    case OP_POW: return emit_pow(e, a, b);
    default: return NULL;
    }
}

/* Short functions are emitted in place, where they share operations with their neighbours; long
 * ones once, out of line: code generation costs about 30 microseconds for each operation. */
static bool in_place(op_id op)
{
    return op == OP_EXP || op == OP_LOG || op == OP_LOG1P || op == OP_EXPM1 || op == OP_INV_LOGIT ||
           op == OP_LOG1P_EXP || op == OP_LOG_ADD || op == OP_LOG_ADD_SHARE || op == OP_TANH;
}

static const uint8_t families[L_FAMILIES][L_RELATIVES + 1] = {
    {OP_LOG_PHI, OP_MILLS},
    {OP_LGAMMA, OP_DIGAMMA, OP_TRIGAMMA},
    {OP_LGAMMA_RATIO, OP_DIGAMMA_RATIO, OP_TRIGAMMA_RATIO},
};

const uint8_t *l_family(op_id op)
{
    for (int i = 0; i < L_FAMILIES; i++)
        for (int j = 0; families[i][j]; j++)
            if (families[i][j] == op)
                return families[i];
    return NULL;
}

/* A function of vectors, whose body is built by what follows, until close_function. */
typedef struct {
    LLVMBasicBlockRef caller;
    l_memo *memo; /* the caller's block keeps its memory */
    uint32_t n_memo, memo_size;
} opened;

static LLVMValueRef open_function(l_emit *e, const char *name, LLVMTypeRef type, opened *o)
{
    LLVMValueRef f = LLVMAddFunction(e->module, name, type);
    LLVMSetLinkage(f, LLVMInternalLinkage);
    *o = (opened){LLVMGetInsertBlock(e->builder), e->memo, e->n_memo, e->memo_size};
    LLVMPositionBuilderAtEnd(e->builder, LLVMAppendBasicBlockInContext(e->context, f, ""));
    e->memo = ARENA_ARRAY(e->arena, l_memo, e->memo_size);
    e->n_memo = 0;
    return f;
}

static void close_function(l_emit *e, const opened *o)
{
    e->memo = o->memo;
    e->n_memo = o->n_memo;
    e->memo_size = o->memo_size;
    LLVMPositionBuilderAtEnd(e->builder, o->caller);
}

static LLVMTypeRef function_type(l_emit *e, op_id op, LLVMTypeRef result)
{
    return LLVMFunctionType(result, (LLVMTypeRef[]){e->type_vector, e->type_vector},
                            op_table[op].arity, false);
}

static LLVMValueRef apply(l_emit *e, op_id op, LLVMValueRef f)
{
    return emit_op(e, op, LLVMGetParam(f, 0), op_table[op].arity > 1 ? LLVMGetParam(f, 1) : NULL);
}

static LLVMValueRef out_of_line(l_emit *e, op_id op)
{
    if (e->math[op])
        return e->math[op];
    char name[64];
    snprintf(name, sizeof name, "mlec_%s", op_table[op].name);
    opened o;
    LLVMValueRef f = open_function(e, name, function_type(e, op, e->type_vector), &o);
    LLVMBuildRet(e->builder, apply(e, op, f));
    close_function(e, &o);
    return e->math[op] = f;
}

LLVMValueRef l_math(l_emit *e, op_id op, LLVMValueRef a, LLVMValueRef b)
{
    if (in_place(op))
        return emit_op(e, op, a, b);
    LLVMValueRef f = out_of_line(e, op), args[2] = {a, b};
    return LLVMBuildCall2(e->builder, function_type(e, op, e->type_vector), f, args,
                          op_table[op].arity, "");
}

void l_together(l_emit *e, const uint8_t *family, unsigned set, LLVMValueRef *args,
                LLVMValueRef out[L_RELATIVES])
{
    LLVMTypeRef members[L_RELATIVES];
    op_id ops[L_RELATIVES];
    unsigned n = 0;
    char name[96] = "mlec";
    for (int i = 0; i < L_RELATIVES; i++)
        if (set >> i & 1) {
            members[n] = e->type_vector;
            ops[n++] = (op_id)family[i];
            size_t length = strlen(name);
            snprintf(name + length, sizeof name - length, "_%s", op_table[family[i]].name);
        }
    LLVMTypeRef result = LLVMStructTypeInContext(e->context, members, n, false);
    LLVMTypeRef type = function_type(e, ops[0], result);
    LLVMValueRef *f = &e->together[(family - families[0]) / (L_RELATIVES + 1)][set];
    if (!*f) {
        opened o;
        *f = open_function(e, name, type, &o);
        LLVMValueRef values[L_RELATIVES];
        for (unsigned k = 0; k < n; k++)
            values[k] = apply(e, ops[k], *f);
        LLVMBuildAggregateRet(e->builder, values, n);
        close_function(e, &o);
    }
    LLVMValueRef all = LLVMBuildCall2(e->builder, type, *f, args, op_table[ops[0]].arity, "");
    for (unsigned k = 0; k < n; k++)
        out[k] = LLVMBuildExtractValue(e->builder, all, k, "");
}

LLVMValueRef l_jet(l_emit *e, op_id op, LLVMValueRef *args)
{
    const op_info *info = &op_table[op];
    const jet_fn *f = &calc_jets[info->family];
    char name[64];
    snprintf(name, sizeof name, "mlec_jet_%s", f->name);
    LLVMValueRef jet =
        l_call_lanes(e, name, args, info->arity, (unsigned)calc_jet_length(info->arity));
    return l_load_lanes(e, jet, info->number);
}
