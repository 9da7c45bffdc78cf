/* Functions to machine code: one object, kept in memory, used by the JIT, `emit` and `build`. */
#ifndef COMPILER_LLVM_MACHINE_H
#define COMPILER_LLVM_MACHINE_H

#include "compiler/kernel/kernel.h"

typedef struct machine_code machine_code;

typedef struct {
    unsigned sets;         /* of kernel_set */
    bool only_cached;      /* when the cache has not got them, make none */
    const char *directory; /* of the cache (cache.h), or NULL */
} machine_request;

/* Compiles functions of `k` for this machine and puts their addresses into the plan's tables, where
 * other threads may be reading. NULL with `*error` (in the arena, which is scratch) when LLVM
 * refuses, or without when `only_cached` found nothing. The code lives until machine_free. */
machine_code *machine_compile(const kernel *k, arena *a, machine_request r, const char **error);
void machine_free(machine_code *m);

typedef enum { MACHINE_LLVM, MACHINE_ASM } machine_text;
/* LLVM IR or assembly as text in the arena; NULL with `*error`. */
const char *machine_print(kernel *k, machine_text what, const char **error);

/* An object file with the functions and the plan's tables, exporting `const mlec_plan SYMBOL`. */
bool machine_write_object(kernel *k, const char *symbol, const char *path, const char **error);

/* Whether this CPU can run what the program was built for (on x86-64 mostly v3: AVX2 and FMA). */
bool machine_supported(void);

/* Microseconds of the compilation's steps, for --time. */
double machine_emit_us(const machine_code *m);
double machine_codegen_us(const machine_code *m);
double machine_link_us(const machine_code *m);

#endif
