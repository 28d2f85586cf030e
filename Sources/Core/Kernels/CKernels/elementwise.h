// Work on rows of elements: activations, normalisations, softmax, depthwise convolution.

/// Runs `body` for each vector of `count` elements with `i` its offset and `n` the lanes that count.
#define each_vector(count, ...)                                               \
    {                                                                         \
        int64_t i = 0;                                                        \
        for (; i + lanes <= (count); i += lanes) {                            \
            enum { n = lanes };                                               \
            __VA_ARGS__                                                           \
        }                                                                     \
        if (i < (count)) {                                                    \
            const int64_t n = (count) - i;                                    \
            __VA_ARGS__                                                           \
        }                                                                     \
    }

inlined vector take(const float *source, int64_t n) { return n == lanes ? load(source) : load_part(source, n); }
inlined void put(float *target, vector x, int64_t n) {
    if (n == lanes) store(target, x);
    else store_part(target, x, n);
}

static void activate(const float *source, float *target, int64_t count, int activation, float slope) {
#define run(kind)                                                                                   \
    case kind:                                                                                      \
        each_vector(count, put(target + i, activated(take(source + i, n), kind, slope), n);) break;
    switch (activation) {
        run(retouch_none) run(retouch_relu) run(retouch_silu) run(retouch_gelu) run(retouch_gelu_tanh)
        run(retouch_quick_gelu) run(retouch_leaky_relu) run(retouch_tanh) run(retouch_elu)
    }
#undef run
}

/// Halves as floats: their bits moved to a float's place are the value with another bias of the exponent; one of all ones stays so.
static void widen_halves(const void *source, float *target, int64_t count) {
    typedef uint16_t half_words __attribute__((vector_size(2 * lanes)));
    each_vector(count, {
        half_words halves = {0};
        memcpy(&halves, (const char *)source + 2 * i, 2 * n);
        const integers bits = __builtin_convertvector(halves, integers);
        const integers moved = (bits & 0x7fff) << 13;
        const integers values = (integers)choose(
            moved >= 0x0f800000, (vector)(moved | 0x7f800000), (vector)moved * 0x1p112f);
        put(target + i, (vector)(values | (bits & 0x8000) << 16), n);
    })
}

static void gated_gelu(const float *source, float *target, int64_t rows, int64_t width) {
    for (int64_t row = 0; row < rows; row++, source += 2 * width, target += width)
        each_vector(width, put(target + i, take(source + i, n) * gelu(take(source + width + i, n)), n);)
}

static void moments(const float *source, int64_t rows, int64_t channels, const float *pivot, float *sums,
                    float *squares) {
    // Four vectors of a row at a time: whole cache lines, and sums enough to hide the latency of an addition.
    enum { wide = 4 * lanes };
    int64_t c = 0;
    for (; c + wide <= channels; c += wide) {
        vector s[4], q[4];
        for (int v = 0; v < 4; v++) s[v] = q[v] = all(0);
        for (int64_t row = 0; row < rows; row++)
            for (int v = 0; v < 4; v++) {
                const vector d = load(source + row * channels + c + v * lanes) - load(pivot + c + v * lanes);
                s[v] += d;
                q[v] += d * d;
            }
        for (int v = 0; v < 4; v++) {
            store(sums + c + v * lanes, s[v]);
            store(squares + c + v * lanes, q[v]);
        }
    }
    each_vector(channels - c, {
        vector p = take(pivot + c + i, n), s = all(0), q = all(0);
        for (int64_t row = 0; row < rows; row++) {
            vector d = take(source + row * channels + c + i, n) - p;
            s += d;
            q += d * d;
        }
        put(sums + c + i, s, n);
        put(squares + c + i, q, n);
    })
}

static void scale_rows(const float *source, float *target, int64_t rows, int64_t channels, const float *scale,
                       const float *shift, int activation, float slope) {
    for (int64_t row = 0; row < rows; row++, source += channels, target += channels) {
        if (activation == retouch_silu) {
            each_vector(channels, {
                vector y = take(source + i, n) * take(scale + i, n) + take(shift + i, n);
                put(target + i, y * sigmoid(y), n);
            })
        } else {
            each_vector(channels, put(target + i, take(source + i, n) * take(scale + i, n) + take(shift + i, n), n);)
            if (activation != retouch_none) activate(target, target, channels, activation, slope);
        }
    }
}

static void layer_norm(const float *source, float *target, int64_t rows, int64_t channels, const float *weight,
                       const float *bias, float epsilon) {
    for (int64_t row = 0; row < rows; row++, source += channels, target += channels) {
        vector total = all(0);
        each_vector(channels, total += take(source + i, n);)
        const float mean = sum(total) / (float)channels;
        vector squares = all(0);
        each_vector(channels, {
            vector d = take(source + i, n) - mean;
            if (n < lanes) d = load_part((const float *)&d, n);
            squares += d * d;
        })
        const float factor = 1.0f / sqrtf(sum(squares) / (float)channels + epsilon);
        each_vector(channels, {
            vector y = (take(source + i, n) - mean) * factor;
            put(target + i, y * take(weight + i, n) + take(bias + i, n), n);
        })
    }
}

static void softmax(float *rows, int64_t count, int64_t width) {
    for (int64_t row = 0; row < count; row++, rows += width) {
        float top = rows[0];
        vector highest = all(top);
        int64_t whole = width / lanes * lanes;
        for (int64_t i = 0; i < whole; i += lanes) highest = greater(load(rows + i), highest);
        top = largest(highest);
        for (int64_t i = whole; i < width; i++) top = rows[i] > top ? rows[i] : top;
        vector total = all(0);
        each_vector(width, {
            vector e = exponential(take(rows + i, n) - top);
            if (n < lanes) e = load_part((const float *)&e, n);
            total += e;
            put(rows + i, e, n);
        })
        const float factor = 1.0f / sum(total);
        each_vector(width, put(rows + i, take(rows + i, n) * factor, n);)
    }
}

static void depthwise(const float *input, int64_t length, int64_t channels, const float *weights, int64_t kernel,
                      int64_t dilation, int64_t left, const float *bias, int activation, float slope, float *output,
                      int64_t first, int64_t last) {
    for (int64_t t = first; t < last; t++) {
        each_vector(channels, {
            vector total = bias ? take(bias + i, n) : all(0);
            for (int64_t k = 0; k < kernel; k++) {
                const int64_t from = t + k * dilation - left;
                if (from >= 0 && from < length)
                    total += take(input + from * channels + i, n) * take(weights + k * channels + i, n);
            }
            put(output + t * channels + i, total, n);
        })
        if (activation != retouch_none)
            activate(output + t * channels, output + t * channels, channels, activation, slope);
    }
}

// Vectors of doubles, and as many sums of them as hide the latency of an addition.
enum { wide = lanes / 2, most = 8 };
typedef double doubles __attribute__((vector_size(8 * wide)));
typedef double loose_doubles __attribute__((vector_size(8 * wide), aligned(8)));

static double dot(const double *a, const double *b, int64_t count) {
    doubles s[most];
    for (int v = 0; v < most; v++) s[v] = (doubles){0};
    int64_t i = 0;
    for (; i + most * wide <= count; i += most * wide)
        for (int v = 0; v < most; v++)
            s[v] += *(const loose_doubles *)(a + i + v * wide) * *(const loose_doubles *)(b + i + v * wide);
    for (int step = most / 2; step > 0; step /= 2)
        for (int v = 0; v < step; v++) s[v] += s[v + step];
    double total = 0;
    for (int lane = 0; lane < wide; lane++) total += s[0][lane];
    for (; i < count; i++) total += a[i] * b[i];
    return total;
}

static void correlate(const double *samples, const double *weights, int64_t taps, double *sums, int64_t count) {
    enum { block = most * wide };
    const int64_t rounds = taps / block;
    int64_t n = 0;
    for (; n + block <= count; n += block) {
        doubles s[most];
        for (int v = 0; v < most; v++) s[v] = (doubles){0};
        // The taps that lie a vector apart: of the vectors that one of them takes the next one takes all but the first, and one more.
        for (int lane = 0; lane < wide; lane++) {
            const double *x = samples + n + lane, *w = weights + lane;
            doubles window[most];
            if (rounds > 0)
                for (int v = 0; v < most; v++) window[v] = *(const loose_doubles *)(x + v * wide);
            for (int64_t round = 0; round < rounds; round++, x += block, w += block)
#pragma GCC unroll 8
                for (int tap = 0; tap < most; tap++) {
#pragma GCC unroll 8
                    for (int v = 0; v < most; v++) s[v] += window[(v + tap) % most] * w[tap * wide];
                    if (tap < most - 1 || round < rounds - 1)
                        window[tap] = *(const loose_doubles *)(x + (tap + most) * wide);
                }
        }
        for (int64_t tap = rounds * block; tap < taps; tap++)
            for (int v = 0; v < most; v++)
                s[v] += *(const loose_doubles *)(samples + n + tap + v * wide) * weights[tap];
        for (int v = 0; v < most; v++) *(loose_doubles *)(sums + n + v * wide) = s[v];
    }
    for (; n < count; n++) sums[n] = dot(samples + n, weights, taps);
}

inlined doubles turned(doubles x) {
#if lanes == 16
    return __builtin_shufflevector(x, x, 7, 6, 5, 4, 3, 2, 1, 0);
#elif lanes == 8
    return __builtin_shufflevector(x, x, 3, 2, 1, 0);
#else
    return __builtin_shufflevector(x, x, 1, 0);
#endif
}

static void levinson(double *x, double *y, int64_t count, double next, double reflection, const double *past,
                     double *products) {
    doubles of_x[2] = {{0}}, of_y[2] = {{0}};
    int64_t i = 0;
    // From both ends at once, as each element of y needs its opposite.
    for (; 2 * (i + wide) <= count; i += wide) {
        const int64_t places[2] = {i, count - wide - i};
        const doubles ends[2] = {*(const loose_doubles *)(y + places[0]), *(const loose_doubles *)(y + places[1])};
        for (int end = 0; end < 2; end++) {
            const doubles opposite = turned(ends[1 - end]), window = *(const loose_doubles *)(past + places[end]);
            const doubles new_x = *(const loose_doubles *)(x + places[end]) + next * opposite;
            const doubles new_y = ends[end] + reflection * opposite;
            *(loose_doubles *)(x + places[end]) = new_x;
            *(loose_doubles *)(y + places[end]) = new_y;
            of_x[end] += window * new_x;
            of_y[end] += window * new_y;
        }
    }
    double middle[2 * wide];
    const int64_t first = i, left = count - 2 * i;
    memcpy(middle, y + first, (size_t)left * sizeof(double));
    of_x[0] += of_x[1];
    of_y[0] += of_y[1];
    products[0] = products[1] = 0;
    for (int lane = 0; lane < wide; lane++) {
        products[0] += of_x[0][lane];
        products[1] += of_y[0][lane];
    }
    for (int64_t k = 0; k < left; k++) {
        x[first + k] += next * middle[left - 1 - k];
        y[first + k] += reflection * middle[left - 1 - k];
        products[0] += past[first + k] * x[first + k];
        products[1] += past[first + k] * y[first + k];
    }
}
