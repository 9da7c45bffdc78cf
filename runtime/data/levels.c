/* Distinct texts become levels: numbered by a hash table while the column is read, sorted after. */
#include "runtime/data/column.h"

#include "base/intern.h"
#include "runtime/data/decimal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

void level_table_init(level_table *t, arena *a)
{
    enum { FIRST = 64 };
    *t = (level_table){.arena = a, .capacity = FIRST};
    t->slots = ARENA_ARRAY(a, level_slot, FIRST);
}

/* 1 to 8 bytes are their own key; longer texts have a hash for one. */
static uint64_t text_key(const char *text, size_t length)
{
    uint64_t key = 0;
    if (length > 8)
        return hash_bytes(text, length, 0);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    memcpy(&key, text, 8);
    key &= UINT64_MAX >> (64 - 8 * length);
#else
    memcpy(&key, text, length);
#endif
    return key;
}

static level_slot *find_slot(const level_table *t, uint64_t key, const char *text, size_t length)
{
    uint64_t hash = (key ^ length) * 0x9E3779B97F4A7C15u;
    for (uint32_t i = (uint32_t)(hash >> 32);; i++) {
        level_slot *s = &t->slots[i & (t->capacity - 1)];
        if (!s->text)
            return s;
        if (s->key == key && s->length == length &&
            (length <= 8 || memcmp(s->text, text, length) == 0))
            return s;
    }
}

static void grow(level_table *t)
{
    level_table bigger = *t;
    bigger.capacity *= 2;
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
    uint64_t key = text_key(text, length);
    level_slot *s = find_slot(t, key, text, length);
    if (s->text)
        return s->code;
    int32_t code = t->count++;
    *s = (level_slot){.key = key, .text = text, .length = (uint32_t)length, .code = code};
    if ((uint32_t)t->count > t->capacity / 2)
        grow(t);
    return code;
}

/* ---- Sorting --------------------------------------------------------------------------------- */

typedef struct {
    const char *text;
    double number;
    int32_t code;
} level;

static int compare_text(const void *a, const void *b)
{
    return strcmp(((const level *)a)->text, ((const level *)b)->text);
}

static int compare_number(const void *a, const void *b)
{
    double x = ((const level *)a)->number, y = ((const level *)b)->number;
    return x < y ? -1 : x > y ? 1 : compare_text(a, b);
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

void column_set_levels(frame *f, column *c, level_table *t, int32_t *codes, size_t n_missing)
{
    arena *a = &f->arena;
    int32_t n = t->count;
    level *levels = ARENA_ARRAY(&f->scratch, level, n);
    for (uint32_t i = 0; i < t->capacity; i++) {
        const level_slot *s = &t->slots[i];
        if (!s->text)
            continue;
        levels[s->code] = (level){.text = arena_strndup(a, s->text, s->length), .code = s->code};
        c->bad_level |= !level_is_clean(levels[s->code].text);
    }
    bool numeric = all_numbers(levels, n, '.') ||
                   (f->from_file && f->table.separator != ',' && all_numbers(levels, n, ','));
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
    for (size_t row = 0; row < f->n_rows; row++)
        if (codes[row] >= 0)
            codes[row] = rank[codes[row]];
    c->factor = (frame_levels){.name = c->name,
                               .codes = codes,
                               .n_missing = n_missing,
                               .n_levels = n,
                               .levels = names,
                               .numbers = numbers};
    c->codes_read = true;
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
