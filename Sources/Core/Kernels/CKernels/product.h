// The product of matrices that all dense layers come down to.
//
// Operands are words (bfloat16.h), and depths count words.
// Left operand: rows cut into tiles of at most most_rows; a tile is packed as [depth / 16][rows][16], so that every
// word of it is a constant distance from one pointer, and packing floats is a plain copy of 16 at a time.
// Right operand (weights): panels [depth][panel_width].
// One tile times one panel stays in registers over the whole depth; sums run in the order of the depth.

enum { panel_width = lanes * tile_vectors, chunk = 16 };

/// out[m][v] = sum over depth of a[m] * b[v]; `vectors` and `rows` are constants after inlining.
inlined void multiply_tile(int precision, int rows, int vectors, const float *a, const float *b, int64_t depth, float *out,
                           int64_t row_stride, int64_t vector_stride, const float *bias, const float *residual) {
    vector total[most_rows][tile_vectors];
#pragma clang loop unroll(full)
    for (int m = 0; m < rows; m++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) total[m][v] = bias ? load(bias + v * lanes) : all(0);
    for (; depth > 0; depth -= chunk, a += rows * chunk) {
        const int64_t steps = depth < chunk ? depth : chunk;
        for (int64_t k = 0; k < steps; k++, b += vectors * lanes) {
            integers right[tile_vectors];
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) right[v] = load_words(b + v * lanes);
#pragma clang loop unroll(full)
            for (int m = 0; m < rows; m++) {
                const integers left = *(const word *)(a + m * chunk + k) - (integers){0};
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) total[m][v] = add_products(precision, total[m][v], left, right[v]);
            }
        }
    }
#pragma clang loop unroll(full)
    for (int m = 0; m < rows; m++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) {
            vector y = total[m][v];
            if (residual) y += load(residual + m * row_stride + v * vector_stride);
            store(out + m * row_stride + v * vector_stride, y);
        }
}

typedef void (*tile_product)(const float *, const float *, int64_t, float *, int64_t, int64_t, const float *,
                             const float *);

#define tile_of(rows, vectors, precision)                                                                           \
    static void multiply_##rows##_##vectors##_##precision(const float *a, const float *b, int64_t depth, float *out,   \
                                                          int64_t row_stride, int64_t vector_stride,                   \
                                                          const float *bias, const float *residual) {                  \
        multiply_tile(retouch_##precision, rows, vectors, a, b, depth, out, row_stride, vector_stride, bias, residual); \
    }
#define tiles_of(v, p) tile_of(1, v, p) tile_of(2, v, p) tile_of(3, v, p) tile_of(4, v, p) tile_of(5, v, p) tile_of(6, v, p)
#define row_of_tiles(v, p)                                                                                             \
    multiply_1_##v##_##p, multiply_2_##v##_##p, multiply_3_##v##_##p, multiply_4_##v##_##p, multiply_5_##v##_##p,      \
        multiply_6_##v##_##p
tiles_of(1, float32) tiles_of(2, float32) tiles_of(1, bfloat16) tiles_of(2, bfloat16)
#if most_rows > 6
#define more_tiles_of(v, p)                                                                                            \
    tile_of(7, v, p) tile_of(8, v, p) tile_of(9, v, p) tile_of(10, v, p) tile_of(11, v, p) tile_of(12, v, p)           \
        tile_of(13, v, p) tile_of(14, v, p)
#define rest_of_tiles(v, p)                                                                                            \
    , multiply_7_##v##_##p, multiply_8_##v##_##p, multiply_9_##v##_##p, multiply_10_##v##_##p, multiply_11_##v##_##p,  \
        multiply_12_##v##_##p, multiply_13_##v##_##p, multiply_14_##v##_##p
more_tiles_of(1, float32) more_tiles_of(2, float32) more_tiles_of(1, bfloat16) more_tiles_of(2, bfloat16)
#else
#define rest_of_tiles(v, p)
#endif

static const tile_product tile_products[retouch_precisions][tile_vectors][most_rows] = {
    {{row_of_tiles(1, float32) rest_of_tiles(1, float32)}, {row_of_tiles(2, float32) rest_of_tiles(2, float32)}},
    {{row_of_tiles(1, bfloat16) rest_of_tiles(1, bfloat16)}, {row_of_tiles(2, bfloat16) rest_of_tiles(2, bfloat16)}},
};

/// One packed tile times one panel, finished (bias, activation, residual) and written to rows of `out`.
static void finish_tile(int precision, int64_t rows, const float *a, const float *b, int64_t depth, int64_t columns,
                        const float *bias, const float *residual, float *out, int64_t stride, int activation,
                        float slope) {
    const int64_t vectors = (columns + lanes - 1) / lanes;
    const tile_product product = tile_products[precision][vectors - 1][rows - 1];
    if (columns == vectors * lanes && activation == retouch_none) {
        product(a, b, depth, out, stride, lanes, bias, residual);
        return;
    }
    float tile[most_rows * panel_width], padded_bias[panel_width];
    if (bias && columns < vectors * lanes) {
        memset(padded_bias, 0, sizeof padded_bias);
        memcpy(padded_bias, bias, (size_t)columns * sizeof(float));
        bias = padded_bias;
    }
    product(a, b, depth, tile, panel_width, lanes, bias, NULL);
    if (activation != retouch_none) activate(tile, tile, rows * panel_width, activation, slope);
    for (int64_t m = 0; m < rows; m++, out += stride) {
        if (residual) {
            for (int64_t i = 0; i < columns; i++) out[i] = tile[m * panel_width + i] + residual[i];
            residual += stride;
        } else {
            memcpy(out, tile + m * panel_width, (size_t)columns * sizeof(float));
        }
    }
}

/// Copies `count` floats of one row of the left operand (or zeros) to their place in a packed tile of `rows` rows, from element
/// `at` on; those below 0 are multiplied by `slope`, and all by `scale`.
inlined void pack_floats(const float *source, float slope, float scale, int64_t count, int64_t at, int64_t rows, float *target) {
    if (at % chunk == 0 && count % chunk == 0) {
        target += at * rows;
        for (int64_t i = 0; i < count; i += chunk, target += rows * chunk)
            for (int v = 0; v < chunk; v += lanes)
                store(target + v, source ? leaky(load(source + i + v), slope) * scale : all(0));
        return;
    }
    // Halves of a chunk where both are whole numbers of them.
    const int64_t step = at % 8 == 0 && count % 8 == 0 ? 8 : 1;
    for (int64_t i = 0; i < count; i += step) {
        const int64_t d = at + i;
        float *to = target + d / chunk * rows * chunk + d % chunk;
        if (step == 8 && source && slope == 1 && scale == 1) memcpy(to, source + i, 8 * sizeof(float));
        else
            for (int64_t k = 0; k < step; k++)
                to[k] = !source ? 0 : (source[i + k] < 0 ? source[i + k] * slope : source[i + k]) * scale;
    }
}

/// The same, rounded to bfloat16: an element is half a word.
inlined void pack_pairs(const float *source, float slope, float scale, int64_t count, int64_t at, int64_t rows, float *target) {
    const int64_t step = at % lanes == 0 && count % lanes == 0 ? lanes : at % 8 == 0 && count % 8 == 0 ? 8 : 1;
    for (int64_t i = 0; i < count; i += step) {
        const int64_t d = at + i;
        float *to = target + d / (2 * chunk) * rows * chunk + d / 2 % chunk;
        if (step == lanes) store_rounded(to, source ? leaky(load(source + i), slope) * scale : all(0));
        else if (step == 8) store_eight_rounded(to, source ? leaky(load_eight(source + i), slope) * scale : all(0));
        else ((half_word *)to)[d % 2] = source ? rounded_element((source[i] < 0 ? source[i] * slope : source[i]) * scale) : 0;
    }
}

inlined void pack_row(int precision, const float *source, float slope, float scale, int64_t count, int64_t at, int64_t rows,
                      float *target) {
    if (precision == retouch_bfloat16) pack_pairs(source, slope, scale, count, at, rows, target);
    else pack_floats(source, slope, scale, count, at, rows, target);
}

/// Zeros from element `at` to the end of its word.
inlined void fill_word(int precision, int64_t at, int64_t rows, float *target) {
    pack_row(precision, NULL, 1, 1, words(precision, at) * elements_of_word(precision) - at, at, rows, target);
}

static void convolve(const retouch_convolution *c, int64_t first_row, int64_t last_row, int64_t first_panel,
                     int64_t last_panel) {
    const int64_t elements = c->kernel_height * c->kernel_width * c->channels, depth = words(c->precision, elements);
    const int64_t tile_size = (depth + chunk - 1) / chunk * chunk * most_rows;
    // As many tiles at a time as stay in the second-level cache beside the panels.
    const int64_t most = 96 * 1024 / tile_size > 2 ? 96 * 1024 / tile_size : 2;
    float *packed = retouch_scratch((size_t)(most * tile_size) * sizeof(float));
    for (int64_t row = first_row; row < last_row;) {
        // Tiles of nearly equal height.
        const int64_t rest = last_row - row;
        const int64_t tiles_left = (rest + most_rows - 1) / most_rows;
        const int64_t tiles = tiles_left < most ? tiles_left : most;
        const int64_t block_rows = tiles == tiles_left ? rest : tiles * most_rows;
        int64_t tile_start[tiles + 1];
        for (int64_t t = 0; t <= tiles; t++) tile_start[t] = t * block_rows / tiles;
        for (int64_t t = 0; t < tiles; t++) {
            const int64_t rows = tile_start[t + 1] - tile_start[t];
            for (int64_t m = 0; m < rows; m++) {
                const int64_t r = row + tile_start[t] + m;
                const int64_t x = r % c->output_width, y = r / c->output_width % c->output_height;
                const int64_t b = r / (c->output_width * c->output_height);
                float *target = packed + t * tile_size + m * chunk;
                int64_t at = 0;
                for (int64_t i = 0; i < c->kernel_height; i++)
                    for (int64_t j = 0; j < c->kernel_width; j++, at += c->channels) {
                        const int64_t from_y = y * c->stride + i * c->dilation - c->top;
                        const int64_t from_x = x * c->stride + j * c->dilation - c->left;
                        const int inside = from_y >= 0 && from_y < c->height && from_x >= 0 && from_x < c->width;
                        const float *source =
                            inside ? c->input + ((b * c->height + from_y) * c->width + from_x) * c->channels : NULL;
                        pack_row(c->precision, source, c->input_slope, 1, c->channels, at, rows, target);
                    }
                fill_word(c->precision, elements, rows, target);
            }
        }
        for (int64_t panel = first_panel; panel < last_panel; panel++) {
            const int64_t column = panel * panel_width;
            const int64_t columns = c->outputs - column < panel_width ? c->outputs - column : panel_width;
            for (int64_t t = 0; t < tiles; t++) {
                const int64_t at = (row + tile_start[t]) * c->output_stride + column;
                finish_tile(c->precision, tile_start[t + 1] - tile_start[t], packed + t * tile_size, c->weights + column * depth, depth,
                            columns, c->bias ? c->bias + column : NULL, c->residual ? c->residual + at : NULL,
                            c->output + at, c->output_stride, c->activation, c->slope);
            }
        }
        row += block_rows;
    }
}
