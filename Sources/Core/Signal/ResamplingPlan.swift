internal import Synchronization

/// How sounds go from one rate to another by Fourier transforms: a stretch of whole periods of both rates is transformed, its spectrum
/// low-passed and cut or lengthened, and transformed back; of the result only the middle, which no sample beyond the stretch reaches, counts.
struct ResamplingPlan: Sendable {
    /// So many samples of the one rate last as long as so many of the other.
    let period: (from: Int, to: Int)
    /// Periods of a stretch, and those at each of its ends that do not count.
    let (periods, margin): (Int, Int)
    private let forward: FourierTransform
    private let inverse: FourierTransform
    /// Of the low-pass at the bins that both rates have, divided by the transform's size.
    private let response: [Float]

    /// Samples of the lower rate to either side over which the low-pass reaches.
    static let reach = 256
    private static let attenuation = 120.0
    /// Samples of a stretch at the higher rate, at least.
    private static let smallest = 1 << 14

    private static let cache = Mutex<[[Int]: ResamplingPlan]>([:])

    /// The plan for two rates in Hz; those with the same ratio share one.
    static func from(_ from: Int, to: Int) -> ResamplingPlan {
        var (a, b) = (from, to)
        while b != 0 { (a, b) = (b, a % b) }
        let (from, to) = (from / a, to / a)
        if let known = cache.withLock({ $0[[from, to]] }) { return known }
        let made = ResamplingPlan(from: from, to: to)
        cache.withLock { $0[[from, to]] = made }
        return made
    }

    private init(from: Int, to: Int) {
        period = (from, to)
        margin = (Self.reach + min(from, to) - 1) / min(from, to)
        let needed = max(8 * margin, (Self.smallest + max(from, to) - 1) / max(from, to))
        // Of sizes whose primes are small, as Fourier transforms like them; even, so that there is a highest bin.
        periods = (needed...).first { $0 % 2 == 0 && Self.isSmooth($0) } ?? needed
        forward = .ofSize(periods * from)
        inverse = .ofSize(periods * to)
        // In units of the lower rate, whose half is 0.5.
        let dense = Double(max(from, to)) / Double(min(from, to))
        let width = (Self.attenuation - 7.95) / (2.285 * 2 * Double.pi * 2 * Double(Self.reach - 1))
        let taps = KaiserWindow.lowPass(
            pass: 0.5 - width, stop: 0.5, rate: dense, attenuation: Self.attenuation)
        let size = periods * max(from, to)
        var circle = [Float](repeating: 0, count: size)
        for (index, tap) in taps.enumerated() { circle[(index - taps.count / 2 + size) % size] += tap }
        let scale = 1 / Float(periods * from)
        response = FourierTransform.ofSize(size).forward(circle).real
            .prefix(periods * min(from, to) / 2).map { $0 * scale }
    }

    private static func isSmooth(_ number: Int) -> Bool {
        var rest = number
        for prime in [2, 3, 5] { while rest % prime == 0 { rest /= prime } }
        return rest == 1
    }

    /// Samples of a stretch.
    var taken: Int { periods * period.from }
    /// Samples from the start of one stretch to that of the next.
    var step: Int { (periods - 2 * margin) * period.from }
    /// Samples that a stretch gives.
    var given: Int { (periods - 2 * margin) * period.to }
    /// Samples before the first that a stretch gives.
    var lead: Int { margin * period.from }

    /// The middle of a stretch at the other rate.
    /// - Parameters:
    ///   - samples: where the stretch lies.
    ///   - start: its first sample.
    ///   - target: `given` numbers.
    func convert(_ samples: [Float], from start: Int, into target: UnsafeMutableBufferPointer<Float>) {
        let (near, far) = (FourierWorkspace(size: forward.size), FourierWorkspace(size: inverse.size))
        var isSilent = true
        for index in 0..<taken {
            let sample = samples[start + index]
            unsafe near.samples[index] = sample
            isSilent = isSilent && sample == 0
        }
        guard !isSilent else {
            unsafe target.update(repeating: 0)
            return
        }
        forward.forward(near)
        for bin in response.indices {
            let (real, imaginary) = near.pair(bin)
            far.setPair(bin, real * response[bin], imaginary * response[bin])
        }
        for bin in response.count..<inverse.bins { far.setPair(bin, 0, 0) }
        inverse.inverseUnscaled(far)
        let skipped = margin * period.to
        for index in 0..<given { unsafe target[index] = far.samples[skipped + index] }
    }
}
