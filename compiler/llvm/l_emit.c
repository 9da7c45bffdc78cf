#include "compiler/llvm/l_emit.h"

#include "base/intern.h"

#include <string.h>

void l_init(l_emit *e, arena *a, const char *module_name)
{
    *e = (l_emit){.arena = a, .memo_size = 4096};
    e->context = LLVMContextCreate();
    e->module = LLVMModuleCreateWithNameInContext(module_name, e->context);
    e->builder = LLVMCreateBuilderInContext(e->context);
    e->type_void = LLVMVoidTypeInContext(e->context);
    e->type_i64 = LLVMInt64TypeInContext(e->context);
    e->type_double = LLVMDoubleTypeInContext(e->context);
    e->type_ptr = LLVMPointerTypeInContext(e->context, 0);
    e->type_vector = LLVMVectorType(e->type_double, L_LANES);
    e->type_ivector = LLVMVectorType(e->type_i64, L_LANES);
    e->type_mask = LLVMVectorType(LLVMInt1TypeInContext(e->context), L_LANES);
    e->memo = ARENA_ARRAY(a, l_memo, e->memo_size);
}

void l_release(l_emit *e)
{
    LLVMDisposeBuilder(e->builder);
    if (e->module)
        LLVMDisposeModule(e->module);
    LLVMContextDispose(e->context);
}

void l_forget(l_emit *e)
{
    memset(e->memo, 0, sizeof *e->memo * e->memo_size);
    e->n_memo = 0;
}

/* The slot of an operation; its value is NULL when it was not emitted yet. */
static l_memo *recall(l_emit *e, uint64_t kind, const void *a, const void *b, const void *c,
                      uint64_t extra)
{
    if (2 * e->n_memo > e->memo_size) {
        l_memo *old = e->memo;
        uint32_t old_size = e->memo_size;
        e->memo_size *= 2;
        e->memo = ARENA_ARRAY(e->arena, l_memo, e->memo_size);
        for (uint32_t i = 0; i < old_size; i++) {
            if (!old[i].value)
                continue;
            uint32_t s = (uint32_t)hash_bytes(old[i].key, sizeof old[i].key, 0);
            while (e->memo[s & (e->memo_size - 1)].value)
                s++;
            e->memo[s & (e->memo_size - 1)] = old[i];
        }
    }
    uint64_t key[5] = {kind, (uintptr_t)a, (uintptr_t)b, (uintptr_t)c, extra};
    uint32_t s = (uint32_t)hash_bytes(key, sizeof key, 0) & (e->memo_size - 1);
    while (e->memo[s].value && memcmp(e->memo[s].key, key, sizeof key))
        s = (s + 1) & (e->memo_size - 1);
    if (!e->memo[s].value) {
        memcpy(e->memo[s].key, key, sizeof key);
        e->n_memo++;
    }
    return &e->memo[s];
}

static LLVMValueRef splat(LLVMValueRef x)
{
    LLVMValueRef lanes[L_LANES];
    for (int i = 0; i < L_LANES; i++)
        lanes[i] = x;
    return LLVMConstVector(lanes, L_LANES);
}

LLVMValueRef l_constant(l_emit *e, double x) { return splat(LLVMConstReal(e->type_double, x)); }

LLVMValueRef l_iconstant(l_emit *e, uint64_t x)
{
    return splat(LLVMConstInt(e->type_i64, x, false));
}

LLVMValueRef l_binary(l_emit *e, LLVMOpcode op, LLVMValueRef a, LLVMValueRef b)
{
    l_memo *m = recall(e, 1, a, b, NULL, op);
    if (!m->value)
        m->value = LLVMBuildBinOp(e->builder, op, a, b, "");
    return m->value;
}

LLVMValueRef l_fneg(l_emit *e, LLVMValueRef a)
{
    l_memo *m = recall(e, 2, a, NULL, NULL, 0);
    if (!m->value)
        m->value = LLVMBuildFNeg(e->builder, a, "");
    return m->value;
}

LLVMValueRef l_compare(l_emit *e, LLVMRealPredicate p, LLVMValueRef a, LLVMValueRef b)
{
    l_memo *m = recall(e, 3, a, b, NULL, p);
    if (!m->value)
        m->value = LLVMBuildFCmp(e->builder, p, a, b, "");
    return m->value;
}

LLVMValueRef l_icompare(l_emit *e, LLVMIntPredicate p, LLVMValueRef a, LLVMValueRef b)
{
    l_memo *m = recall(e, 4, a, b, NULL, p);
    if (!m->value)
        m->value = LLVMBuildICmp(e->builder, p, a, b, "");
    return m->value;
}

LLVMValueRef l_select(l_emit *e, LLVMValueRef mask, LLVMValueRef a, LLVMValueRef b)
{
    l_memo *m = recall(e, 5, mask, a, b, 0);
    if (!m->value)
        m->value = LLVMBuildSelect(e->builder, mask, a, b, "");
    return m->value;
}

LLVMValueRef l_bitcast(l_emit *e, LLVMValueRef a, LLVMTypeRef type)
{
    l_memo *m = recall(e, 6, a, type, NULL, 0);
    if (!m->value)
        m->value = LLVMBuildBitCast(e->builder, a, type, "");
    return m->value;
}

LLVMValueRef l_intrinsic(l_emit *e, const char *name, LLVMValueRef *args, unsigned n)
{
    unsigned id = LLVMLookupIntrinsicID(name, strlen(name));
    l_memo *m = recall(e, 7, args[0], n > 1 ? args[1] : NULL, n > 2 ? args[2] : NULL, id);
    if (!m->value) {
        LLVMValueRef f = LLVMGetIntrinsicDeclaration(e->module, id, &e->type_vector, 1);
        LLVMTypeRef t = LLVMIntrinsicGetType(e->context, id, &e->type_vector, 1);
        m->value = LLVMBuildCall2(e->builder, t, f, args, n, "");
    }
    return m->value;
}

/* That of -a is that of a, and that of b - a that of a - b: so functions of x and of -x share what
 * depends on |x|. */
LLVMValueRef l_abs(l_emit *e, LLVMValueRef a)
{
    LLVMOpcode op = LLVMIsAInstruction(a) ? LLVMGetInstructionOpcode(a) : 0;
    if (op == LLVMFNeg)
        return l_abs(e, LLVMGetOperand(a, 0));
    if (op != LLVMFSub)
        return l_intrinsic(e, "llvm.fabs", &a, 1);
    LLVMValueRef x = LLVMGetOperand(a, 0), y = LLVMGetOperand(a, 1);
    bool swapped = (uintptr_t)x > (uintptr_t)y;
    const void *low = swapped ? y : x, *high = swapped ? x : y;
    LLVMValueRef r = recall(e, 9, low, high, NULL, 0)->value;
    if (!r) {
        r = l_intrinsic(e, "llvm.fabs", &a, 1);
        recall(e, 9, low, high, NULL, 0)->value = r;
    }
    return r;
}

LLVMValueRef l_not(l_emit *e, LLVMValueRef mask)
{
    return l_binary(e, LLVMXor, mask, splat(LLVMConstInt(LLVMInt1TypeInContext(e->context), 1, 0)));
}

static LLVMValueRef lanes_at(l_emit *e, LLVMValueRef p, unsigned k)
{
    LLVMValueRef at = LLVMConstInt(e->type_i64, (uint64_t)k * L_LANES, false);
    return LLVMBuildInBoundsGEP2(e->builder, e->type_double, p, &at, 1, "");
}

LLVMValueRef l_load_lanes(l_emit *e, LLVMValueRef p, unsigned k)
{
    LLVMValueRef v = LLVMBuildLoad2(e->builder, e->type_vector, lanes_at(e, p, k), "");
    LLVMSetAlignment(v, 64);
    return v;
}

/* Room for n vectors in the frame of the function that is being built. */
static LLVMValueRef room(l_emit *e, unsigned n)
{
    LLVMBasicBlockRef here = LLVMGetInsertBlock(e->builder);
    LLVMBasicBlockRef entry = LLVMGetEntryBasicBlock(LLVMGetBasicBlockParent(here));
    LLVMValueRef first = LLVMGetFirstInstruction(entry);
    if (first)
        LLVMPositionBuilderBefore(e->builder, first);
    else
        LLVMPositionBuilderAtEnd(e->builder, entry);
    LLVMValueRef p = LLVMBuildAlloca(e->builder, LLVMArrayType2(e->type_vector, n), "");
    LLVMSetAlignment(p, 64);
    LLVMPositionBuilderAtEnd(e->builder, here);
    return p;
}

LLVMValueRef l_call_lanes(l_emit *e, const char *name, LLVMValueRef *args, unsigned n,
                          unsigned n_out)
{
    LLVMTypeRef params[2] = {e->type_ptr, e->type_ptr};
    LLVMTypeRef type = LLVMFunctionType(e->type_void, params, 2, false);
    LLVMValueRef f = LLVMGetNamedFunction(e->module, name);
    if (!f)
        f = LLVMAddFunction(e->module, name, type);
    l_memo *m = recall(e, 8, args[0], n > 1 ? args[1] : NULL, n > 2 ? args[2] : NULL, (uintptr_t)f);
    if (!m->value) {
        LLVMValueRef in = room(e, n), out = room(e, n_out);
        for (unsigned k = 0; k < n; k++)
            LLVMSetAlignment(LLVMBuildStore(e->builder, args[k], lanes_at(e, in, k)), 64);
        LLVMBuildCall2(e->builder, type, f, (LLVMValueRef[]){in, out}, 2, "");
        m->value = out;
    }
    return m->value;
}
