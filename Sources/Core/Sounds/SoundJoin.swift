/// A sound that holds another one, or its beginning, and frames of its own before it or after it.
public struct SoundJoin: Sendable, Equatable {
    /// The number of frames in all.
    public let frames: Int
    /// The frame at which the other sound begins.
    public let first: Int
    /// Whether the sound is to be played again and again: formats that can say so to a sampler do.
    public let isLoop: Bool

    /// - Parameters:
    ///   - frames: the number of frames in all.
    ///   - first: the frame at which the other sound begins.
    ///   - isLoop: whether the sound is to be played again and again.
    public init(frames: Int, first: Int, isLoop: Bool = false) {
        self.frames = frames
        self.first = first
        self.isLoop = isLoop
    }
}

extension SoundDestination {
    /// Opens a sink for a sound of which some is another one's: `keep` takes over the other's next frames, from its first on, and `write`
    /// takes new ones. Unless a destination knows better, what is kept is read and written again.
    public func joined(
        _ source: any SoundSource, _ join: SoundJoin, encoding: AudioEncoding?
    ) throws -> any SoundSink {
        JoinedSink(
            try new(
                rate: source.rate, channels: source.channelCount, frames: join.frames, from: source,
                encoding: encoding), source)
    }
}

/// A new sound into which another one's frames are read.
final class JoinedSink: SoundSink {
    private let base: any SoundSink
    private let source: any SoundSource
    private var position = 0

    init(_ base: any SoundSink, _ source: any SoundSource) {
        self.base = base
        self.source = source
    }

    var fullScale: Float? { base.fullScale }

    func write(_ channels: [[Float]]) throws { try base.write(channels) }

    func keep(_ count: Int) throws {
        try source.forEachBlock(of: position..<position + count) { try base.write($0) }
        position += count
    }

    func finish() throws -> SoundWriteReport { try base.finish() }
}
