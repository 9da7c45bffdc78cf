/* Fork and join: one function on several threads.
 *
 * The work is cut into pieces that do not depend on how many threads there are; each worker takes
 * the next piece from a common counter until none is left. So a thread that the system refuses is
 * merely missing, and one worker alone does everything.
 *
 * A worker must not jump to a guard of another thread: it has its own, and the caller looks at what
 * came of it after the join. Diagnostics are reported after the join too.
 */
#ifndef BASE_PARALLEL_H
#define BASE_PARALLEL_H

#include "base/alloc.h"

#include <pthread.h>

enum { PARALLEL_MOST = 256 };

/* The number of threads that an option asks for: 0 is one for each core that the process may use;
 * never more than `pieces` or PARALLEL_MOST, never less than 1. */
int parallel_threads(int wanted, size_t pieces);

/* Calls work(user, 0) on this thread and work(user, 1) ... work(user, n - 1) on others; returns
 * when all have returned. Signals are left to the caller's threads. */
void parallel_run(int n, void (*work)(void *user, int worker), void *user);

/* One thread beside the caller's, which goes on. False when the system refuses one. A thread that
 * was started must be joined. */
typedef struct {
    void (*work)(void *user);
    void *user;
    pthread_t thread;
} parallel_thread;
bool parallel_start(parallel_thread *t, void (*work)(void *user), void *user);
void parallel_join(parallel_thread *t);

/* An allocator for all workers: takes turns in calling the one it is made from, which need not know
 * of threads. What it gave may be freed through either. */
typedef struct {
    mlec_allocator allocator;
    const mlec_allocator *inner;
    pthread_mutex_t lock;
} parallel_allocator;
void parallel_allocator_init(parallel_allocator *p, const mlec_allocator *inner);
void parallel_allocator_end(parallel_allocator *p);

#endif
