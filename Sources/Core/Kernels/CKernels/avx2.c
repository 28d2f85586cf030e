// The kernels for AVX2 with FMA: 16 registers of 8 lanes, 12 of them sums of a 6 x 16 tile.
#if defined(__x86_64__)
#define target_set __attribute__((target("avx2,fma")))
#define lanes 8
#define tile_vectors 2
#define most_rows 6
#define kernel_set retouch_kernels_avx2
#include "body.h"
#endif
