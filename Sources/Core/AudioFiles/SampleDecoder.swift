internal import Foundation

/// Why a file could not be opened by a decoder, in its words.
struct OpenFailure: Error {
    let reason: String
}

/// Gives the samples of one stream, interleaved, from where it stands. One thread at a time.
///
/// Each `read` puts up to `frames` frames into the front of a buffer, which grows as needed, and gives how many there were.
protocol SampleDecoder: AnyObject {
    var channels: Int { get }
    /// The decoder's words about the last failure, or nil.
    var failure: String? { get }
    /// Moves to a frame; false where the stream cannot.
    func seek(to frame: Int) -> Bool
    func read(_ frames: Int, into buffer: inout [Float]) -> Int
    func read(_ frames: Int, into buffer: inout [Double]) -> Int
    /// Integers come at the top of 32 bits, whatever their width in the file.
    func read(_ frames: Int, into buffer: inout [Int32]) -> Int
}

extension SampleDecoder {
    // For decoders that give floating point.

    func read(_ frames: Int, into buffer: inout [Double]) -> Int {
        var floats: [Float] = []
        let found = read(frames, into: &floats)
        buffer.replaceSubrange(
            0..<min(buffer.count, found * channels), with: floats[..<(found * channels)].map(Double.init))
        return found
    }

    func read(_ frames: Int, into buffer: inout [Int32]) -> Int {
        var floats: [Float] = []
        let found = read(frames, into: &floats)
        let integers = floats[..<(found * channels)].map { Int32(clamping: Int((Double($0) * 0x1p31).rounded())) }
        buffer.replaceSubrange(0..<min(buffer.count, found * channels), with: integers)
        return found
    }
}

/// One stream of a file and how it is decoded.
struct SoundPart: Sendable {
    enum Decoder: Sendable { case libsndfile, mpg123 }
    let source: VirtualFile
    let decoder: Decoder
    let frames: Int
    /// The last frame to which a seek gives the samples that decoding from the start does: 0 where none does.
    var lastSeek = Int.max

    func open() throws(OpenFailure) -> any SampleDecoder {
        switch decoder {
        case .libsndfile: try SoundHandle(reading: source)
        case .mpg123: try MP3Decoder(source)
        }
    }
}

/// Gives the samples of all streams of a file, one after the other.
final class SoundDecoder {
    private let parts: [SoundPart]
    let channels: Int
    /// The open part, and the next frame that it gives.
    private var open: (index: Int, decoder: any SampleDecoder, frame: Int)?
    private(set) var failure: String?

    init(_ parts: [SoundPart], channels: Int) {
        self.parts = parts
        self.channels = channels
    }

    /// Moves to a frame: where a stream cannot, by decoding it from its beginning.
    func seek(to frame: Int) -> Bool {
        var rest = frame
        guard
            let index = parts.indices.first(where: { index in
                if rest < parts[index].frames || index == parts.count - 1 { return true }
                rest -= parts[index].frames
                return false
            })
        else { return false }
        return move(to: index, rest)
    }

    private func move(to index: Int, _ frame: Int) -> Bool {
        let part = parts[index]
        let target = min(frame, part.lastSeek)
        if let open, open.index == index, open.frame <= frame, open.frame >= target { return skip(to: frame) }
        if let open, open.index == index, target > 0, open.decoder.seek(to: target) {
            self.open?.frame = target
            return skip(to: frame)
        }
        do throws(OpenFailure) {
            let isNew = open?.index != index
            open = (index, try part.open(), 0)
            if isNew, target > 0 {
                if open?.decoder.seek(to: target) == true {
                    open?.frame = target
                } else {
                    // A seek that failed may have left the decoder anywhere.
                    open = (index, try part.open(), 0)
                }
            }
        } catch {
            failure = error.reason
            return false
        }
        return skip(to: frame)
    }

    private func skip(to frame: Int) -> Bool {
        var block: [Float] = []
        while let open, open.frame < frame {
            let found = open.decoder.read(min(AudioFile.blockFrames, frame - open.frame), into: &block)
            self.open?.frame += found
            if found == 0 {
                failure = open.decoder.failure
                return false
            }
        }
        return true
    }

    func read(_ frames: Int, into buffer: inout [Float]) -> Int { gather(frames, &buffer) { $0.read($1, into: &$2) } }
    func read(_ frames: Int, into buffer: inout [Double]) -> Int { gather(frames, &buffer) { $0.read($1, into: &$2) } }
    func read(_ frames: Int, into buffer: inout [Int32]) -> Int { gather(frames, &buffer) { $0.read($1, into: &$2) } }

    /// Reads on from part to part until there are `frames` frames or one of them fails.
    private func gather<Sample>(
        _ frames: Int, _ buffer: inout [Sample], _ read: (any SampleDecoder, Int, inout [Sample]) -> Int
    ) -> Int {
        if open == nil, !move(to: 0, 0) { return 0 }
        var done = 0
        while done < frames, let open {
            let left = parts[open.index].frames - open.frame
            if left == 0 {
                guard open.index + 1 < parts.count, move(to: open.index + 1, 0) else { break }
                continue
            }
            let found: Int
            if done == 0 {
                found = read(open.decoder, min(frames, left), &buffer)
            } else {
                var more: [Sample] = []
                found = read(open.decoder, min(frames - done, left), &more)
                buffer.replaceSubrange(
                    done * channels..<min(buffer.count, (done + found) * channels), with: more[..<(found * channels)])
            }
            done += found
            self.open?.frame += found
            if found == 0 {
                failure = open.decoder.failure
                break
            }
        }
        return done
    }
}
