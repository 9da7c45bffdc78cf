#include "base/intern.h"

#include <string.h>

uint64_t hash_bytes(const void *p, size_t n, uint64_t seed)
{
    const unsigned char *b = p;
    uint64_t h = seed ^ UINT64_C(0xcbf29ce484222325);
    for (size_t i = 0; i < n; i++)
        h = (h ^ b[i]) * UINT64_C(0x100000001b3);
    return h ^ (h >> 29);
}

void intern_init(intern_table *t, arena *a)
{
    *t = (intern_table){.arena = a, .capacity = 256};
    t->slots = ARENA_ARRAY(a, const char *, t->capacity);
}

static uint32_t find(const intern_table *t, const char *s, size_t n)
{
    uint32_t mask = t->capacity - 1;
    uint32_t i = (uint32_t)hash_bytes(s, n, 0) & mask;
    while (t->slots[i] && (strlen(t->slots[i]) != n || memcmp(t->slots[i], s, n)))
        i = (i + 1) & mask;
    return i;
}

const char *intern(intern_table *t, const char *s, size_t n)
{
    if (4 * t->count >= 3 * t->capacity) {
        intern_table bigger = {.arena = t->arena, .capacity = 2 * t->capacity, .count = t->count};
        bigger.slots = ARENA_ARRAY(t->arena, const char *, bigger.capacity);
        for (uint32_t i = 0; i < t->capacity; i++)
            if (t->slots[i])
                bigger.slots[find(&bigger, t->slots[i], strlen(t->slots[i]))] = t->slots[i];
        *t = bigger;
    }
    uint32_t i = find(t, s, n);
    if (!t->slots[i]) {
        t->slots[i] = arena_strndup(t->arena, s, n);
        t->count++;
    }
    return t->slots[i];
}

const char *intern_str(intern_table *t, const char *s) { return intern(t, s, strlen(s)); }
