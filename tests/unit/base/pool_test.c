/* A pool does each piece of each call once, however many workers are there, asleep or awake. */
#include "base/pool.h"

#include <criterion/criterion.h>
#include <unistd.h>

enum { PIECES = 50 };

typedef struct {
    atomic_int next;
    atomic_int done[PIECES];
    atomic_int working, most; /* workers at a time */
} pieces;

static void take_pieces(void *user, int worker)
{
    pieces *p = user;
    cr_assert(worker >= 0);
    int working = atomic_fetch_add(&p->working, 1) + 1, most = atomic_load(&p->most);
    while (working > most && !atomic_compare_exchange_weak(&p->most, &most, working))
        continue;
    for (int k; (k = atomic_fetch_add(&p->next, 1)) < PIECES;)
        atomic_fetch_add(&p->done[k], 1);
    atomic_fetch_sub(&p->working, 1);
}

static void call(parallel_pool *pool, int n)
{
    pieces p = {0};
    pool_run(pool, take_pieces, &p);
    cr_assert_eq(atomic_load(&p.working), 0);
    cr_assert(atomic_load(&p.most) >= 1 && atomic_load(&p.most) <= n);
    for (int k = 0; k < PIECES; k++)
        cr_assert_eq(atomic_load(&p.done[k]), 1, "piece %d was done %d times", k,
                     atomic_load(&p.done[k]));
}

Test(pool, each_piece_once)
{
    for (int n = 1; n <= 9; n += 2) {
        pool_worker workers[9];
        parallel_pool pool;
        pool_init(&pool, n, workers);
        for (int i = 0; i < 500; i++) {
            call(&pool, n);
            if (i % 100 == 99) /* long enough to fall asleep */
                usleep(5000);
        }
        pool_end(&pool);
    }
}

Test(pool, never_used)
{
    pool_worker workers[4];
    parallel_pool pool;
    pool_init(&pool, 4, workers);
    pool_end(&pool);
}

static void count_worker(void *user, int worker)
{
    atomic_int *seen = user;
    atomic_fetch_add(&seen[worker], 1);
    usleep(20000);
}

Test(pool, workers_come)
{
    pool_worker workers[3];
    parallel_pool pool;
    pool_init(&pool, 3, workers);
    atomic_int seen[3] = {0};
    for (int i = 0; i < 100 && !(atomic_load(&seen[1]) && atomic_load(&seen[2])); i++)
        pool_run(&pool, count_worker, seen);
    for (int k = 0; k < 3; k++)
        cr_expect(atomic_load(&seen[k]) > 0, "worker %d never came", k);
    pool_end(&pool);
}
