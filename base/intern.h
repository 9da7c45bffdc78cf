/* Names as unique pointers: two interned names are equal when their pointers are. */
#ifndef BASE_INTERN_H
#define BASE_INTERN_H

#include "base/alloc.h"

typedef struct {
    arena *arena;
    const char **slots; /* open addressing, power of two */
    uint32_t count, capacity;
} intern_table;

void intern_init(intern_table *t, arena *a);
/* The unique copy of the `n` bytes at `s`. Never NULL. */
const char *intern(intern_table *t, const char *s, size_t n);
const char *intern_str(intern_table *t, const char *s);

/* 64-bit FNV-1a, also used for keys elsewhere. */
uint64_t hash_bytes(const void *p, size_t n, uint64_t seed);

#endif
