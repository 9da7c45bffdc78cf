/* Distinct texts become levels: numbered by a hash table while the column is read, sorted after. */
#include "runtime/data/column.h"

#include "base/intern.h"
#include "runtime/data/decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

__extension__ typedef unsigned __int128 u128;

enum { FIRST_SLOTS = 64 };

/* The first 8 bytes and the last 8, which for up to 16 bytes are the whole text; after that a hash
 * takes the place of the latter. */
static void text_key(const char *text, size_t length, uint64_t key[2])
{
    key[0] = key[1] = 0;
    if (length >= 8) {
        memcpy(&key[0], text, 8);
        memcpy(&key[1], text + length - 8, 8);
        if (length > 16)
            key[1] = hash_bytes(text, length, 0);
        return;
    }
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(&key[0], text, 8);
    key[0] &= UINT64_MAX >> (64 - 8 * length);
#else
    memcpy(&key[0], text, length);
#endif
}

static level_slot *find_slot(const level_table *t, const uint64_t key[2], const char *text,
                             size_t length)
{
    /* Both halves of a product: every bit of the keys counts. */
    u128 product = (u128)(key[0] ^ length ^ 0x9E3779B97F4A7C15u) * (key[1] ^ 0xBF58476D1CE4E5B9u);
    for (uint32_t i = (uint32_t)(product >> 64) ^ (uint32_t)product;; i++) {
        level_slot *s = &t->slots[i & (t->capacity - 1)];
        if (!s->text)
            return s;
        if (s->key[0] == key[0] && s->key[1] == key[1] && s->length == length &&
            (length <= 16 || memcmp(s->text, text, length) == 0))
            return s;
    }
}

static void grow(level_table *t)
{
    level_table bigger = *t;
    bigger.capacity = t->capacity ? 2 * t->capacity : FIRST_SLOTS;
    bigger.slots = ARENA_ARRAY(t->arena, level_slot, bigger.capacity);
    for (uint32_t i = 0; i < t->capacity; i++) {
        const level_slot *s = &t->slots[i];
        if (s->text)
            *find_slot(&bigger, s->key, s->text, s->length) = *s;
    }
    *t = bigger;
}

int32_t level_table_code(level_table *t, const char *text, size_t length)
{
    uint64_t key[2];
    text_key(text, length, key);
    if ((uint32_t)t->count >= t->capacity / 2)
        grow(t);
    level_slot *s = find_slot(t, key, text, length);
    if (!s->text)
        *s = (level_slot){.key = {key[0], key[1]},
                          .text = arena_strndup(t->arena, text, length),
                          .length = (uint32_t)length,
                          .code = t->count++};
    return s->code;
}

/* ---- Sorting --------------------------------------------------------------------------------- */

typedef struct {
    uint64_t order; /* 8 bytes behind what all levels begin with, the first one highest */
    const char *text;
    double number;
    int32_t code;
} level;

static int compare_text(const void *a, const void *b)
{
    const level *x = a, *y = b;
    if (x->order != y->order)
        return x->order < y->order ? -1 : 1;
    return strcmp(x->text, y->text);
}

static int compare_number(const void *a, const void *b)
{
    double x = ((const level *)a)->number, y = ((const level *)b)->number;
    return x < y ? -1 : x > y ? 1 : compare_text(a, b);
}

/* Most comparisons need not look at the texts. */
static void set_order(level *levels, int32_t n)
{
    if (n == 0)
        return;
    size_t common = strlen(levels[0].text);
    for (int32_t i = 1; i < n; i++) {
        size_t same = 0;
        while (same < common && levels[i].text[same] == levels[0].text[same])
            same++;
        common = same;
    }
    for (int32_t i = 0; i < n; i++) {
        const char *p = levels[i].text + common;
        for (int shift = 56; shift >= 0 && *p; shift -= 8)
            levels[i].order |= (uint64_t)(unsigned char)*p++ << shift;
    }
}

static bool all_numbers(level *levels, int32_t n, char point)
{
    for (int32_t i = 0; i < n; i++) {
        const char *s = levels[i].text;
        if (decimal_read(s, s + strlen(s), point, &levels[i].number) != DECIMAL_NUMBER)
            return false;
    }
    return n > 0;
}

bool level_is_clean(const char *s)
{
    const unsigned char *p = (const unsigned char *)s;
    while (*p) {
        if (*p < 0x80) {
            if ((*p < 32 && *p != '\t' && *p != '\n' && *p != '\r') || *p == 127)
                return false;
            p++;
            continue;
        }
        int more = *p >= 0xF0 ? 3 : *p >= 0xE0 ? 2 : 1;
        uint32_t c = *p & (0x3Fu >> more);
        if (*p < 0xC2 || *p > 0xF4)
            return false;
        for (int i = 1; i <= more; i++) {
            if ((p[i] & 0xC0) != 0x80)
                return false;
            c = c << 6 | (p[i] & 0x3Fu);
        }
        static const uint32_t least[] = {0, 0xA0, 0x800, 0x10000};
        if (c < least[more] || c > 0x10FFFF || (c >= 0xD800 && c < 0xE000))
            return false;
        p += more + 1;
    }
    return true;
}

/* Numbers the levels of all tables anew: level i of table k becomes rank[k][i]. */
static level_table join_tables(arena *a, const level_table *const *tables, size_t n, int32_t **rank)
{
    level_table all = {.arena = a};
    for (size_t k = 0; k < n; k++) {
        const level_table *t = tables[k];
        rank[k] = arena_alloc(a, sizeof **rank * ((size_t)t->count + 1));
        for (uint32_t i = 0; i < t->capacity; i++) {
            const level_slot *s = &t->slots[i];
            if (!s->text)
                continue;
            rank[k][s->code] = n > 1 ? level_table_code(&all, s->text, s->length) : s->code;
        }
    }
    return n > 1 ? all : **tables;
}

const int32_t *const *column_set_levels(frame *f, column *c, const level_table *const *tables,
                                        size_t n_tables, int32_t *codes, size_t n_missing)
{
    arena *a = &f->arena;
    int32_t **ranks = ARENA_ARRAY(&f->scratch, int32_t *, n_tables);
    level_table t = join_tables(&f->scratch, tables, n_tables, ranks);
    int32_t n = t.count;
    level *levels = ARENA_ARRAY(&f->scratch, level, n);
    for (uint32_t i = 0; i < t.capacity; i++) {
        const level_slot *s = &t.slots[i];
        if (!s->text)
            continue;
        levels[s->code] = (level){.text = arena_strndup(a, s->text, s->length), .code = s->code};
        c->bad_level |= !level_is_clean(levels[s->code].text);
    }
    bool numeric = all_numbers(levels, n, '.') ||
                   (f->from_file && f->table.separator != ',' && all_numbers(levels, n, ','));
    set_order(levels, n);
    qsort(levels, (size_t)n, sizeof *levels, numeric ? compare_number : compare_text);

    const char **names = ARENA_ARRAY(a, const char *, n);
    double *numbers = numeric ? ARENA_ARRAY(a, double, n) : NULL;
    int32_t *rank = ARENA_ARRAY(&f->scratch, int32_t, n);
    for (int32_t i = 0; i < n; i++) {
        names[i] = levels[i].text;
        rank[levels[i].code] = i;
        if (numeric)
            numbers[i] = levels[i].number;
    }
    for (size_t k = 0; k < n_tables; k++)
        for (int32_t i = 0; i < tables[k]->count; i++)
            ranks[k][i] = rank[ranks[k][i]];
    c->factor = (frame_levels){.name = c->name,
                               .codes = codes,
                               .n_missing = n_missing,
                               .n_levels = n,
                               .levels = names,
                               .numbers = numbers};
    c->codes_read = true;
    return (const int32_t *const *)ranks;
}

void column_rename_codes(int32_t *codes, size_t begin, size_t end, const int32_t *rank)
{
    for (size_t row = begin; row < end; row++)
        if (codes[row] >= 0)
            codes[row] = rank[codes[row]];
}

void column_set_written_levels(frame *f, column *c, int32_t *codes, size_t n_missing)
{
    int32_t n = (int32_t)c->n_given_levels;
    level *levels = ARENA_ARRAY(&f->scratch, level, n);
    for (int32_t i = 0; i < n; i++)
        levels[i].text = c->given_levels[i];
    double *numbers = NULL;
    if (all_numbers(levels, n, '.')) {
        numbers = ARENA_ARRAY(&f->arena, double, n);
        for (int32_t i = 0; i < n; i++)
            numbers[i] = levels[i].number;
    }
    arena_release(&f->scratch);
    c->factor = (frame_levels){.name = c->name,
                               .codes = codes,
                               .n_missing = n_missing,
                               .n_levels = n,
                               .levels = c->given_levels,
                               .numbers = numbers};
    c->codes_read = true;
}
