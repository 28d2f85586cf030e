internal import CSndfile
internal import Foundation

/// An open libsndfile file: the only place that calls its reading and writing functions. One thread at a time.
@safe final class SoundHandle {
    let pointer: OpaquePointer
    private(set) var info: SF_INFO

    var channels: Int { Int(info.channels) }
    var rate: Int { Int(info.samplerate) }
    var frames: Int { Int(info.frames) }

    /// Opens a file for reading; nil with libsndfile's message where it cannot.
    static func reading(_ path: String) -> Result<SoundHandle, OpenFailure> {
        var info = SF_INFO()
        let bytes = FilePath(bytes: FilePath.bytes(of: path))
        guard let pointer = unsafe bytes.withCString({ unsafe sf_open($0, Int32(SFM_READ), &info) }) else { return .failure(.last) }
        return .success(unsafe SoundHandle(pointer: pointer, info: info))
    }

    /// Opens a descriptor for writing; it stays open after `close`.
    static func writing(_ descriptor: Int32, _ info: SF_INFO) -> Result<SoundHandle, OpenFailure> {
        var info = info
        guard let pointer = unsafe sf_open_fd(descriptor, Int32(SFM_WRITE), &info, 0) else { return .failure(.last) }
        return .success(unsafe SoundHandle(pointer: pointer, info: info))
    }

    /// libsndfile's words about an open that failed.
    struct OpenFailure: Error {
        let reason: String

        static var last: OpenFailure { unsafe OpenFailure(reason: SoundHandle.sentence(sf_strerror(nil))) }
    }

    private init(pointer: OpaquePointer, info: SF_INFO) {
        unsafe self.pointer = unsafe pointer
        self.info = info
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
