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
#if defined(__x86_64__) && defined(__FMA__)
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

/* All addresses first: the plan gets them when nothing can fail any more. */
static bool link_functions(machine_code *m, const kernel *k, arena *a, unsigned sets,
                           const char **error)
{
    mlec_function *found = ARENA_ARRAY(a, mlec_function, k->functions.count + 1);
    for (uint32_t i = 0; i < k->functions.count; i++) {
        const kernel_function *f = &k->functions.data[i];
        char name[128];
        if (!(f->set & sets))
            continue;
        if (!look_up(m, a, f->name, &found[i].code, error))
            return false;
        snprintf(name, sizeof name, "%s_prologue", f->name);
        if (f->n_hoisted && !look_up(m, a, name, &found[i].prologue, error))
            return false;
    }
    for (uint32_t i = 0; i < k->functions.count; i++) {
        mlec_function *slot = k->functions.data[i].slot;
        if (!(k->functions.data[i].set & sets))
            continue;
        __atomic_store_n(&slot->prologue, found[i].prologue, __ATOMIC_RELEASE);
        __atomic_store_n(&slot->code, found[i].code, __ATOMIC_RELEASE);
    }
    return true;
}

/* The object, from the cache or the code generator. NULL, perhaps with *error. */
static LLVMMemoryBufferRef make_object(object_job *j, machine_request r, const char **error)
{
    cache_key key = {0};
    if (r.directory) {
        key = cache_key_of(j->e.module);
        LLVMMemoryBufferRef found = cache_load(r.directory, key, j->arena);
        if (found)
            return found;
    }
    if (r.only_cached || !(j->target = object_target(j->arena, false, error)))
        return NULL;
    LLVMMemoryBufferRef made = object_emit(j->target, j->e.module, LLVMObjectFile, j->arena, error);
    if (r.directory && made)
        cache_store(r.directory, key, made, j->arena);
    return made;
}

/* The object into the process. LLJIT owns it from here on. */
static bool load_object(object_job *j, const char **error)
{
    machine_code *m = j->code;
    LLVMErrorRef failure = LLVMOrcCreateLLJIT(&m->jit, NULL);
    if (failure)
        m->jit = NULL;
    else
        failure = define_jets(m);
    if (!failure) {
        LLVMMemoryBufferRef object = j->object;
        j->object = NULL;
        failure = LLVMOrcLLJITAddObjectFile(m->jit, LLVMOrcLLJITGetMainJITDylib(m->jit), object);
    }
    if (failure)
        *error = take_error(j->arena, failure);
    return !failure;
}

machine_code *machine_compile(const kernel *k, arena *a, machine_request r, const char **error)
{
    if (!machine_supported()) {
        *error = "this processor lacks AVX2 and FMA (x86-64-v3), which compiled models need";
        return NULL;
    }
    object_job *j = object_begin(a);
    if (setjmp(j->guard.jump))
        object_abandon(j);
    machine_code *m = j->code = alloc_resize(a->allocator, NULL, sizeof *m);
    if (!m)
        longjmp(j->guard.jump, 1);
    *m = (machine_code){.allocator = a->allocator};
    double t0 = now_us();
    bool ok = object_module(k, r.sets, j, error);
    double t1 = now_us();
    j->object = ok ? make_object(j, r, error) : NULL;
    double t2 = now_us();
    ok = j->object && load_object(j, error) && link_functions(m, k, a, r.sets, error);
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
    bool ok = object_module(k, KERNEL_ROWS | KERNEL_REST, j, error);
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
