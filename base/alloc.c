#include "base/alloc.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BLOCK = 64 * 1024, ARENA_ALIGN = 16, STRIP_ALIGN = 64 };

struct arena_block {
    arena_block *next;
    size_t size;
};

static void *system_resize(void *user, void *old, size_t size)
{
    (void)user;
    if (size == 0) {
        free(old);
        return NULL;
    }
    return realloc(old, size);
}

const mlec_allocator alloc_system = {system_resize, NULL};

void *alloc_resize(const mlec_allocator *a, void *old, size_t size)
{
    return a->resize(a->user, old, size);
}

void alloc_free(const mlec_allocator *a, void *p)
{
    if (p)
        a->resize(a->user, p, 0);
}

void arena_init(arena *a, const mlec_allocator *allocator, oom_guard *guard)
{
    *a = (arena){.allocator = allocator, .guard = guard};
}

void arena_release(arena *a)
{
    for (arena_block *b = a->blocks; b;) {
        arena_block *next = b->next;
        alloc_free(a->allocator, b);
        b = next;
    }
    arena_init(a, a->allocator, a->guard);
}

void arena_adopt(arena *a, arena *from)
{
    arena_block **last = &a->blocks;
    while (*last)
        last = &(*last)->next;
    *last = from->blocks;
    a->total += from->total;
    arena_init(from, from->allocator, from->guard);
}

static char *round_up(char *p, size_t to)
{
    return (char *)(((uintptr_t)p + to - 1) & ~(uintptr_t)(to - 1));
}

static void *take(arena *a, size_t size, size_t alignment)
{
    if (size > PTRDIFF_MAX - ARENA_BLOCK)
        longjmp(a->guard->jump, 1);
    char *p = a->next ? round_up(a->next, alignment) : NULL;
    if (!p || p > a->end || size > (size_t)(a->end - p)) {
        size_t need = size + alignment + sizeof(arena_block);
        size_t block_size = need > ARENA_BLOCK ? need : ARENA_BLOCK;
        arena_block *b = alloc_resize(a->allocator, NULL, block_size);
        if (!b)
            longjmp(a->guard->jump, 1);
        b->next = a->blocks;
        b->size = block_size;
        a->blocks = b;
        a->total += block_size;
        a->next = (char *)(b + 1);
        a->end = (char *)b + block_size;
        p = round_up(a->next, alignment);
    }
    a->next = p + size;
    return p;
}

void *arena_alloc(arena *a, size_t size) { return take(a, size ? size : 1, ARENA_ALIGN); }

void *arena_zero(arena *a, size_t size)
{
    void *p = arena_alloc(a, size);
    memset(p, 0, size);
    return p;
}

void *arena_aligned(arena *a, size_t size)
{
    size = (size + STRIP_ALIGN - 1) & ~(size_t)(STRIP_ALIGN - 1);
    void *p = take(a, size ? size : STRIP_ALIGN, STRIP_ALIGN);
    memset(p, 0, size);
    return p;
}

char *arena_strndup(arena *a, const char *s, size_t n)
{
    char *p = arena_alloc(a, n + 1);
    memcpy(p, s, n);
    p[n] = 0;
    return p;
}

char *arena_strdup(arena *a, const char *s) { return arena_strndup(a, s, strlen(s)); }

char *arena_printf(arena *a, const char *fmt, ...)
{
    va_list args, again;
    va_start(args, fmt);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, fmt, args);
    va_end(args);
    char *p = arena_alloc(a, (size_t)(n < 0 ? 0 : n) + 1);
    p[0] = 0;
    if (n > 0)
        vsnprintf(p, (size_t)n + 1, fmt, again);
    va_end(again);
    return p;
}

void *arena_grow(arena *a, void *old, size_t old_size, size_t new_size)
{
    void *p = arena_alloc(a, new_size);
    if (old_size)
        memcpy(p, old, old_size);
    memset((char *)p + old_size, 0, new_size - old_size);
    return p;
}
