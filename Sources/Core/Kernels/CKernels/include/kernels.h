#ifndef RETOUCH_KERNELS_H
#define RETOUCH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

/// The widest instruction set this machine and its operating system support: 0 portable, 1 AVX2 with FMA, 2 AVX-512.
int retouch_instruction_set(void);

// Threads (pool.c)

/// One task of a parallel job: `index` counts from 0.
typedef void (*retouch_task)(void *context, int64_t index);

/// Cores that this process may run on.
int retouch_cores(void);
/// The number of threads that work on a job, the caller included. All cores until it is set.
int retouch_threads(void);
void retouch_set_threads(int threads);
/// Calls `task` for every index below `count`, on all threads, and returns when all are done.
void retouch_parallel(int64_t count, retouch_task task, void *context);

// Memory (memory.c)

/// A block aligned to a cache line, or NULL when there is no memory.
void *retouch_allocate(size_t bytes);
void retouch_free(void *block);

#endif
