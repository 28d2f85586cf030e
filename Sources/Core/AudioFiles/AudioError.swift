public import Foundation

/// What can go wrong with a sound file, in the words of whoever asked for it.
public enum AudioError: Error, Equatable {
    case missing(file: String)
    case notAFile(file: String)
    case unreadable(file: String, reason: String)
    /// The file is no longer what it was when it was opened.
    case changed(file: String)
    /// `found` names what libsndfile said.
    case notSound(file: String, found: String)
    case empty(file: String)
    /// The header promises more frames than the file holds.
    case truncated(file: String, promisedSeconds: Double, foundSeconds: Double)
    /// The header promises more bytes than the file holds, in a format whose frames cannot be counted.
    case cutShort(file: String)
    /// Bytes behind the samples that the header does not count, and that are of no other part of the file.
    case uncounted(file: String, bytes: Int)
    /// Another sound file follows at a byte, which no program would read.
    case joined(file: String, byte: Int)
    /// Samples in several chunks of one file, a later one at a byte.
    case inPieces(file: String, byte: Int)
    /// Sounds one after the other that differ in rate or channels.
    case partsDiffer(file: String)
    /// Samples that lie in the file in a way that is not read; `found` is such as "24 bits in 4 bytes each".
    case unusualSamples(file: String, found: String)
    /// A file that `ffmpeg` reads, which is not installed; `kind` is such as "an M4A file".
    case needsFFmpeg(file: String, kind: String)
    case ffmpegFailed(file: String, reason: String)
    /// The new file has no way to say where the channels belong.
    case unsupportedLayout(file: String, container: String, layout: String)
    /// Decoding failed at a place.
    case damaged(file: String, atSeconds: Double, reason: String)
    /// A sample is NaN or infinite.
    case notFinite(file: String, channel: Int, atSeconds: Double)
    /// A sample is so many times full scale that it is an error and no sound.
    case immense(file: String, channel: Int, atSeconds: Double, value: Float)
    /// A sample to be written is NaN or infinite.
    case notFiniteResult(file: String)
    /// There is no sample to be written.
    case emptyResult(file: String)
    /// No file where the sound is not known.
    case unsupportedRate(rate: Int, other: Int, file: String? = nil)
    case exists(file: String)
    case isItsOwnSource(file: String)
    case unknownExtension(file: String, known: [String])
    case unsupportedEncoding(file: String, container: String, encoding: String, holds: [String])
    case unsupportedRateOrChannels(file: String, format: String, rate: Int, channels: Int, instead: [String])
    case tooLong(file: String, container: String)
    case diskFull(file: String)
    case unwritable(file: String, reason: String)
}

extension AudioError: CustomStringConvertible, LocalizedError {
    public var errorDescription: String? { description }

    public var description: String {
        switch self {
        case .missing(let file): "\(file): no such file"
        case .notAFile(let file): "\(file): a sound file is expected, this is a folder, a pipe or a device"
        case .unreadable(let file, let reason): "\(file): cannot be read: \(reason)"
        case .changed(let file):
            "\(file): was changed by somebody else while it was read; nothing was written"
        case .notSound(let file, let found):
            "\(file): not a sound file of a known format (WAV, FLAC, OGG, MP3, AIFF, ...): \(found)"
        case .empty(let file): "\(file): holds no sound"
        case .truncated(let file, let promised, let found):
            "\(file): is truncated: its header promises \(Self.seconds(promised)), "
                + "\(Self.seconds(found)) are there; get a complete copy"
        case .cutShort(let file): "\(file): is truncated: it ends in the middle of its data; get a complete copy"
        case .uncounted(let file, let bytes):
            "\(file): \(bytes) bytes follow the samples that its header counts, and are of no other part of it: "
                + "a recording that was not ended properly; get an intact copy"
        case .joined(let file, let byte):
            "\(file): another sound file follows in it from byte \(byte) on, which would be lost; take the two apart first"
        case .inPieces(let file, let byte):
            "\(file): its samples lie in several pieces, one of them from byte \(byte) on, of which some would be lost; "
                + "save it as one piece first, with the program that wrote it or with ffmpeg"
        case .partsDiffer(let file):
            "\(file): is several sounds of different rates or channels, one after the other; take them apart first, "
                + "or convert them to one WAV file"
        case .unusualSamples(let file, let found):
            "\(file): its samples have \(found), of which programs do not agree; "
                + "save it with 16, 24 or 32 bits, in 2, 3 or 4 bytes each, with the program that wrote it"
        case .needsFFmpeg(let file, let kind):
            "\(file): is \(kind), which is read with ffmpeg; install it (apt-get install ffmpeg), or convert the file to WAV"
        case .ffmpegFailed(let file, let reason): "\(file): ffmpeg cannot decode it: \(reason)"
        case .unsupportedLayout(let file, let container, let layout):
            "\(file): \(container) has no place for the channels \(layout); write .wav, .flac or .caf"
        case .damaged(let file, let place, let reason):
            "\(file): is damaged near \(Self.seconds(place)): \(reason); get an intact copy"
        case .notFinite(let file, let channel, let place):
            "\(file): holds a sample that is not a number (channel \(channel + 1), at \(Self.seconds(place))); repair it first"
        case .immense(let file, let channel, let place, let value):
            "\(file): holds a sample of \(value) times full scale (channel \(channel + 1), at \(Self.seconds(place))), "
                + "which is no sound; repair it first"
        case .notFiniteResult(let file):
            "\(file): was not written: the edited sound holds a sample that is not a number; check the model"
        case .emptyResult(let file): "\(file): was not written: it would hold no sound"
        case .unsupportedRate(let rate, let other, let file):
            "\(file.map { "\($0): " } ?? "")a rate of \(rate) Hz cannot be brought to \(other) Hz: a factor of up to 256 expected; "
                + "convert the sound first"
        case .exists(let file): "\(file): exists already; choose another name"
        case .isItsOwnSource(let file): "\(file): is the source itself; choose another name"
        case .unknownExtension(let file, let known):
            "\(file): the extension must say the format, one of \(known.joined(separator: ", "))"
        case .unsupportedEncoding(let file, let container, let encoding, let holds):
            "\(file): \(container) cannot hold \(encoding); it can hold \(holds.joined(separator: ", "))"
        case .unsupportedRateOrChannels(let file, let format, let rate, let channels, let instead):
            "\(file): \(Self.limit(of: format, rate: rate, channels: channels))"
                + (instead.isEmpty ? "" : "; write \(instead.joined(separator: " or ")) instead")
        case .tooLong(let file, let container):
            "\(file): the sound is longer than \(container) can hold (4 GB); write .rf64, .w64 or .caf"
        case .diskFull(let file): "\(file): the disk is full; nothing was written"
        case .unwritable(let file, let reason): "\(file): cannot be written: \(reason)"
        }
    }

    /// What keeps a sound out of a format.
    private static func limit(of format: String, rate: Int, channels: Int) -> String {
        let sound = "the sound has \(channels) channel\(channels == 1 ? "" : "s") at \(rate) Hz"
        let most = ["FLAC": 8, "MP3": 2, "Opus": 8, "Vorbis": 255][format]
        if let most, channels > most { return "\(format) holds at most \(most) channels, \(sound)" }
        switch format {
        case "FLAC":
            return "FLAC holds rates up to 655350 Hz, above 65535 Hz only whole tens, \(sound)"
        case "MP3":
            return "MP3 holds only 8000, 11025, 12000, 16000, 22050, 24000, 32000, 44100 and 48000 Hz, \(sound)"
        case "Vorbis": return "Vorbis holds rates up to 200000 Hz, \(sound)"
        case "Opus": return "Opus holds only 8000, 12000, 16000, 24000 and 48000 Hz, \(sound)"
        default: return "\(format) cannot hold \(channels) channel\(channels == 1 ? "" : "s") at \(rate) Hz"
        }
    }

    private static func seconds(_ value: Double) -> String { String(format: "%.3f s", value) }
}

extension AudioError {
    /// Does something with sounds, and says of which of them it is that a rate is too far from what is needed.
    /// - Throws: what `body` throws.
    public static func naming<Result>(_ sounds: [any SoundSource], _ body: () throws -> Result) throws -> Result {
        do {
            return try body()
        } catch AudioError.unsupportedRate(let rate, let other, nil) {
            let sound = sounds.first { $0.rate == rate } ?? sounds.first { $0.rate == other }
            throw AudioError.unsupportedRate(rate: rate, other: other, file: sound?.label)
        }
    }

    /// Beyond this many times full scale a sample is an error: integers that somebody took for floating point stay below it.
    private static let largest: Float = 1e10

    /// - Parameters:
    ///   - channels: samples, `[channel][frame]`.
    ///   - start: the place of the first of them in the sound.
    /// - Throws: `notFinite`, `immense`.
    static func check(_ channels: [[Float]], from start: Int, rate: Int, file: String) throws(AudioError) {
        for (channel, samples) in channels.enumerated() {
            // NaN is not below anything.
            guard let frame = samples.firstIndex(where: { !(abs($0) < largest) }) else { continue }
            let (place, value) = (Double(start + frame) / Double(rate), samples[frame])
            guard value.isFinite else { throw .notFinite(file: file, channel: channel, atSeconds: place) }
            throw .immense(file: file, channel: channel, atSeconds: place, value: value)
        }
    }
}
