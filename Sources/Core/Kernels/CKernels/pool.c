// A fixed pool of threads that hands out task numbers one by one.
//
// The job in hand is described by `ticket` = generation << 32 | tasks not yet taken. A thread takes a task by lowering
// the ticket with compare-and-swap, which can only succeed while that job is alive, so a late thread never touches the
// next job's fields. Idle threads spin for a while (the next kernel usually follows within microseconds), then sleep.

#define _GNU_SOURCE
#include "kernels.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { spins_before_sleep = 20000, spins_before_yield = 2000, largest_pool = 256 };

static _Atomic uint64_t ticket;
static _Atomic int64_t finished;
static _Atomic(retouch_task) job_task;
static _Atomic(void *) job_context;
static _Atomic int64_t job_count;

static pthread_mutex_t running = PTHREAD_MUTEX_INITIALIZER;  // held by the caller whose job is in hand
static pthread_mutex_t sleeping = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t wake = PTHREAD_COND_INITIALIZER;
static _Atomic int sleepers;
static _Atomic int stopping;
static _Atomic int wanted_threads;
static pthread_t workers[largest_pool];
static int worker_count;
static _Thread_local int inside_task;

static inline void relax(void) {
#if defined(__x86_64__)
    __builtin_ia32_pause();
#elif defined(__aarch64__)
    __asm__ volatile("yield");
#endif
}

/// Takes tasks of the job in hand until none is left.
static void work(void) {
    uint64_t now = atomic_load(&ticket);
    while ((uint32_t)now != 0) {
        retouch_task task = atomic_load_explicit(&job_task, memory_order_relaxed);
        void *context = atomic_load_explicit(&job_context, memory_order_relaxed);
        int64_t index = atomic_load_explicit(&job_count, memory_order_relaxed) - (int64_t)(uint32_t)now;
        if (atomic_compare_exchange_weak(&ticket, &now, now - 1)) {
            task(context, index);
            atomic_fetch_add(&finished, 1);
            now = atomic_load(&ticket);
        }
    }
}

static void *worker(void *unused) {
    (void)unused;
    inside_task = 1;
    uint64_t seen = 0;
    for (;;) {
        int spins = 0;
        while (atomic_load_explicit(&ticket, memory_order_relaxed) >> 32 == seen && !atomic_load(&stopping)) {
            relax();
            if (++spins < spins_before_sleep) continue;
            pthread_mutex_lock(&sleeping);
            atomic_fetch_add(&sleepers, 1);
            while (atomic_load(&ticket) >> 32 == seen && !atomic_load(&stopping)) pthread_cond_wait(&wake, &sleeping);
            atomic_fetch_sub(&sleepers, 1);
            pthread_mutex_unlock(&sleeping);
        }
        if (atomic_load(&stopping)) return NULL;
        seen = atomic_load(&ticket) >> 32;
        work();
    }
}

static void wake_sleepers(void) {
    pthread_mutex_lock(&sleeping);
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&sleeping);
}

/// Brings the pool to `count` threads beside the caller. The caller holds `running`.
static void resize(int count) {
    if (worker_count > count) {
        atomic_store(&stopping, 1);
        wake_sleepers();
        for (int i = 0; i < worker_count; i++) pthread_join(workers[i], NULL);
        atomic_store(&stopping, 0);
        worker_count = 0;
    }
    while (worker_count < count && pthread_create(&workers[worker_count], NULL, worker, NULL) == 0) worker_count++;
}

int retouch_cores(void) {
#if defined(__linux__)
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0) return CPU_COUNT(&set);
#endif
    long cores = sysconf(_SC_NPROCESSORS_ONLN);
    return cores > 0 ? (int)cores : 1;
}

void retouch_set_threads(int threads) {
    atomic_store(&wanted_threads, threads < 1 ? 1 : threads > largest_pool ? largest_pool : threads);
}

int retouch_threads(void) {
    int threads = atomic_load(&wanted_threads);
    if (threads == 0) {
        retouch_set_threads(retouch_cores());
        threads = atomic_load(&wanted_threads);
    }
    return threads;
}

void retouch_parallel(int64_t count, retouch_task task, void *context) {
    int threads = retouch_threads();
    // Inside a task, or while another thread's job is in hand, the caller does its own work alone.
    if (count <= 1 || threads == 1 || inside_task || count > UINT32_MAX || pthread_mutex_trylock(&running) != 0) {
        for (int64_t i = 0; i < count; i++) task(context, i);
        return;
    }
    if (worker_count != threads - 1) resize(threads - 1);
    atomic_store(&finished, 0);
    atomic_store(&job_task, task);
    atomic_store(&job_context, context);
    atomic_store(&job_count, count);
    uint64_t generation = (atomic_load(&ticket) >> 32) + 1;
    atomic_store(&ticket, generation << 32 | (uint64_t)count);
    if (atomic_load(&sleepers) > 0) wake_sleepers();
    inside_task = 1;
    work();
    inside_task = 0;
    for (int spins = 0; atomic_load(&finished) != count; spins++) {
        if (spins < spins_before_yield) relax();
        else sched_yield();
    }
    pthread_mutex_unlock(&running);
}
