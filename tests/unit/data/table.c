#include "tests/unit/data/table.h"

#include "runtime/data/column.h"

#include <math.h>
#include <string.h>

static table start(void)
{
    table t = {.ctx = mlec_ctx_new(NULL)};
    cr_assert_not_null(t.ctx);
    t.frame = frame_new(t.ctx->allocator);
    cr_assert_not_null(t.frame);
    frame_use(t.frame, &t.ctx->guard, &t.ctx->diags);
    return t;
}

table table_bytes(const char *text, size_t size)
{
    table t = start();
    t.opened = frame_read_text(t.frame, "t.csv", text, size);
    return t;
}

table table_chunks(const char *text, size_t size, size_t chunk_size)
{
    table t = start();
    t.frame->table.chunk_size = chunk_size;
    t.opened = frame_read_text(t.frame, "t.csv", text, size);
    return t;
}

table table_text(const char *text) { return table_bytes(text, strlen(text)); }

table table_file(const char *path)
{
    table t = start();
    t.opened = frame_read(t.frame, path);
    return t;
}

table table_empty(size_t n_rows)
{
    table t = start();
    t.opened = true;
    frame_set_rows(t.frame, n_rows);
    return t;
}

void table_close(table *t)
{
    frame_free(t->frame);
    mlec_ctx_free(t->ctx);
}

static const char *show_column(table *t, const frame_column *c)
{
    if (!c)
        return "error";
    size_t n = frame_rows(t->frame), n_missing = 0;
    cr_assert_eq((uintptr_t)c->column.data % 64, 0);
    for (size_t i = n; i < ((n + 7) & ~(size_t)7); i++)
        cr_assert_eq(narrow_at(c->column, i), 0, "padding");
    buf b;
    buf_init(&b, &t->ctx->arena);
    for (size_t i = 0; i < n; i++) {
        if (i)
            buf_putc(&b, ' ');
        if (isnan(narrow_at(c->column, i))) {
            n_missing++;
            buf_puts(&b, "NA");
        } else {
            buf_double(&b, narrow_at(c->column, i));
        }
    }
    cr_assert_eq(n_missing, c->facts.n_missing, "n_missing of %s", c->name);
    return buf_text(&b);
}

const char *table_real(table *t, const char *name)
{
    return show_column(t, frame_real(t->frame, name, false));
}

const char *table_limits(table *t, const char *name)
{
    return show_column(t, frame_real(t->frame, name, true));
}

const char *table_binary(table *t, const char *name)
{
    return show_column(t, frame_binary(t->frame, name, NULL));
}

const char *table_factor(table *t, const char *name)
{
    const frame_levels *l = frame_factor(t->frame, name);
    if (!l)
        return "error";
    size_t n = frame_rows(t->frame), n_missing = 0;
    buf b;
    buf_init(&b, &t->ctx->arena);
    buf_putc(&b, '[');
    for (int32_t i = 0; i < l->n_levels; i++)
        buf_printf(&b, "%s%s", i ? " " : "", l->levels[i]);
    buf_putc(&b, ']');
    cr_assert_eq((uintptr_t)l->codes % 64, 0);
    for (size_t i = n; i < ((n + 7) & ~(size_t)7); i++)
        cr_assert_eq(l->codes[i], -1, "padding");
    for (size_t i = 0; i < n; i++) {
        buf_printf(&b, " %d", (int)l->codes[i]);
        n_missing += l->codes[i] < 0;
    }
    cr_assert_eq(n_missing, l->n_missing, "n_missing of %s", l->name);
    return buf_text(&b);
}

const diag *table_diag(const table *t, size_t index)
{
    const diag *d = t->ctx->diags.first;
    while (d && index--)
        d = d->next;
    return d;
}

size_t table_diag_count(const table *t)
{
    size_t n = 0;
    while (table_diag(t, n))
        n++;
    return n;
}

const char *table_reports(table *t)
{
    buf b;
    buf_init(&b, &t->ctx->arena);
    for (const diag *d = t->ctx->diags.first; d; d = d->next)
        diag_render(&t->ctx->diags, d, &b);
    return buf_text(&b);
}
