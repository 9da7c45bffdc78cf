/* Small helpers over LLVM's C API; LLVM's types stay inside this folder.
 *
 * Everything is emitted for vectors of 8 doubles, for every target: the code generator splits them
 * where registers are narrower. No fast-math flags: the graph says every rounding. The emitter
 * remembers (operation, operands), so equal operations of one block are emitted once. */
#ifndef COMPILER_LLVM_L_EMIT_H
#define COMPILER_LLVM_L_EMIT_H

#include "compiler/kernel/kernel.h"

#include <llvm-c/Core.h>

enum { L_LANES = 8, L_FAMILIES = 3, L_RELATIVES = 3 };

/* One remembered operation. */
typedef struct {
    uint64_t key[5];
    LLVMValueRef value;
} l_memo;

typedef struct {
    arena *arena;
    LLVMContextRef context;
    LLVMModuleRef module;
    LLVMBuilderRef builder;
    LLVMTypeRef type_void, type_i64, type_double, type_ptr;
    LLVMTypeRef type_vector, type_ivector, type_mask; /* 8 x double, i64, i1 */
    l_memo *memo;
    uint32_t n_memo, memo_size;
    LLVMValueRef math[OP_COUNT_];                        /* out-of-line functions of this module */
    LLVMValueRef together[L_FAMILIES][1 << L_RELATIVES]; /* those of several at once */
} l_emit;

void l_init(l_emit *e, arena *a, const char *module_name);
void l_release(l_emit *e);
/* Forgets what was emitted in another block. */
void l_forget(l_emit *e);

LLVMValueRef l_constant(l_emit *e, double x);
LLVMValueRef l_iconstant(l_emit *e, uint64_t x);
LLVMValueRef l_binary(l_emit *e, LLVMOpcode op, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef l_fneg(l_emit *e, LLVMValueRef a);
LLVMValueRef l_compare(l_emit *e, LLVMRealPredicate p, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef l_icompare(l_emit *e, LLVMIntPredicate p, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef l_select(l_emit *e, LLVMValueRef mask, LLVMValueRef a, LLVMValueRef b);
LLVMValueRef l_bitcast(l_emit *e, LLVMValueRef a, LLVMTypeRef type);
/* An intrinsic on vectors: "llvm.sqrt", "llvm.fma", ... */
LLVMValueRef l_intrinsic(l_emit *e, const char *name, LLVMValueRef *args, unsigned n);
LLVMValueRef l_not(l_emit *e, LLVMValueRef mask);
LLVMValueRef l_abs(l_emit *e, LLVMValueRef a);
/* Calls `void name(const double *args, double *out)` with n vectors, once for the same vectors in a
 * block: `out`, which has room for n_out vectors. */
LLVMValueRef l_call_lanes(l_emit *e, const char *name, LLVMValueRef *args, unsigned n,
                          unsigned n_out);
/* Vector number k behind a pointer. */
LLVMValueRef l_load_lanes(l_emit *e, LLVMValueRef p, unsigned k);

/* A function of runtime/calc, emitted in place or called. */
LLVMValueRef l_math(l_emit *e, op_id op, LLVMValueRef a, LLVMValueRef b);
/* Functions that share most of their operations, when they are called with the same arguments: row
 * 0 ended; NULL for others. l_together computes those whose bits are in `set`, with one call. */
const uint8_t *l_family(op_id op);
void l_together(l_emit *e, const uint8_t *family, unsigned set, LLVMValueRef *args,
                LLVMValueRef out[L_RELATIVES]);
/* A number of a jet: the first one of a jet in a block calls its function, with eight rows. */
LLVMValueRef l_jet(l_emit *e, op_id op, LLVMValueRef *args);

/* The function and, where it hoists, its prologue, into the module. */
void l_function(l_emit *e, const dag *g, const kernel_function *f);

#endif
