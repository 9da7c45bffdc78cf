/* Inside compiler/llvm: a module and the target it is compiled for. */
#ifndef COMPILER_LLVM_OBJECT_H
#define COMPILER_LLVM_OBJECT_H

#include "compiler/llvm/l_emit.h"

#include <llvm-c/TargetMachine.h>

/* All functions of `k` in a verified module. */
bool object_module(kernel *k, l_emit *e, const char **error);
/* The machine at hand, or (portable) any of its architecture that mlec supports: x86-64-v3.
 * Position-independent code, level 2. NULL with *error. */
LLVMTargetMachineRef object_target(arena *a, bool portable, const char **error);
LLVMMemoryBufferRef object_emit(LLVMTargetMachineRef target, LLVMModuleRef module,
                                LLVMCodeGenFileType type, arena *a, const char **error);

#endif
