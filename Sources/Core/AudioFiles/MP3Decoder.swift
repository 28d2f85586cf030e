internal import CMPG123
internal import Foundation

/// Decodes the packets of an MPEG audio stream with libmpg123, whose own messages libsndfile would let through to standard
/// error and whose length it would estimate.
@safe final class MP3Decoder: SampleDecoder {
    private let pointer: OpaquePointer
    private let stream: ReadingStream
    let channels: Int
    /// Frames in all, counted packet by packet.
    let frames: Int
    private(set) var failure: String?

    init(_ source: VirtualFile) throws(OpenFailure) {
        stream = ReadingStream(source)
        var code: Int32 = 0
        mpg123_init()
        guard let pointer = unsafe mpg123_new(nil, &code) else { throw OpenFailure(reason: "no decoder") }
        unsafe self.pointer = unsafe pointer
        let flags = MPG123_QUIET.rawValue | MPG123_FORCE_FLOAT.rawValue | MPG123_GAPLESS.rawValue
        unsafe mpg123_param2(pointer, Int32(MPG123_ADD_FLAGS.rawValue), Int(flags), 0)
        unsafe mpg123_param2(pointer, Int32(MPG123_REMOVE_FLAGS.rawValue), Int(MPG123_AUTO_RESAMPLE.rawValue), 0)
        // The tag's wish for a volume is the player's business.
        unsafe mpg123_param2(pointer, Int32(MPG123_RVA.rawValue), Int(MPG123_RVA_OFF.rawValue), 0)
        unsafe mpg123_replace_reader_handle(
            pointer,
            { handle, buffer, count in
                guard let handle = unsafe handle, let buffer = unsafe buffer else { return -1 }
                return unsafe Unmanaged<ByteStream>.fromOpaque(handle).takeUnretainedValue()
                    .read(into: UnsafeMutableRawBufferPointer(start: buffer, count: count))
            },
            { handle, offset, origin in
                guard let handle = unsafe handle else { return -1 }
                return unsafe Unmanaged<ByteStream>.fromOpaque(handle).takeUnretainedValue().seek(offset, origin)
            }, nil)
        var (rate, channels, encoding) = (0, Int32(0), Int32(0))
        guard unsafe mpg123_open_handle(pointer, Unmanaged<ByteStream>.passUnretained(stream).toOpaque()) == 0,
            unsafe mpg123_getformat(pointer, &rate, &channels, &encoding) == 0, unsafe mpg123_scan(pointer) == 0
        else {
            let reason = unsafe String(cString: mpg123_strerror(pointer))
            unsafe mpg123_delete(pointer)
            throw OpenFailure(reason: reason)
        }
        self.channels = Int(channels)
        frames = max(0, unsafe mpg123_length(pointer))
    }

    deinit { unsafe mpg123_delete(pointer) }

    func seek(to frame: Int) -> Bool { unsafe mpg123_seek(pointer, frame, SEEK_SET) == frame }

    func read(_ frames: Int, into buffer: inout [Float]) -> Int {
        let wanted = frames * channels
        if buffer.count < wanted { buffer += [Float](repeating: 0, count: wanted - buffer.count) }
        var done = 0
        while done < wanted {
            var bytes = 0
            let code = unsafe buffer.withUnsafeMutableBytes {
                unsafe mpg123_read(pointer, $0.baseAddress! + 4 * done, 4 * (wanted - done), &bytes)
            }
            done += bytes / 4
            if code == MPG123_NEW_FORMAT.rawValue { continue }
            guard code == MPG123_OK.rawValue, bytes > 0 else {
                if code != MPG123_DONE.rawValue, code != MPG123_OK.rawValue {
                    failure = unsafe String(cString: mpg123_strerror(pointer))
                }
                break
            }
        }
        return done / channels
    }
}
