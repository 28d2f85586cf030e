public import Core

/// A piece of a sound's outline as numbers: the lowest and the highest sample of each column and channel.
///
/// The pieces of one level lie side by side: piece `index` begins at the frame `index * columns << level`, and each of its columns
/// stands for `1 << level` frames; at level 0 a column is a sample.
public struct PeakTile: Sendable {
    /// The columns of a piece; the last piece of a sound has as many as are left.
    public static let columns = 512
    /// The highest level up to which a piece is read from the sound itself.
    public static let highestExactLevel = 12
    /// The highest level that there is.
    public static let highestLevel = 29

    /// Lowest and highest sample in turn, -32768...32767 for -1...1, column after column, in each channel after channel.
    public let peaks: [Int16]
    /// Whether every sample of the piece was looked at.
    public let isExact: Bool

    /// Reads a piece from a sound. Above ``highestExactLevel`` only the middle of each column is looked at.
    /// - Parameters:
    ///   - source: the sound.
    ///   - level: the logarithm to the base 2 of a column's frames, 0...``highestLevel``.
    ///   - index: the piece; it has to begin within the sound.
    /// - Throws: what reading the sound throws.
    public init(of source: some SoundSource, level: Int, index: Int) throws {
        let hop = 1 << level
        let first = index * Self.columns * hop
        precondition(first < source.frames, "a piece beyond the sound")
        let last = min(source.frames, first + Self.columns * hop)
        isExact = level <= Self.highestExactLevel
        if isExact {
            peaks = Self.peaks(of: try source.read(frames: first..<last), hop: hop)
        } else {
            var peaks: [Int16] = []
            for start in stride(from: first, to: last, by: hop) {
                try Task.checkCancellation()
                let middle = min(start + hop / 2, last - 1)
                let samples = try source.read(frames: middle..<min(last, middle + 1024))
                peaks += Self.peaks(of: samples, hop: samples[0].count)
            }
            self.peaks = peaks
        }
    }

    /// A piece of what a pyramid has.
    init(_ peaks: [Int16]) {
        self.peaks = peaks
        isExact = true
    }

    /// The lowest and the highest sample of every `hop` frames.
    static func peaks(of channels: [[Float]], hop: Int) -> [Int16] {
        let frames = channels[0].count
        let columns = (frames + hop - 1) / hop
        var result = [Int16](repeating: 0, count: columns * channels.count * 2)
        for (channel, samples) in channels.enumerated() {
            unsafe samples.withUnsafeBufferPointer { samples in
                for column in 0..<columns {
                    var (low, high) = (Float.infinity, -Float.infinity)
                    for frame in column * hop..<min(frames, (column + 1) * hop) {
                        let sample = unsafe samples[frame]
                        low = min(low, sample)
                        high = max(high, sample)
                    }
                    let place = 2 * (column * channels.count + channel)
                    result[place] = number(low)
                    result[place + 1] = number(high)
                }
            }
        }
        return result
    }

    private static func number(_ sample: Float) -> Int16 {
        Int16(max(-32_768, min(32_767, (sample * 32_767).rounded())))
    }
}
