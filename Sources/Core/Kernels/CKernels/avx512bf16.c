// The kernels for AVX-512 on processors that multiply pairs of bfloat16 as well (AVX512-BF16): twice as many products in a time.
#if defined(__x86_64__)
#include <immintrin.h>

#define target_set __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma,avx512bf16")))
#define lanes 16
#define tile_vectors 2
#define most_rows 14
#define native_bfloat16
#define kernel_set retouch_kernels_avx512bf16
#include "body.h"
#endif
