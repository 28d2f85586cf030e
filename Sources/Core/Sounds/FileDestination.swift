public import Foundation

/// A sound file to be written. Its extension chooses the container.
public struct FileDestination: SoundDestination {
    /// The file to be written.
    public let url: URL
    /// Whether an existing file, the source among them, may be replaced.
    public let overwrites: Bool
    /// Whether the file says what of it a machine made, among its own words, as ``SynthesisMark`` has it.
    public let isMarked: Bool
    private let stream: StreamTarget?
    private var mark: SynthesisMark?
    private var companion: (@Sendable () throws -> Void)?

    /// A file that does not exist yet or may be replaced. Nothing is written before a sink is opened.
    /// - Parameters:
    ///   - url: the file; its extension chooses the container.
    ///   - overwrites: whether an existing file, the source among them, may be replaced.
    ///   - isMarked: whether the file says what of it a machine made.
    public init(_ url: URL, overwrites: Bool = false, isMarked: Bool = true) {
        self.url = url
        self.overwrites = overwrites
        self.isMarked = isMarked
        stream = nil
    }

    /// A WAV file that goes into an open stream, such as standard output, when it is whole.
    /// - Parameters:
    ///   - stream: the open stream, which stays open.
    ///   - name: what it is called in messages.
    ///   - isMarked: whether the file says what of it a machine made.
    public init(stream: Int32, name: String, isMarked: Bool = true) {
        url = URL(fileURLWithPath: "\(name).wav")
        overwrites = false
        self.isMarked = isMarked
        self.stream = StreamTarget(descriptor: stream, name: name)
    }

    /// The path of the file, or the name of the stream, as it is used in messages.
    public var label: String? { stream?.name ?? FilePath.readable(url.relativePath) }

    /// Whether the sound goes into an open stream, and there is no file.
    public var isStream: Bool { stream != nil }

    private var target: OutputTarget {
        OutputTarget(url: url, overwrite: overwrites, stream: stream, companion: companion)
    }

    /// The same file, which says what of it a machine made, if it is to say that at all.
    /// - Throws: what `mark` throws.
    public func marked(_ mark: () throws -> SynthesisMark) throws -> FileDestination {
        guard isMarked else { return self }
        var result = self
        result.mark = try mark()
        return result
    }

    /// The same file, beside which something else is written when its sound is whole, before it has its name: where the file is, so is that.
    /// - Parameter write: writes what belongs to the file; when it throws, the file does not come about.
    public func accompanied(by write: @escaping @Sendable () throws -> Void) -> FileDestination {
        var result = self
        result.companion = write
        return result
    }

    /// Opens the file for an edited sound; a source that is a file is copied byte for byte where nothing changes, if
    /// the encoding stays.
    /// - Throws: `AudioError` for what cannot be written; `CancellationError` in a cancelled task.
    public func edited(
        _ source: any SoundSource, encoding: AudioEncoding?, keepsNothing: Bool
    ) throws -> any SoundSink {
        if let file = source as? AudioFile {
            let edit = try AudioEdit(
                of: file, to: target, encoding: encoding, isWholeFile: keepsNothing, mark: mark)
            return FileEditSink(edit, label)
        }
        let format = try AudioFormat.output(
            for: url, source: nil, encoding: encoding ?? .float32, rate: source.rate, channels: source.channelCount)
        let writer = try AudioWriter(
            target, format: format, frames: source.frames, source: nil, described: nil, layout: nil, isWhole: true,
            mark: mark)
        return FileSink(writer, label, source: source)
    }

    /// Opens the file for a new sound.
    /// - Throws: `AudioError` for what cannot be written; `CancellationError` in a cancelled task.
    public func new(
        rate: Int, channels: Int, frames: Int, from source: (any SoundSource)?, encoding: AudioEncoding?
    ) throws -> any SoundSink {
        let file = source as? AudioFile
        let format = try AudioFormat.output(
            for: url, source: file?.format, encoding: encoding, rate: rate, channels: channels, isComputed: true)
        let writer = try AudioWriter(
            target, format: format, frames: frames, source: file, described: file.map { ($0.metadata, $0.rate) },
            layout: file?.channelLayout, isWhole: true, mark: mark)
        return FileSink(writer, label, source: nil)
    }
}

extension FileDestination {
    /// Opens the file for a sound that holds another one; of a source that is a file the samples are taken over as they are, if the
    /// encoding allows it.
    /// - Throws: `AudioError` for what cannot be written; `CancellationError` in a cancelled task.
    public func joined(
        _ source: any SoundSource, _ join: SoundJoin, encoding: AudioEncoding?
    ) throws -> any SoundSink {
        if let file = source as? AudioFile {
            return FileJoinSink(
                try AudioJoin(of: file, join, to: target, encoding: encoding, mark: mark), label)
        }
        let format = try AudioFormat.output(
            for: url, source: nil, encoding: encoding ?? .float32, rate: source.rate, channels: source.channelCount)
        let writer = try AudioWriter(
            target, format: format, frames: join.frames, source: nil,
            described: (Metadata().joined(join, rate: source.rate), source.rate), layout: nil, isWhole: true,
            mark: mark)
        return JoinedSink(FileSink(writer, label, source: nil), source)
    }
}

/// A file that holds another one's frames.
private final class FileJoinSink: SoundSink {
    private let join: AudioJoin
    private let label: String?

    init(_ join: AudioJoin, _ label: String?) {
        self.join = join
        self.label = label
    }

    func write(_ channels: [[Float]]) throws { try join.write(channels) }
    func keep(_ count: Int) throws { try join.keep(count) }
    var fullScale: Float? { join.format.encoding.fullScale }
    func finish() throws -> SoundWriteReport { SoundWriteReport(label, try join.finish()) }
}

/// A copy of a file in which some frames are others.
private final class FileEditSink: SoundSink {
    private let edit: AudioEdit
    private let label: String?
    private var position = 0

    init(_ edit: AudioEdit, _ label: String?) {
        self.edit = edit
        self.label = label
    }

    func write(_ channels: [[Float]]) throws {
        try edit.replace(from: position, with: channels)
        position += channels[0].count
    }

    func keep(_ count: Int) { position += count }

    var fullScale: Float? { edit.format.encoding.fullScale }

    func finish() throws -> SoundWriteReport { SoundWriteReport(label, try edit.finish()) }
}

/// A new file.
private final class FileSink: SoundSink {
    private let writer: AudioWriter
    private let label: String?
    private let source: (any SoundSource)?
    private var position = 0

    /// - Parameter source: of the frames that are kept.
    init(_ writer: AudioWriter, _ label: String?, source: (any SoundSource)?) {
        self.writer = writer
        self.label = label
        self.source = source
    }

    func write(_ channels: [[Float]]) throws {
        try writer.write(channels)
        position += channels[0].count
    }

    func keep(_ count: Int) throws {
        guard let source else { preconditionFailure("a new sound keeps nothing") }
        try source.forEachBlock(of: position..<position + count) { try write($0) }
    }

    var fullScale: Float? { writer.format.encoding.fullScale }

    func finish() throws -> SoundWriteReport { SoundWriteReport(label, try writer.finish()) }
}

extension SoundWriteReport {
    fileprivate init(_ label: String?, _ written: AudioWriteReport) {
        self.init(
            name: label, format: "\(written.format.container), \(written.format.encoding)", rate: written.format.rate,
            channels: written.format.channels, frames: written.frames, isBitIdentical: written.isBitIdentical,
            clippedSamples: written.clippedSamples,
            notes: written.notes
                + (written.dropped.isEmpty ? [] : ["Not kept: \(written.dropped.joined(separator: ", "))."]))
    }
}

extension SoundSource {
    /// Calls `body` with the samples of some frames, block by block.
    func forEachBlock(of range: Range<Int>, _ body: ([[Float]]) throws -> Void) throws {
        for start in stride(from: range.lowerBound, to: range.upperBound, by: Self.blockFrames) {
            try body(try read(frames: start..<min(range.upperBound, start + Self.blockFrames)))
        }
    }
}
