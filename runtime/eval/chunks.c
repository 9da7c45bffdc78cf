/* Rows on several threads.
 *
 * The rows are cut into chunks, whose number follows from the number of rows and the size of the
 * results, never from the threads. Each chunk has sums of its own, which are added in the order of
 * the chunks when all are done; so the bits are the same for any number of threads. Who computes a
 * chunk is left to chance: workers take the next one from a counter.
 *
 * A worker is a view of the problem with scratch strips of its own; everything else is shared, and
 * only read. */
#include "runtime/eval/engine.h"

#include <math.h>
#include <stdatomic.h>
#include <string.h>

enum { MOST_CHUNKS = 32, LEAST_ROWS = 2048 };
/* Numbers that the sums of all chunks may take. */
#define MOST_NUMBERS 8e6

static size_t sums_size(const mlec_problem *p) { return p->n_z + curvature_size(&p->layout) + 2; }

void chunks_plan(mlec_problem *p)
{
    size_t n = p->n_rows / LEAST_ROWS, fit = (size_t)(MOST_NUMBERS / (double)sums_size(p));
    n = n > MOST_CHUNKS ? MOST_CHUNKS : n;
    n = n > fit ? fit : n;
    p->n_chunks = n < 2 ? 1 : n;
    size_t strips = (p->n_rows + STRIP - 1) / STRIP;
    p->chunk_rows = (strips + p->n_chunks - 1) / p->n_chunks * STRIP;
    p->n_workers = parallel_threads(p->threads, p->n_chunks);
}

void chunks_allocate(mlec_problem *p, arena *a)
{
    if (p->n_chunks < 2)
        return;
    p->chunk_sums = ARENA_ARRAY(a, double, p->n_chunks *sums_size(p));
    p->workers = ARENA_ARRAY(a, mlec_problem, p->n_workers);
    for (int k = 0; k < p->n_workers; k++) {
        p->workers[k] = *p;
        p->workers[k].n_chunks = 1;
        problem_allocate_scratch(&p->workers[k], a);
    }
}

typedef struct {
    mlec_problem *p;
    uint32_t stage;
    const engine_run *run;
    atomic_size_t next;
} job;

static double *sums_of(const mlec_problem *p, size_t chunk)
{
    return p->chunk_sums + chunk * sums_size(p);
}

static void work(void *user, int worker)
{
    job *j = user;
    mlec_problem *p = j->p;
    while (worker < p->n_workers) {
        size_t chunk = atomic_fetch_add(&j->next, 1), from = chunk * p->chunk_rows;
        if (chunk >= p->n_chunks)
            return;
        engine_run run = *j->run;
        double *sums = sums_of(p, chunk);
        run.value = run.value ? sums : NULL;
        run.g = run.g ? sums + 2 : NULL;
        run.h = run.h ? sums + 2 + p->n_z : NULL;
        memset(sums, 0, 2 * sizeof *sums);
        if (run.g)
            memset(run.g, 0, p->n_z * sizeof *run.g);
        if (run.h)
            memset(run.h, 0, curvature_size(&p->layout) * sizeof *run.h);
        run.from = from;
        run.to = from + p->chunk_rows < p->n_rows ? from + p->chunk_rows : p->n_rows;
        if (from < p->n_rows)
            engine_range(&p->workers[worker], j->stage, &run);
    }
}

void chunks_map(mlec_problem *p, uint32_t stage, engine_run *run)
{
    job j = {.p = p, .stage = stage, .run = run};
    atomic_init(&j.next, 0);
    if (p->n_workers > 1)
        pool_run(p->pool, work, &j);
    else
        work(&j, 0);
    for (size_t c = 0; c < p->n_chunks; c++) {
        const double *sums = sums_of(p, c);
        if (run->value) {
            engine_add_value(run->value, sums[0]);
            run->value[1] += sums[1];
        }
        for (size_t i = 0; run->g && i < p->n_z; i++)
            run->g[i] += sums[2 + i];
        for (size_t i = 0; run->h && i < curvature_size(&p->layout); i++)
            run->h[i] += sums[2 + p->n_z + i];
    }
}
