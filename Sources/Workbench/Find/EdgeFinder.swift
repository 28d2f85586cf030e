internal import Core

/// Finds the place near another one where a cut is heard least.
struct EdgeFinder {
    enum Kind: String, CaseIterable {
        /// The nearest change of sign of the sum of the channels.
        case zero
        /// The middle of the quietest 10 ms.
        case quiet
    }

    private let file: AudioFile

    init(_ file: AudioFile) { self.file = file }

    /// - Parameter near: a frame of the sound, or its end.
    func frame(_ kind: Kind, near: Int) throws -> Int {
        let reach = kind == .zero ? file.rate / 50 : file.rate / 8
        let range = max(0, near - reach)..<min(file.frames, near + reach)
        let channels = try file.read(frames: range)
        guard let first = channels.first, first.count > 2 else { return near }
        let sum = (0..<first.count).map { frame in channels.reduce(0) { $0 + $1[frame] } }
        switch kind {
        case .zero:
            let changes = (1..<sum.count).filter { sum[$0 - 1] <= 0 && sum[$0] > 0 || sum[$0 - 1] >= 0 && sum[$0] < 0 }
            let best = changes.min { abs(range.lowerBound + $0 - near) < abs(range.lowerBound + $1 - near) }
            return best.map { range.lowerBound + $0 } ?? near
        case .quiet:
            let width = min(sum.count, max(1, file.rate / 100))
            var energy = sum[..<width].reduce(0) { $0 + Double($1 * $1) }
            var (best, least) = (0, energy)
            for start in stride(from: 1, through: sum.count - width, by: 1) {
                energy += Double(sum[start + width - 1] * sum[start + width - 1])
                energy -= Double(sum[start - 1] * sum[start - 1])
                if energy < least - 1e-12 { (best, least) = (start, energy) }
            }
            return range.lowerBound + best + width / 2
        }
    }
}
