#define _GNU_SOURCE
#include "kernels.h"
#include "sets.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

enum { line = 64, huge_page = 2 << 20 };

void *retouch_allocate(size_t bytes) {
    // Large blocks sit on huge pages where the system has them: fewer faults, fewer TLB misses.
    size_t alignment = bytes >= 2 * (size_t)huge_page ? huge_page : line;
    void *block = NULL;
    if (posix_memalign(&block, alignment, bytes) != 0) return NULL;
#if defined(MADV_HUGEPAGE)
    if (alignment == huge_page) madvise(block, bytes, MADV_HUGEPAGE);
#endif
    return block;
}

void retouch_free(void *block) { free(block); }

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local void *scratch_block;
static _Thread_local size_t scratch_size;

static void make_scratch_key(void) { pthread_key_create(&scratch_key, free); }

void *retouch_scratch(size_t bytes) {
    if (bytes > scratch_size) {
        pthread_once(&scratch_once, make_scratch_key);
        free(scratch_block);
        scratch_block = retouch_allocate(bytes);
        if (!scratch_block) abort();
        scratch_size = bytes;
        pthread_setspecific(scratch_key, scratch_block);
    }
    return scratch_block;
}
