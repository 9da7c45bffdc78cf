/* The inside of a mlec_ctx: memory, diagnostics, and the texts handed out through it. */
#ifndef BASE_CTX_H
#define BASE_CTX_H

#include "base/alloc.h"
#include "base/diag.h"

struct mlec_ctx {
    mlec_allocator memory;
    const mlec_allocator *allocator; /* &memory */
    arena arena;                     /* diagnostics, texts handed out; released by clear and free */
    oom_guard guard;                 /* set by each public entry point */
    diag_list diags;
};

/* A public entry point begins with
 *     if (setjmp(ctx->guard.jump)) return MLEC_ERROR_MEMORY;
 * after which arenas made with &ctx->guard may be used. Objects with arenas of their own point
 * them at the guard of the context in hand (arena.guard = &ctx->guard) on entry. */

/* MLEC_OK, or the status that the first error on the context since `errors_before` asks for. */
mlec_status ctx_status(const mlec_ctx *ctx, uint32_t errors_before);
/* A diag as its public view; texts in `a`. */
mlec_diagnostic diag_view(const diag_list *l, const diag *d, arena *a);

#endif
