/// The logarithm, sine and cosine of the Cephes library (S. Moshier, netlib.org/cephes: single/logf.c, sinf.c) in the order of operations, with
/// fused multiply-adds, that torch's vector code has. They differ from the C library's in the last bits, and these bits are the point:
/// with them the noise of a seed is torch's noise.
enum VectorMath {
    /// The natural logarithm of a positive, normal number.
    static func log(_ number: Float) -> Float {
        // 1. number = mantissa * 2^exponent with a mantissa from sqrt(1/2) to sqrt(2); x = mantissa - 1
        let half = Float(bitPattern: number.bitPattern & 0x007f_ffff | 0x3f00_0000)
        let below = half < Float(0.5).squareRoot()
        let exponent = Float(Int32(number.bitPattern >> 23) - 126 - (below ? 1 : 0))
        let x = below ? half - 1 + half : half - 1

        // 2. log(1 + x) = x - x^2 / 2 + x^3 P(x)
        let square = x * x
        let cubic = polynomial(
            x,
            [
                7.037_683_629_2e-2, -1.151_461_031_0e-1, 1.167_699_874_0e-1, -1.242_014_084_6e-1, 1.424_932_278_7e-1,
                -1.666_805_766_5e-1, 2.000_071_476_5e-1, -2.499_999_399_3e-1, 3.333_333_117_4e-1,
            ])
        // 3. plus exponent * log(2), which is split into a coarse and a fine part
        var tail = (exponent * -2.121_944_40e-4).addingProduct(cubic * x, square)
        tail = tail.addingProduct(square, -0.5)
        return (x + tail).addingProduct(exponent, 0.693_359_375)
    }

    /// The sine and the cosine of an angle from 0 to 2 pi.
    static func sineAndCosine(_ angle: Float) -> (sine: Float, cosine: Float) {
        // 1. The angle less the nearest even multiple of pi/4, which is subtracted in three parts
        let octant = (Int32(angle * Float(4 / Double.pi)) + 1) & ~1
        var x = angle
        for part: Float in [-0.785_156_25, -2.418_756_484_985_351_562_5e-4, -3.774_894_977_445_941_08e-8] {
            x = x.addingProduct(Float(octant), part)
        }

        // 2. Both series about 0
        let square = x * x
        let quartic = polynomial(
            square, [2.443_315_711_809_948e-5, -1.388_731_625_493_765e-3, 4.166_664_568_298_827e-2])
        let cosine = (-(square * 0.5)).addingProduct(quartic * square, square) + 1
        let cubic = polynomial(square, [-1.951_529_589_1e-4, 8.332_160_873_6e-3, -1.666_665_461_1e-1])
        let sine = x.addingProduct(cubic * square, x)

        // 3. Swapped in the quadrants about pi/2 and 3 pi/2, negated where the quadrant says so
        let swapped = octant & 2 != 0
        return (
            sine: (swapped ? cosine : sine) * (octant & 4 != 0 ? -1 : 1),
            cosine: (swapped ? sine : cosine) * ((octant - 2) & 4 == 0 ? -1 : 1)
        )
    }

    /// Horner's rule, the highest power first.
    @inline(__always)
    private static func polynomial(_ x: Float, _ coefficients: [Float]) -> Float {
        coefficients.dropFirst().reduce(coefficients[0]) { $1.addingProduct($0, x) }
    }
}
