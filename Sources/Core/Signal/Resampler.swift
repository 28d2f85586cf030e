/// Changes the rate of one channel by band-limited interpolation: 97 % of the lower rate's band to 120 dB, by a linear-phase low-pass that
/// is applied through Fourier transforms. No delay: output sample `n` lies at the time of input sample `n * from / to`.
///
/// A long sound goes through in blocks, `process(_:)` for each and `finish()`; `Resampler.resample` takes one whole.
public final class Resampler {
    private let from: Int
    private let to: Int
    /// nil where nothing is to be done.
    private let plan: ResamplingPlan?
    /// What the next stretch begins with.
    private var held: [Float]
    private var taken = 0
    private var given = 0

    /// How far two rates may lie apart.
    private static let largestRatio = 256

    /// A resampler from one rate to another, both above 0, in Hz.
    /// - Throws: `AudioError.unsupportedRate` where the rates differ by more than a factor of 256.
    public init(from: Int, to: Int) throws(AudioError) {
        precondition(from > 0 && to > 0, "rates must be positive")
        (self.from, self.to) = (from, to)
        guard from <= Self.largestRatio * to, to <= Self.largestRatio * from else {
            throw .unsupportedRate(rate: from, other: to)
        }
        plan = from == to ? nil : ResamplingPlan.from(from, to: to)
        held = [Float](repeating: 0, count: plan?.lead ?? 0)
    }

    /// The number of samples that `count` samples come to: `ceil(count * to / from)`.
    /// - Parameters:
    ///   - count: the number of samples before.
    ///   - from: the rate before, in Hz.
    ///   - to: the rate after, in Hz.
    public static func length(_ count: Int, from: Int, to: Int) -> Int { (count * to + from - 1) / from }

    /// Brings a whole channel to another rate; ``length(_:from:to:)`` tells how many samples come of it.
    /// - Parameters:
    ///   - samples: the channel.
    ///   - from: its rate, in Hz.
    ///   - to: the rate of the result, in Hz.
    /// - Throws: `AudioError.unsupportedRate` where the rates differ by more than a factor of 256.
    public static func resample(_ samples: [Float], from: Int, to: Int) throws(AudioError) -> [Float] {
        if from == to { return samples }
        let resampler = try Resampler(from: from, to: to)
        var result = resampler.process(samples)
        result += resampler.finish()
        return result
    }

    /// Takes the next samples in and gives those of the result that are complete and were not given before.
    public func process(_ samples: [Float]) -> [Float] {
        taken += samples.count
        guard let plan else {
            given = taken
            return samples
        }
        held += samples
        let result = converted(plan)
        given += result.count
        return result
    }

    /// Gives the last samples of the result. The resampler is used up then.
    public func finish() -> [Float] {
        let missing = Self.length(taken, from: from, to: to) - given
        guard let plan, missing > 0 else { return [] }
        // Zeros beyond the end bring out the last samples.
        let stretches = (missing + plan.given - 1) / plan.given
        held += [Float](repeating: 0, count: (stretches - 1) * plan.step + plan.taken - held.count)
        given += missing
        return Array(converted(plan).prefix(missing))
    }

    /// The result of all stretches that are complete.
    private func converted(_ plan: ResamplingPlan) -> [Float] {
        let count = held.count < plan.taken ? 0 : (held.count - plan.taken) / plan.step + 1
        guard count > 0 else { return [] }
        let held = held
        let result = unsafe [Float](unsafeUninitializedCapacity: count * plan.given) { target, size in
            let target = unsafe target
            Parallel.run(count) { index in
                let part = unsafe UnsafeMutableBufferPointer(
                    rebasing: target[index * plan.given..<(index + 1) * plan.given])
                unsafe plan.convert(held, from: index * plan.step, into: part)
            }
            size = count * plan.given
        }
        self.held.removeFirst(count * plan.step)
        return result
    }
}
