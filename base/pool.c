/* The state of a pool is one number: how many calls there have been, whether workers may still join
 * the current one, and how many are in it.
 *
 *   bits 32 ..   number of the call
 *   bit 31       it is open
 *   bits 0 ..    workers in it
 *
 * A worker joins by adding 1 while the call is open. The caller closes the call when its own part
 * is done, and waits until nobody is in it: these finish the pieces that they have taken. */
#include "base/pool.h"

#include <sched.h>
#include <signal.h>

#define OPEN UINT64_C(0x80000000)
#define CALL (UINT64_C(1) << 32)

enum { SPINS = 20000 }; /* tens to hundreds of microseconds: a pause has 10 to 140 cycles */

static void pause_briefly(void)
{
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

static bool is_new(uint64_t state, uint64_t seen) { return state & OPEN && state / CALL != seen; }

/* The number of the next open call, or 0 when the pool ends. */
static uint64_t wait_for_call(parallel_pool *p, uint64_t seen)
{
    for (int i = 0; i < SPINS; i++) {
        uint64_t state = atomic_load_explicit(&p->state, memory_order_acquire);
        if (is_new(state, seen))
            return state / CALL;
        pause_briefly();
    }
    pthread_mutex_lock(&p->lock);
    atomic_fetch_add(&p->sleepers, 1);
    uint64_t state = atomic_load(&p->state);
    while (!p->stopping && !is_new(state, seen)) {
        pthread_cond_wait(&p->wake, &p->lock);
        state = atomic_load(&p->state);
    }
    atomic_fetch_sub(&p->sleepers, 1);
    bool stopping = p->stopping;
    pthread_mutex_unlock(&p->lock);
    return stopping ? 0 : state / CALL;
}

/* Joins call number `call`, unless it is closed. */
static bool join_call(parallel_pool *p, uint64_t call)
{
    uint64_t state = atomic_load(&p->state);
    while (state & OPEN && state / CALL == call)
        if (atomic_compare_exchange_weak(&p->state, &state, state + 1))
            return true;
    return false;
}

static void *run_worker(void *user)
{
    const pool_worker *own = user;
    parallel_pool *p = own->pool;
    for (uint64_t call = 0; (call = wait_for_call(p, call)) != 0;) {
        if (!join_call(p, call))
            continue;
        p->work(p->user, own->number);
        atomic_fetch_sub(&p->state, 1);
    }
    return NULL;
}

void pool_init(parallel_pool *p, int n, pool_worker *workers)
{
    *p = (parallel_pool){.n = n, .workers = workers};
    pthread_mutex_init(&p->lock, NULL); /* cannot fail with default attributes */
    pthread_cond_init(&p->wake, NULL);
}

static void start(parallel_pool *p)
{
    sigset_t all, before;
    sigfillset(&all);
    bool masked = pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    for (int k = 1; k < p->n; k++) {
        pool_worker *w = &p->workers[p->n_started];
        *w = (pool_worker){.pool = p, .number = k};
        if (pthread_create(&w->thread, NULL, run_worker, w) != 0)
            break;
        p->n_started++;
    }
    if (masked)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    p->n = p->n_started + 1; /* a thread that the system refuses is not asked for again */
}

void pool_run(parallel_pool *p, void (*work)(void *user, int worker), void *user)
{
    if (p->n_started < p->n - 1)
        start(p);
    p->work = work;
    p->user = user;
    uint64_t call = atomic_load(&p->state) / CALL + 1;
    atomic_store(&p->state, call * CALL | OPEN);
    if (atomic_load(&p->sleepers) > 0) {
        pthread_mutex_lock(&p->lock);
        pthread_cond_broadcast(&p->wake);
        pthread_mutex_unlock(&p->lock);
    }
    work(user, 0);
    atomic_fetch_and(&p->state, ~OPEN);
    for (int i = 0; atomic_load(&p->state) % OPEN; i++)
        if (i < SPINS)
            pause_briefly();
        else
            sched_yield();
}

void pool_end(parallel_pool *p)
{
    pthread_mutex_lock(&p->lock);
    p->stopping = true;
    pthread_cond_broadcast(&p->wake);
    pthread_mutex_unlock(&p->lock);
    for (int k = 0; k < p->n_started; k++)
        pthread_join(p->workers[k].thread, NULL);
    pthread_cond_destroy(&p->wake);
    pthread_mutex_destroy(&p->lock);
}
