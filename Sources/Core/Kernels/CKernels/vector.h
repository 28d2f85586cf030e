// Vectors of `lanes` floats and the functions of one variable on them.

#define inlined static inline __attribute__((always_inline))

typedef float vector __attribute__((vector_size(4 * lanes)));
typedef float loose_vector __attribute__((vector_size(4 * lanes), aligned(4)));
typedef int32_t integers __attribute__((vector_size(4 * lanes)));

inlined vector load(const float *source) { return *(const loose_vector *)source; }
inlined void store(float *target, vector x) { *(loose_vector *)target = x; }
inlined vector all(float x) { return x - (vector){0}; }

/// The first `count` lanes; the others are 0.
inlined vector load_part(const float *source, int64_t count) {
    float lane[lanes] = {0};
    memcpy(lane, source, (size_t)count * sizeof(float));
    return load(lane);
}

/// Eight floats in the first lanes of sixteen.
inlined vector load_eight(const float *source) {
#if lanes == 16
    typedef float eight __attribute__((vector_size(32), aligned(4)));
    const eight x = *(const eight *)source;
    return __builtin_shufflevector(x, x, 0, 1, 2, 3, 4, 5, 6, 7, 0, 1, 2, 3, 4, 5, 6, 7);
#else
    return load(source);
#endif
}

inlined void store_part(float *target, vector x, int64_t count) {
    float lane[lanes];
    store(lane, x);
    memcpy(target, lane, (size_t)count * sizeof(float));
}

inlined vector choose(integers mask, vector yes, vector no) {
    return (vector)(((integers)yes & mask) | ((integers)no & ~mask));
}
/// If either is NaN, greater and lesser give `b`.
inlined vector greater(vector a, vector b) { return choose(a > b, a, b); }
inlined vector lesser(vector a, vector b) { return choose(a < b, a, b); }
inlined vector magnitude(vector x) { return (vector)((integers)x & 0x7fffffff); }

/// The sum of the lanes, always in the same order.
inlined float sum(vector x) {
    float lane[lanes];
    store(lane, x);
    for (int step = lanes / 2; step > 0; step /= 2)
        for (int i = 0; i < step; i++) lane[i] += lane[i + step];
    return lane[0];
}

inlined float largest(vector x) {
    float lane[lanes];
    store(lane, x);
    for (int i = 1; i < lanes; i++) lane[0] = lane[i] > lane[0] ? lane[i] : lane[0];
    return lane[0];
}

/// e^x = 2^n e^r with n the integer nearest to x / ln 2, ln 2 in two parts, and a polynomial of least
/// relative error on |r| <= ln 2 / 2 (2e-7 with rounding). Below -87 the result is e^-87, above 88 it is e^88;
/// NaN stays NaN.
inlined vector exponential(vector x) {
    x = greater(all(-87.0f), lesser(all(88.0f), x));
    const float magic = 12582912.0f;  // 1.5 * 2^23: adding it rounds to an integer, which its low bits then hold
    vector shifted = x * 1.44269504f + magic;
    vector n = shifted - magic;
    vector r = x - n * 0.693359375f;
    r = r + n * 2.12194440e-4f;
    vector p = r * 0.00138368451f + 0.00837481561f;
    p = p * r + 0.0416682261f;
    p = p * r + 0.166664198f;
    p = p * r + 0.499999907f;
    p = p * r + 1.0f;
    p = p * r + 1.0f;
    return p * (vector)(((integers)shifted + 127) << 23);
}

/// 2^x for x <= 0 (2^-126 below -126), with a polynomial of least relative error on |r| <= 1/2 (2e-7 with rounding).
inlined vector power_of_two(vector x) {
    x = greater(all(-126.0f), x);
    const float magic = 12582912.0f;
    vector shifted = x + magic;
    vector r = x - (shifted - magic);
    vector p = r * 0.00132764713f + 0.00967554096f;
    p = p * r + 0.0555071309f;
    p = p * r + 0.240221202f;
    p = p * r + 0.693146944f;
    p = p * r + 1.00000012f;
    return p * (vector)(((integers)shifted + 127) << 23);
}

inlined vector sigmoid(vector x) { return 1.0f / (1.0f + exponential(-x)); }

inlined vector hyperbolic_tangent(vector x) {
    vector e = exponential(-2.0f * magnitude(x));
    vector y = (1.0f - e) / (1.0f + e);
    return (vector)((integers)y | ((integers)x & (int32_t)0x80000000));
}

/// erf by Abramowitz and Stegun 7.1.26, absolute error below 1.5e-7.
inlined vector error_function(vector x) {
    vector a = magnitude(x);
    vector t = 1.0f / (1.0f + 0.3275911f * a);
    vector p = t * 1.061405429f - 1.453152027f;
    p = p * t + 1.421413741f;
    p = p * t - 0.284496736f;
    p = p * t + 0.254829592f;
    vector y = 1.0f - p * t * exponential(-a * a);
    return (vector)((integers)y | ((integers)x & (int32_t)0x80000000));
}

inlined vector gelu(vector x) { return 0.5f * x * (1.0f + error_function(x * 0.70710678f)); }

inlined vector leaky(vector x, float slope) { return choose(x < 0.0f, x * slope, x); }

inlined vector activated(vector x, int activation, float slope) {
    switch (activation) {
    case retouch_relu: return choose(x < 0.0f, all(0), x);
    case retouch_silu: return x * sigmoid(x);
    case retouch_gelu: return gelu(x);
    case retouch_gelu_tanh: return 0.5f * x * (1.0f + hyperbolic_tangent(0.79788456f * (x + 0.044715f * x * x * x)));
    case retouch_quick_gelu: return x * sigmoid(1.702f * x);
    case retouch_leaky_relu: return leaky(x, slope);
    case retouch_tanh: return hyperbolic_tangent(x);
    case retouch_elu: return choose(x > 0.0f, x, exponential(x) - 1.0f);
    default: return x;
    }
}
