// Convolutions of stride 1 with fewer products: tiles of the image are transformed, multiplied point by point with
// transformed weights, where each point is a product of matrices [tiles, channels] x [channels, outputs], and transformed
// back. Which algorithm runs down the columns and which along the rows are constants after inlining.
//
// transformed: [products][row tile][depth / 16][rows of the tile][16] with depth = segments * channels, so that
// product.h can read it as it is; kernels: [panel][products][depth][panel columns]. Both are floats, or words of bfloat16 (then depth
// counts words): weights of bfloat16 are made floats as they are transformed, and rounded once more if they are to be operands of that.

#include "lines.h"

enum { spare = 16 };  // elements between products, which keep them out of the same sets of the caches

static const float no_samples[4096];

/// The first tile of a row tile: row tiles are of nearly equal height.
inlined int64_t first_of_row_tile(const retouch_winograd *w, int64_t row_tile) {
    const int64_t row_tiles = (w->tiles + most_rows - 1) / most_rows;
    return row_tile * w->tiles / row_tiles;
}

/// Words of all channels of all segments.
inlined int64_t depth_of(const retouch_winograd *w) { return words(w->operands, w->segments * w->channels); }
inlined int64_t product_size(const retouch_winograd *w) { return w->tiles * depth_of(w) + spare; }

/// Where a tile of the image lies.
typedef struct {
    int64_t image, y, x, step;  // the first output's row and column, and the distance between its columns
} tile_place;

inlined tile_place place_of(int columns, int rows, const retouch_winograd *w, int64_t tile) {
    const int64_t wide = tile % w->tiles_wide, high = tile / w->tiles_wide % w->tiles_high;
    const int64_t tiles_of_line = w->tiles_wide / w->dilation;
    return (tile_place){
        .image = tile / (w->tiles_wide * w->tiles_high),
        .y = high * line_outputs(columns),
        .x = wide / tiles_of_line + wide % tiles_of_line * line_outputs(rows) * w->dilation,
        .step = w->dilation,
    };
}

inlined void transform_tiles(int columns, int rows, const retouch_winograd *w, int64_t first, int64_t last) {
    const int high = line_inputs(columns), wide = line_inputs(rows);
    const int high_products = line_products(columns), wide_products = line_products(rows);
    const int64_t size = product_size(w), depth = depth_of(w);
    for (int64_t row_tile = first; row_tile < last; row_tile++) {
        const int64_t start = first_of_row_tile(w, row_tile), height = first_of_row_tile(w, row_tile + 1) - start;
        for (int64_t m = 0; m < height; m++) {
            const tile_place place = place_of(columns, rows, w, w->first_tile + start + m);
            float *target = w->transformed + start * depth + m * chunk;
            for (int64_t segment = 0; segment < w->segments; segment++) {
                const float *source[most_products * most_products];
                for (int i = 0; i < high; i++)
                    for (int j = 0; j < wide; j++) {
                        const int64_t y = place.y + i - w->top;
                        const int64_t x = place.x + (j + segment * line_taps(rows)) * place.step - w->left;
                        const int inside = y >= 0 && y < w->height && x >= 0 && x < w->width;
                        source[i * wide + j] =
                            inside ? w->input + ((place.image * w->height + y) * w->width + x) * w->channels : no_samples;
                    }
                for (int64_t c = 0; c < w->channels; c += lanes) {
                    vector half[most_products * most_products], whole[most_products];
#pragma clang loop unroll(full)
                    for (int i = 0; i < high; i++) {
                        vector line[most_products];
#pragma clang loop unroll(full)
                        for (int j = 0; j < wide; j++) {
                            line[j] = load(source[i * wide + j] + c);
                            if (columns == retouch_line_plain) line[j] = leaky(line[j], w->input_slope);
                        }
                        transform_inputs(rows, line, 1, half + i * wide_products, 1);
                    }
                    const int64_t d = words(w->operands, segment * w->channels + c);
                    float *to = target + d / chunk * chunk * height + d % chunk;
#pragma clang loop unroll(full)
                    for (int j = 0; j < wide_products; j++) {
                        transform_inputs(columns, half + j, wide_products, whole, 1);
#pragma clang loop unroll(full)
                        for (int i = 0; i < high_products; i++) {
                            if (w->operands == retouch_bfloat16) store_rounded(to + (i * wide_products + j) * size, whole[i]);
                            else store(to + (i * wide_products + j) * size, whole[i]);
                        }
                    }
                }
            }
        }
    }
}

inlined int64_t width_of_panel(const retouch_winograd *w, int64_t panel) {
    const int64_t rest = w->outputs - panel * panel_width;
    return rest >= panel_width ? panel_width : (rest + lanes - 1) / lanes * lanes;
}

/// The transformed taps of so many outputs: of floats, or of the first (0) or second (1) elements of words.
inlined void transform_kernel(int columns, int rows, const float *source, int element, int64_t kernel_width, int64_t tap_size,
                              int taps, vector *result) {
    const int high = line_taps(columns), wide = line_taps(rows);
    vector half[most_products * 4], line[4];
#pragma clang loop unroll(full)
    for (int j = 0; j < wide; j++) {
#pragma clang loop unroll(full)
        for (int t = 0; t < high; t++) {
            line[t] = j < taps ? load(source + (t * kernel_width + j) * tap_size) : all(0);
            if (element >= 0) line[t] = element ? second_of((integers)line[t]) : first_of((integers)line[t]);
        }
        transform_taps(columns, line, 1, half + j, 4);
    }
#pragma clang loop unroll(full)
    for (int i = 0; i < line_products(columns); i++) transform_taps(rows, half + 4 * i, 1, result + i * line_products(rows), 1);
}

/// The transformed weights of a panel for the channels [first, last) of a segment: [products][words of the channels][width],
/// `size` words from one product to the next.
inlined void transform_weights(int columns, int rows, const retouch_winograd *w, int64_t panel, int64_t segment,
                               int64_t first, int64_t last, float *target, int64_t size) {
    const int64_t width = width_of_panel(w, panel);
    const int wide = line_taps(rows), products = line_products(columns) * line_products(rows);
    // A two-dimensional kernel is exactly as wide as the algorithm's taps; a longer line is cut into segments.
    const int64_t kernel_width = columns == retouch_line_plain ? w->kernel_width : wide;
    const int64_t left = kernel_width - segment * wide, tap_size = words(w->precision, w->channels) * width;
    const int taps = columns != retouch_line_plain || left > wide ? wide : (int)left;
    const float *source = w->weights + panel * panel_width * w->kernel_height * kernel_width * words(w->precision, w->channels)
        + segment * wide * tap_size;
    const int step = elements_of_word(w->precision);
    for (int64_t channel = first; channel < last; channel += step)
        for (int64_t v = 0; v < width; v += lanes) {
            const float *from = source + channel / step * width + v;
            float *to = target + (channel - first) / elements_of_word(w->operands) * width + v;
            vector one[most_products * most_products], other[most_products * most_products];
            transform_kernel(columns, rows, from, step == 2 ? 0 : -1, kernel_width, tap_size, taps, one);
            if (step == 2) transform_kernel(columns, rows, from, 1, kernel_width, tap_size, taps, other);
#pragma clang loop unroll(full)
            for (int p = 0; p < products; p++) {
                if (w->operands == retouch_bfloat16) {
                    store_words(to + p * size, pair_of(one[p], other[p]));
                } else {
                    store(to + p * size, one[p]);
                    if (step == 2) store(to + p * size + width, other[p]);
                }
            }
        }
}

/// Outputs of one panel from the products [products][tiles][width] of the tiles [first, last) of the strip.
inlined void transform_products(int columns, int rows, const retouch_winograd *w, int64_t panel, const float *products,
                                int64_t first, int64_t last) {
    const int high_products = line_products(columns), wide_products = line_products(rows);
    const int high = line_outputs(columns), wide = line_outputs(rows);
    const int64_t column = panel * panel_width, rest = w->outputs - column;
    const int64_t width = width_of_panel(w, panel), size = (last - first) * width;
    for (int64_t tile = first; tile < last; tile++, products += width) {
        const tile_place place = place_of(columns, rows, w, w->first_tile + tile);
        const int64_t lines_left = w->output_height - place.y;
        const int64_t samples_left = (w->output_width - place.x + place.step - 1) / place.step;
        const float *bias = w->bias ? w->bias + place.image * w->bias_step + column : NULL;
        const int64_t corner = ((place.image * w->output_height + place.y) * w->output_width + place.x) * w->outputs + column;
        const int64_t line_step = w->output_width * w->outputs, sample_step = place.step * w->outputs;
        for (int64_t v = 0; v < width; v += lanes) {
            const int64_t n = rest - v < lanes ? rest - v : lanes;
            vector half[most_products * most_products], whole[most_products];
#pragma clang loop unroll(full)
            for (int i = 0; i < high_products; i++) {
                vector line[most_products];
#pragma clang loop unroll(full)
                for (int j = 0; j < wide_products; j++) line[j] = load(products + (i * wide_products + j) * size + v);
                transform_outputs(rows, line, 1, half + i * wide, 1);
            }
            const vector offset = bias ? take(bias + v, n) : all(0);
            vector y[most_products * most_products];
#pragma clang loop unroll(full)
            for (int j = 0; j < wide; j++) {
                transform_outputs(columns, half + j, wide, whole, 1);
#pragma clang loop unroll(full)
                for (int i = 0; i < high; i++) {
                    y[i * wide + j] = whole[i] + offset;
                    if (w->activation != retouch_none) y[i * wide + j] = activated(y[i * wide + j], w->activation, w->slope);
                }
            }
            if (lines_left >= high && samples_left >= wide && n == lanes) {
#pragma clang loop unroll(full)
                for (int i = 0; i < high; i++)
#pragma clang loop unroll(full)
                    for (int j = 0; j < wide; j++) {
                        const int64_t at = corner + i * line_step + j * sample_step + v;
                        store(w->output + at, w->residual ? y[i * wide + j] + load(w->residual + at) : y[i * wide + j]);
                    }
            } else {
                for (int i = 0; i < high && i < lines_left; i++)
                    for (int j = 0; j < wide && j < samples_left; j++) {
                        const int64_t at = corner + i * line_step + j * sample_step + v;
                        put(w->output + at, w->residual ? y[i * wide + j] + take(w->residual + at, n) : y[i * wide + j], n);
                    }
            }
        }
    }
}

/// Adds up the products of a panel and the row tiles [first, last) over `depth` words from `from` on.
inlined void multiply_row_tiles(int products, const retouch_winograd *w, int64_t panel, int64_t first, int64_t last,
                                int64_t from, int64_t depth, const float *kernels, int64_t kernel_size, float *sums) {
    const int64_t width = width_of_panel(w, panel), start = first_of_row_tile(w, first);
    const int64_t size = (first_of_row_tile(w, last) - start) * width;
    for (int p = 0; p < products; p++, kernels += kernel_size, sums += size)
        for (int64_t row_tile = first; row_tile < last; row_tile++) {
            const int64_t at = first_of_row_tile(w, row_tile), height = first_of_row_tile(w, row_tile + 1) - at;
            float *to = sums + (at - start) * width;
            tile_products[w->operands][width / lanes - 1][height - 1](
                w->transformed + p * product_size(w) + at * depth_of(w) + from * height, kernels, depth, to, width, lanes,
                NULL, from > 0 ? to : NULL);
        }
}

/// Words whose weights are transformed at a time, so that they stay in the second-level cache.
inlined int64_t words_at_a_time(int products) { return 96 * 1024 / (products * panel_width) / chunk * chunk; }

/// The outputs of one panel for the row tiles [first, last); `room` has space for their products and, if the weights are
/// not transformed yet, for those of some channels.
inlined void finish_row_tiles(int columns, int rows, const retouch_winograd *w, int64_t panel, int64_t first,
                              int64_t last, float *room) {
    const int products = line_products(columns) * line_products(rows);
    const int64_t width = width_of_panel(w, panel), depth = depth_of(w);
    const int64_t start = first_of_row_tile(w, first), end = first_of_row_tile(w, last);
    if (w->kernels) {
        const float *kernels = w->kernels + panel * panel_width * depth * products;
        multiply_row_tiles(products, w, panel, first, last, 0, depth, kernels, depth * width, room);
    } else {
        float *kernels = room + products * (end - start) * width;
        const int64_t size = words_at_a_time(products) * panel_width;
        const int64_t elements = elements_of_word(w->operands), step = words_at_a_time(products) * elements;
        for (int64_t segment = 0; segment < w->segments; segment++)
            for (int64_t c = 0; c < w->channels; c += step) {
                const int64_t channels = w->channels - c < step ? w->channels - c : step;
                transform_weights(columns, rows, w, panel, segment, c, c + channels, kernels, size);
                multiply_row_tiles(products, w, panel, first, last, (segment * w->channels + c) / elements, channels / elements,
                                   kernels, size, room);
            }
    }
    transform_products(columns, rows, w, panel, room, start, end);
}

#define each_pair_of_lines(call)                              \
    call(retouch_line_4_3, retouch_line_4_3)                  \
    call(retouch_line_4_3, retouch_line_pair)                 \
    call(retouch_line_2_3, retouch_line_4_3)                  \
    call(retouch_line_4_3, retouch_line_2_3)                  \
    call(retouch_line_plain, retouch_line_3_4)                \
    call(retouch_line_plain, retouch_line_4_3)                \
    call(retouch_line_plain, retouch_line_6_3)                \
    call(retouch_line_plain, retouch_line_5_4)

static void winograd_input(const retouch_winograd *w, int64_t first, int64_t last) {
#define call(c, r) if (w->columns == c && w->rows == r) transform_tiles(c, r, w, first, last);
    each_pair_of_lines(call)
#undef call
}

static void winograd_kernels(const retouch_winograd *w, int64_t panel, float *kernels) {
    const int64_t width = width_of_panel(w, panel), depth = depth_of(w);
#define call(c, r)                                                                                                 \
    if (w->columns == c && w->rows == r)                                                                           \
        for (int64_t segment = 0; segment < w->segments; segment++)                                                \
            transform_weights(c, r, w, panel, segment, 0, w->channels,                                             \
                              kernels + panel * panel_width * depth * line_products(c) * line_products(r)          \
                                  + words(w->operands, segment * w->channels) * width, depth * width);
    each_pair_of_lines(call)
#undef call
}

static void winograd_product(const retouch_winograd *w, int64_t panel, int64_t first, int64_t last) {
    const int64_t tiles = first_of_row_tile(w, last) - first_of_row_tile(w, first);
#define call(c, r)                                                                                                 \
    if (w->columns == c && w->rows == r) {                                                                         \
        const int64_t products = line_products(c) * line_products(r);                                              \
        const int64_t room = products * panel_width * (tiles + words_at_a_time(products));                      \
        finish_row_tiles(c, r, w, panel, first, last, retouch_scratch((size_t)room * sizeof(float)));              \
    }
    each_pair_of_lines(call)
#undef call
}

static void winograd_strip(const retouch_winograd *work) {
    retouch_winograd strip = *work;
    const int64_t row_tiles = (strip.tiles + most_rows - 1) / most_rows;
    const int64_t panels = (strip.outputs + panel_width - 1) / panel_width;
#define call(c, r)                                                                                                 \
    if (strip.columns == c && strip.rows == r) {                                                                   \
        const int64_t products = line_products(c) * line_products(r);                                              \
        strip.transformed =                                                                                        \
            retouch_scratch((size_t)(products * (product_size(&strip) + panel_width * strip.tiles)) * sizeof(float)); \
        transform_tiles(c, r, &strip, 0, row_tiles);                                                               \
        for (int64_t panel = 0; panel < panels; panel++)                                                           \
            finish_row_tiles(c, r, &strip, panel, 0, row_tiles,                                                    \
                             strip.transformed + products * product_size(&strip));                               \
    }
    each_pair_of_lines(call)
#undef call
}
