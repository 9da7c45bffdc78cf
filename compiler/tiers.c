#include "compiler/tiers.h"

#include "base/parallel.h"
#include "compiler/llvm/machine.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* What can be done, in this order. */
enum { LOOK = 1, ROWS = 2, ORDERS = 4, REST = 8, STEPS = 4 };

struct tiers {
    const kernel *kernel;
    const char *directory; /* of the cache, or NULL */
    int threads;
    uint64_t at[STEPS]; /* work from which on a step is worth its time */
    /* Work that machine code would have made shorter: of rows; of the parts; of the rest. */
    atomic_uint_least64_t rows, lesser, rest;
    atomic_uint wanted, finished; /* steps; finished under the lock, also those that failed */
    pthread_mutex_t lock;
    pthread_cond_t idle;
    /* under the lock */
    bool running; /* somebody makes what is wanted */
    bool started; /* `thread` is to be joined */
    bool stopping;
    parallel_thread thread;
    machine_code *code[STEPS]; /* of each step */
    mlec_pass_time times[PASS_COUNT + STEPS];
    atomic_size_t n_times;
};

/* ---- When -------------------------------------------------------------------------------------
 */

/* Work, in operations on 8 elements, whose interpretation takes as much longer than machine code as
 * code generation takes: so much for any object, and for each of its operations. Measured:
 * docs/performance.md. */
static const double OBJECT = 1e7, OPERATION = 1.7e5;
/* Looking into the cache takes this part of it. */
static const double LOOK_SHARE = 5;

static double cost(const kernel *k, kernel_set set)
{
    double n = 0;
    for (uint32_t i = 0; i < k->functions.count; i++) {
        const kernel_function *f = &k->functions.data[i];
        if (f->set == set)
            n += f->slot->strip->n_steps;
    }
    return n > 0 ? OBJECT + OPERATION * n : 0;
}

static void set_thresholds(tiers *t)
{
    double rows = cost(t->kernel, KERNEL_ROWS), orders = cost(t->kernel, KERNEL_ORDERS);
    double rest = cost(t->kernel, KERNEL_REST);
    const double at[STEPS] = {t->directory ? rows / LOOK_SHARE : 0, rows, orders, rest};
    for (int i = 0; i < STEPS; i++) {
        t->at[i] = at[i] > 0 ? (uint64_t)at[i] : UINT64_MAX;
        if (at[i] == 0) /* nothing to do */
            atomic_fetch_or(&t->finished, 1u << i);
    }
}

/* ---- Making -----------------------------------------------------------------------------------
 */

static void add_time(tiers *t, int pass, double microseconds, bool later)
{
    static const char *const names[] = {
#define PASS(id, name, meaning) name,
#include "compiler/pipeline.def"
#undef PASS
    };
    size_t n = atomic_load(&t->n_times);
    t->times[n] = (mlec_pass_time){names[pass], microseconds, later};
    atomic_store(&t->n_times, n + 1); /* whoever sees the number sees what it counts */
}

static void add_times(tiers *t, unsigned step, const machine_code *code, double all, bool later)
{
    if (step == ROWS || (step == LOOK && code)) {
        add_time(t, PASS_EMIT, machine_emit_us(code), later);
        add_time(t, PASS_CODEGEN, machine_codegen_us(code), later);
        add_time(t, PASS_LINK, machine_link_us(code), later);
    } else {
        int pass = step == LOOK ? PASS_LOOK : step == ORDERS ? PASS_ORDERS : PASS_REST;
        add_time(t, pass, all, later);
    }
}

/* One object; false with *error, or without memory. */
static bool make(tiers *t, arena *a, int number, unsigned sets, bool later, const char **error)
{
    double begin = pipeline_clock();
    unsigned step = 1u << number;
    machine_request r = {sets, step == LOOK, t->directory};
    t->code[number] = machine_compile(t->kernel, a, r, error);
    if (t->code[number] || step == LOOK)
        add_times(t, step, t->code[number], pipeline_clock() - begin, later);
    return t->code[number] != NULL;
}

/* The same with scratch of the C library's, as LLVM's own is: the context's allocator may belong to
 * another thread now. */
static bool make_apart(tiers *t, int number)
{
    static const unsigned sets[STEPS] = {KERNEL_ROWS, KERNEL_ROWS, KERNEL_ORDERS, KERNEL_REST};
    oom_guard guard;
    arena a, *volatile scratch = &a;
    const char *error = NULL;
    arena_init(&a, &alloc_system, &guard);
    volatile bool made = false;
    if (!setjmp(guard.jump))
        made = make(t, scratch, number, sets[number], true, &error);
    arena_release(scratch);
    return made;
}

/* Makes what is wanted, until nothing is. */
static void work(void *user)
{
    tiers *t = user;
    pthread_mutex_lock(&t->lock);
    for (;;) {
        unsigned next = atomic_load(&t->wanted) & ~atomic_load(&t->finished);
        if (!next || t->stopping)
            break;
        int number = __builtin_ctz(next);
        pthread_mutex_unlock(&t->lock);
        bool made = make_apart(t, number);
        pthread_mutex_lock(&t->lock);
        atomic_fetch_or(&t->finished, 1u << number);
        if (made && 1u << number == LOOK)
            atomic_fetch_or(&t->finished, ROWS);
    }
    t->running = false;
    pthread_cond_broadcast(&t->idle);
    pthread_mutex_unlock(&t->lock);
}

/* The lock is held; and again when this returns. */
static void join(tiers *t)
{
    if (!t->started)
        return;
    t->started = false;
    parallel_thread thread = t->thread;
    pthread_mutex_unlock(&t->lock);
    parallel_join(&thread);
    pthread_mutex_lock(&t->lock);
}

static void want(tiers *t, unsigned steps, int threads)
{
    if ((atomic_fetch_or(&t->wanted, steps) & steps) == steps)
        return;
    pthread_mutex_lock(&t->lock);
    if (t->running || !(atomic_load(&t->wanted) & ~atomic_load(&t->finished))) {
        pthread_mutex_unlock(&t->lock);
        return; /* who works now sees it */
    }
    t->running = true;
    join(t); /* an earlier one, which is at its end */
    t->started = parallel_threads(threads, 2) > 1 && parallel_start(&t->thread, work, t);
    bool here = !t->started;
    pthread_mutex_unlock(&t->lock);
    if (here)
        work(t);
}

/* ---- The model's side --------------------------------------------------------------------------
 */

tiers *tiers_new(arena *a, pipeline *p, const mlec_options *options)
{
    tiers *t = ARENA_NEW(a, tiers);
    t->kernel = &p->kernel;
    t->directory = options->cache ? arena_strdup(a, options->cache) : NULL;
    t->threads = options->threads;
    pthread_mutex_init(&t->lock, NULL); /* neither can fail with default attributes */
    pthread_cond_init(&t->idle, NULL);
    set_thresholds(t);
    for (int pass = 0; pass <= PASS_STRIP; pass++)
        add_time(t, pass, p->microseconds[pass], false);
    return t;
}

void tiers_free(void *user)
{
    tiers *t = user;
    pthread_mutex_lock(&t->lock);
    t->stopping = true;
    join(t);
    pthread_mutex_unlock(&t->lock);
    for (int i = 0; i < STEPS; i++)
        machine_free(t->code[i]);
    pthread_cond_destroy(&t->idle);
    pthread_mutex_destroy(&t->lock);
}

bool tiers_compile(tiers *t, arena *a, const char **error)
{
    if (!make(t, a, __builtin_ctz(ROWS), KERNEL_ROWS | KERNEL_REST, false, error))
        return false;
    atomic_fetch_or(&t->finished, LOOK | ROWS | REST);
    return true;
}

void tiers_prepare(tiers *t, bool wait)
{
    want(t,
         wait                                  ? ROWS | ORDERS | REST
         : parallel_threads(t->threads, 2) > 1 ? ROWS | ORDERS
                                               : ROWS,
         t->threads);
    pthread_mutex_lock(&t->lock);
    while (wait && t->running)
        pthread_cond_wait(&t->idle, &t->lock);
    pthread_mutex_unlock(&t->lock);
}

static uint64_t add(atomic_uint_least64_t *sum, uint64_t x) { return atomic_fetch_add(sum, x) + x; }

void tiers_report(void *user, work_report w, int threads)
{
    tiers *t = user;
    bool no_rows = atomic_load(&t->finished) & ROWS; /* what is interpreted now is not theirs */
    uint64_t rows = add(&t->rows, no_rows ? 0 : w.interpreted);
    uint64_t lesser = add(&t->lesser, w.lesser), rest = add(&t->rest, no_rows ? w.interpreted : 0);
    rows = rows > w.expected ? rows : w.expected;
    unsigned steps = (rows >= t->at[0] ? LOOK : 0) | (rows >= t->at[1] ? ROWS : 0) |
                     (lesser >= t->at[2] ? ORDERS : 0) | (rest >= t->at[3] ? REST : 0);
    if (steps)
        want(t, steps, threads);
}

size_t tiers_times(const tiers *t, const mlec_pass_time **times)
{
    *times = t->times;
    return atomic_load(&t->n_times);
}
