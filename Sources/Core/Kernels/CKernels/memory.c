#define _GNU_SOURCE
#include "kernels.h"

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
