// Short convolutions of lines by Toom and Cook: Winograd's minimal filtering F(m, r) (arXiv 1509.09308).
//
// Products at the points 0, +-p for each p of a set, and infinity. With M(x) = x prod(x^2 - p^2), the input transform of a
// point is M(x) / (x - point) as a filter on the input; the weight transform is the kernel's polynomial at the point
// over M'(point); the output transform collects the powers of the points. The sets are those with the least rounding
// error found: 5/8 and 3/2 keep F(4, 3) in two dimensions as exact as a direct sum in single precision.

enum { most_products = 8 };

#define six_a 0.625f
#define six_b 1.5f
#define eight_a 0.5f
#define eight_b 1.0f
#define eight_c 2.0f

/// Whether a line's products are at the six points 0, +-a, +-b and infinity.
inlined int has_six_points(int line) { return line == retouch_line_4_3 || line == retouch_line_3_4; }

inlined int line_inputs(int line) {
    return line == retouch_line_plain ? 1 : line == retouch_line_pair ? 2 : line == retouch_line_2_3 ? 4
         : has_six_points(line) ? 6 : 8;
}
inlined int line_products(int line) { return line == retouch_line_pair ? 3 : line_inputs(line); }
inlined int line_outputs(int line) {
    return line == retouch_line_plain ? 1 : line == retouch_line_3_4 ? 3 : line == retouch_line_4_3 ? 4
         : line == retouch_line_5_4 ? 5 : line == retouch_line_6_3 ? 6 : 2;
}
inlined int line_taps(int line) {
    return line == retouch_line_plain ? 1 : line == retouch_line_3_4 || line == retouch_line_5_4 ? 4 : 3;
}

/// v = input transform of d, both with a step between elements.
inlined void transform_inputs(int line, const vector *d, int step, vector *v, int v_step) {
    switch (line) {
    case retouch_line_plain: v[0] = d[0]; break;
    case retouch_line_pair:
        v[0] = d[0] + d[step];
        v[v_step] = d[step];
        v[2 * v_step] = d[0];
        break;
    case retouch_line_2_3:
        v[0] = d[2 * step] - d[0];
        v[v_step] = d[2 * step] + d[step];
        v[2 * v_step] = d[2 * step] - d[step];
        v[3 * v_step] = d[3 * step] - d[step];
        break;
    case retouch_line_3_4:
    case retouch_line_4_3: {
        const float a2 = six_a * six_a, b2 = six_b * six_b;
        const vector d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
        const vector even_a = d4 - b2 * d2, odd_a = d3 - b2 * d1, even_b = d4 - a2 * d2, odd_b = d3 - a2 * d1;
        v[0] = d4 + (a2 * b2) * d0 - (a2 + b2) * d2;
        v[v_step] = even_a + six_a * odd_a;
        v[2 * v_step] = even_a - six_a * odd_a;
        v[3 * v_step] = even_b + six_b * odd_b;
        v[4 * v_step] = even_b - six_b * odd_b;
        v[5 * v_step] = d5 + (a2 * b2) * d1 - (a2 + b2) * d3;
        break;
    }
    default: {
        const float a2 = eight_a * eight_a, b2 = eight_b * eight_b, c2 = eight_c * eight_c;
        const float s1 = a2 + b2 + c2, s2 = a2 * b2 + a2 * c2 + b2 * c2, s3 = a2 * b2 * c2;
        const vector d0 = d[0], d1 = d[step], d2 = d[2 * step], d3 = d[3 * step], d4 = d[4 * step], d5 = d[5 * step];
        const vector d6 = d[6 * step], d7 = d[7 * step];
        const vector even_a = d6 - (b2 + c2) * d4 + (b2 * c2) * d2, odd_a = d5 - (b2 + c2) * d3 + (b2 * c2) * d1;
        const vector even_b = d6 - (a2 + c2) * d4 + (a2 * c2) * d2, odd_b = d5 - (a2 + c2) * d3 + (a2 * c2) * d1;
        const vector even_c = d6 - (a2 + b2) * d4 + (a2 * b2) * d2, odd_c = d5 - (a2 + b2) * d3 + (a2 * b2) * d1;
        v[0] = d6 - s1 * d4 + s2 * d2 - s3 * d0;
        v[v_step] = even_a + eight_a * odd_a;
        v[2 * v_step] = even_a - eight_a * odd_a;
        v[3 * v_step] = even_b + eight_b * odd_b;
        v[4 * v_step] = even_b - eight_b * odd_b;
        v[5 * v_step] = even_c + eight_c * odd_c;
        v[6 * v_step] = even_c - eight_c * odd_c;
        v[7 * v_step] = d7 - s1 * d5 + s2 * d3 - s3 * d1;
        break;
    }
    }
}

/// The factor of tap `t` in product `p`, which is neither the first of all taps nor that at infinity.
inlined float weight_factor(int line, int p, int t) {
    const int three = !has_six_points(line);
    const float a2 = three ? eight_a * eight_a : six_a * six_a;
    const float b2 = three ? eight_b * eight_b : six_b * six_b;
    const float c2 = eight_c * eight_c;
    if (p == 0) return t > 0 ? 0 : three ? -1 / (a2 * b2 * c2) : 1 / (a2 * b2);
    const int pair = (p - 1) / 2;
    const float point = (p % 2 ? 1 : -1) * (pair == 2 ? eight_c : pair == 1 ? (three ? eight_b : six_b) : three ? eight_a : six_a);
    const float p2 = point * point, q2 = pair == 0 ? b2 : a2, r2 = pair == 2 ? b2 : c2;
    const float slope = 2 * p2 * (p2 - q2) * (three ? p2 - r2 : 1);
    return (t == 0 ? 1 : t == 1 ? point : t == 2 ? p2 : p2 * point) / slope;
}

/// v = weight transform of the taps g, both with a step between elements.
inlined void transform_taps(int line, const vector *g, int step, vector *v, int v_step) {
    if (line == retouch_line_plain) {
        v[0] = g[0];
    } else if (line == retouch_line_pair) {
        v[0] = g[step];
        v[v_step] = g[2 * step] - g[step];
        v[2 * v_step] = g[0] - g[step];
    } else if (line == retouch_line_2_3) {
        const vector even = g[0] * 0.5f + g[2 * step] * 0.5f, odd = g[step] * 0.5f;
        v[0] = -g[0];
        v[v_step] = even + odd;
        v[2 * v_step] = even - odd;
        v[3 * v_step] = g[2 * step];
    } else {
        const int products = line_products(line), taps = line_taps(line);
        v[0] = weight_factor(line, 0, 0) * g[0];
        v[(products - 1) * v_step] = g[(taps - 1) * step];
#pragma clang loop unroll(full)
        for (int p = 1; p < products - 1; p += 2) {
            const vector even = weight_factor(line, p, 0) * g[0] + weight_factor(line, p, 2) * g[2 * step];
            vector odd = weight_factor(line, p, 1) * g[step];
            if (taps == 4) odd += weight_factor(line, p, 3) * g[3 * step];
            v[p * v_step] = even + odd;
            v[(p + 1) * v_step] = even - odd;
        }
    }
}

/// y = output transform of the products m, both with a step between elements.
inlined void transform_outputs(int line, const vector *m, int step, vector *y, int y_step) {
    switch (line) {
    case retouch_line_plain: y[0] = m[0]; break;
    case retouch_line_pair:
        y[0] = m[0] + m[step];
        y[y_step] = m[0] + m[2 * step];
        break;
    case retouch_line_2_3:
        y[0] = m[0] + m[step] + m[2 * step];
        y[y_step] = m[step] - m[2 * step] + m[3 * step];
        break;
    case retouch_line_3_4:
    case retouch_line_4_3: {
        const float a2 = six_a * six_a, b2 = six_b * six_b;
        const vector sum_a = m[step] + m[2 * step], difference_a = m[step] - m[2 * step];
        const vector sum_b = m[3 * step] + m[4 * step], difference_b = m[3 * step] - m[4 * step];
        y[0] = m[0] + sum_a + sum_b;
        y[y_step] = six_a * difference_a + six_b * difference_b;
        y[2 * y_step] = a2 * sum_a + b2 * sum_b;
        if (line == retouch_line_3_4) y[2 * y_step] += m[5 * step];
        else y[3 * y_step] = m[5 * step] + (a2 * six_a) * difference_a + (b2 * six_b) * difference_b;
        break;
    }
    default: {
        const int outputs = line_outputs(line);
        const vector sum_a = m[step] + m[2 * step], difference_a = m[step] - m[2 * step];
        const vector sum_b = m[3 * step] + m[4 * step], difference_b = m[3 * step] - m[4 * step];
        const vector sum_c = m[5 * step] + m[6 * step], difference_c = m[5 * step] - m[6 * step];
        y[0] = m[0] + sum_a + sum_b + sum_c;
        float a = eight_a, b = eight_b, c = eight_c;
#pragma clang loop unroll(full)
        for (int i = 1; i < outputs; i++, a *= eight_a, b *= eight_b, c *= eight_c) {
            vector total = i % 2 ? a * difference_a + b * difference_b + c * difference_c : a * sum_a + b * sum_b + c * sum_c;
            y[i * y_step] = i == outputs - 1 ? total + m[7 * step] : total;
        }
        break;
    }
    }
}
