#ifndef RETOUCH_KERNELS_H
#define RETOUCH_KERNELS_H

/// The widest instruction set this machine and its operating system support: 0 portable, 1 AVX2 with FMA, 2 AVX-512.
int retouch_instruction_set(void);

#endif
