internal import CSndfile
internal import Foundation

/// What a sound file holds beside its samples, carried from one libsndfile file to another: words, broadcast, cart,
/// cue and instrument data, the channels' places, and chunks that libsndfile does not know.
struct SoundMetadata {
    private var tags: [AudioTag: String]
    private var broadcast: [UInt8]?
    private var cart: [UInt8]?
    private var cues: [UInt8]?
    private var instrument: [UInt8]?
    private var channelMap: [UInt8]?
    private var chunks: [(id: [UInt8], data: [UInt8])] = []
    private let container: AudioContainer

    init(of handle: SoundHandle, _ format: AudioFormat) {
        container = format.container
        tags = AudioTag.read(from: handle)
        // The texts at the end of these two structures are of any length; libsndfile takes less than 16 KiB.
        broadcast = Self.get(SFC_GET_BROADCAST_INFO, from: handle, size: MemoryLayout<SF_BROADCAST_INFO>.size + 16_000)
        cart = Self.get(SFC_GET_CART_INFO, from: handle, size: MemoryLayout<SF_CART_INFO>.size + 16_000)
        instrument = Self.get(SFC_GET_INSTRUMENT, from: handle, size: MemoryLayout<SF_INSTRUMENT>.size)
        channelMap = Self.get(SFC_GET_CHANNEL_MAP_INFO, from: handle, size: 4 * format.channels)
        var count: UInt32 = 0
        if unsafe sf_command(handle.pointer, Int32(SFC_GET_CUE_COUNT), &count, 4) != 0, count > 0 {
            cues = Self.get(SFC_GET_CUE, from: handle, size: 4 + Int(count) * MemoryLayout<SF_CUE_POINT>.stride)
        }
        readChunks(from: handle)
    }

    private static func get(_ command: Int, from handle: SoundHandle, size: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: size)
        return unsafe sf_command(handle.pointer, Int32(command), &bytes, Int32(size)) != 0 ? bytes : nil
    }

    /// Chunks that libsndfile writes by itself or that are true of the old samples only.
    private static let ownChunks: Set<String> = [
        "RIFF", "RF64", "WAVE", "ds64", "fmt ", "data", "fact", "PEAK", "LIST", "INFO", "bext", "cart", "cue ", "smpl",
        "inst", "JUNK", "junk", "PAD ", "FLLR", "MD5 ", "levl", "FORM", "COMM", "SSND", "NAME", "AUTH", "ANNO", "(c) ",
        "APPL", "MARK", "INST", "FVER", "desc", "chan", "info", "free", "peak", "pakt", "kuki", "strg",
    ]

    private mutating func readChunks(from handle: SoundHandle) {
        var iterator = unsafe sf_get_chunk_iterator(handle.pointer, nil)
        while unsafe iterator != nil {
            var info = unsafe SF_CHUNK_INFO()
            if unsafe sf_get_chunk_size(iterator, &info) == 0, unsafe info.datalen < 1 << 24 {
                var data = unsafe [UInt8](repeating: 0, count: Int(info.datalen))
                let failed = unsafe data.withUnsafeMutableBytes { bytes in
                    unsafe info.data = bytes.baseAddress
                    return unsafe sf_get_chunk_data(iterator, &info)
                }
                let id = unsafe withUnsafeBytes(of: &info.id) { unsafe Array($0.prefix(4)) }
                if failed == 0, !Self.ownChunks.contains(String(decoding: id, as: UTF8.self)) {
                    chunks.append((id, data))
                }
            }
            unsafe iterator = sf_next_chunk_iterator(iterator)
        }
    }

    /// Writes everything that the container of `handle` takes, before its first sample.
    /// - Parameter ratio: the new rate over the old one; places counted in samples move with it.
    func write(to handle: SoundHandle, _ format: AudioFormat, ratio: Double = 1) {
        for (tag, text) in tags { unsafe sf_set_string(handle.pointer, tag.rawValue, text) }
        if var broadcast {
            if ratio != 1 { Self.scaleTime(of: &broadcast, by: ratio) }
            Self.set(SFC_SET_BROADCAST_INFO, of: handle, broadcast)
        }
        if let cart { Self.set(SFC_SET_CART_INFO, of: handle, cart) }
        if var cues {
            // SF_CUE_POINT has the position in its second word and the sample offset in its sixth.
            let starts = stride(from: 4, to: cues.count, by: MemoryLayout<SF_CUE_POINT>.stride)
            Self.scale(&cues, at: starts.flatMap { [$0 + 4, $0 + 20] }, by: ratio)
            Self.set(SFC_SET_CUE, of: handle, cues)
        }
        if var instrument {
            // After 16 bytes SF_INSTRUMENT has 16 loops of mode, start, end and count.
            let starts = stride(from: 16, to: instrument.count, by: 16)
            Self.scale(&instrument, at: starts.flatMap { [$0 + 4, $0 + 8] }, by: ratio)
            Self.set(SFC_SET_INSTRUMENT, of: handle, instrument)
        }
        if let channelMap { Self.set(SFC_SET_CHANNEL_MAP_INFO, of: handle, channelMap) }
        if format.container == container {
            for chunk in chunks { Self.set(chunk: chunk, of: handle) }
        }
    }

    private static func set(_ command: Int, of handle: SoundHandle, _ bytes: [UInt8]) {
        // A container that has no place for it says no, and goes without.
        var bytes = bytes
        _ = unsafe sf_command(handle.pointer, Int32(command), &bytes, Int32(bytes.count))
    }

    private static func scaleTime(of broadcast: inout [UInt8], by ratio: Double) {
        unsafe broadcast.withUnsafeMutableBytes { bytes in
            var info = unsafe bytes.loadUnaligned(as: SF_BROADCAST_INFO.self)
            let time = Double(UInt64(info.time_reference_high) << 32 | UInt64(info.time_reference_low)) * ratio
            info.time_reference_low = UInt32(truncatingIfNeeded: UInt64(time))
            info.time_reference_high = UInt32(truncatingIfNeeded: UInt64(time) >> 32)
            unsafe bytes.storeBytes(of: info, as: SF_BROADCAST_INFO.self)
        }
    }

    /// Multiplies the 32-bit numbers at some offsets.
    private static func scale(_ bytes: inout [UInt8], at offsets: [Int], by ratio: Double) {
        guard ratio != 1 else { return }
        unsafe bytes.withUnsafeMutableBytes { bytes in
            for offset in offsets where offset + 4 <= bytes.count {
                let value = unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
                unsafe bytes.storeBytes(
                    of: UInt32(clamping: Int(Double(value) * ratio)), toByteOffset: offset, as: UInt32.self)
            }
        }
    }

    private static func set(chunk: (id: [UInt8], data: [UInt8]), of handle: SoundHandle) {
        var data = chunk.data
        unsafe data.withUnsafeMutableBytes { bytes in
            var info = unsafe SF_CHUNK_INFO()
            unsafe withUnsafeMutableBytes(of: &info.id) { unsafe $0.copyBytes(from: chunk.id) }
            unsafe info.id_size = UInt32(chunk.id.count)
            unsafe info.datalen = UInt32(bytes.count)
            unsafe info.data = bytes.baseAddress
            // libsndfile copies the data.
            _ = unsafe sf_set_chunk(handle.pointer, &info)
        }
    }
}
