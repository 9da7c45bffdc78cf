/* The front of the compiler in a test: text to plan, without machine code. */
#ifndef TESTS_UNIT_COMPILER_FRONT_H
#define TESTS_UNIT_COMPILER_FRONT_H

#include "compiler/pipeline.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    oom_guard guard;
    arena arena;
    diag_list diags;
    mlec_options options;
    pipeline p;
    bool ok;
} front;

static inline void front_set(front *f, const char *text, const mlec_setting *sets, size_t n_sets,
                             bool mle)
{
    *f = (front){0};
    cr_assert(!setjmp(f->guard.jump), "out of memory");
    arena_init(&f->arena, &alloc_system, &f->guard);
    diag_init(&f->diags, &f->arena);
    mlec_options_init(&f->options);
    f->options.sets = sets;
    f->options.n_sets = n_sets;
    f->options.mle = mle;
    f->ok = pipeline_run(&f->p, &f->arena, &f->diags, "m.lik", text, strlen(text), &f->options);
}

static inline void front_open(front *f, const char *text) { front_set(f, text, NULL, 0, false); }

static inline void front_close(front *f) { arena_release(&f->arena); }

static inline const char *front_messages(front *f)
{
    buf out;
    buf_init(&out, &f->arena);
    for (const diag *d = f->diags.first; d; d = d->next)
        diag_render(&f->diags, d, &out);
    return buf_text(&out);
}

/* A stage as text, without the lines that quote the model. */
static inline const char *front_print(front *f, mlec_emit what)
{
    buf out;
    buf_init(&out, &f->arena);
    for (const char *p = pipeline_print(&f->p, what); *p;) {
        size_t n = strcspn(p, "\n") + (strchr(p, '\n') != NULL);
        if (*p != '#')
            buf_add(&out, p, n);
        p += n;
    }
    return buf_text(&out);
}

static inline unsigned front_stages(const front *f, mlec_stage_kind kind)
{
    unsigned n = 0;
    for (uint32_t i = 0; i < f->p.kernel.plan.n_stages; i++)
        n += f->p.kernel.plan.stages[i].kind == kind;
    return n;
}

#endif
