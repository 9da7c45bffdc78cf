/* The functions of runtime/calc as machine code: vmath.inc read with builder calls as its
 * operations. Its loops over coefficients run here, while the code is being emitted. */
#include "compiler/llvm/l_emit.h"

#include <stdio.h>

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

static LLVMValueRef out_of_line(l_emit *e, op_id op)
{
    if (e->math[op])
        return e->math[op];
    LLVMTypeRef params[2] = {e->type_vector, e->type_vector};
    unsigned arity = op_table[op].arity;
    LLVMTypeRef type = LLVMFunctionType(e->type_vector, params, arity, false);
    LLVMValueRef f = LLVMAddFunction(e->module, op_table[op].name, type);
    LLVMSetValueName2(f, "", 0);
    char name[64];
    int n = snprintf(name, sizeof name, "mlec_%s", op_table[op].name);
    LLVMSetValueName2(f, name, (size_t)n);
    LLVMSetLinkage(f, LLVMInternalLinkage);
    e->math[op] = f;
    LLVMBasicBlockRef here = LLVMGetInsertBlock(e->builder);
    LLVMBasicBlockRef block = LLVMAppendBasicBlockInContext(e->context, f, "");
    LLVMPositionBuilderAtEnd(e->builder, block);
    l_memo *memo = e->memo; /* the caller's block keeps its memory */
    uint32_t n_memo = e->n_memo, memo_size = e->memo_size;
    e->memo = ARENA_ARRAY(e->arena, l_memo, memo_size);
    e->n_memo = 0;
    LLVMBuildRet(e->builder,
                 emit_op(e, op, LLVMGetParam(f, 0), arity > 1 ? LLVMGetParam(f, 1) : NULL));
    e->memo = memo;
    e->n_memo = n_memo;
    e->memo_size = memo_size;
    LLVMPositionBuilderAtEnd(e->builder, here);
    return f;
}

LLVMValueRef l_math(l_emit *e, op_id op, LLVMValueRef a, LLVMValueRef b)
{
    if (in_place(op))
        return emit_op(e, op, a, b);
    LLVMValueRef f = out_of_line(e, op), args[2] = {a, b};
    LLVMTypeRef params[2] = {e->type_vector, e->type_vector};
    LLVMTypeRef type = LLVMFunctionType(e->type_vector, params, op_table[op].arity, false);
    return LLVMBuildCall2(e->builder, type, f, args, op_table[op].arity, "");
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
