// Scaled dot-product attention in blocks: a block of keys and values stays in the cache while some tiles of queries pass
// over it, and a running maximum and sum make the softmax over all keys (arXiv 1805.02867; tiled as in arXiv 2205.14135).
//
// Keys are packed as weights of [keys] outputs and [depth] channels, values as weights of [depth] outputs and [keys]
// channels. Scores are floats, kept in powers of two (the scale includes log2 e) and in the layout of a left operand; what the
// softmax makes of them, the weights of the values, takes their place, rounded where the precision says so.

enum { query_tiles = 8 };

/// Scores of a tile of queries and the keys [key, key + keys), then their powers less the running maximum, in place.
/// `top` and `sums` are the running maximum and sum of each row, whose totals shrink as the maximum grows.
static void weigh_keys(const retouch_attention *a, int64_t row, int64_t rows, int64_t key, int64_t keys,
                       const float *queries, float *scores, float *top, float *sums, float *totals) {
    const float log2_e = 1.44269504f;
    const int64_t chunks = (keys + chunk - 1) / chunk, depth = words(a->precision, a->depth);
    for (int64_t k = 0; k < keys; k += panel_width) {
        const int64_t rest = a->keys - key - k < panel_width ? a->keys - key - k : panel_width;
        tile_products[a->precision][(rest + lanes - 1) / lanes - 1][rows - 1](
            queries, a->keys_packed + (key + k) * depth, depth, scores + k / chunk * chunk * rows + k % chunk, chunk,
            lanes < chunk ? lanes : rows * chunk, NULL, NULL);
    }
    for (int64_t m = 0; m < rows; m++) {
        float *of_row = scores + m * chunk;
        if (a->bias)
            for (int64_t k = 0; k < keys; k++)
                of_row[k / chunk * chunk * rows + k % chunk] += log2_e * a->bias[(row + m) * a->bias_step + key + k];
        for (int64_t k = keys; k < chunks * chunk; k++) of_row[k / chunk * chunk * rows + k % chunk] = -INFINITY;
        vector highest = all(-INFINITY);
        for (int64_t c = 0; c < chunks; c++)
            for (int v = 0; v < chunk; v += lanes) highest = greater(load(of_row + c * chunk * rows + v), highest);
        const float best = largest(highest), old = top[m];
        top[m] = best > old ? best : old;
        vector total = all(0);
        for (int64_t c = 0; c < chunks; c++)
            for (int v = 0; v < chunk; v += lanes) {
                float *at = of_row + c * chunk * rows + v;
                const vector e = power_of_two(load(at) - top[m]);
                total += e;
                if (a->precision == retouch_bfloat16) store_rounded(of_row + c / 2 * chunk * rows + (c % 2 * chunk + v) / 2, e);
                else store(at, e);
            }
        const float shrink = key > 0 ? exp2f(old - top[m]) : 0;
        sums[m] = sums[m] * shrink + sum(total);
        if (key > 0 && shrink < 1)
            for (int64_t d = 0; d < a->depth; d++) totals[m * a->depth + d] *= shrink;
    }
}

/// totals [rows, depth] += weights . values of the keys [key, key + keys); the first keys set the totals.
static void add_values(const retouch_attention *a, int64_t rows, int64_t key, int64_t keys, const float *weights,
                       float *totals) {
    for (int64_t d = 0; d < a->depth; d += panel_width, totals += panel_width) {
        const int64_t rest = a->depth - d < panel_width ? a->depth - d : panel_width;
        const int64_t vectors = (rest + lanes - 1) / lanes, width = vectors * lanes;
        const float *values = a->values_packed + d * words(a->precision, a->keys) + words(a->precision, key) * width;
        const tile_product product = tile_products[a->precision][vectors - 1][rows - 1];
        const int64_t depth = words(a->precision, keys);
        if (rest == width) {
            product(weights, values, depth, totals, a->depth, lanes, NULL, key > 0 ? totals : NULL);
            continue;
        }
        float part[most_rows * panel_width];
        product(weights, values, depth, part, panel_width, lanes, NULL, NULL);
        for (int64_t m = 0; m < rows; m++)
            for (int64_t i = 0; i < rest; i++) {
                float *to = totals + m * a->depth + i;
                *to = key > 0 ? *to + part[m * panel_width + i] : part[m * panel_width + i];
            }
    }
}

static void attend(const retouch_attention *a, int64_t first_row, int64_t last_row) {
    const int64_t depth = a->depth, padded = (words(a->precision, depth) + chunk - 1) / chunk * chunk;
    // Keys and values of a block, and queries and totals of some tiles, share the second-level cache.
    const int64_t most_keys = 65536 / depth / panel_width * panel_width;
    const int64_t block = most_keys > 1024 ? 1024 : most_keys < 128 ? 128 : most_keys;
    const int64_t most_tiles = 49152 / (depth * most_rows);
    const int64_t group = most_tiles > query_tiles ? query_tiles : most_tiles < 1 ? 1 : most_tiles;
    const int64_t tile_size = most_rows * padded, total_size = most_rows * depth;
    float *queries = retouch_scratch((size_t)(group * (tile_size + total_size) + most_rows * block) * sizeof(float));
    float *totals = queries + group * tile_size, *scores = totals + group * total_size;
    const int64_t tiles = (last_row - first_row + most_rows - 1) / most_rows;
    for (int64_t start = 0; start < tiles; start += group) {
        const int64_t end = start + group < tiles ? start + group : tiles;
        float top[query_tiles * most_rows], sums[query_tiles * most_rows];
        int64_t tile_row[query_tiles + 1];
        for (int64_t t = start; t <= end; t++) tile_row[t - start] = first_row + t * (last_row - first_row) / tiles;
        for (int i = 0; i < query_tiles * most_rows; i++) top[i] = -INFINITY, sums[i] = 0;
        for (int64_t t = 0; t < end - start; t++) {
            const int64_t rows = tile_row[t + 1] - tile_row[t];
            float *tile = queries + t * tile_size;
            for (int64_t m = 0; m < rows; m++) {
                const float *query = a->query + (tile_row[t] + m) * a->query_step;
                pack_row(a->precision, query, 1, a->scale * 1.44269504f, depth, 0, rows, tile + m * chunk);
                fill_word(a->precision, depth, rows, tile + m * chunk);
            }
        }
        for (int64_t key = 0; key < a->keys; key += block) {
            const int64_t keys = a->keys - key < block ? a->keys - key : block;
            for (int64_t t = 0; t < end - start; t++) {
                const int64_t rows = tile_row[t + 1] - tile_row[t];
                weigh_keys(a, tile_row[t], rows, key, keys, queries + t * tile_size, scores, top + t * most_rows,
                           sums + t * most_rows, totals + t * total_size);
                add_values(a, rows, key, keys, scores, totals + t * total_size);
            }
        }
        for (int64_t t = 0; t < end - start; t++)
            for (int64_t row = tile_row[t]; row < tile_row[t + 1]; row++) {
                const int64_t m = row - tile_row[t];
                const float factor = 1.0f / sums[t * most_rows + m];
                const float *from = totals + t * total_size + m * depth;
                float *to = a->output + row * a->output_step;
                each_vector(depth, put(to + i, take(from + i, n) * factor, n);)
            }
    }
}
