#include "kernels.h"
#include "sets.h"

#include <string.h>

typedef float four __attribute__((vector_size(16), aligned(4)));

int64_t retouch_packed_count(const retouch_kernels *kernels, int precision, int64_t outputs, int64_t depth) {
    return (outputs + kernels->multiple - 1) / kernels->multiple * kernels->multiple * words(precision, depth);
}

/// Four runs of four elements, transposed: run i of `from` becomes column i of the rows at `to`.
static inline void transpose_four(const float *from, int64_t from_step, float *const to[4]) {
    const four a = *(const four *)from, b = *(const four *)(from + from_step);
    const four c = *(const four *)(from + 2 * from_step), d = *(const four *)(from + 3 * from_step);
    const four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5), ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
    const four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5), cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
    *(four *)to[0] = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
    *(four *)to[1] = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
    *(four *)to[2] = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
    *(four *)to[3] = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
}

/// One panel whose taps and channels lie one after the other in the source: by blocks that stay in the first-level cache.
static void pack_runs(const float *source, int64_t rest, int64_t width, int64_t taps, int64_t channels,
                      int64_t output_step, float *target) {
    const int64_t depth = taps * channels, block = 64;
    for (int64_t start = 0; start < depth; start += block) {
        const int64_t end = start + block < depth ? start + block : depth;
        for (int64_t o = 0; o < width; o += 4) {
            const float *from = source + o * output_step;
            int64_t f = start, tap = start % taps, channel = start / taps;
            for (; f + 4 <= end && o + 4 <= rest; f += 4) {
                float *to[4];
                for (int i = 0; i < 4; i++) {
                    to[i] = target + (tap * channels + channel) * width + o;
                    if (++tap == taps) tap = 0, channel++;
                }
                transpose_four(from + f, output_step, to);
            }
            for (; f < end; f++) {
                float *to = target + (f % taps * channels + f / taps) * width + o;
                for (int i = 0; i < 4; i++) to[i] = o + i < rest ? from[i * output_step + f] : 0;
            }
        }
    }
}

/// One panel of `width` columns, of which `rest` are outputs.
static void pack_panel(const float *source, int64_t rest, int64_t width, int64_t taps, int64_t channels,
                       int64_t output_step, int64_t tap_step, int64_t channel_step, float *target) {
    if (tap_step == 1 && channel_step == taps) {
        pack_runs(source, rest, width, taps, channels, output_step, target);
        return;
    }
    for (int64_t c = 0; c < channels; c++)
        for (int64_t t = 0; t < taps; t++) {
            const float *from = source + t * tap_step + c * channel_step;
            float *to = target + (t * channels + c) * width;
            if (output_step == 1) memcpy(to, from, (size_t)rest * sizeof(float));
            else
                for (int64_t o = 0; o < rest; o++) to[o] = from[o * output_step];
            for (int64_t o = rest; o < width; o++) to[o] = 0;
        }
}

void retouch_pack(const retouch_kernels *kernels, int precision, const float *source, int64_t outputs, int64_t taps,
                  int64_t channels, int64_t output_step, int64_t tap_step, int64_t channel_step, float *target,
                  int64_t first, int64_t last) {
    const int64_t panel = kernels->panel, multiple = kernels->multiple, depth = taps * channels;
    for (int64_t p = first; p < last; p++) {
        const int64_t column = p * panel;
        const int64_t rest = outputs - column < panel ? outputs - column : panel;
        const int64_t width = (rest + multiple - 1) / multiple * multiple;
        float *block = target + column * words(precision, depth);
        float *floats = precision == retouch_bfloat16 ? retouch_scratch((size_t)(depth * width) * sizeof(float)) : block;
        pack_panel(source + column * output_step, rest, width, taps, channels, output_step, tap_step, channel_step, floats);
        if (precision == retouch_bfloat16) kernels->round_panel(floats, depth, width, block);
    }
}
