public import Core

/// A place in a sound that was looked for.
public struct Finding: Sendable, Codable, Equatable {
    /// The place.
    public let region: Region
    /// How sure it is, 0...1.
    public let confidence: Double

    /// A place, and how sure it is, 0...1.
    public init(region: Region, confidence: Double) {
        self.region = region
        self.confidence = confidence
    }

    init(frames: Range<Int>, rate: Int, confidence: Double) {
        self.init(region: Region(frames: frames, rate: rate), confidence: min(1, max(0, confidence)))
    }
}

/// Faults of recordings that can be found.
public enum Fault: String, Sendable, Codable, CaseIterable {
    /// Short disturbances: ticks, crackle, digital errors.
    case clicks
    /// Stretches of nothing where sound was: lost packets, a tape's gaps.
    case dropouts
    /// Peaks that were cut off at the largest value that could be held.
    case clipping
}

/// Finds places in sounds. A sound is read block by block, whatever its length.
public enum Find {
    /// Finds faults.
    /// - Parameters:
    ///   - fault: what to look for.
    ///   - source: the sound.
    ///   - least: the confidence from which on a place counts, 0...1.
    /// - Returns: the places in the order of time; those that touch in any of the channels are one.
    /// - Throws: what reading the sound throws.
    public static func faults(
        _ fault: Fault, in source: any SoundSource, least: Double = 0.5
    ) throws -> [Finding] {
        switch fault {
        case .clicks: try ClickFinder(source).findings(least: least)
        case .dropouts: try DropoutFinder(source).findings(least: least)
        case .clipping: try ClippingFinder(source).findings(least: least)
        }
    }

    /// Finds what sounds like an example: a like course of levels in the bands of the ear, however loud.
    /// - Parameters:
    ///   - example: the samples of the example, `[channel][frame]`, at the sound's rate.
    ///   - source: the sound.
    ///   - least: the confidence from which on a place counts, 0...1.
    /// - Returns: the places in the order of time, each as long as the example and apart from the others.
    /// - Throws: what reading the sound throws; `EditingError.exampleTooShort`.
    public static func places(
        like example: [[Float]], in source: any SoundSource, least: Double = 0.7
    ) throws -> [Finding] {
        try LikenessFinder(example, in: source).findings(least: least)
    }

    /// Finds what sounds like a part of the same sound, which itself is left out.
    /// - Parameters:
    ///   - region: the example.
    ///   - source: the sound.
    ///   - least: the confidence from which on a place counts, 0...1.
    /// - Throws: what reading the sound throws; `EditingError` for a region outside of it, or one that is too short.
    public static func places(
        like region: Region, of source: any SoundSource, least: Double = 0.7
    ) throws -> [Finding] {
        let frames = try Editor.fileFrames(of: [region], in: source)[0]
        let example = try source.read(frames: frames)
        return try places(like: example, in: source, least: least).filter { finding in
            finding.region.end <= region.start || finding.region.start >= region.end
        }
    }

    /// Finds what sounds like another sound.
    /// - Parameters:
    ///   - example: the example, of any rate.
    ///   - source: the sound.
    ///   - least: the confidence from which on a place counts, 0...1.
    /// - Throws: what reading the sounds throws; `EditingError.exampleTooShort`.
    public static func places(
        like example: any SoundSource, in source: any SoundSource, least: Double = 0.7
    ) throws -> [Finding] {
        let channels = try example.read(frames: 0..<example.frames).map {
            try Resampler.resample($0, from: example.rate, to: source.rate)
        }
        return try places(like: channels, in: source, least: least)
    }

    /// Findings that touch made one, as sure as the surest.
    static func merged(_ findings: [(frames: Range<Int>, confidence: Double)], rate: Int) -> [Finding] {
        var result: [(frames: Range<Int>, confidence: Double)] = []
        for finding in findings.sorted(by: { $0.frames.lowerBound < $1.frames.lowerBound }) {
            if let last = result.last, finding.frames.lowerBound <= last.frames.upperBound {
                result[result.count - 1] = (
                    last.frames.lowerBound..<max(last.frames.upperBound, finding.frames.upperBound),
                    max(last.confidence, finding.confidence)
                )
            } else {
                result.append(finding)
            }
        }
        return result.map { Finding(frames: $0.frames, rate: rate, confidence: $0.confidence) }
    }
}
