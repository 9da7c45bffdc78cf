/* Memory: one replaceable allocator and bump arenas on top of it.
 *
 * Nothing in the library calls malloc directly. A context owns one `mlec_allocator`; arenas take
 * blocks from it and are released whole, one per phase. An arena never returns NULL: when the
 * allocator refuses, the arena jumps to the handler that the phase's entry point installed
 * (`oom_guard`), which releases the arenas and returns MLEC_ERROR_MEMORY. So every allocation is
 * checked, at one place.
 */
#ifndef BASE_ALLOC_H
#define BASE_ALLOC_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <mlec.h>

/* Where to go when memory runs out. A phase's entry point does:
 *     oom_guard guard;
 *     if (setjmp(guard.jump)) { ...release...; return MLEC_ERROR_MEMORY; }
 * and hands `&guard` to its arenas. */
typedef struct {
    jmp_buf jump;
} oom_guard;

typedef struct arena_block arena_block;

typedef struct {
    const mlec_allocator *allocator; /* never NULL */
    oom_guard *guard;                /* never NULL while allocating */
    arena_block *blocks;             /* newest first */
    char *next, *end;                /* free part of the newest block */
    size_t total;                    /* bytes taken from the allocator */
} arena;

/* The C library's allocator. */
extern const mlec_allocator alloc_system;

/* realloc semantics through `a`: returns NULL on failure (or for size 0, after freeing). */
void *alloc_resize(const mlec_allocator *a, void *old, size_t size);
void alloc_free(const mlec_allocator *a, void *p);

void arena_init(arena *a, const mlec_allocator *allocator, oom_guard *guard);
void arena_release(arena *a); /* frees every block; the arena can be used again */

/* Moves all that `from` holds to `a`. Both have one allocator, or an equivalent one. */
void arena_adopt(arena *a, arena *from);

/* `size` bytes, 16-aligned, uninitialised. Never NULL. */
void *arena_alloc(arena *a, size_t size);
/* The same, zeroed. */
void *arena_zero(arena *a, size_t size);
/* `size` bytes aligned to 64, zeroed: strips and columns. */
void *arena_aligned(arena *a, size_t size);
char *arena_strndup(arena *a, const char *s, size_t n);
char *arena_strdup(arena *a, const char *s);
char *arena_printf(arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
/* Grows an array that lives in the arena (the old one stays until release). */
void *arena_grow(arena *a, void *old, size_t old_size, size_t new_size);

#define ARENA_NEW(a, type)      ((type *)arena_zero((a), sizeof(type)))
#define ARENA_ARRAY(a, type, n) ((type *)arena_zero((a), sizeof(type) * (size_t)(n)))

/* A growable array in an arena: VEC(int) v = {0}; VEC_PUSH(a, v, 3). */
#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type *data;                                                                                \
        uint32_t count, capacity;                                                                  \
    }
#define VEC_PUSH(ar, v, ...)                                                                       \
    do {                                                                                           \
        if ((v).count == (v).capacity) {                                                           \
            uint32_t vec_cap_ = (v).capacity ? 2 * (v).capacity : 8;                               \
            (v).data = arena_grow((ar), (v).data, (v).count * sizeof *(v).data,                    \
                                  vec_cap_ * sizeof *(v).data);                                    \
            (v).capacity = vec_cap_;                                                               \
        }                                                                                          \
        (v).data[(v).count++] = (__VA_ARGS__);                                                     \
    } while (0)

#endif
