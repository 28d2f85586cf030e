// Operands of products at bfloat16: the upper half of a float, rounded to nearest even. Two that are multiplied one after the other
// stand side by side in a word, the first one in its lower half, so that operands are words whatever the precision is: one
// float, or a pair.

typedef int32_t word __attribute__((may_alias));
typedef uint16_t half_word __attribute__((may_alias));
typedef int32_t loose_words __attribute__((vector_size(4 * lanes), aligned(4), may_alias));

inlined integers load_words(const float *source) { return *(const loose_words *)source; }
inlined void store_words(float *target, integers x) { *(loose_words *)target = x; }

/// Elements in a word.
inlined int elements_of_word(int precision) { return precision == retouch_bfloat16 ? 2 : 1; }

/// Each float rounded to bfloat16, in the upper half; the lower half is what is left of the sum and means nothing. NaN stays NaN.
inlined integers rounded(vector x) {
    const integers bits = (integers)x;
    const integers sum = bits + 0x7fff + ((bits >> 16) & 1);
    return (integers)choose(x == x, (vector)sum, (vector)(bits | 0x400000));
}
inlined integers pair_of(vector first, vector second) {
    return (integers)((rounded(first) >> 16) & 0xffff) | (rounded(second) & (int32_t)0xffff0000);
}
/// The first and the second elements of pairs.
inlined vector first_of(integers pairs) { return (vector)(pairs << 16); }
inlined vector second_of(integers pairs) { return (vector)(pairs & (int32_t)0xffff0000); }

inlined half_word rounded_element(float x) {
    int32_t bits;
    memcpy(&bits, &x, sizeof bits);
    return (half_word)((x == x ? bits + 0x7fff + ((bits >> 16) & 1) : bits | 0x400000) >> 16);
}

/// Elements side by side as a left operand has them: lanes / 2 words of them.
inlined void store_rounded(float *target, vector x) {
#if defined(native_bfloat16)
    *(__m256bh_u *)target = _mm512_cvtneps_pbh((__m512)x);
#else
    const integers bits = rounded(x);
    half_word *to = (half_word *)target;
    int32_t lane[lanes];
    memcpy(lane, &bits, sizeof lane);
    for (int i = 0; i < lanes; i++) to[i] = (half_word)((uint32_t)lane[i] >> 16);
#endif
}

/// The same of eight elements; `x` may hold anything in its other lanes.
inlined void store_eight_rounded(float *target, vector x) {
    float room[lanes / 2];
    store_rounded(room, x);
    memcpy(target, room, 4 * sizeof(float));
}

/// total + left * right, of pairs the products of the second elements first.
inlined vector add_products(int precision, vector total, integers left, integers right) {
    if (precision == retouch_float32) return total + (vector)left * (vector)right;
#if defined(native_bfloat16)
    return (vector)_mm512_dpbf16_ps((__m512)total, (__m512bh)left, (__m512bh)right);
#else
    total += second_of(left) * second_of(right);
    return total + first_of(left) * first_of(right);
#endif
}

static void round_panel(const float *source, int64_t depth, int64_t width, float *target) {
    for (int64_t k = 0; k < depth; k += 2, source += 2 * width, target += width)
        for (int64_t o = 0; o < width; o += lanes)
            store_words(target + o, pair_of(load(source + o), k + 1 < depth ? load(source + width + o) : all(0)));
}
