#define _GNU_SOURCE
#include "kernels.h"
#include "sets.h"

#include <pthread.h>
#include <stdlib.h>
#include <sys/mman.h>

static const size_t cache_line = 64, huge_page = (size_t)2 << 20, large = (size_t)4 << 20;

/// Large blocks are mappings of their own, which go back to the system when they are freed, and start where a huge page can:
/// fewer faults, fewer misses of the address cache.
static void *map_large(size_t bytes) {
    char *start = mmap(NULL, bytes + huge_page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (start == MAP_FAILED) return NULL;
    const size_t before = (huge_page - (uintptr_t)start % huge_page) % huge_page;
    if (before > 0) munmap(start, before);
    if (before < huge_page) munmap(start + before + bytes, huge_page - before);
#if defined(MADV_HUGEPAGE)
    madvise(start + before, bytes, MADV_HUGEPAGE);
#endif
    return start + before;
}

void *retouch_allocate(size_t bytes) {
    if (bytes >= large) return map_large((bytes + 65535) / 65536 * 65536);
    void *block = NULL;
    return posix_memalign(&block, cache_line, bytes) == 0 ? block : NULL;
}

void retouch_free(void *block, size_t bytes) {
    if (bytes >= large) munmap(block, (bytes + 65535) / 65536 * 65536);
    else free(block);
}

typedef struct {
    void *block;
    size_t size;
} scratch;

static pthread_key_t scratch_key;
static pthread_once_t scratch_once = PTHREAD_ONCE_INIT;
static _Thread_local scratch own_scratch;

static void free_scratch(void *pointer) {
    scratch *mine = pointer;
    retouch_free(mine->block, mine->size);
    mine->block = NULL;
    mine->size = 0;
}

static void make_scratch_key(void) { pthread_key_create(&scratch_key, free_scratch); }

void *retouch_scratch(size_t bytes) {
    if (bytes > own_scratch.size) {
        pthread_once(&scratch_once, make_scratch_key);
        if (own_scratch.block) retouch_free(own_scratch.block, own_scratch.size);
        own_scratch.block = retouch_allocate(bytes);
        if (!own_scratch.block) abort();
        own_scratch.size = bytes;
        pthread_setspecific(scratch_key, &own_scratch);
    }
    return own_scratch.block;
}
