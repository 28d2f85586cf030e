#include "kernels.h"
#include "sets.h"

int retouch_instruction_set(void) {
#if defined(__x86_64__)
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
        && __builtin_cpu_supports("avx512vl"))
        return __builtin_cpu_supports("avx512bf16") ? 3 : 2;
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) return 1;
#endif
    return 0;
}

const retouch_kernels *retouch_kernels_for(int instruction_set) {
#if defined(__x86_64__)
    if (instruction_set == 3) return &retouch_kernels_avx512bf16;
    if (instruction_set == 2) return &retouch_kernels_avx512;
    if (instruction_set == 1) return &retouch_kernels_avx2;
#else
    (void)instruction_set;
#endif
    return &retouch_kernels_portable;
}
