#ifndef RETOUCH_SETS_H
#define RETOUCH_SETS_H

#include "kernels.h"

extern const retouch_kernels retouch_kernels_portable;
#if defined(__x86_64__)
extern const retouch_kernels retouch_kernels_avx2;
extern const retouch_kernels retouch_kernels_avx512;
extern const retouch_kernels retouch_kernels_avx512bf16;
#endif

/// Working memory of the calling thread, at least `bytes` long, aligned to 64; it is the same block at every call.
void *retouch_scratch(size_t bytes);

/// Words (bfloat16.h) of so many elements.
static inline int64_t words(int precision, int64_t elements) {
    return precision == retouch_bfloat16 ? (elements + 1) / 2 : elements;
}

#endif
