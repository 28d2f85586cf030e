internal import CSndfile
internal import Foundation

/// A kind of sound file: what libsndfile calls a major format.
public struct AudioContainer: Sendable, Hashable, CustomStringConvertible {
    let code: Int32

    /// Microsoft's WAV, with or without the extended header.
    public static let wav = AudioContainer(code: 0x01_0000)
    /// WAV with sizes of 64 bits.
    public static let rf64 = AudioContainer(code: 0x22_0000)
    /// Sony's Wave64.
    public static let w64 = AudioContainer(code: 0x0B_0000)
    /// Apple's AIFF and AIFC.
    public static let aiff = AudioContainer(code: 0x02_0000)
    /// Sun's AU.
    public static let au = AudioContainer(code: 0x03_0000)
    /// Apple's Core Audio Format.
    public static let caf = AudioContainer(code: 0x18_0000)
    /// FLAC.
    public static let flac = AudioContainer(code: 0x17_0000)
    /// Ogg, with Vorbis or Opus in it.
    public static let ogg = AudioContainer(code: 0x20_0000)
    /// MPEG audio.
    public static let mp3 = AudioContainer(code: 0x23_0000)
    /// What ffmpeg decodes; it is never written.
    public static let foreign = AudioContainer(code: 0x7F_0000)

    private static let names: [AudioContainer: String] = [
        .wav: "WAV", .rf64: "RF64", .w64: "W64", .aiff: "AIFF", .au: "AU", .caf: "CAF", .flac: "FLAC", .ogg: "OGG",
        .mp3: "MP3", .foreign: "read by ffmpeg",
    ]

    public var description: String { Self.names[self] ?? AudioFormat.name(ofMajor: code) }

    /// The file name extensions that choose a container for writing, and the encoding that some of them imply.
    static let extensions: [(name: String, container: AudioContainer, encoding: AudioEncoding?)] = [
        ("wav", .wav, nil), ("wave", .wav, nil), ("rf64", .rf64, nil), ("w64", .w64, nil), ("aif", .aiff, nil),
        ("aiff", .aiff, nil), ("aifc", .aiff, nil), ("au", .au, nil), ("snd", .au, nil), ("caf", .caf, nil),
        ("flac", .flac, nil), ("ogg", .ogg, .vorbis), ("oga", .ogg, .vorbis), ("opus", .ogg, .opus),
        ("mp3", .mp3, .mp3),
    ]
}

/// How a sound file holds its samples: what libsndfile calls a subtype.
public struct AudioEncoding: Sendable, Hashable, CustomStringConvertible {
    let code: Int32

    /// 8-bit signed integers.
    public static let pcmS8 = AudioEncoding(code: 1)
    /// 16-bit integers.
    public static let pcm16 = AudioEncoding(code: 2)
    /// 24-bit integers.
    public static let pcm24 = AudioEncoding(code: 3)
    /// 32-bit integers.
    public static let pcm32 = AudioEncoding(code: 4)
    /// 8-bit unsigned integers.
    public static let pcmU8 = AudioEncoding(code: 5)
    /// 32-bit floating-point numbers.
    public static let float32 = AudioEncoding(code: 6)
    /// 64-bit floating-point numbers.
    public static let float64 = AudioEncoding(code: 7)
    /// The mu-law of G.711, 8 bits a sample.
    public static let muLaw = AudioEncoding(code: 0x10)
    /// The A-law of G.711, 8 bits a sample.
    public static let aLaw = AudioEncoding(code: 0x11)
    /// Vorbis, lossy.
    public static let vorbis = AudioEncoding(code: 0x60)
    /// Opus, lossy.
    public static let opus = AudioEncoding(code: 0x64)
    /// Apple Lossless of 16 bits.
    public static let alac16 = AudioEncoding(code: 0x70)
    /// Apple Lossless of 20 bits.
    public static let alac20 = AudioEncoding(code: 0x71)
    /// Apple Lossless of 24 bits.
    public static let alac24 = AudioEncoding(code: 0x72)
    /// Apple Lossless of 32 bits.
    public static let alac32 = AudioEncoding(code: 0x73)
    /// MPEG layer I, lossy.
    public static let mpegLayer1 = AudioEncoding(code: 0x80)
    /// MPEG layer II, lossy.
    public static let mpegLayer2 = AudioEncoding(code: 0x81)
    /// MPEG layer III, lossy.
    public static let mp3 = AudioEncoding(code: 0x82)

    private static let names: [AudioEncoding: String] = [
        .pcmS8: "8-bit PCM", .pcmU8: "8-bit PCM", .pcm16: "16-bit PCM", .pcm24: "24-bit PCM", .pcm32: "32-bit PCM",
        .float32: "32-bit float", .float64: "64-bit float", .muLaw: "mu-law", .aLaw: "A-law", .vorbis: "Vorbis",
        .opus: "Opus", .alac16: "16-bit ALAC", .alac20: "20-bit ALAC", .alac24: "24-bit ALAC",
        .alac32: "32-bit ALAC", .mpegLayer1: "MPEG layer I",
        .mpegLayer2: "MPEG layer II", .mp3: "MP3",
    ]

    public var description: String { Self.names[self] ?? AudioFormat.name(ofSubtype: code) }

    /// What a decoder gives for this encoding, and thus what carries its samples without a change.
    enum Samples: Equatable {
        /// Signed integers of so many bits.
        case integers(bits: Int)
        case floats
        case doubles
    }

    var samples: Samples {
        switch self {
        case .pcmS8, .pcmU8: .integers(bits: 8)
        case .alac20: .integers(bits: 20)
        case .pcm24, .alac24: .integers(bits: 24)
        case .pcm32, .alac32: .integers(bits: 32)
        case .float32, .vorbis, .opus, .mp3, .mpegLayer1, .mpegLayer2: .floats
        case .float64: .doubles
        // 16-bit PCM and ALAC, the 8-bit laws, and the ADPCM, GSM and DPCM families, whose decoders give 16 bits;
        // of the others, DWVW alone has more.
        case AudioEncoding(code: 0x42): .integers(bits: 24)
        default: .integers(bits: 16)
        }
    }

    /// The largest sample, by its amount, that is held as it is; nil for floating point, which holds every one. A lossy encoding holds
    /// what its decoders give out as integers.
    public var fullScale: Float? {
        switch self {
        case .float32, .float64: nil
        case .vorbis, .opus, .mp3, .mpegLayer1, .mpegLayer2: 1
        case .muLaw: Companding.muLaw.largest
        case .aLaw: Companding.aLaw.largest
        default:
            if case .integers(let bits) = samples {
                min(Float(1).nextDown, Float(1 - exp2(Double(1 - bits))))
            } else {
                1
            }
        }
    }

    /// Bytes of one sample in the file, where each takes the same.
    var bytesPerSample: Int? {
        switch self {
        case .pcmS8, .pcmU8, .aLaw, .muLaw: 1
        case .pcm16: 2
        case .pcm24: 3
        case .pcm32, .float32: 4
        case .float64: 8
        default: nil
        }
    }

    /// Whether a decoder that is moved to a frame gives what it would give there after all frames before: not so where
    /// each sample is told by its difference from those before it, as GSM 6.10, G.721, G.723, NMS ADPCM, VOX, DWVW and
    /// DPCM do.
    var seeksExactly: Bool {
        ![0x20, 0x21, 0x22, 0x23, 0x24, 0x30, 0x31, 0x32, 0x40, 0x41, 0x42, 0x43, 0x50, 0x51].contains(code)
    }

    /// Whether decoding what was encoded gives the same samples.
    public var isLossless: Bool {
        switch self {
        case .pcmS8, .pcmU8, .pcm16, .pcm24, .pcm32, .float32, .float64, .alac16, .alac20, .alac24, .alac32: true
        default: false
        }
    }

    /// Whether every sample that `other` decodes to comes back the same from this encoding.
    func holdsExactly(_ other: AudioEncoding) -> Bool {
        // The 8-bit laws give back what they once took.
        if self == other && (self == .aLaw || self == .muLaw) { return true }
        guard isLossless else { return false }
        return switch (samples, other.samples) {
        case (.integers(let own), .integers(let theirs)): own >= theirs
        case (.floats, .integers(let bits)): bits <= 24
        case (.floats, .floats), (.doubles, _): true
        case (.floats, .doubles), (.integers, .floats), (.integers, .doubles): false
        }
    }
}

/// What a sound file is: container, encoding, rate and channels.
public struct AudioFormat: Sendable, Hashable {
    /// The container.
    public var container: AudioContainer
    /// How a sample is stored.
    public var encoding: AudioEncoding
    /// Frames per second.
    public var rate: Int
    /// The number of channels.
    public var channels: Int

    /// A format of these parts; whether it can be written is another question.
    public init(container: AudioContainer, encoding: AudioEncoding, rate: Int, channels: Int) {
        self.container = container
        self.encoding = encoding
        self.rate = rate
        self.channels = channels
    }
}

extension AudioFormat {
    init(_ info: SF_INFO) {
        let major = info.format & Int32(SF_FORMAT_TYPEMASK)
        // libsndfile counts WAV with the extended header as a kind of its own; for the user it is WAV.
        container = AudioContainer(code: major == 0x13_0000 ? AudioContainer.wav.code : major)
        encoding = AudioEncoding(code: info.format & Int32(SF_FORMAT_SUBMASK))
        rate = Int(info.samplerate)
        channels = Int(info.channels)
    }

    /// Bytes of one second of samples, where each sample takes the same.
    var bytesPerSecond: Double? { encoding.bytesPerSample.map { Double($0 * channels * rate) } }

    /// libsndfile's name of a major format, such as "VOC (Creative Labs)".
    static func name(ofMajor code: Int32) -> String { name(command: SFC_GET_FORMAT_INFO, code: code) }

    /// libsndfile's name of a subtype, such as "IMA ADPCM".
    static func name(ofSubtype code: Int32) -> String { name(command: SFC_GET_FORMAT_INFO, code: code) }

    private static func name(command: Int, code: Int32) -> String {
        var info = unsafe SF_FORMAT_INFO(format: code, name: nil, extension: nil)
        let failed = unsafe sf_command(
            nil, Int32(command), &info, Int32(MemoryLayout<SF_FORMAT_INFO>.size))
        guard failed == 0, let name = unsafe info.name else { return "format \(String(code, radix: 16))" }
        return unsafe String(cString: name)
    }

    /// Whether libsndfile writes this combination.
    var isWritable: Bool {
        var info = SF_INFO()
        info.samplerate = Int32(clamping: rate)
        info.channels = Int32(clamping: channels)
        info.format = container.code | encoding.code
        return unsafe sf_format_check(&info) != 0
    }
}
