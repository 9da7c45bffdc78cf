/* Every allocation is made to fail once: no crash, no leak, and the status says so. And the public
 * functions on data. */
#include "tests/unit/data/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

typedef struct {
    long until_failure; /* calls that still succeed */
    long live;
} failing;

static void *failing_resize(void *user, void *old, size_t size)
{
    failing *f = user;
    if (size == 0) {
        f->live -= old != NULL;
        free(old);
        return NULL;
    }
    if (f->until_failure-- <= 0)
        return NULL;
    void *p = realloc(old, size);
    f->live += p && !old;
    return p;
}

/* Everything that a frame allocates for, but for the reports. */
static mlec_status use_table(mlec_ctx *ctx, const char *path)
{
    mlec_data *d = NULL;
    mlec_status status = mlec_data_read(ctx, path, NULL, &d);
    if (status != MLEC_OK)
        return status;
    if (setjmp(ctx->guard.jump)) {
        mlec_data_free(d);
        return MLEC_ERROR_MEMORY;
    }
    frame_use(d, &ctx->guard, &ctx->diags);
    frame_request all[] = {{"x", false}, {"g", true}, {"s", false}};
    frame_load(d, all, 3);
    bool good = frame_real(d, "x", false) && frame_factor(d, "g") && frame_factor(d, "s") &&
                frame_binary(d, "s", NULL) && !frame_real(d, "g", false) &&
                !frame_check(d, "x", MLEC_TYPE_COUNT, 0, 0, NULL) &&
                !frame_require(d, "z", NO_SPAN) && frame_text(d, "g", 3)[0];
    mlec_data_free(d);
    return good ? MLEC_OK : MLEC_ERROR_INTERNAL;
}

static mlec_status use_arrays(mlec_ctx *ctx)
{
    static const double x[] = {1, NAN, 2.5};
    static const int32_t g[] = {1, 0, -1};
    static const char *const levels[] = {"a", "b"};
    mlec_data *d = NULL;
    mlec_status status = mlec_data_new(ctx, 3, &d);
    if (status == MLEC_OK)
        status = mlec_data_add_real(ctx, d, "x", x);
    if (status == MLEC_OK)
        status = mlec_data_add_factor(ctx, d, "g", g, levels, 2);
    if (status != MLEC_OK) {
        mlec_data_free(d);
        return status;
    }
    if (setjmp(ctx->guard.jump)) {
        mlec_data_free(d);
        return MLEC_ERROR_MEMORY;
    }
    frame_use(d, &ctx->guard, &ctx->diags);
    bool good = frame_real(d, "x", false) && frame_factor(d, "x") && frame_factor(d, "g") &&
                frame_binary(d, "g", NULL) && !frame_real(d, "g", false);
    mlec_data_free(d);
    return good ? MLEC_OK : MLEC_ERROR_INTERNAL;
}

/* Runs with the n-th allocation failing, n = 0, 1, ...; returns the n that sufficed. */
static long fail_each(const char *path)
{
    for (long n = 0;; n++) {
        failing f = {.until_failure = n};
        mlec_allocator allocator = {failing_resize, &f};
        mlec_ctx *ctx = mlec_ctx_new(&allocator);
        mlec_status status = MLEC_ERROR_MEMORY;
        if (ctx)
            status = path ? use_table(ctx, path) : use_arrays(ctx);
        mlec_ctx_free(ctx);
        cr_assert_eq(f.live, 0, "%ld blocks leak after failure %ld", f.live, n);
        if (status == MLEC_OK)
            return n;
        cr_assert_eq(status, MLEC_ERROR_MEMORY, "failure %ld: status %d", n, status);
    }
}

Test(memory, each_allocation_fails)
{
    char path[4096];
    snprintf(path, sizeof path, MLEC_BUILD_DIR "/memory-%ld.csv", (long)getpid());
    /* As gzip, for zlib's allocations, and large enough for several blocks and rehashing. */
    gzFile z = gzopen(path, "wb");
    cr_assert_not_null(z);
    gzputs(z, "x,g,s\n");
    for (int i = 0; i < 60000; i++)
        gzprintf(z, "%d.5,\"l\"\"%d\",%s\n", i, i % 5000, i % 3 ? "no" : "yes");
    gzclose(z);
    cr_expect(fail_each(path) > 10);
    unlink(path);
    cr_expect(fail_each(NULL) > 3);
}

/* ---- The public functions -------------------------------------------------------------------- */

Test(public, arguments)
{
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    static const double x[] = {1, 2};
    static const int32_t g[] = {0, 5};
    static const char *const levels[] = {"a"};
    mlec_data *d = NULL;
    cr_expect_eq(mlec_data_read(NULL, "x", NULL, &d), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_data_read(ctx, NULL, NULL, &d), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_data_read(ctx, "x", NULL, NULL), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_data_new(NULL, 2, &d), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_data_new(ctx, 2, NULL), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_data_new(ctx, 2, &d), MLEC_OK);
    cr_expect_eq(mlec_data_rows(d), 2);
    cr_expect_eq(mlec_data_rows(NULL), 0);
    cr_expect_eq(mlec_data_add_real(ctx, d, NULL, x), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_data_add_real(ctx, d, "x", NULL), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_data_add_real(ctx, NULL, "x", x), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_data_add_real(ctx, d, "x", x), MLEC_OK);
    cr_expect_eq(mlec_data_add_real(ctx, d, "x", x), MLEC_ERROR_DATA);
    cr_expect_eq(mlec_data_add_factor(ctx, d, "g", NULL, levels, 1), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_data_add_factor(ctx, d, "g", g, NULL, 1), MLEC_ERROR_ARGUMENT);
    cr_expect_eq(mlec_data_add_factor(ctx, d, "g", g, levels, 1), MLEC_ERROR_DATA);
    mlec_data_free(d);
    mlec_data_free(NULL);
    mlec_ctx_free(ctx);
}

Test(public, statuses)
{
    char path[4096];
    snprintf(path, sizeof path, MLEC_BUILD_DIR "/public-%ld.csv", (long)getpid());
    mlec_ctx *ctx = mlec_ctx_new(NULL);
    mlec_data *d = NULL;
    cr_expect_eq(mlec_data_read(ctx, path, NULL, &d), MLEC_ERROR_MODEL);
    cr_expect_null(d);
    FILE *f = fopen(path, "w");
    fputs("x,y\n1,2,3\n", f);
    fclose(f);
    cr_expect_eq(mlec_data_read(ctx, path, NULL, &d), MLEC_ERROR_DATA);
    cr_expect_null(d);
    mlec_diagnostic g = mlec_diagnostic_get(ctx, 1);
    cr_expect_str_eq(g.code, "ragged-row");
    cr_expect(g.line == 2 && g.column == 5 && g.n_rows == 1 && g.rows[0] == 1);
    f = fopen(path, "w");
    fputs("x,y\n1,2\n", f);
    fclose(f);
    cr_expect_eq(mlec_data_read(ctx, path, NULL, &d), MLEC_OK);
    cr_expect_eq(mlec_data_rows(d), 1);
    static const double x[] = {1};
    cr_expect_eq(mlec_data_add_real(ctx, d, "z", x), MLEC_ERROR_ARGUMENT);
    mlec_data_free(d);
    mlec_ctx_free(ctx);
    unlink(path);
}
