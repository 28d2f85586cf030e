public import Foundation
internal import Synchronization

/// A sound file opened for reading, in any format that libsndfile reads (WAV, RF64, W64, AIFF, AU, CAF, FLAC, OGG,
/// Opus, MP3, ...) or, where it is installed, ffmpeg. Samples are read where they are asked for: memory does not grow with the file.
public final class AudioFile: Sendable {
    /// The file's place.
    public let url: URL
    /// Container, encoding, rate and channels.
    public let format: AudioFormat
    /// Samples in each channel.
    public let frames: Int
    /// What the file says about itself in words that every container knows.
    public let tags: [AudioTag: String]
    /// All that the file says beside its samples.
    public let metadata: Metadata
    /// Where the channels belong, in their order; nil where the file does not say.
    public let channelLayout: ChannelLayout?
    /// What the user should know about the file, one sentence each: that its header promised a little more, that it
    /// is several sounds one after the other, that ffmpeg decoded it.
    public let notes: [String]

    /// Frames per second.
    public var rate: Int { format.rate }
    /// The number of channels.
    public var channels: Int { format.channels }
    /// Seconds.
    public var duration: Double { Double(frames) / Double(rate) }

    /// The file's name in messages.
    let name: String
    /// The file, open for as long as this object lives: another file of its name changes nothing.
    let bytes: FileBytes
    /// The uncompressed samples' place in the file, where it is known for certain.
    let samples: SampleLayout?
    let parts: [SoundPart]

    private let reader: Mutex<SoundDecoder>

    /// Opens a file and holds its header against what is there.
    ///
    /// M4A, AAC, WMA, film and other files that libsndfile does not read are decoded by `ffmpeg` where that is installed.
    /// - Parameters:
    ///   - url: the file.
    ///   - salvage: whether what is there of a truncated or damaged file is taken, with a note.
    /// - Throws: `missing`, `notAFile`, `unreadable`, `notSound`, `empty`, `truncated`, `cutShort`, `joined`, `inPieces`, `partsDiffer`,
    ///   `needsFFmpeg`, `ffmpegFailed`.
    public convenience init(_ url: URL, salvage: Bool = false) throws(AudioError) {
        let name = FilePath.readable(url.relativePath)
        try self.init(url, FileBytes(FilePath(url), name: name), salvage: salvage)
    }

    /// Takes all that comes through an open stream, such as a pipe, as a sound file; it is kept in a temporary file that has no name and so is
    /// gone with this object, whatever happens.
    /// - Parameters:
    ///   - descriptor: the stream, which is read to its end and stays open.
    ///   - name: what the sound is called in messages.
    ///   - salvage: whether what is there of a truncated or damaged file is taken, with a note.
    /// - Throws: what opening a file throws; `unreadable` for the stream, `diskFull` and `unwritable` for the folder for temporary files.
    public convenience init(
        readingAll descriptor: Int32, name: String, salvage: Bool = false
    ) throws(AudioError) {
        try self.init(URL(fileURLWithPath: name), FileBytes(spooling: descriptor, name: name), salvage: salvage)
    }

    private init(_ url: URL, _ bytes: FileBytes, salvage: Bool) throws(AudioError) {
        self.url = url
        self.bytes = bytes
        name = bytes.name
        let contents = try SoundContents.find(in: bytes, salvage: salvage)
        format = contents.format
        frames = contents.parts.reduce(0) { $0 + $1.frames }
        if frames == 0 { throw .empty(file: name) }
        metadata = contents.metadata
        tags = contents.metadata.tags
        channelLayout = contents.layout
        notes = contents.notes
        samples = contents.samples
        parts = contents.parts
        reader = Mutex(SoundDecoder(contents.parts, channels: contents.format.channels))
    }

    /// The samples of some frames, planar: `result[channel][frame]`, nominally within -1...1.
    /// - Throws: `damaged` where decoding fails, `notFinite` where a sample is NaN or infinite, `immense` where it is no sound.
    public func read(frames range: Range<Int>) throws(AudioError) -> [[Float]] {
        precondition(range.lowerBound >= 0 && range.upperBound <= frames, "frames \(range) of \(frames)")
        let channels = channels
        var result = [[Float]](repeating: [Float](repeating: 0, count: range.count), count: channels)
        let failure: AudioError? = reader.withLock { decoder in
            guard range.isEmpty || decoder.seek(to: range.lowerBound) else {
                return damage(at: range.lowerBound, decoder.failure)
            }
            var block: [Float] = []
            for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockFrames) {
                let wanted = min(Self.blockFrames, range.upperBound - start)
                let found = decoder.read(wanted, into: &block)
                for channel in 0..<channels {
                    var samples = result[channel].mutableSpan
                    var place = channel
                    for frame in start - range.lowerBound..<start - range.lowerBound + found {
                        samples[frame] = block[place]
                        place += channels
                    }
                }
                if found < wanted { return damage(at: start + found, decoder.failure) }
            }
            return nil
        }
        if let failure { throw failure }
        try AudioError.check(result, from: range.lowerBound, rate: rate, file: name)
        return result
    }

    /// Frames read at once.
    static let blockFrames = 1 << 15

    /// A decoder of its own, at the file's start.
    func decoder() -> SoundDecoder { SoundDecoder(parts, channels: channels) }

    func damage(at frame: Int, _ reason: String?) -> AudioError {
        do throws(AudioError) { try bytes.check() } catch { return error }
        return .damaged(
            file: name, atSeconds: Double(frame) / Double(rate),
            reason: reason ?? "the sound ends before its header says so")
    }
}
