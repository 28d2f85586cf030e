#include "kernels.h"
#include "sets.h"

retouch_line retouch_line_of(int algorithm) {
    static const retouch_line all[retouch_lines] = {
        [retouch_line_plain] = {1, 1, 1, 1}, [retouch_line_4_3] = {6, 6, 4, 3}, [retouch_line_6_3] = {8, 8, 6, 3},
        [retouch_line_5_4] = {8, 8, 5, 4},   [retouch_line_2_3] = {4, 4, 2, 3},   [retouch_line_3_4] = {6, 6, 3, 4},
        [retouch_line_pair] = {2, 3, 2, 3},
    };
    return all[algorithm];
}

static int64_t products_of(const retouch_winograd *w) {
    return retouch_line_of(w->columns).products * retouch_line_of(w->rows).products;
}

int64_t retouch_winograd_row_tiles(const retouch_kernels *kernels, const retouch_winograd *w) {
    return (w->tiles + kernels->tile_rows - 1) / kernels->tile_rows;
}

int64_t retouch_winograd_size(const retouch_winograd *w) {
    return products_of(w) * (w->tiles * words(w->operands, w->segments * w->channels) + 16);
}

int64_t retouch_winograd_kernels_size(const retouch_kernels *kernels, const retouch_winograd *w) {
    return products_of(w) * retouch_packed_count(kernels, w->operands, w->outputs, w->segments * w->channels);
}
