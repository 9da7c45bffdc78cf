#include "compiler/llvm/object.h"

#include <llvm-c/Analysis.h>
#include <llvm-c/Target.h>
#include <pthread.h>
#include <string.h>

/* What `mlec build` writes code for. */
#if !defined(__x86_64__)
#define OLDEST_PROCESSOR "generic"
#elif defined(__FMA__)
#define OLDEST_PROCESSOR "x86-64-v3"
#else
#define OLDEST_PROCESSOR "x86-64"
#endif

static const char *keep_message(arena *a, char *message)
{
    const char *copy = arena_strdup(a, message ? message : "unknown");
    LLVMDisposeMessage(message);
    return copy;
}

static void register_target(void)
{
    LLVMInitializeNativeTarget();
    LLVMInitializeNativeAsmPrinter();
}

object_job *object_begin(arena *a)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT; /* LLVM's registry is one for the process */
    pthread_once(&once, register_target);
    object_job *j = ARENA_NEW(a, object_job);
    j->arena = a;
    j->outer = a->guard;
    a->guard = &j->guard;
    return j;
}

void object_end(object_job *j)
{
    j->arena->guard = j->outer;
    if (j->e.context)
        l_release(&j->e);
    if (j->target)
        LLVMDisposeTargetMachine(j->target);
    if (j->object)
        LLVMDisposeMemoryBuffer(j->object);
}

void object_abandon(object_job *j)
{
    oom_guard *outer = j->outer;
    machine_free(j->code);
    object_end(j);
    longjmp(outer->jump, 1);
}

bool object_module(const kernel *k, unsigned sets, object_job *j, const char **error)
{
    l_emit *e = &j->e;
    l_init(e, j->arena, "model");
    for (uint32_t i = 0; i < k->functions.count; i++)
        if (k->functions.data[i].set & sets)
            l_function(e, &k->b->g, &k->functions.data[i]);
#ifndef NDEBUG
    char *message = NULL;
    if (LLVMVerifyModule(e->module, LLVMReturnStatusAction, &message)) {
        *error = keep_message(j->arena, message);
        return false;
    }
    LLVMDisposeMessage(message);
#endif
    (void)error;
    return true;
}

LLVMTargetMachineRef object_target(arena *a, bool portable, const char **error)
{
    char *triple = LLVMGetDefaultTargetTriple(), *message = NULL;
    LLVMTargetRef target;
    LLVMTargetMachineRef machine = NULL;
    if (LLVMGetTargetFromTriple(triple, &target, &message)) {
        *error = keep_message(a, message);
    } else {
        char *cpu = LLVMGetHostCPUName(), *features = LLVMGetHostCPUFeatures();
        machine = LLVMCreateTargetMachine(target, triple, portable ? OLDEST_PROCESSOR : cpu,
                                          portable ? "" : features, LLVMCodeGenLevelDefault,
                                          LLVMRelocPIC, LLVMCodeModelSmall);
        LLVMDisposeMessage(cpu);
        LLVMDisposeMessage(features);
        if (!machine)
            *error = "LLVM has no code generator for this machine";
    }
    LLVMDisposeMessage(triple);
    return machine;
}

LLVMMemoryBufferRef object_emit(LLVMTargetMachineRef target, LLVMModuleRef module,
                                LLVMCodeGenFileType type, arena *a, const char **error)
{
    LLVMTargetDataRef layout = LLVMCreateTargetDataLayout(target);
    LLVMSetModuleDataLayout(module, layout);
    LLVMDisposeTargetData(layout);
    char *triple = LLVMGetTargetMachineTriple(target), *message = NULL;
    LLVMSetTarget(module, triple);
    LLVMDisposeMessage(triple);
    LLVMMemoryBufferRef out = NULL;
    if (LLVMTargetMachineEmitToMemoryBuffer(target, module, type, &message, &out)) {
        *error = keep_message(a, message);
        return NULL;
    }
    return out;
}
