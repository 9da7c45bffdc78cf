#include "base/parallel.h"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

static int cores(void)
{
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0)
        return CPU_COUNT(&set);
    long n = sysconf(_SC_NPROCESSORS_ONLN); /* more cores than a cpu_set_t has */
    return n < 1 ? 1 : n < PARALLEL_MOST ? (int)n : PARALLEL_MOST;
}

int parallel_threads(int wanted, size_t pieces)
{
    int n = pieces > 1 && wanted < 1 ? cores() : wanted;
    n = n < PARALLEL_MOST ? n : PARALLEL_MOST;
    n = (size_t)(n < 1 ? 1 : n) < pieces ? n : (int)pieces;
    return n < 1 ? 1 : n;
}

typedef struct {
    void (*work)(void *user, int worker);
    void *user;
    int worker;
    pthread_t thread;
} task;

static void *run_task(void *p)
{
    const task *t = p;
    t->work(t->user, t->worker);
    return NULL;
}

void parallel_run(int n, void (*work)(void *user, int worker), void *user)
{
    task tasks[PARALLEL_MOST];
    int started = 1;
    sigset_t all, before;
    sigfillset(&all);
    bool masked = n > 1 && pthread_sigmask(SIG_SETMASK, &all, &before) == 0;
    for (; started < n; started++) {
        task *t = &tasks[started];
        *t = (task){.work = work, .user = user, .worker = started};
        if (pthread_create(&t->thread, NULL, run_task, t) != 0)
            break;
    }
    if (masked)
        pthread_sigmask(SIG_SETMASK, &before, NULL);
    work(user, 0);
    for (int i = 1; i < started; i++)
        pthread_join(tasks[i].thread, NULL);
}

static void *run_thread(void *p)
{
    const parallel_thread *t = p;
    t->work(t->user);
    return NULL;
}

bool parallel_start(parallel_thread *t, void (*work)(void *user), void *user)
{
    sigset_t all, before;
    sigfillset(&all);
    if (pthread_sigmask(SIG_SETMASK, &all, &before) != 0)
        return false;
    t->work = work;
    t->user = user;
    bool started = pthread_create(&t->thread, NULL, run_thread, t) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return started;
}

void parallel_join(parallel_thread *t) { pthread_join(t->thread, NULL); }

static void *locked_resize(void *user, void *old, size_t size)
{
    parallel_allocator *p = user;
    pthread_mutex_lock(&p->lock);
    void *block = alloc_resize(p->inner, old, size);
    pthread_mutex_unlock(&p->lock);
    return block;
}

void parallel_allocator_init(parallel_allocator *p, const mlec_allocator *inner)
{
    p->allocator = (mlec_allocator){locked_resize, p};
    p->inner = inner;
    pthread_mutex_init(&p->lock, NULL); /* cannot fail for a default mutex */
}

void parallel_allocator_end(parallel_allocator *p) { pthread_mutex_destroy(&p->lock); }
