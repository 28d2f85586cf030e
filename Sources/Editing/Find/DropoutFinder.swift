internal import Core
internal import Foundation

/// Finds dropouts: stretches in which a sound is gone, at once and not by fading, and comes back as suddenly.
struct DropoutFinder {
    private let source: any SoundSource

    /// Seconds of a piece whose power is taken, and the shortest and longest dropout.
    private static let (piece, shortest, longest) = (0.000_5, 0.001, 1.0)
    /// Seconds to either side that tell the level, and those right beside it that tell whether the sound fades.
    private static let (around, beside) = (0.03, 0.003)
    /// By how many dB a sound is below its surroundings where it is gone, at least.
    private static let depth = 40.0
    /// The level in dB under which nothing is lost.
    private static let silence = -60.0
    /// By how many dB the sound right beside may be below the surroundings for half of the confidence.
    private static let fade = 12.0

    init(_ source: any SoundSource) { self.source = source }

    func findings(least: Double) throws -> [Finding] {
        let rate = source.rate
        let piece = max(2, Int(Self.piece * Double(rate)))
        // The power of each piece in each channel: a minute of stereo is a megabyte.
        var powers = [[Float]](repeating: [], count: source.channelCount)
        let block = piece * 1024
        for start in stride(from: 0, to: source.frames, by: block) {
            for (channel, samples) in try source.read(frames: start..<min(source.frames, start + block)).enumerated() {
                for first in stride(from: 0, through: samples.count - piece, by: piece) {
                    let part = samples[first..<first + piece]
                    let mean = part.reduce(0, +) / Float(piece)
                    powers[channel].append(part.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(piece))
                }
            }
        }
        let found = try powers.indices.flatMap { channel in
            try dropouts(powers[channel].map { 10 * log10(Double($0) + 1e-14) }, piece: piece, channel: channel)
        }
        return Find.merged(found.filter { $0.confidence >= least }, rate: rate)
    }

    private func dropouts(
        _ levels: [Double], piece: Int, channel: Int
    ) throws -> [(frames: Range<Int>, confidence: Double)] {
        let seconds = Double(piece) / Double(source.rate)
        let (around, beside) = (Int(Self.around / seconds), max(2, Int(Self.beside / seconds)))
        let longest = Int(Self.longest / seconds)
        var result: [(frames: Range<Int>, confidence: Double)] = []
        var place = 0
        /// The mean level of some pieces in dB.
        func level(_ range: Range<Int>) -> Double {
            let range = range.clamped(to: levels.indices)
            guard !range.isEmpty else { return -140 }
            return 10 * log10(range.reduce(0) { $0 + pow(10, levels[$1] / 10) } / Double(range.count))
        }
        while place < levels.count {
            let before = level(place - around..<place)
            guard place >= beside, before > Self.silence, levels[place] < before - Self.depth else {
                place += 1
                continue
            }
            var end = place
            while end < levels.count, end - place <= longest, levels[end] < before - Self.depth { end += 1 }
            defer { place = max(end, place + 1) }
            let after = level(end..<end + around)
            guard end + beside <= levels.count, end - place <= longest,
                Double(end - place + 2) * seconds >= Self.shortest, after > before - Self.depth / 2
            else { continue }
            // A sound that fades is weak right beside the silence.
            let fades = max(before - level(place - beside..<place), after - level(end..<end + beside), 0)
            let frames = try exact(place * piece..<end * piece, piece: piece, channel: channel)
            guard Double(frames.count) >= Self.shortest * Double(source.rate) else { continue }
            result.append((frames, exp2(-fades / Self.fade)))
        }
        return result
    }

    /// The first and the last frame of what is gone, which the pieces tell only roughly.
    private func exact(_ frames: Range<Int>, piece: Int, channel: Int) throws -> Range<Int> {
        let range = max(0, frames.lowerBound - piece)..<min(source.frames, frames.upperBound + 2 * piece)
        let samples = try source.read(frames: range)[channel]
        let inside = samples[frames.lowerBound - range.lowerBound..<frames.upperBound - range.lowerBound]
        let middle = inside.reduce(0, +) / Float(max(1, inside.count))
        let largest = (inside.map { abs($0 - middle) }.max() ?? 0) * 1.5 + 1e-5
        var low = frames.lowerBound - range.lowerBound
        var high = frames.upperBound - range.lowerBound
        while low > 0, abs(samples[low - 1] - middle) <= largest { low -= 1 }
        while high < samples.count, abs(samples[high] - middle) <= largest { high += 1 }
        return range.lowerBound + low..<range.lowerBound + high
    }
}
