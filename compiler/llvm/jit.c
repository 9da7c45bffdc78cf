/* The object added to LLJIT, and addresses put into the plan. */
#include "compiler/llvm/cache.h"
#include "compiler/llvm/machine.h"
#include "compiler/llvm/object.h"

#include <llvm-c/LLJIT.h>
#include <llvm-c/Orc.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

struct machine_code {
    const mlec_allocator *allocator;
    LLVMOrcLLJITRef jit;
    double emit_us, codegen_us, link_us;
};

static double now_us(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

bool machine_supported(void)
{
#if defined(__x86_64__)
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return true;
#endif
}

static const char *take_error(arena *a, LLVMErrorRef e)
{
    char *message = LLVMGetErrorMessage(e);
    const char *copy = arena_strdup(a, message);
    LLVMDisposeErrorMessage(message);
    return copy;
}

/* LLJIT writes a function's address as an integer; the plan holds it as a pointer. */
static bool look_up(machine_code *m, arena *a, const char *name, void *slot, const char **error)
{
    LLVMOrcExecutorAddress address = 0;
    LLVMErrorRef e = LLVMOrcLLJITLookup(m->jit, &address, name);
    if (e) {
        *error = take_error(a, e);
        return false;
    }
    uintptr_t p = (uintptr_t)address;
    memcpy(slot, &p, sizeof p);
    return true;
}

/* What compiled code calls by name: see runtime/calc/jet.h. */
static LLVMErrorRef define_jets(machine_code *m)
{
    LLVMOrcCSymbolMapPair pairs[JET_COUNT];
    for (int i = 0; i < JET_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, "mlec_jet_%s", calc_jets[i].name);
        uint8_t flags = LLVMJITSymbolGenericFlagsExported | LLVMJITSymbolGenericFlagsCallable;
        pairs[i] = (LLVMOrcCSymbolMapPair){
            LLVMOrcLLJITMangleAndIntern(m->jit, name),
            {(LLVMOrcExecutorAddress)(uintptr_t)calc_jets[i].lanes, {flags, 0}}};
    }
    return LLVMOrcJITDylibDefine(LLVMOrcLLJITGetMainJITDylib(m->jit),
                                 LLVMOrcAbsoluteSymbols(pairs, JET_COUNT));
}

static bool link_functions(machine_code *m, kernel *k, const char **error)
{
    for (uint32_t i = 0; i < k->functions.count; i++) {
        const kernel_function *f = &k->functions.data[i];
        char name[128];
        if (!look_up(m, k->arena, f->name, &f->slot->code, error))
            return false;
        snprintf(name, sizeof name, "%s_prologue", f->name);
        if (f->n_hoisted && !look_up(m, k->arena, name, &f->slot->prologue, error))
            return false;
    }
    return true;
}

/* The object, from the cache or the code generator. False with *error. */
static bool make_object(kernel *k, object_job *j, const char *directory, const char **error)
{
    cache_key key = {0};
    if (directory) {
        key = cache_key_of(j->e.module);
        j->object = cache_load(directory, key, k->arena);
        if (j->object)
            return true;
    }
    j->target = object_target(k->arena, false, error);
    if (!j->target)
        return false;
    j->object = object_emit(j->target, j->e.module, LLVMObjectFile, k->arena, error);
    if (directory && j->object)
        cache_store(directory, key, j->object, k->arena);
    return j->object != NULL;
}

machine_code *machine_compile(kernel *k, const mlec_allocator *allocator, const char *directory,
                              const char **error)
{
    if (!machine_supported()) {
        *error = "this processor lacks AVX2 and FMA (x86-64-v3), which compiled models need";
        return NULL;
    }
    object_job *j = object_begin(k->arena);
    if (setjmp(j->guard.jump))
        object_abandon(j);
    machine_code *m = j->code = alloc_resize(allocator, NULL, sizeof *m);
    if (!m)
        longjmp(j->guard.jump, 1);
    *m = (machine_code){.allocator = allocator};
    double t0 = now_us();
    bool ok = object_module(k, &j->e, error);
    double t1 = now_us();
    ok = ok && make_object(k, j, directory, error);
    double t2 = now_us();
    LLVMErrorRef failure = j->object ? LLVMOrcCreateLLJIT(&m->jit, NULL) : NULL;
    if (failure)
        m->jit = NULL;
    else if (m->jit)
        failure = define_jets(m);
    ok = j->object && !failure;
    if (ok) {
        LLVMMemoryBufferRef object = j->object; /* LLJIT owns it now */
        j->object = NULL;
        failure = LLVMOrcLLJITAddObjectFile(m->jit, LLVMOrcLLJITGetMainJITDylib(m->jit), object);
    }
    if (failure)
        *error = take_error(k->arena, failure);
    ok = ok && !failure && link_functions(m, k, error);
    m->emit_us = t1 - t0;
    m->codegen_us = t2 - t1;
    m->link_us = now_us() - t2;
    object_end(j);
    if (ok)
        return m;
    machine_free(m);
    return NULL;
}

void machine_free(machine_code *m)
{
    if (!m)
        return;
    if (m->jit)
        LLVMConsumeError(LLVMOrcDisposeLLJIT(m->jit));
    alloc_free(m->allocator, m);
}

double machine_emit_us(const machine_code *m) { return m->emit_us; }

double machine_codegen_us(const machine_code *m) { return m->codegen_us; }

double machine_link_us(const machine_code *m) { return m->link_us; }

const char *machine_print(kernel *k, machine_text what, const char **error)
{
    object_job *j = object_begin(k->arena);
    if (setjmp(j->guard.jump))
        object_abandon(j);
    const char *text = NULL;
    bool ok = object_module(k, &j->e, error);
    if (ok && what == MACHINE_LLVM) {
        char *ir = LLVMPrintModuleToString(j->e.module);
        j->object = LLVMCreateMemoryBufferWithMemoryRangeCopy(ir, strlen(ir), "ir");
        LLVMDisposeMessage(ir);
    } else if (ok) {
        j->target = object_target(k->arena, false, error);
        if (j->target)
            j->object = object_emit(j->target, j->e.module, LLVMAssemblyFile, k->arena, error);
    }
    if (j->object)
        text = arena_strndup(k->arena, LLVMGetBufferStart(j->object), LLVMGetBufferSize(j->object));
    object_end(j);
    return text;
}
