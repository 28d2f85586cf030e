internal import Core
internal import Foundation
internal import Plotting

/// Finds places of a sound that somebody may want to mend.
struct SoundFinder {
    enum Kind: String, CaseIterable {
        /// Steps from sample to sample that stand out of all around them.
        case clicks
        /// Stretches of nothing in the middle of sound.
        case dropouts
        /// Passages whose spectrogram is like that of a selection.
        case like
    }

    private let file: AudioFile
    /// As many as anybody looks through.
    private static let most = 500

    init(_ file: AudioFile) { self.file = file }

    /// - Parameter selection: frames; only for passages that are like it.
    func find(_ kind: Kind, like selection: Range<Int>) throws -> [Mark] {
        switch kind {
        case .clicks: try clicks()
        case .dropouts: try dropouts()
        case .like: try passages(like: selection)
        }
    }

    private func mark(_ range: Range<Int>, _ name: String) -> Mark {
        let inside = range.clamped(to: 0..<file.frames)
        return Mark(
            start: Double(inside.lowerBound) / Double(file.rate), end: Double(inside.upperBound) / Double(file.rate),
            name: name)
    }

    // MARK: - Dropouts

    /// At least 4 ms of zeros, 2 s at most, with sound on both sides.
    private func dropouts() throws -> [Mark] {
        let (shortest, longest) = (max(2, file.rate / 250), 2 * file.rate)
        var found: [Mark] = []
        var start: Int?
        try forEachBlock { first, sum in
            for (offset, level) in sum.enumerated() {
                let frame = first + offset
                if level == 0 {
                    if start == nil { start = frame }
                } else if let begun = start {
                    start = nil
                    if begun > 0, (shortest...longest).contains(frame - begun), found.count < Self.most,
                        try self.isLoud(begun - file.rate / 50..<begun), try self.isLoud(frame..<frame + file.rate / 50)
                    {
                        found.append(self.mark(begun..<frame, "dropout"))
                    }
                }
            }
        }
        return found
    }

    /// Whether some frames are above -60 dB.
    private func isLoud(_ range: Range<Int>) throws -> Bool {
        let channels = try file.read(frames: range.clamped(to: 0..<file.frames))
        let count = channels.reduce(0) { $0 + $1.count }
        let energy = channels.reduce(0.0) { $0 + $1.reduce(0.0) { $0 + Double($1 * $1) } }
        return count > 0 && energy / Double(count) > 1e-6
    }

    /// The sum of the channels' magnitudes, block by block.
    private func forEachBlock(_ body: (Int, [Float]) throws -> Void) throws {
        for start in stride(from: 0, to: file.frames, by: 1 << 16) {
            try Task.checkCancellation()
            let channels = try file.read(frames: start..<min(file.frames, start + (1 << 16)))
            var sum = [Float](repeating: 0, count: channels[0].count)
            for channel in channels {
                for frame in sum.indices { sum[frame] += abs(channel[frame]) }
            }
            try body(start, sum)
        }
    }

    // MARK: - Clicks

    /// Second differences that are 16 times those of the 10 ms around them.
    private func clicks() throws -> [Mark] {
        let reach = max(8, file.rate / 200)
        let block = 1 << 16
        var found: [Range<Int>] = []
        for start in stride(from: 0, to: file.frames, by: block) {
            try Task.checkCancellation()
            let first = max(0, start - 2 * reach)
            let last = min(file.frames, start + block + 2 * reach)
            for samples in try file.read(frames: first..<last) where samples.count > 4 * reach {
                for place in Self.clicks(in: samples, reach: reach) {
                    found.append(first + place - reach / 4..<first + place + reach / 4)
                }
            }
        }
        var merged: [Range<Int>] = []
        for range in found.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = merged.last, range.lowerBound <= last.upperBound {
                merged[merged.count - 1] = last.lowerBound..<max(last.upperBound, range.upperBound)
            } else {
                merged.append(range)
            }
        }
        return merged.prefix(Self.most).map { mark($0, "click") }
    }

    private static func clicks(in samples: [Float], reach: Int) -> [Int] {
        var bends = [Float](repeating: 0, count: samples.count)
        for place in 1..<samples.count - 1 {
            bends[place] = abs(samples[place - 1] - 2 * samples[place] + samples[place + 1])
        }
        var found: [Int] = []
        var sum: Double = 0
        for place in 0..<2 * reach { sum += Double(bends[place]) }
        for place in reach..<bends.count - reach {
            // The bend itself and those beside it do not count to what is around.
            var own: Double = 0
            for near in place - 2...place + 2 { own += Double(bends[near]) }
            let around = max(0, sum - own) / Double(2 * reach - 5)
            if Double(bends[place]) > 0.02 + 16 * around { found.append(place) }
            sum += Double(bends[place + reach])
            sum -= Double(bends[place - reach])
        }
        return found
    }

    // MARK: - Passages like another

    private static let level = 10
    private static let rows = 32

    /// Passages whose levels, in 32 mel bands, correlate with the selection's by 0.7 or more.
    private func passages(like selection: Range<Int>) throws -> [Mark] {
        let rows = Self.rows
        var levels: [Float] = []
        let width = SpectrogramTile.columns << Self.level
        for index in 0...(file.frames - 1) / width {
            levels += try SpectrogramTile(of: file, level: Self.level, index: index, rows: rows, axis: .mel).levels
                .map(Float.init)
        }
        let columns = levels.count / rows
        let first = selection.lowerBound >> Self.level
        let count = max(2, min(columns - first, selection.count >> Self.level))
        guard count <= 2000, columns > count else {
            throw Refusal.invalid("like: a selection of some seconds at most, and shorter than the sound, expected")
        }
        let pattern = Self.centred(levels[first * rows..<(first + count) * rows])
        let places = columns - count + 1
        let runs = Parallel.map((places + 255) / 256) { run in
            (256 * run..<min(places, 256 * (run + 1))).map { place in
                let here = Self.centred(levels[place * rows..<(place + count) * rows])
                return zip(pattern, here).reduce(Float(0)) { $0 + $1.0 * $1.1 }
            }
        }
        let scores = runs.flatMap { $0 }
        var left = scores.indices.filter { scores[$0] >= 0.7 && abs($0 - first) >= count }
        left.sort { scores[$0] > scores[$1] }
        var chosen: [Int] = []
        for place in left where chosen.count < Self.most {
            if chosen.allSatisfy({ abs($0 - place) >= count }) { chosen.append(place) }
        }
        return chosen.sorted().map { place in
            let start = place << Self.level
            return mark(start..<start + selection.count, String(format: "like %.2f", scores[place]))
        }
    }

    /// Without their mean, and of length 1.
    private static func centred(_ values: ArraySlice<Float>) -> [Float] {
        let mean = values.reduce(0, +) / Float(values.count)
        let length = max(1e-6, values.reduce(Float(0)) { $0 + ($1 - mean) * ($1 - mean) }.squareRoot())
        return values.map { ($0 - mean) / length }
    }
}
