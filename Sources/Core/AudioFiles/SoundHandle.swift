internal import CSndfile
internal import Foundation

/// An open libsndfile file: the only place that calls its reading and writing functions. One thread at a time.
@safe final class SoundHandle: SampleDecoder {
    private let pointer: OpaquePointer
    private let stream: ByteStream
    let info: SF_INFO

    var channels: Int { Int(info.channels) }
    var frames: Int { Int(info.frames) }

    /// Opens a file for reading.
    convenience init(reading source: VirtualFile) throws(OpenFailure) {
        try self.init(ReadingStream(source), SFM_READ, SF_INFO())
    }

    /// Begins a file.
    convenience init(writing stream: ByteStream, _ info: SF_INFO) throws(OpenFailure) {
        try self.init(stream, SFM_WRITE, info)
    }

    private init(_ stream: ByteStream, _ mode: Int, _ info: SF_INFO) throws(OpenFailure) {
        self.stream = stream
        var info = info
        var callbacks = unsafe SF_VIRTUAL_IO(
            get_filelen: { Int64(unsafe SoundHandle.stream($0).count) },
            seek: { Int64(unsafe SoundHandle.stream($2).seek(Int($0), $1)) },
            read: { buffer, count, context in
                let bytes = unsafe UnsafeMutableRawBufferPointer(start: buffer, count: Int(count))
                return Int64(unsafe SoundHandle.stream(context).read(into: bytes))
            },
            write: { buffer, count, context in
                let bytes = unsafe UnsafeRawBufferPointer(start: buffer, count: Int(count))
                return Int64(unsafe SoundHandle.stream(context).write(bytes))
            },
            tell: { Int64(unsafe SoundHandle.stream($0).position) })
        let context = unsafe Unmanaged<ByteStream>.passUnretained(stream).toOpaque()
        guard let pointer = unsafe sf_open_virtual(&callbacks, Int32(mode), &info, context) else {
            throw unsafe OpenFailure(reason: Self.sentence(sf_strerror(nil)))
        }
        unsafe self.pointer = unsafe pointer
        self.info = info
    }

    @unsafe private static func stream(_ context: UnsafeMutableRawPointer?) -> ByteStream {
        unsafe Unmanaged<ByteStream>.fromOpaque(context!).takeUnretainedValue()
    }

    deinit { close() }

    private var isClosed = false

    /// Closes the file, which finishes a written one; gives an error's words.
    @discardableResult func close() -> String? {
        if isClosed { return nil }
        isClosed = true
        let code = unsafe sf_close(pointer)
        return code == 0 ? nil : unsafe Self.sentence(sf_error_number(code))
    }

    /// libsndfile's words about the last failure, or nil.
    var failure: String? {
        unsafe sf_error(pointer) == 0 ? nil : Self.sentence(sf_strerror(pointer))
    }

    private static func sentence(_ text: UnsafePointer<CChar>?) -> String {
        guard let text = unsafe text else { return "unknown reason" }
        let words = unsafe String(cString: text).trimmingCharacters(in: .whitespacesAndNewlines)
        return words.hasSuffix(".") ? String(words.dropLast()) : words
    }

    /// Switches one of libsndfile's settings; those that a format does not have are ignored.
    func set(_ command: Int, _ isOn: Bool) { _ = unsafe sf_command(pointer, Int32(command), nil, isOn ? 1 : 0) }

    /// The quality of a lossy encoding, 0 to 1.
    func setQuality(_ quality: Double) {
        var quality = quality
        _ = unsafe sf_command(
            pointer, Int32(SFC_SET_VBR_ENCODING_QUALITY), &quality, Int32(MemoryLayout<Double>.size))
    }

    /// One of the words that libsndfile knows.
    func text(_ number: Int32) -> String? {
        unsafe sf_get_string(pointer, number).map {
            unsafe TagText.read(UnsafeRawBufferPointer(start: $0, count: strlen($0)))
        }
    }

    /// Tells the encoder that the channels come in the order of Vorbis, and for which speakers.
    func setVorbisOrder(_ layout: ChannelLayout) {
        let codes: [ChannelLayout.Speaker: Int] = [
            .frontLeft: SF_CHANNEL_MAP_LEFT, .frontRight: SF_CHANNEL_MAP_RIGHT, .frontCentre: SF_CHANNEL_MAP_CENTER,
            .backLeft: SF_CHANNEL_MAP_REAR_LEFT, .backRight: SF_CHANNEL_MAP_REAR_RIGHT,
            .lowFrequency: SF_CHANNEL_MAP_LFE,
            .sideLeft: SF_CHANNEL_MAP_SIDE_LEFT, .sideRight: SF_CHANNEL_MAP_SIDE_RIGHT,
            .backCentre: SF_CHANNEL_MAP_REAR_CENTER,
        ]
        var map = layout.speakers.compactMap { codes[$0].map { Int32($0) } }
        _ = unsafe sf_command(pointer, Int32(SFC_SET_CHANNEL_MAP_INFO), &map, Int32(4 * map.count))
    }

    /// Whether the raw samples in the file are of the other byte order than this machine's.
    var isSwapped: Bool { unsafe sf_command(pointer, Int32(SFC_RAW_DATA_NEEDS_ENDSWAP), nil, 0) != 0 }

    /// The next bytes of the file's samples as they lie there.
    func readBytes(_ count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        let found = unsafe sf_read_raw(pointer, &bytes, Int64(count))
        return Array(bytes.prefix(Int(found)))
    }

    /// Moves to a frame; false where the file cannot.
    func seek(to frame: Int) -> Bool { unsafe sf_seek(pointer, Int64(frame), Int32(SEEK_SET)) == Int64(frame) }

    // The four kinds of samples, interleaved. Each reads up to `frames` frames and gives how many there were, or
    // writes all of the array and gives how many frames were written.

    func read(_ frames: Int, into buffer: inout [Float]) -> Int {
        prepare(&buffer, frames, 0)
        return Int(unsafe sf_readf_float(pointer, &buffer, Int64(frames)))
    }

    func read(_ frames: Int, into buffer: inout [Double]) -> Int {
        prepare(&buffer, frames, 0)
        return Int(unsafe sf_readf_double(pointer, &buffer, Int64(frames)))
    }

    /// Integers come at the top of 32 bits, whatever their width in the file.
    func read(_ frames: Int, into buffer: inout [Int32]) -> Int {
        prepare(&buffer, frames, 0)
        return Int(unsafe sf_readf_int(pointer, &buffer, Int64(frames)))
    }

    func write(_ samples: [Float]) -> Int {
        Int(unsafe sf_writef_float(pointer, samples, Int64(samples.count / channels)))
    }

    func write(_ samples: [Double]) -> Int {
        Int(unsafe sf_writef_double(pointer, samples, Int64(samples.count / channels)))
    }

    func write(_ samples: [Int32]) -> Int {
        Int(unsafe sf_writef_int(pointer, samples, Int64(samples.count / channels)))
    }

    private func prepare<Sample>(_ buffer: inout [Sample], _ frames: Int, _ zero: Sample) {
        let count = frames * channels
        if buffer.count < count { buffer += [Sample](repeating: zero, count: count - buffer.count) }
    }
}
