/// Takes the frames of a sound from its first to its last.
///
/// The sound is there, whole, when `finish` has returned; before that, and after any error, there is nothing.
public protocol SoundSink {
    /// Takes the next frames.
    /// - Parameter channels: the samples, planar: `channels[channel][frame]`.
    /// - Throws: what the destination throws, such as `AudioError` for a full disk.
    func write(_ channels: [[Float]]) throws

    /// Takes over the next frames of the sound that is being edited, as they are.
    /// - Parameter count: the number of frames.
    /// - Throws: what reading the source or writing the destination throws.
    func keep(_ count: Int) throws

    /// The largest sample, by its amount, that the sound can hold without being held to it; nil where there is none, as in
    /// floating point.
    var fullScale: Float? { get }

    /// Completes the sound.
    /// - Returns: what was written.
    /// - Throws: what the destination throws.
    func finish() throws -> SoundWriteReport
}

extension SoundSink {
    /// Nothing is too loud, unless the sink says so.
    public var fullScale: Float? { nil }
}

/// The form in which a sound was written.
public struct SoundWriteReport: Sendable, Equatable {
    /// What the sound is called in messages; nil for one in memory.
    public let name: String?
    /// The container and the encoding, such as "WAV, 16-bit PCM".
    public let format: String
    /// The number of frames in a second.
    public let rate: Int
    /// The number of channels.
    public let channels: Int
    /// The number of frames.
    public let frames: Int
    /// Whether every frame that was kept is the source's, bit for bit.
    public let isBitIdentical: Bool
    /// The number of samples, over all channels, that were beyond the encoding's range and were held to it.
    public let clippedSamples: Int
    /// What the user should know, one sentence each: such as what of the source's tags the container cannot hold.
    public let notes: [String]

    /// A report, as a destination of your own makes one.
    /// - Parameters:
    ///   - name: what the sound is called in messages; nil for one in memory.
    ///   - format: the container and the encoding, in words.
    ///   - rate: the number of frames in a second.
    ///   - channels: the number of channels.
    ///   - frames: the number of frames.
    ///   - isBitIdentical: whether every frame that was kept is the source's, bit for bit.
    ///   - clippedSamples: the number of samples that were held to the encoding's range.
    ///   - notes: what the user should know, one sentence each.
    public init(
        name: String?, format: String, rate: Int, channels: Int, frames: Int, isBitIdentical: Bool, clippedSamples: Int,
        notes: [String] = []
    ) {
        self.name = name
        self.format = format
        self.rate = rate
        self.channels = channels
        self.frames = frames
        self.isBitIdentical = isBitIdentical
        self.clippedSamples = clippedSamples
        self.notes = notes
    }
}

/// Where a sound goes: a file, or memory. It is a value that says what shall be made; nothing happens before a sink is
/// opened.
public protocol SoundDestination: Sendable {
    /// What the sound will be called in messages; nil for one in memory.
    var label: String? { get }

    /// The same destination, for a sound that shall say what of it a machine made.
    /// - Parameter mark: what it shall say; not asked for by a destination that has no place for it.
    /// - Throws: what `mark` throws.
    func marked(_ mark: () throws -> SynthesisMark) throws -> Self

    /// Opens a sink for an edited sound: of the source's rate, channels and length, some of whose frames are kept.
    /// - Parameters:
    ///   - source: the sound that is edited.
    ///   - encoding: the encoding of the samples; nil for the source's, as far as the destination holds it. In memory
    ///     there is none.
    ///   - keepsNothing: whether all frames are going to be written: what the source says of its samples, such as their
    ///     loudness, is not true of them.
    /// - Throws: what the destination throws, such as `AudioError` for a file that cannot be written.
    func edited(_ source: any SoundSource, encoding: AudioEncoding?, keepsNothing: Bool) throws -> any SoundSink

    /// Opens a sink for a new sound, all of whose frames are written.
    /// - Parameters:
    ///   - rate: the number of frames in a second.
    ///   - channels: the number of channels.
    ///   - frames: the number of frames.
    ///   - source: the sound that the new one was made from, whose tags it takes over; nil for one made from nothing.
    ///   - encoding: the encoding of the samples; nil for the source's, as far as the destination holds it. In memory
    ///     there is none.
    /// - Throws: what the destination throws, such as `AudioError` for a file that cannot be written.
    func new(
        rate: Int, channels: Int, frames: Int, from source: (any SoundSource)?, encoding: AudioEncoding?
    ) throws -> any SoundSink

    /// Opens a sink for a sound of which some is another one's: `keep` takes over the other's next frames, from its first on, and `write`
    /// takes new ones.
    /// - Parameters:
    ///   - source: the sound whose frames are taken over.
    ///   - join: where they lie in the new one.
    ///   - encoding: the encoding of the samples; nil for the source's, as far as the destination holds it. In memory
    ///     there is none.
    /// - Throws: what the destination throws, such as `AudioError` for a file that cannot be written.
    func joined(_ source: any SoundSource, _ join: SoundJoin, encoding: AudioEncoding?) throws -> any SoundSink
}

extension SoundDestination {
    /// Nothing is said, unless the destination has a place for it.
    public func marked(_ mark: () throws -> SynthesisMark) throws -> Self { self }
}
