internal import CSndfile
public import Foundation
internal import Synchronization

/// A sound file opened for reading, in any format that libsndfile reads (WAV, RF64, W64, AIFF, AU, CAF, FLAC, OGG,
/// Opus, MP3, ...). Samples are read where they are asked for: memory does not grow with the file.
public final class AudioFile: Sendable {
    public let url: URL
    public let format: AudioFormat
    /// Samples in each channel.
    public let frames: Int
    /// What the file says about itself, where libsndfile knows the field.
    public let tags: [AudioTag: String]

    public var rate: Int { format.rate }
    public var channels: Int { format.channels }
    /// Seconds.
    public var duration: Double { Double(frames) / Double(rate) }

    /// The file's name in messages.
    let name: String
    /// The uncompressed samples' place in the file, where it is known for certain.
    let layout: SampleLayout?

    private struct Reader {
        let handle: SoundHandle
        /// The frame that the next read gives.
        var position = 0
    }
    private let reader: Mutex<Reader>

    /// Opens a file and holds its header against what is there.
    /// - Throws: `missing`, `notAFile`, `unreadable`, `notSound`, `empty`, `truncated`, `cutShort`.
    public init(_ url: URL) throws(AudioError) {
        self.url = url
        name = url.relativePath
        let size = try FileBytes(FilePath(url), name: name).size
        layout = SampleLayout.find(in: url)
        let handle: SoundHandle
        switch SoundHandle.reading(url.path) {
        case .success(let opened): handle = opened
        case .failure(let failure):
            if size == 0 { throw .empty(file: name) }
            if let layout, layout.promisedBytes > layout.foundBytes { throw .cutShort(file: name) }
            throw .notSound(file: name, found: failure.reason)
        }
        format = AudioFormat(handle.info)
        tags = AudioTag.read(from: handle)
        if let layout, layout.promisedBytes > layout.foundBytes {
            guard let bytes = format.bytesPerSecond else { throw .cutShort(file: name) }
            throw .truncated(
                file: name, promisedSeconds: Double(layout.promisedBytes) / bytes,
                foundSeconds: Double(layout.foundBytes) / bytes)
        }
        frames = try Self.countFrames(of: handle, format, url, name)
        if frames == 0 { throw .empty(file: name) }
        reader = Mutex(Reader(handle: handle))
    }

    /// The samples of some frames, planar: `result[channel][frame]`, nominally within -1...1.
    /// - Throws: `damaged` where decoding fails, `notFinite` where a sample is NaN or infinite.
    public func read(frames range: Range<Int>) throws(AudioError) -> [[Float]] {
        precondition(range.lowerBound >= 0 && range.upperBound <= frames, "frames \(range) of \(frames)")
        let channels = channels
        var result = [[Float]](repeating: [Float](repeating: 0, count: range.count), count: channels)
        let failure: AudioError? = reader.withLock { reader in
            if reader.position != range.lowerBound, !reader.handle.seek(to: range.lowerBound) {
                return damage(at: range.lowerBound, reader.handle.failure)
            }
            reader.position = range.lowerBound
            var block: [Float] = []
            while reader.position < range.upperBound {
                let wanted = min(Self.blockFrames, range.upperBound - reader.position)
                let found = reader.handle.read(wanted, into: &block)
                let start = reader.position - range.lowerBound
                for channel in 0..<channels {
                    for frame in 0..<found { result[channel][start + frame] = block[frame * channels + channel] }
                }
                reader.position += found
                if found < wanted {
                    let place = reader.position
                    reader.position = -1
                    return damage(at: place, reader.handle.failure)
                }
            }
            return nil
        }
        if let failure { throw failure }
        for (channel, samples) in result.enumerated() {
            if let frame = samples.firstIndex(where: { !$0.isFinite }) {
                throw .notFinite(
                    file: name, channel: channel, atSeconds: Double(range.lowerBound + frame) / Double(rate))
            }
        }
        return result
    }

    /// Frames read at once.
    static let blockFrames = 1 << 15

    /// Everything that the file holds beside its samples, as far as libsndfile can carry it.
    func metadata() throws(AudioError) -> SoundMetadata { SoundMetadata(of: try decoder(), format) }

    /// The file opened once more, to be decoded from its start.
    func decoder() throws(AudioError) -> SoundHandle {
        switch SoundHandle.reading(url.path) {
        case .success(let handle): return handle
        case .failure(let failure): throw .unreadable(file: name, reason: failure.reason)
        }
    }

    func damage(at frame: Int, _ reason: String?) -> AudioError {
        .damaged(
            file: name, atSeconds: Double(frame) / Double(rate),
            reason: reason ?? "the sound ends before its header says so")
    }

    /// The frames that are really there, where the header can be wrong about them or says nothing.
    private static func countFrames(
        of handle: SoundHandle, _ format: AudioFormat, _ url: URL, _ name: String
    ) throws(AudioError) -> Int {
        guard [.flac, .ogg, .mp3].contains(format.container) else { return handle.frames }
        // Tried with a decoder of its own, as a seek may leave traces in a lossy one.
        guard case .success(let trial) = SoundHandle.reading(url.path) else { throw .cutShort(file: name) }
        var block: [Float] = []
        if handle.info.frames == Int64.max {
            // A FLAC file that was written into a pipe does not know its length: only decoding tells. An OGG file that
            // does not know it has lost its end.
            guard format.container == .flac else { throw .cutShort(file: name) }
            var count = 0
            while case let found = trial.read(blockFrames, into: &block), found > 0 { count += found }
            guard trial.failure == nil else { throw .cutShort(file: name) }
            return count
        }
        if format.container == .mp3, let counted = MP3Length.frames(in: url), abs(counted - handle.frames) > 4 * 1152 {
            throw .unreadable(
                file: name,
                reason: "its bit rate varies and its header does not say how long it is; convert it to WAV first")
        }
        // An MP3 file without a length in its header has an estimated one, up to a few packets too long.
        let tail = format.container == .mp3 ? min(handle.frames, 4 * 1152) : 1
        guard trial.seek(to: handle.frames - tail), case let found = trial.read(tail, into: &block), found > 0 else {
            throw .cutShort(file: name)
        }
        return handle.frames - tail + found
    }
}
