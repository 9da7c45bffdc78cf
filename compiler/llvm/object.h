/* Inside compiler/llvm: a module and the target it is compiled for. */
#ifndef COMPILER_LLVM_OBJECT_H
#define COMPILER_LLVM_OBJECT_H

#include "compiler/llvm/l_emit.h"
#include "compiler/llvm/machine.h"

#include <llvm-c/TargetMachine.h>

/* What a compilation holds of LLVM's: released when it ends, and when the arena refuses in between.
 *     object_job *j = object_begin(arena);
 *     if (setjmp(j->guard.jump))
 *         object_abandon(j);
 * does not come back from there; object_end gives the arena its own guard again. */
typedef struct {
    arena *arena;
    oom_guard guard, *outer;
    l_emit e;
    LLVMTargetMachineRef target;
    LLVMMemoryBufferRef object;
    machine_code *code;
} object_job;
object_job *object_begin(arena *a);
void object_abandon(object_job *j) __attribute__((noreturn));
void object_end(object_job *j);

/* The functions of some sets of `k` in a verified module. */
bool object_module(const kernel *k, unsigned sets, object_job *j, const char **error);
/* The machine at hand, or (portable) any of its architecture that this build serves: x86-64-v3.
 * Position-independent code, level 2. NULL with *error. */
LLVMTargetMachineRef object_target(arena *a, bool portable, const char **error);
LLVMMemoryBufferRef object_emit(LLVMTargetMachineRef target, LLVMModuleRef module,
                                LLVMCodeGenFileType type, arena *a, const char **error);

#endif
