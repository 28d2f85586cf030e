internal import Core
internal import Foundation

/// Holds back what of a generated sound would stand at an edge of its region louder than the recording right beside it: from there on it may rise only
/// so fast. What comes out of a pause so has an onset, and not a step where the recording breaks off.
struct EdgeRise {
    private let bands: FrequencyBands
    private let rate: Int

    /// The dB for each millisecond by which a band may rise, and those that it may be louder by chance.
    private static let (rise, chance) = (1.0, 3.0)
    /// Seconds of the recording that tell what may stand at their end, and those over which the rise is followed.
    private static let (near, reach) = (0.015, 0.1)
    /// The power from which a band rises at least, against its loudest moment.
    private static let least = 1e-6

    init(rate: Int) {
        self.rate = rate
        bands = FrequencyBands(rate: rate, seconds: 0.0107)
    }

    /// - Parameters:
    ///   - fill: generated samples, the first of them over `recording`.
    ///   - recording: up to the edge.
    /// - Returns: the generated samples, held back.
    func callAsFunction(_ fill: [Float], after recording: [Float]) -> [Float] {
        let (transform, edge) = (bands.transform, recording.count)
        guard edge >= transform.fftSize else { return fill }
        let length = min(fill.count, edge + Int(Self.reach * Double(rate)))
        let segment = Array(fill[..<length])
        var made = transform(segment)
        let known = transform(recording)
        let near = max(1, Int(Self.near * Double(rate)) / transform.hopSize)
        var gains = [[Float]](repeating: [], count: made.frames)
        var isHeld = false
        for bins in bands.bins {
            let levels = (0..<known.frames).map { FrequencyBands.power(known, $0, bins) }
            let powers = (0..<made.frames).map { FrequencyBands.power(made, $0, bins) }
            let least = Self.least * (powers.max() ?? 0) + 1e-20
            for frame in 0..<made.frames {
                let last = min(frame, known.frames - 1)
                let most = levels[max(0, last - near)...min(levels.count - 1, last + near)].max() ?? 0
                let beyond = Double(max(0, frame * transform.hopSize - edge)) / Double(rate)
                let limit = max(least, most) * pow(10, (Self.chance + 1000 * Self.rise * beyond) / 10)
                let gain = powers[frame] > limit ? (limit / powers[frame]).squareRoot() : 1
                isHeld = isHeld || gain < 1
                gains[frame].append(Float(gain))
            }
        }
        guard isHeld else { return fill }
        bands.scale(&made) { gains[$0][$1] - 1 }
        let change = transform.inverse(made, length: length)
        // Where the stretch breaks off, its last half frame has seen a reflection.
        let end = length == fill.count ? length : length - transform.fftSize / 2
        return fill.indices.map { $0 < end ? fill[$0] + change[$0] : fill[$0] }
    }
}
