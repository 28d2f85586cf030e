// The kernels for AVX-512: 32 registers of 16 lanes, 28 of them sums of a 14 x 32 tile.
#if defined(__x86_64__)
#define target_set __attribute__((target("avx512f,avx512dq,avx512bw,avx512vl,fma")))
#define lanes 16
#define tile_vectors 2
#define most_rows 14
#define kernel_set retouch_kernels_avx512
#include "body.h"
#endif
