internal import Foundation

extension LinearPrediction {
    /// Fits a predictor to the autocorrelation of stretches of samples.
    ///
    /// Unlike Burg's method this is quick for thousands of coefficients. Each stretch is seen through a Hann window, and 1e-9 of the power
    /// is added to the diagonal.
    /// - Parameters:
    ///   - stretches: the samples, any number of them; what is in one is not taken for the past of the next.
    ///   - order: the number of past samples that a prediction is made of; it is held to a third of the longest stretch.
    public init(autocorrelationOf stretches: [[Double]], order: Int) {
        let order = max(0, min(order, (stretches.map(\.count).max() ?? 0) / 3))
        let tapered = stretches.map { stretch in
            stretch.enumerated().map { index, sample in
                let place = (Double(index) + 0.5) / Double(stretch.count)
                return sample * (0.5 - 0.5 * cos(2 * .pi * place))
            }
        }
        var correlation = [Double](repeating: 0, count: order + 1)
        for stretch in tapered where !stretch.isEmpty {
            let sums = Self.autocorrelation(of: stretch, shifts: order + 1)
            for shift in sums.indices { correlation[shift] += sums[shift] }
        }
        correlation[0] = correlation[0] * (1 + 1e-9) + 1e-12
        self.init(
            coefficients: order == 0
                ? []
                : ToeplitzMatrix(column: Array(correlation.dropLast()))
                    .solution(of: correlation.dropFirst().map { -$0 }))
    }

    /// The sums of `samples[n + shift] samples[n]` over all places that there are, for each shift below `shifts`.
    private static func autocorrelation(of samples: [Double], shifts: Int) -> [Double] {
        DotProduct.sliding(samples, over: samples + [Double](repeating: 0, count: shifts - 1))
    }

    /// The polynomial of which the errors are made, 1 first.
    private var polynomial: [Double] { [1] + coefficients }

    /// The errors of the samples from place `order` on, as many as `samples.count - order`.
    public func predictionErrors(of samples: [Double]) -> [Double] {
        DotProduct.sliding(polynomial.reversed(), over: samples)
    }

    /// What the errors weigh in each sample that takes part in them: the transpose of ``predictionErrors(of:)`` for `errors.count - order`
    /// samples, of which the first is the one that the first error is of.
    private func transposedErrors(_ errors: [Double]) -> [Double] {
        DotProduct.sliding(polynomial, over: errors)
    }

    /// The matrix of the sum of the squared errors as a form of `count` samples.
    private func normalMatrix(count: Int) -> ToeplitzMatrix {
        let sums = Self.autocorrelation(of: polynomial, shifts: min(count, order + 1))
        return ToeplitzMatrix(column: sums + [Double](repeating: 0, count: count - sums.count))
    }

    /// The samples between two stretches that make the sum of the squared errors over the gap and the `order` samples
    /// after it smallest (A. Janssen, R. Veldhuis and L. Vries, "Adaptive interpolation of discrete-time signals that can be modeled as
    /// autoregressive processes", 1986).
    /// - Parameters:
    ///   - before: the samples before the gap; what is missing of `order` counts as zeros.
    ///   - after: the samples after it, likewise.
    ///   - count: the number of samples in the gap, above 0.
    public func interpolation(before: [Double], after: [Double], count: Int) -> [Double] {
        let left = [Double](repeating: 0, count: max(0, order - before.count)) + before.suffix(order)
        let right = after.prefix(order) + [Double](repeating: 0, count: max(0, order - after.count))
        let errors = predictionErrors(of: left + [Double](repeating: 0, count: count) + right)
        return normalMatrix(count: count).solution(of: transposedErrors(errors).map { -$0 })
    }

    /// What samples between two known stretches differ by from their ``interpolation(before:after:count:)`` at random, where the process
    /// is Gaussian.
    /// - Parameters:
    ///   - innovations: `count + order` errors of the process, independent of each other.
    ///   - count: the number of samples between the stretches.
    public func deviation(innovations: [Double], count: Int) -> [Double] {
        precondition(innovations.count == count + order, "an innovation for each error")
        return normalMatrix(count: count).solution(of: transposedErrors(innovations))
    }

    /// Continues samples by the predictor alone.
    /// - Parameters:
    ///   - samples: the past; what is missing from it counts as zeros.
    ///   - count: the number of samples to make.
    public func continuation(of samples: [Double], count: Int) -> [Double] {
        continued(samples, count: count) { _ in 0 }
    }

    /// Draws samples of the process without a past.
    /// - Parameters:
    ///   - innovations: its errors, `count + order` of them; the first `order` lead in.
    ///   - count: the number of samples to draw.
    public func process(innovations: [Double], count: Int) -> [Double] {
        Array(continued([], count: innovations.count) { innovations[$0] }.suffix(count))
    }

    private func continued(_ samples: [Double], count: Int, error: (Int) -> Double) -> [Double] {
        var line = [Double](repeating: 0, count: max(0, order - samples.count)) + samples.suffix(order)
        line += [Double](repeating: 0, count: count + Self.block)
        let weights = [Double](coefficients.reversed())
        var foretold = [Double](repeating: 0, count: Self.block)
        unsafe line.withUnsafeMutableBufferPointer { line in
            unsafe foretold.withUnsafeMutableBufferPointer { foretold in
                for start in stride(from: 0, to: count, by: Self.block) {
                    // What comes of the samples before the block: those in it are still 0.
                    unsafe DotProduct.sliding(
                        weights, over: line.baseAddress! + start, count: Self.block, into: foretold.baseAddress!)
                    for place in 0..<min(Self.block, count - start) {
                        let sample = unsafe error(start + place) - foretold[place]
                        unsafe line[order + start + place] = sample
                        for next in 0..<min(Self.block - place - 1, order) {
                            unsafe foretold[place + 1 + next] += coefficients[next] * sample
                        }
                    }
                }
            }
        }
        return Array(line[order..<order + count])
    }

    /// Samples that are continued together: a whole number of the blocks in which sums slide.
    private static let block = 64
}
