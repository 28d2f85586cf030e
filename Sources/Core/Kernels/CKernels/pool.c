// A fixed pool of threads that serves several callers at once, handing out task numbers one by one.
//
// Each caller's job has a slot. It is described by the slot's `ticket` = generation << 32 | tasks not yet taken. A thread takes
// a task by lowering the ticket with compare-and-swap, which can only succeed while that job is alive, so a late thread never
// touches the fields of the slot's next job. A caller works on its own job alone; the pool's threads go from slot to slot with
// every task, so that each job gets its share. Idle threads spin for a while (the next kernel usually follows within
// microseconds), then sleep.

#define _GNU_SOURCE
#include "kernels.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <unistd.h>

enum { spins_before_sleep = 20000, spins_before_yield = 2000, largest_pool = 256, slot_count = 32 };

typedef struct {
    _Alignas(64) _Atomic uint64_t ticket;
    _Atomic int64_t finished;
    _Atomic(retouch_task) task;
    _Atomic(void *) context;
    _Atomic int64_t count;
    int is_taken;  // guarded by `pool`
} slot;

static slot slots[slot_count];
static _Atomic int used_slots;      // no slot from this one on was ever taken
static _Atomic uint64_t published;  // jobs so far: changes when there may be something to do

static pthread_mutex_t pool = PTHREAD_MUTEX_INITIALIZER;
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

/// Takes a task of a slot's job and does it; 0 where none is left.
static int work(slot *slot) {
    uint64_t now = atomic_load(&slot->ticket);
    while ((uint32_t)now != 0) {
        retouch_task task = atomic_load_explicit(&slot->task, memory_order_relaxed);
        void *context = atomic_load_explicit(&slot->context, memory_order_relaxed);
        int64_t index = atomic_load_explicit(&slot->count, memory_order_relaxed) - (int64_t)(uint32_t)now;
        if (atomic_compare_exchange_weak(&slot->ticket, &now, now - 1)) {
            task(context, index);
            atomic_fetch_add(&slot->finished, 1);
            return 1;
        }
    }
    return 0;
}

static void *worker(void *unused) {
    (void)unused;
    inside_task = 1;
    int next = 0;
    for (;;) {
        uint64_t seen = atomic_load(&published);
        int used = atomic_load(&used_slots), idle = 0;
        while (idle < used && !atomic_load_explicit(&stopping, memory_order_relaxed)) {
            next = next + 1 < used ? next + 1 : 0;
            idle = work(&slots[next]) ? 0 : idle + 1;
        }
        int spins = 0;
        while (atomic_load_explicit(&published, memory_order_relaxed) == seen && !atomic_load(&stopping)) {
            relax();
            if (++spins < spins_before_sleep) continue;
            pthread_mutex_lock(&sleeping);
            atomic_fetch_add(&sleepers, 1);
            while (atomic_load(&published) == seen && !atomic_load(&stopping)) pthread_cond_wait(&wake, &sleeping);
            atomic_fetch_sub(&sleepers, 1);
            pthread_mutex_unlock(&sleeping);
        }
        if (atomic_load(&stopping)) return NULL;
    }
}

static void wake_sleepers(void) {
    pthread_mutex_lock(&sleeping);
    pthread_cond_broadcast(&wake);
    pthread_mutex_unlock(&sleeping);
}

/// Brings the pool to `count` threads beside the callers. Whoever calls holds `pool`; jobs in hand go on with their callers alone
/// meanwhile.
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

/// A free slot, or NULL where there are more callers than slots.
static slot *take_slot(int threads) {
    slot *taken = NULL;
    pthread_mutex_lock(&pool);
    if (worker_count != threads - 1) resize(threads - 1);
    for (int i = 0; i < slot_count && taken == NULL; i++) {
        if (slots[i].is_taken) continue;
        taken = &slots[i];
        taken->is_taken = 1;
        if (i >= atomic_load(&used_slots)) atomic_store(&used_slots, i + 1);
    }
    pthread_mutex_unlock(&pool);
    return taken;
}

static void give_back(slot *slot) {
    pthread_mutex_lock(&pool);
    slot->is_taken = 0;
    pthread_mutex_unlock(&pool);
}

void retouch_parallel(int64_t count, retouch_task task, void *context) {
    int threads = retouch_threads();
    // Inside a task the caller does its own work alone.
    slot *slot = count <= 1 || threads == 1 || inside_task || count > UINT32_MAX ? NULL : take_slot(threads);
    if (slot == NULL) {
        for (int64_t i = 0; i < count; i++) task(context, i);
        return;
    }
    atomic_store(&slot->finished, 0);
    atomic_store(&slot->task, task);
    atomic_store(&slot->context, context);
    atomic_store(&slot->count, count);
    uint64_t generation = (atomic_load(&slot->ticket) >> 32) + 1;
    atomic_store(&slot->ticket, generation << 32 | (uint64_t)count);
    atomic_fetch_add(&published, 1);
    if (atomic_load(&sleepers) > 0) wake_sleepers();
    inside_task = 1;
    while (work(slot)) {}
    inside_task = 0;
    for (int spins = 0; atomic_load(&slot->finished) != count; spins++) {
        if (spins < spins_before_yield) relax();
        else sched_yield();
    }
    give_back(slot);
}
