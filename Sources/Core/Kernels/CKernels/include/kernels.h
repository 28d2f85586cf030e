#ifndef RETOUCH_KERNELS_H
#define RETOUCH_KERNELS_H

#include <stddef.h>
#include <stdint.h>

// Instruction sets (dispatch.c): 0 portable, 1 AVX2 with FMA, 2 AVX-512.

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
void retouch_free(void *block);

// Kernels, one set of functions for each instruction set (body.h)

/// What is applied to each element of a result: none, relu, silu, exact gelu, gelu by tanh, quick gelu, leaky relu
/// (with `slope`), tanh, elu.
enum {
    retouch_none, retouch_relu, retouch_silu, retouch_gelu, retouch_gelu_tanh, retouch_quick_gelu,
    retouch_leaky_relu, retouch_tanh, retouch_elu
};

/// A convolution, of which the product of two matrices is the case with one tap and one row of the image.
/// Output row r = (b, y, x): output[r] = activation(bias + sum over taps of input[b, y', x'] . weights[tap]) + residual[r].
typedef struct {
    const float *input;  // [batch, height, width, channels]
    int64_t height, width, channels;
    int64_t output_height, output_width;
    int64_t kernel_height, kernel_width, stride, dilation, top, left;  // top, left: rows and columns of zero padding
    const float *weights;  // panels as retouch_pack makes them
    int64_t outputs;
    const float *bias;        // [outputs] or NULL
    const float *residual;    // rows as in output, or NULL
    float *output;            // row r starts at output + r * output_stride
    int64_t output_stride;
    int activation;
    float slope;
} retouch_convolution;

typedef struct {
    /// Columns of one weight panel, and the multiple to which the last panel is padded with zeros.
    int64_t panel, multiple;
    /// Output rows [first_row, last_row) of the columns in panels [first_panel, last_panel).
    void (*convolve)(const retouch_convolution *, int64_t first_row, int64_t last_row, int64_t first_panel,
                     int64_t last_panel);
    /// output[t][c] = activation(bias[c] + sum over k of input[t + k * dilation - left][c] * weights[k][c]) for t in
    /// [first, last); input [length, channels].
    void (*depthwise)(const float *input, int64_t length, int64_t channels, const float *weights, int64_t kernel,
                      int64_t dilation, int64_t left, const float *bias, int activation, float slope, float *output,
                      int64_t first, int64_t last);
    /// target = activation(source), `count` elements.
    void (*activate)(const float *source, float *target, int64_t count, int activation, float slope);
    /// target[i] = source[i] * gelu(source[width + i]) for each of `rows` rows of 2 * width elements.
    void (*gated_gelu)(const float *source, float *target, int64_t rows, int64_t width);
    /// For each channel: sums[c] += sum of (x - pivot[c]), squares[c] += sum of (x - pivot[c])^2 over `rows` rows.
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
} retouch_kernels;

/// Elements that retouch_pack writes.
int64_t retouch_packed_count(const retouch_kernels *, int64_t outputs, int64_t depth);
/// Weights as the products read them: panels [taps * channels][panel] one after the other. The weight of output o, tap t
/// and channel c is source[o * output_step + t * tap_step + c * channel_step]. Writes the panels [first, last).
void retouch_pack(const retouch_kernels *, const float *source, int64_t outputs, int64_t taps, int64_t channels,
                  int64_t output_step, int64_t tap_step, int64_t channel_step, float *target, int64_t first,
                  int64_t last);

/// The kernels for an instruction set that this machine supports.
const retouch_kernels *retouch_kernels_for(int instruction_set);

#endif
