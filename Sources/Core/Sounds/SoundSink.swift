/// Takes the frames of a sound from its first to its last. The sound is there when `finish` has returned, whole; before, and after
/// any error, there is nothing.
public protocol SoundSink {
    /// Takes the next frames, planar: `channels[channel][frame]`.
    func write(_ channels: [[Float]]) throws

    /// Takes over the next `count` frames of the sound that is being edited, as they are.
    func keep(_ count: Int) throws

    /// Completes the sound.
    func finish() throws -> SoundWriteReport
}

/// What came of writing a sound.
public struct SoundWriteReport: Sendable, Equatable {
    /// What the sound is called in messages; nil for one in memory.
    public let name: String?
    /// Such as "WAV, 16-bit PCM".
    public let format: String
    public let rate: Int
    public let channels: Int
    public let frames: Int
    /// Whether every frame that was kept is the source's, bit for bit.
    public let isBitIdentical: Bool
    /// Frames times channels that were beyond the encoding's range and were held to it.
    public let clippedSamples: Int
    /// What the user should know, one sentence each: such as what of the source's tags the container cannot hold.
    public let notes: [String]

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

/// Where a sound goes: a file, or memory. A value that says what shall be made; nothing happens before a sink is opened.
public protocol SoundDestination: Sendable {
    /// What the sound will be called in messages; nil for one in memory.
    var label: String? { get }

    /// Opens a sink for an edited sound: of the source's rate, channels and length, some of whose frames are kept.
    /// - Parameters:
    ///   - encoding: nil for the source's, as far as the destination holds it. In memory there is none.
    ///   - keepsNothing: all frames are going to be written: what is said of the source's samples, such as their loudness, is not true of
    ///     them.
    func edited(_ source: any SoundSource, encoding: AudioEncoding?, keepsNothing: Bool) throws -> any SoundSink

    /// Opens a sink for a new sound, all of whose frames are written.
    /// - Parameters:
    ///   - source: what the sound was made from, whose tags it takes over; nil for one made from nothing.
    ///   - encoding: nil for the source's, as far as the destination holds it. In memory there is none.
    func new(
        rate: Int, channels: Int, frames: Int, from source: (any SoundSource)?, encoding: AudioEncoding?
    ) throws -> any SoundSink
}
