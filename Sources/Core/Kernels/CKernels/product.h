// The product of matrices that all dense layers come down to.
//
// Left operand: rows cut into tiles of at most most_rows; a tile is packed as [depth / 16][rows][16], so that every
// element of it is a constant distance from one pointer, and packing is a plain copy of 16 elements at a time.
// Right operand (weights): panels [depth][panel_width].
// One tile times one panel stays in registers over the whole depth; sums run in the order of the depth.

enum { panel_width = lanes * tile_vectors, chunk = 16 };

/// out[m][v] = sum over depth of a[m] * b[v]; `vectors` and `rows` are constants after inlining.
inlined void multiply_tile(int rows, int vectors, const float *a, const float *b, int64_t depth, float *out,
                           int64_t row_stride, int64_t vector_stride, const float *bias, const float *residual) {
    vector total[most_rows][tile_vectors];
#pragma clang loop unroll(full)
    for (int m = 0; m < rows; m++)
#pragma clang loop unroll(full)
        for (int v = 0; v < vectors; v++) total[m][v] = bias ? load(bias + v * lanes) : all(0);
    for (; depth > 0; depth -= chunk, a += rows * chunk) {
        const int64_t steps = depth < chunk ? depth : chunk;
        for (int64_t k = 0; k < steps; k++, b += vectors * lanes) {
            vector right[tile_vectors];
#pragma clang loop unroll(full)
            for (int v = 0; v < vectors; v++) right[v] = load(b + v * lanes);
#pragma clang loop unroll(full)
            for (int m = 0; m < rows; m++) {
                vector left = all(a[m * chunk + k]);
#pragma clang loop unroll(full)
                for (int v = 0; v < vectors; v++) total[m][v] += left * right[v];
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

#define tile_of(rows, vectors)                                                                                     \
    static void multiply_##rows##_##vectors(const float *a, const float *b, int64_t depth, float *out,             \
                                            int64_t row_stride, int64_t vector_stride, const float *bias,          \
                                            const float *residual) {                                              \
        multiply_tile(rows, vectors, a, b, depth, out, row_stride, vector_stride, bias, residual);                 \
    }
#define tiles_of(vectors)                                                                                          \
    tile_of(1, vectors) tile_of(2, vectors) tile_of(3, vectors) tile_of(4, vectors) tile_of(5, vectors)            \
    tile_of(6, vectors)
tiles_of(1) tiles_of(2)
#if most_rows > 6
#define more_tiles_of(vectors)                                                                                     \
    tile_of(7, vectors) tile_of(8, vectors) tile_of(9, vectors) tile_of(10, vectors) tile_of(11, vectors)          \
    tile_of(12, vectors) tile_of(13, vectors) tile_of(14, vectors)
more_tiles_of(1) more_tiles_of(2)
#endif

static const tile_product tile_products[tile_vectors][most_rows] = {
#define first_tiles(v) multiply_1_##v, multiply_2_##v, multiply_3_##v, multiply_4_##v, multiply_5_##v, multiply_6_##v
#if most_rows > 6
#define row_of_tiles(v)                                                                                            \
    first_tiles(v), multiply_7_##v, multiply_8_##v, multiply_9_##v, multiply_10_##v, multiply_11_##v,              \
        multiply_12_##v, multiply_13_##v, multiply_14_##v
#else
#define row_of_tiles(v) first_tiles(v)
#endif
    {row_of_tiles(1)}, {row_of_tiles(2)}
};

/// One packed tile times one panel, finished (bias, activation, residual) and written to rows of `out`.
static void finish_tile(int64_t rows, const float *a, const float *b, int64_t depth, int64_t columns,
                        const float *bias, const float *residual, float *out, int64_t stride, int activation,
                        float slope) {
    const int64_t vectors = (columns + lanes - 1) / lanes;
    const tile_product product = tile_products[vectors - 1][rows - 1];
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

/// Copies one row of the left operand (or zeros) to its place at `depth` in a packed tile of `rows` rows, its elements below 0
/// times `slope`.
inlined void pack_row(const float *source, float slope, int64_t count, int64_t depth, int64_t rows, float *target) {
    if (depth % chunk == 0 && count % chunk == 0) {
        target += depth * rows;
        for (int64_t i = 0; i < count; i += chunk, target += rows * chunk)
            for (int v = 0; v < chunk; v += lanes) store(target + v, source ? leaky(load(source + i + v), slope) : all(0));
        return;
    }
    // Halves of a chunk where both are whole numbers of them.
    const int64_t step = depth % 8 == 0 && count % 8 == 0 ? 8 : 1;
    for (int64_t i = 0; i < count; i += step) {
        const int64_t d = depth + i;
        float *to = target + d / chunk * rows * chunk + d % chunk;
        if (step == 8 && source && slope == 1) memcpy(to, source + i, 8 * sizeof(float));
        else
            for (int64_t k = 0; k < step; k++) to[k] = !source ? 0 : source[i + k] < 0 ? source[i + k] * slope : source[i + k];
    }
}

static void convolve(const retouch_convolution *c, int64_t first_row, int64_t last_row, int64_t first_panel,
                     int64_t last_panel) {
    const int64_t depth = c->kernel_height * c->kernel_width * c->channels;
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
                int64_t at = 0;
                for (int64_t i = 0; i < c->kernel_height; i++)
                    for (int64_t j = 0; j < c->kernel_width; j++, at += c->channels) {
                        const int64_t from_y = y * c->stride + i * c->dilation - c->top;
                        const int64_t from_x = x * c->stride + j * c->dilation - c->left;
                        const int inside = from_y >= 0 && from_y < c->height && from_x >= 0 && from_x < c->width;
                        const float *source =
                            inside ? c->input + ((b * c->height + from_y) * c->width + from_x) * c->channels : NULL;
                        pack_row(source, c->input_slope, c->channels, at, rows, packed + t * tile_size + m * chunk);
                    }
            }
        }
        for (int64_t panel = first_panel; panel < last_panel; panel++) {
            const int64_t column = panel * panel_width;
            const int64_t columns = c->outputs - column < panel_width ? c->outputs - column : panel_width;
            for (int64_t t = 0; t < tiles; t++) {
                const int64_t at = (row + tile_start[t]) * c->output_stride + column;
                finish_tile(tile_start[t + 1] - tile_start[t], packed + t * tile_size, c->weights + column * depth, depth,
                            columns, c->bias ? c->bias + column : NULL, c->residual ? c->residual + at : NULL,
                            c->output + at, c->output_stride, c->activation, c->slope);
            }
        }
        row += block_rows;
    }
}
