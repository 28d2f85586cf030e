#ifndef RETOUCH_KERNELS_H
#define RETOUCH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// Instruction sets (dispatch.c): 0 portable, 1 AVX2 with FMA, 2 AVX-512, 3 AVX-512 with products of bfloat16.

/// The widest instruction set this machine and its operating system support.
int retouch_instruction_set(void);

// Threads (pool.c)

/// One task of a parallel job: `index` counts from 0.
typedef void (*retouch_task)(void *context, int64_t index);

/// Cores that this process may run on.
int retouch_cores(void);
/// The number of threads that work on a job, the caller included. All cores until it is set.
int retouch_threads(void);
void retouch_set_threads(int threads);
/// Calls `task` for every index below `count`, on all threads, and returns when all are done.
void retouch_parallel(int64_t count, retouch_task task, void *context);

// Memory (memory.c)

/// A block aligned to a cache line, or NULL when there is no memory.
void *retouch_allocate(size_t bytes);
/// `bytes` as they were asked for.
void retouch_free(void *block, size_t bytes);

// Kernels, one set of functions for each instruction set (body.h)

/// What is applied to each element of a result: none, relu, silu, exact gelu, gelu by tanh, quick gelu, leaky relu
/// (with `slope`), tanh, elu.
enum {
    retouch_none, retouch_relu, retouch_silu, retouch_gelu, retouch_gelu_tanh, retouch_quick_gelu,
    retouch_leaky_relu, retouch_tanh, retouch_elu
};

/// What the operands of products are kept as: floats, or their upper halves, rounded to nearest even (bfloat16). Sums, and
/// all that lies between products, are floats.
enum { retouch_float32, retouch_bfloat16, retouch_precisions };

/// A convolution, of which the product of two matrices is the case with one tap and one row of the image.
/// Output row r = (b, y, x): output[r] = activation(bias + sum over taps of input[b, y', x'] . weights[tap]) + residual[r].
typedef struct {
    const float *input;  // [batch, height, width, channels]
    float input_slope;   // the input's elements below 0 are multiplied by it (leaky relu): 1 leaves them as they are
    int64_t height, width, channels;
    int64_t output_height, output_width;
    int64_t kernel_height, kernel_width, stride, dilation, top, left;  // top, left: rows and columns of zero padding
    int precision;
    const float *weights;  // panels as retouch_pack makes them of that precision
    int64_t outputs;
    const float *bias;        // [outputs] or NULL
    const float *residual;    // rows as in output, or NULL
    float *output;            // row r starts at output + r * output_stride
    int64_t output_stride;
    int activation;
    float slope;
} retouch_convolution;

/// One head of attention for one batch entry.
typedef struct {
    const float *query;  // row i at query + i * query_step, `depth` elements
    int64_t query_step;
    int64_t keys, depth;
    float scale;
    int precision;
    const float *keys_packed, *values_packed;  // as retouch_pack makes them of the transposed keys and of the values
    const float *bias;                         // row i at bias + i * bias_step, `keys` elements; or NULL
    int64_t bias_step;
    float *output;  // row i at output + i * output_step
    int64_t output_step;
} retouch_attention;

/// Algorithms that convolve a line of samples with fewer products than taps times outputs (winograd.h).
enum {
    retouch_line_plain,     // 1 output of 1 tap
    retouch_line_4_3,       // 4 outputs of 3 taps in 6 products
    retouch_line_6_3,       // 6 outputs of 3 taps in 8 products
    retouch_line_5_4,       // 5 outputs of 4 taps in 8 products
    retouch_line_2_3,       // 2 outputs of 3 taps in 4 products
    retouch_line_3_4,       // 3 outputs of 4 taps in 6 products
    retouch_line_pair,      // 2 outputs of 3 taps in 3 products, for a line of 2 samples between zeros
    retouch_lines
};

/// What a line algorithm takes and gives.
typedef struct {
    int inputs, products, outputs, taps;
} retouch_line;

/// A convolution of stride 1 by one line algorithm down the columns and one along the rows of an image, in strips of
/// output tiles. A kernel wider than the row algorithm's taps is cut into segments, whose products are summed.
typedef struct {
    int columns, rows;      // the line algorithms down the columns and along the rows
    const float *input;     // [batch, height, width, channels], channels a multiple of 16
    float input_slope;      // as in retouch_convolution; 1 for two-dimensional kernels
    int64_t height, width, channels;
    int64_t output_height, output_width;
    int64_t kernel_height, kernel_width;
    int64_t segments;
    int64_t dilation;       // along the rows; every dilation-th sample belongs to one line
    int64_t top, left;
    int64_t tiles_high, tiles_wide;  // tiles of one image; wide: of all its `dilation` interleaved lines
    int precision;
    int operands;           // the precision of what is multiplied: float32, or bfloat16 like the weights, if channels are a multiple of 32
    const float *weights;   // panels as retouch_pack makes them of that precision
    int64_t outputs;
    const float *bias;      // [outputs] or NULL
    int64_t bias_step;      // elements from one image's bias to the next one's: 0 or outputs
    const float *residual;  // [batch, output_height, output_width, outputs] or NULL
    float *output;
    int activation;
    float slope;
    // The strip in hand.
    int64_t first_tile, tiles;
    float *transformed;     // retouch_winograd_size elements
    const float *kernels;   // transformed weights of all panels, or NULL to transform them panel by panel
} retouch_winograd;

typedef struct {
    /// Columns of one weight panel, and the multiple to which the last panel is padded with zeros.
    int64_t panel, multiple;
    /// Rows of the left operand that are multiplied at a time, at most.
    int64_t tile_rows;
    /// Output rows [first_row, last_row) of the columns in panels [first_panel, last_panel).
    void (*convolve)(const retouch_convolution *, int64_t first_row, int64_t last_row, int64_t first_panel,
                     int64_t last_panel);
    /// The outputs of the queries [first_row, last_row).
    void (*attend)(const retouch_attention *, int64_t first_row, int64_t last_row);
    /// Transforms the tiles of the row tiles [first, last) of the strip.
    void (*winograd_input)(const retouch_winograd *, int64_t first, int64_t last);
    /// Transforms the weights of one panel into `kernels`, which holds those of all panels.
    void (*winograd_kernels)(const retouch_winograd *, int64_t panel, float *kernels);
    /// The outputs of one panel for the row tiles [first, last) of the strip.
    void (*winograd_product)(const retouch_winograd *, int64_t panel, int64_t first, int64_t last);
    /// All outputs of a strip that is small enough for one thread's cache; needs `kernels` and sets aside `transformed`.
    void (*winograd_strip)(const retouch_winograd *);
    /// output[t][c] = activation(bias[c] + sum over k of input[t + k * dilation - left][c] * weights[k][c]) for t in
    /// [first, last); input [length, channels].
    void (*depthwise)(const float *input, int64_t length, int64_t channels, const float *weights, int64_t kernel,
                      int64_t dilation, int64_t left, const float *bias, int activation, float slope, float *output,
                      int64_t first, int64_t last);
    /// target = activation(source), `count` elements.
    void (*activate)(const float *source, float *target, int64_t count, int activation, float slope);
    /// target = source, `count` IEEE 754 halves at any address.
    void (*widen_halves)(const void *source, float *target, int64_t count);
    /// target[i] = source[i] * gelu(source[width + i]) for each of `rows` rows of 2 * width elements.
    void (*gated_gelu)(const float *source, float *target, int64_t rows, int64_t width);
    /// For each channel: sums[c] = sum of (x - pivot[c]), squares[c] = sum of (x - pivot[c])^2 over `rows` rows.
    void (*moments)(const float *source, int64_t rows, int64_t channels, const float *pivot, float *sums,
                    float *squares);
    /// target = activation(source * scale[c] + shift[c]).
    void (*scale)(const float *source, float *target, int64_t rows, int64_t channels, const float *scale,
                  const float *shift, int activation, float slope);
    /// target = (source - mean) / sqrt(variance + epsilon) * weight + bias for each row.
    void (*layer_norm)(const float *source, float *target, int64_t rows, int64_t channels, const float *weight,
                       const float *bias, float epsilon);
    /// Softmax of each row, in place.
    void (*softmax)(float *rows, int64_t count, int64_t width);
    /// target[k / 2][o] = (source[k][o], source[k + 1][o]) for each even k below `depth`, rounded to bfloat16 and side by side in the
    /// space of a float; beyond the depth stands 0. `width` is a multiple of `multiple`.
    void (*round_panel)(const float *source, int64_t depth, int64_t width, float *target);
    /// sums[n] = the sum of weights[k] * samples[n + k] over `taps` places, for each n below `count`.
    void (*correlate)(const double *samples, const double *weights, int64_t taps, double *sums, int64_t count);
    /// A step of Levinson's recursion: x[i] += next * y[count - 1 - i] and y[i] += reflection * y[count - 1 - i], all of them at once;
    /// products = the sums of past[i] * x[i] and of past[i] * y[i] after it.
    void (*levinson)(double *x, double *y, int64_t count, double next, double reflection, const double *past,
                     double *products);
} retouch_kernels;

/// Floats in whose space retouch_pack writes.
int64_t retouch_packed_count(const retouch_kernels *, int precision, int64_t outputs, int64_t depth);
/// Weights as the products read them: panels [taps * channels][panel] one after the other, of bfloat16 as round_panel makes them of
/// those. The weight of output o, tap t and channel c is source[o * output_step + t * tap_step + c * channel_step].
/// Writes the panels [first, last).
void retouch_pack(const retouch_kernels *, int precision, const float *source, int64_t outputs, int64_t taps,
                  int64_t channels, int64_t output_step, int64_t tap_step, int64_t channel_step, float *target,
                  int64_t first, int64_t last);

retouch_line retouch_line_of(int algorithm);
/// Row tiles of a strip.
int64_t retouch_winograd_row_tiles(const retouch_kernels *, const retouch_winograd *);
/// Elements of `transformed` for the strip.
int64_t retouch_winograd_size(const retouch_winograd *);
/// Elements of the transformed weights of all panels.
int64_t retouch_winograd_kernels_size(const retouch_kernels *, const retouch_winograd *);

/// The kernels for an instruction set that this machine supports.
const retouch_kernels *retouch_kernels_for(int instruction_set);

#endif
