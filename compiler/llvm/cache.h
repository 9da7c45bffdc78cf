/* Objects on disk: machine code of models that were compiled before.
 *
 * An object is found by what it was made from: the text of its LLVM IR, the versions of mlec and
 * LLVM, the processor. Each is a file of its own in one directory, whole or not there: it is
 * written under another name and then renamed, so any number of processes may read and write at
 * once.
 *
 * The directory is private (0700, the user's own); one that others may write to is not used. What
 * is read is checked against its own hash. Nothing here is ever an error: without the cache a model
 * is compiled. */
#ifndef COMPILER_LLVM_CACHE_H
#define COMPILER_LLVM_CACHE_H

#include "base/alloc.h"

#include <llvm-c/Core.h>

#include <stdint.h>

typedef struct {
    uint64_t low, high;
} cache_key;

cache_key cache_key_of(LLVMModuleRef module);
/* NULL when it is not there, or damaged. `directory` NULL: no cache. */
LLVMMemoryBufferRef cache_load(const char *directory, cache_key key, arena *a);
/* Keeps the newest objects, CACHE_MOST_FILES and CACHE_MOST_BYTES at most. */
void cache_store(const char *directory, cache_key key, LLVMMemoryBufferRef object, arena *a);

enum { CACHE_MOST_FILES = 256, CACHE_MOST_BYTES = 64 << 20 };

#endif
