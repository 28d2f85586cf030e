// The kernels, written once in vectors of `lanes` floats and compiled for each instruction set by portable.c, avx2.c
// and avx512.c, which set: lanes, tile_vectors and most_rows (the sums of a product that stay in registers),
// kernel_set (the name of the table at the end) and target_set (the attribute that turns the instructions on).

#include <math.h>
#include <string.h>

#include "kernels.h"
#include "sets.h"

#if defined(target_set)
#pragma clang attribute push(target_set, apply_to = function)
#endif

#include "vector.h"
#include "elementwise.h"
#include "bfloat16.h"
#include "product.h"
#include "winograd.h"
#include "attention.h"

const retouch_kernels kernel_set = {
    .panel = panel_width,
    .multiple = lanes,
    .tile_rows = most_rows,
    .convolve = convolve,
    .attend = attend,
    .winograd_input = winograd_input,
    .winograd_kernels = winograd_kernels,
    .winograd_product = winograd_product,
    .winograd_strip = winograd_strip,
    .depthwise = depthwise,
    .activate = activate,
    .widen_halves = widen_halves,
    .gated_gelu = gated_gelu,
    .moments = moments,
    .scale = scale_rows,
    .layer_norm = layer_norm,
    .softmax = softmax,
    .round_panel = round_panel,
    .correlate = correlate,
    .levinson = levinson,
};

#if defined(target_set)
#pragma clang attribute pop
#endif
