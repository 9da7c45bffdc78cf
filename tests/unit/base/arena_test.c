/* Memory, buffers, names. */
#include "base/alloc.h"
#include "base/buf.h"
#include "base/intern.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    size_t live, requests, fail_at;
} counter;

static void *count(void *user, void *old, size_t size)
{
    counter *c = user;
    if (size == 0) {
        c->live -= old != NULL;
        free(old);
        return NULL;
    }
    if (++c->requests == c->fail_at)
        return NULL;
    c->live += !old;
    return realloc(old, size);
}

Test(arenas, blocks_are_aligned_and_released)
{
    counter c = {0};
    mlec_allocator allocator = {count, &c};
    oom_guard guard;
    arena a;
    arena_init(&a, &allocator, &guard);
    cr_assert(!setjmp(guard.jump));
    char *previous = NULL;
    for (size_t i = 0; i < 3000; i++) {
        char *p = arena_alloc(&a, i % 97);
        memset(p, 1, i % 97);
        cr_expect((uintptr_t)p % 16 == 0 && p != previous, "%zu", i);
        previous = p;
        double *strip = arena_aligned(&a, 8 * (i % 13));
        cr_expect((uintptr_t)strip % 64 == 0, "%zu", i);
        for (size_t k = 0; k < i % 13; k++)
            cr_expect(strip[k] == 0, "%zu", i);
        char *zeros = arena_zero(&a, 40);
        cr_expect(!zeros[0] && !memcmp(zeros, zeros + 1, 39), "%zu", i);
    }
    char *large = arena_alloc(&a, 1000000);
    memset(large, 2, 1000000);
    cr_expect(c.live > 2 && a.total > 1000000);
    arena_release(&a);
    cr_expect(c.live == 0 && a.total == 0, "%zu blocks", c.live);
    char *again = arena_strdup(&a, "again");
    cr_expect(!strcmp(again, "again") && c.live == 1);
    arena_release(&a);
    cr_expect(c.live == 0);
}

Test(arenas, a_refusal_jumps)
{
    for (size_t n = 1; n < 4; n++) {
        counter c = {.fail_at = n};
        mlec_allocator allocator = {count, &c};
        oom_guard guard;
        arena a;
        arena_init(&a, &allocator, &guard);
        if (setjmp(guard.jump)) {
            cr_expect(c.requests == n);
        } else {
            for (int i = 0; i < 5; i++)
                arena_alloc(&a, 100000);
            cr_expect(false, "request %zu was not refused", n);
        }
        arena_release(&a);
        cr_expect(c.live == 0);
    }
    oom_guard guard;
    arena a;
    arena_init(&a, &alloc_system, &guard);
    if (!setjmp(guard.jump)) {
        arena_alloc(&a, SIZE_MAX - 10);
        cr_expect(false, "all of memory was given");
    }
    arena_release(&a);
}

Test(arenas, growing_keeps_and_clears)
{
    oom_guard guard;
    arena a;
    arena_init(&a, &alloc_system, &guard);
    cr_assert(!setjmp(guard.jump));
    VEC(int) v = {0};
    for (int i = 0; i < 10000; i++)
        VEC_PUSH(&a, v, 3 * i);
    cr_expect(v.count == 10000 && v.capacity >= 10000);
    for (int i = 0; i < 10000; i++)
        cr_expect(v.data[i] == 3 * i, "%d", i);
    char *p = arena_grow(&a, arena_strdup(&a, "abc"), 4, 20);
    cr_expect(!strcmp(p, "abc") && !memcmp(p + 4, (char[16]){0}, 16));
    cr_expect(!strcmp(arena_printf(&a, "%s-%d", "x", 7), "x-7"));
    cr_expect(!strcmp(arena_strndup(&a, "abcdef", 3), "abc"));
    arena_release(&a);
}

Test(buffers, text)
{
    oom_guard guard;
    arena a;
    arena_init(&a, &alloc_system, &guard);
    cr_assert(!setjmp(guard.jump));
    buf b;
    buf_init(&b, &a);
    cr_expect(!strcmp(buf_text(&b), ""));
    size_t length = 0;
    for (int i = 0; i < 3000; i++) {
        buf_puts(&b, "ab");
        buf_putc(&b, 'c');
        buf_printf(&b, "%d,", i);
        length += 4 + (i > 9) + (i > 99) + (i > 999) + 1;
    }
    cr_expect(b.length == length && strlen(buf_text(&b)) == length, "%zu", b.length);
    cr_expect(!strncmp(buf_text(&b), "abc0,abc1,", 10));
    buf_add(&b, "xyz", 2);
    cr_expect(!strcmp(buf_text(&b) + length, "xy"));
    arena_release(&a);
}

static void round_trip(double x)
{
    char text[64];
    memset(text, '!', sizeof text);
    format_double(text, x);
    size_t n = strlen(text);
    cr_expect(n > 0 && n < 32, "%a", x);
    double back = strtod(text, NULL);
    cr_expect(!memcmp(&back, &x, sizeof x), "%a prints as %s", x, text);
    char digits[40]; /* none shorter reads back */
    for (int p = 1; p <= 17; p++) {
        snprintf(digits, sizeof digits, "%.*g", p, x);
        if (strtod(digits, NULL) == x) {
            int used = 0;
            bool leading = true;
            for (const char *c = text; *c && *c != 'e'; c++)
                if (*c >= '0' && *c <= '9' && (!leading || *c != '0')) {
                    leading = false;
                    used++;
                }
            cr_expect(used <= p || (fabs(x) >= 1 && fabs(x) < 1e17), "%a: %s, not %s", x, text,
                      digits);
            break;
        }
    }
}

Test(buffers, doubles_read_back)
{
    static const double some[] = {
        0.1, 1,       -1,   1e22, 1e23, 123456789, 5e-324, 2.5e-308, 1.7976931348623157e308,
        0.3, 1.0 / 3, 1e15, 1e16, 1e17, -0.0,      100,    4.35,     1e-5,
        1e-4};
    for (size_t i = 0; i < sizeof some / sizeof *some; i++)
        round_trip(some[i]);
    uint64_t state = 88172645463325252ULL;
    for (int i = 0; i < 20000; i++) {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        double x;
        memcpy(&x, &state, sizeof x);
        if (isfinite(x))
            round_trip(x);
        round_trip((double)(int64_t)(state >> 40) / 1000);
    }
    char text[32];
    static const struct {
        double x;
        const char *text;
    } words[] = {{INFINITY, "inf"}, {-INFINITY, "-inf"}, {NAN, "nan"}, {0.5, "0.5"}, {3, "3"}};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        format_double(text, words[i].x);
        cr_expect(!strcmp(text, words[i].text), "%s, not %s", text, words[i].text);
    }
}

Test(names, equal_names_are_one_pointer)
{
    oom_guard guard;
    arena a;
    arena_init(&a, &alloc_system, &guard);
    cr_assert(!setjmp(guard.jump));
    intern_table t;
    intern_init(&t, &a);
    const char *first[2000];
    char name[20];
    for (int i = 0; i < 2000; i++) {
        snprintf(name, sizeof name, "name_%d", i);
        first[i] = intern_str(&t, name);
        cr_expect(first[i] != name && !strcmp(first[i], name), "%d", i);
    }
    for (int i = 0; i < 2000; i++) {
        int n = snprintf(name, sizeof name, "name_%d", i);
        strcpy(name + n, "x"); /* only n bytes count */
        cr_expect(intern(&t, name, (size_t)n) == first[i], "%d", i);
    }
    cr_expect(t.count == 2000);
    cr_expect(intern(&t, "", 0) == intern_str(&t, ""));
    cr_expect(intern(&t, "a\0b", 3) != intern(&t, "a\0c", 3));
    cr_expect(hash_bytes("abc", 3, 0) != hash_bytes("abd", 3, 0));
    cr_expect(hash_bytes("abc", 3, 0) != hash_bytes("abc", 3, 1));
    arena_release(&a);
}
