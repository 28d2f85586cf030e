#include "kernels.h"

int64_t retouch_packed_count(const retouch_kernels *kernels, int64_t outputs, int64_t depth) {
    return (outputs + kernels->multiple - 1) / kernels->multiple * kernels->multiple * depth;
}

void retouch_pack(const retouch_kernels *kernels, const float *source, int64_t outputs, int64_t taps, int64_t channels,
                  int64_t output_step, int64_t tap_step, int64_t channel_step, float *target, int64_t first,
                  int64_t last) {
    const int64_t panel = kernels->panel, lanes = kernels->multiple, depth = taps * channels;
    for (int64_t p = first; p < last; p++) {
        const int64_t column = p * panel;
        const int64_t rest = outputs - column < panel ? outputs - column : panel;
        const int64_t width = (rest + lanes - 1) / lanes * lanes;
        float *block = target + column * depth;
        for (int64_t c = 0; c < channels; c++)
            for (int64_t t = 0; t < taps; t++) {
                const float *from = source + column * output_step + t * tap_step + c * channel_step;
                float *to = block + (t * channels + c) * width;
                int64_t o = 0;
                for (; o < rest; o++) to[o] = from[o * output_step];
                for (; o < width; o++) to[o] = 0;
            }
    }
}
