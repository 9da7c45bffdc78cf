/* A pool of threads for work that comes again and again, such as the evaluations of a fit.
 *
 * A worker that has nothing to do watches for the next call for a fraction of a millisecond, and
 * then sleeps: within a fit a call reaches it in less than a microsecond, outside it costs nothing.
 * A worker that is late, since it slept or its core was busy, is not waited for: as with
 * parallel_run, pieces are taken from a counter, and those who are there do them all. */
#ifndef BASE_POOL_H
#define BASE_POOL_H

#include "base/parallel.h"

#include <stdatomic.h>

typedef struct parallel_pool parallel_pool;

typedef struct {
    parallel_pool *pool;
    int number;
    pthread_t thread;
} pool_worker;

struct parallel_pool {
    pool_worker *workers; /* room for n - 1 */
    int n, n_started;
    void (*work)(void *user, int worker);
    void *user;
    _Atomic uint64_t state; /* see pool.c */
    pthread_mutex_t lock;
    pthread_cond_t wake;
    atomic_int sleepers;
    bool stopping;
};

/* A pool of n threads, the caller's included; it starts them at the first call of pool_run.
 * `workers` has room for n. */
void pool_init(parallel_pool *p, int n, pool_worker *workers);
/* Calls work(user, 0) on this thread and work(user, k) on those workers 1 <= k < n that are there;
 * returns when no call is running. From one thread at a time. */
void pool_run(parallel_pool *p, void (*work)(void *user, int worker), void *user);
/* Ends the threads. The pool may not be used again. */
void pool_end(parallel_pool *p);

#endif
