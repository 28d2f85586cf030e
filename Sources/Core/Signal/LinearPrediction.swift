/// A linear predictor `x[n] = -sum_k a[k] x[n - k]`, fitted by Burg's method (J. P. Burg, "Maximum entropy spectral
/// analysis", 1975): the poles lie within the unit circle, so that what it continues dies away.
public struct LinearPrediction: Sendable {
    /// The factors of the past samples: `a[1]...a[order]`.
    let coefficients: [Double]

    /// The number of past samples that a prediction is made of.
    public var order: Int { coefficients.count }

    /// A predictor by its factors.
    init(coefficients: [Double]) { self.coefficients = coefficients }

    /// Fits a predictor to samples.
    /// - Parameters:
    ///   - samples: the samples, any number of them.
    ///   - order: the number of past samples that a prediction is made of; it is held to a third of the samples, as
    ///     more would fit chance.
    public init(of samples: [Float], order: Int) {
        let order = max(0, min(order, samples.count / 3))
        // After `step` steps forward[n] is the error at sample n, backward[n - step] that of the samples ending at n.
        var forward = samples.map(Double.init)
        var backward = forward
        var polynomial = [1.0]
        polynomial.reserveCapacity(order + 1)
        for step in 0..<order {
            let count = samples.count - step - 1
            let reflection = unsafe forward.withUnsafeMutableBufferPointer { forward in
                unsafe backward.withUnsafeMutableBufferPointer { backward in
                    let later = unsafe UnsafeMutableBufferPointer(rebasing: forward[(step + 1)...])
                    let reflection = unsafe Self.reflection(later, backward, count)
                    unsafe Self.reflect(later, backward, count, reflection)
                    return reflection
                }
            }
            guard reflection != 0 else { break }
            polynomial.append(0)
            let reversed = Array(polynomial.reversed())
            for index in polynomial.indices { polynomial[index] += reflection * reversed[index] }
        }
        coefficients = Array(polynomial.dropFirst())
    }

    private typealias Errors = UnsafeMutableBufferPointer<Double>
    private typealias Lanes = SIMD8<Double>

    private static func lanes(_ errors: Errors, _ index: Int) -> Lanes {
        unsafe UnsafeRawPointer(errors.baseAddress! + index).loadUnaligned(as: Lanes.self)
    }

    /// The reflection coefficient that makes the forward and backward errors smallest together; 0 where none are left.
    private static func reflection(_ forward: Errors, _ backward: Errors, _ count: Int) -> Double {
        var (product, energy) = (Lanes.zero, Lanes.zero)
        var index = 0
        while index + Lanes.scalarCount <= count {
            let (f, b) = unsafe (lanes(forward, index), lanes(backward, index))
            product += f * b
            energy += f * f + b * b
            index += Lanes.scalarCount
        }
        var (products, energies) = (product.sum(), energy.sum())
        while index < count {
            let (f, b) = unsafe (forward[index], backward[index])
            products += f * b
            energies += f * f + b * b
            index += 1
        }
        return energies > 1e-18 ? -2 * products / energies : 0
    }

    /// One step of the lattice for both errors.
    private static func reflect(_ forward: Errors, _ backward: Errors, _ count: Int, _ reflection: Double) {
        for index in 0..<count {
            let (f, b) = unsafe (forward[index], backward[index])
            unsafe forward[index] = f + reflection * b
            unsafe backward[index] = b + reflection * f
        }
    }

    /// Continues samples by the predictor alone.
    /// - Parameters:
    ///   - samples: the past; what is missing from it counts as zeros.
    ///   - count: the number of samples to make.
    /// - Returns: the next `count` samples.
    public func continuation(of samples: [Float], count: Int) -> [Float] {
        let order = order
        var line = [Double](repeating: 0, count: max(0, order - samples.count)) + samples.suffix(order).map(Double.init)
        line.reserveCapacity(order + count)
        // Oldest first, as the samples lie.
        let weights = Array(coefficients.reversed())
        unsafe weights.withUnsafeBufferPointer { weights in
            for position in 0..<count {
                let next = unsafe line.withUnsafeBufferPointer { line in
                    var sums = SIMD4<Double>.zero
                    var index = 0
                    while index + 4 <= order {
                        let a = unsafe SIMD4(weights[index], weights[index + 1], weights[index + 2], weights[index + 3])
                        let start = position + index
                        let x = unsafe SIMD4(line[start], line[start + 1], line[start + 2], line[start + 3])
                        sums += a * x
                        index += 4
                    }
                    var sum = sums.sum()
                    while index < order {
                        sum += unsafe weights[index] * line[position + index]
                        index += 1
                    }
                    return sum
                }
                line.append(-next)
            }
        }
        return line[order...].map(Float.init)
    }

    /// What the predictor did not foresee: `samples.count` differences, the first `order` of them from too little past.
    public func errors(of samples: [Float]) -> [Float] {
        samples.indices.map { index in
            var sum = Double(samples[index])
            for (back, weight) in coefficients.prefix(index).enumerated() {
                sum += weight * Double(samples[index - 1 - back])
            }
            return Float(sum)
        }
    }
}
