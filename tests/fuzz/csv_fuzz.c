/* Any bytes are read as a table or refused without a fault. What is read is written again with
 * every field between quotes, and reads as the same table. Memory is limited, so running out of it
 * is part of the game. */
#include "runtime/data/column.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MEMORY = 64 * 1024 * 1024, MOST_COLUMNS = 40, CHUNK = 50, SMALL_CHUNK = 2 };

#define CHECK(what)                                                                                \
    do {                                                                                           \
        if (!(what)) {                                                                             \
            fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #what);                     \
            abort();                                                                               \
        }                                                                                          \
    } while (0)

/* Blocks know their size, 16 bytes before their start. */
static void *limited_resize(void *user, void *old, size_t size)
{
    size_t *left = user;
    char *block = old ? (char *)old - 16 : NULL;
    size_t had = 0;
    if (block)
        memcpy(&had, block, sizeof had);
    if (size == 0) {
        *left += had;
        free(block);
        return NULL;
    }
    if (size > *left + had)
        return NULL;
    char *p = realloc(block, size + 16);
    if (!p)
        return NULL;
    memcpy(p, &size, sizeof size);
    *left += had;
    *left -= size;
    return p + 16;
}

static void check_reports(mlec_ctx *ctx)
{
    for (size_t i = 0; i < mlec_diagnostic_count(ctx); i++) {
        mlec_diagnostic d = mlec_diagnostic_get(ctx, i);
        if (!d.text)
            continue;
        for (const char *p = d.text; *p; p++)
            CHECK(*p == '\n' || ((unsigned char)*p >= 32 && *p != 127));
    }
}

/* All that can be asked of a column. */
static void use_column(frame *f, const char *name)
{
    size_t n = frame_rows(f);
    const frame_column *x = frame_real(f, name, true);
    if (x) {
        CHECK(frame_is_numeric(f, name));
        size_t missing = 0;
        for (size_t i = 0; i < n; i++)
            missing += isnan(narrow_at(x->column, i));
        for (size_t i = n; i < ((n + 7) & ~(size_t)7); i++)
            CHECK(narrow_at(x->column, i) == 0);
        CHECK(missing == x->facts.n_missing);
        frame_check(f, name, MLEC_TYPE_COUNT, 0, 0, NULL);
    }
    const frame_levels *l = frame_factor(f, name);
    if (l) {
        for (size_t i = 0; i < n; i++)
            CHECK(l->codes[i] >= -1 && l->codes[i] < l->n_levels);
        for (int32_t i = 0; i + 1 < l->n_levels; i++)
            CHECK(l->numbers ? l->numbers[i] <= l->numbers[i + 1]
                             : strcmp(l->levels[i], l->levels[i + 1]) < 0);
    }
    const frame_column *b = frame_binary(f, name, NULL);
    if (b)
        for (size_t i = 0; i < n; i++)
            CHECK(isnan(narrow_at(b->column, i)) || narrow_at(b->column, i) == 0 ||
                  narrow_at(b->column, i) == 1);
}

static void put_quoted(buf *b, const char *text)
{
    buf_putc(b, '"');
    for (; *text; text++)
        buf_printf(b, *text == '"' ? "\"\"" : "%c", *text);
    buf_putc(b, '"');
}

/* The table again, quoted; NULL when a column has no levels to write. */
static const frame_levels **put_table(frame *f, arena *a, buf *b)
{
    const char *const *names;
    size_t n_columns = frame_names(f, &names);
    const frame_levels **levels = ARENA_ARRAY(a, const frame_levels *, n_columns);
    for (size_t j = 0; j < n_columns; j++) {
        levels[j] = frame_factor(f, names[j]);
        if (!levels[j])
            return NULL;
        if (j)
            buf_putc(b, ',');
        put_quoted(b, names[j]);
    }
    for (size_t i = 0; i < frame_rows(f); i++) {
        buf_putc(b, '\n');
        for (size_t j = 0; j < n_columns; j++) {
            int32_t code = levels[j]->codes[i];
            if (j)
                buf_putc(b, ',');
            put_quoted(b, code < 0 ? "" : levels[j]->levels[code]);
        }
    }
    return levels;
}

static void check_round_trip(frame *f, frame *again, arena *a)
{
    buf b;
    buf_init(&b, a);
    const frame_levels **levels = put_table(f, a, &b);
    if (!levels)
        return;
    const char *const *names, *const *names_again;
    size_t n_columns = frame_names(f, &names);
    CHECK(frame_read_text(again, "again", buf_text(&b), b.length));
    CHECK(frame_rows(again) == frame_rows(f));
    CHECK(frame_names(again, &names_again) == n_columns);
    for (size_t j = 0; j < n_columns; j++) {
        CHECK(strcmp(names[j], names_again[j]) == 0);
        const frame_levels *l = frame_factor(again, names[j]);
        CHECK(l && l->n_levels == levels[j]->n_levels && l->n_missing == levels[j]->n_missing);
        for (size_t i = 0; i < frame_rows(f); i++) {
            int32_t x = levels[j]->codes[i], y = l->codes[i];
            CHECK((x < 0) == (y < 0));
            CHECK(x < 0 || strcmp(levels[j]->levels[x], l->levels[y]) == 0);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t left = MEMORY;
    mlec_allocator allocator = {limited_resize, &left};
    mlec_ctx *ctx = mlec_ctx_new(&allocator);
    frame *volatile f = frame_new(&allocator), *volatile again = frame_new(&allocator);
    arena a;
    arena_init(&a, &allocator, &ctx->guard);
    if (setjmp(ctx->guard.jump) == 0) {
        frame_use(f, &ctx->guard, &ctx->diags);
        frame_use(again, &ctx->guard, &ctx->diags);
        f->table.chunk_size = size % 4 < 2 ? CHUNK : SMALL_CHUNK;
        again->table.chunk_size = CHUNK;
        f->table.reading.threads = again->table.reading.threads = 1 + (int)(size % 3);
        if (frame_read_text(f, "fuzz", (const char *)data, size)) {
            const char *const *names;
            size_t n = frame_names(f, &names);
            CHECK(frame_rows(f) > 0 && n > 0);
            CHECK(frame_line(f, frame_rows(f) - 1) >= frame_line(f, 0));
            frame_request requests[MOST_COLUMNS];
            size_t k = 0;
            /* Half of the inputs read one column at a time. */
            for (; size % 2 && k < n && k < MOST_COLUMNS; k++)
                requests[k] = (frame_request){names[k], names[k][0] & 1};
            frame_load(f, requests, k);
            if (n <= MOST_COLUMNS)
                check_round_trip(f, again, &a);
            for (size_t j = 0; j < n && j < MOST_COLUMNS; j++)
                use_column(f, names[j]);
        } else {
            CHECK(ctx->diags.n_errors > 0);
        }
        check_reports(ctx);
    }
    frame_free(f);
    frame_free(again);
    arena_release(&a);
    mlec_ctx_free(ctx);
    CHECK(left == MEMORY);
    return 0;
}
