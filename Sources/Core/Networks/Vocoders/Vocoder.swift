/// A network that turns log-mel frames into samples.
public protocol Vocoder: Sendable {
    /// The sampling rate of the samples, in Hz.
    var samplingRate: Int { get }
    /// The number of mel bins of the log-mel.
    var melBins: Int { get }
    /// The number of samples in a mel frame.
    var hopSize: Int { get }
    /// The number of mel frames to either side of a frame beyond which nothing can change the frame's samples.
    var contextFrames: Int { get }
    /// The same where there are templates.
    var templateContextFrames: Int { get }

    /// Makes the samples of a stretch of a sound.
    /// - Parameters:
    ///   - mel: the log-mel (natural logarithm), [B, T, bins].
    ///   - first: the place of the first frame in the whole sound: parts of it then come out as they would in the
    ///     whole.
    /// - Returns: the samples, [B, N], N at least T * `hopSize` unless T is too short for the network.
    func callAsFunction(_ mel: Tensor, from first: Int) -> Tensor

    /// Makes the samples of a stretch of a sound, parts of which are like some that there are already.
    /// - Parameters:
    ///   - mel: the log-mel (natural logarithm), [B, T, bins].
    ///   - first: the place of the first frame in the whole sound.
    ///   - templates: what parts of the sound are made of, apart from each other; places beyond the stretch do not
    ///     matter.
    /// - Returns: the samples, [B, N], as without templates where there are none.
    func callAsFunction(_ mel: Tensor, from first: Int, templates: [SampleTemplate]) -> Tensor

    /// The same vocoder with fewer rounds in which its sound is brought to the log-mel that it was made from.
    /// - Parameter rounds: the most rounds, at least 1.
    /// - Returns: the vocoder itself where it takes no more.
    func limited(matchingRounds rounds: Int) -> any Vocoder
}

/// Samples whose fine structure a vocoder may take over: it then brings them to its log-mel instead of making its own.
public struct SampleTemplate: Sendable {
    /// The place of the first sample in the whole sound.
    public let start: Int
    /// The samples, at the vocoder's rate.
    public let samples: [Float]
    /// The bands of the log-mel, from the lowest on, to whose levels they are brought; above them they stay as they are.
    public let levelledBands: Int

    /// The number of samples over which a template takes over from what the vocoder makes, and at its end gives back: fewer where it
    /// has less than four times as many.
    public static let fade = 512

    /// - Parameters:
    ///   - start: the place of the first sample in the whole sound.
    ///   - samples: the samples, at the vocoder's rate.
    ///   - levelledBands: the bands to whose levels they are brought, from the lowest on; all of them unless said otherwise.
    public init(start: Int, samples: [Float], levelledBands: Int = .max) {
        self.start = start
        self.samples = samples
        self.levelledBands = levelledBands
    }
}

extension Vocoder {
    /// As without templates, unless the vocoder says otherwise.
    public var templateContextFrames: Int { contextFrames }

    /// A vocoder makes all samples by itself unless it says otherwise.
    public func callAsFunction(_ mel: Tensor, from first: Int, templates: [SampleTemplate]) -> Tensor {
        self(mel, from: first)
    }

    /// The vocoder itself: it takes no rounds.
    public func limited(matchingRounds rounds: Int) -> any Vocoder { self }
}

extension Vocoder {
    /// Makes the samples of a whole sound.
    /// - Parameter mel: the log-mel (natural logarithm), [B, T, bins].
    /// - Returns: the samples, [B, N], N at least T * `hopSize` unless T is too short for the network.
    public func callAsFunction(_ mel: Tensor) -> Tensor { self(mel, from: 0) }
}

/// What the `config.json` of a vocoder says about its kind, and its sizes.
enum VocoderConfiguration: Decodable, Sendable {
    case hifiGan(HifiGanConfiguration)
    case vocos(VocosConfiguration)

    private enum Architecture: String, CaseIterable {
        case hifiGan = "SpeechT5HifiGan"
        case vocos = "Vocos"
    }

    private enum CodingKeys: String, CodingKey {
        case architectures
    }

    init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        let architectures: [Architecture] = try keys.choices(.architectures, count: 1)
        switch architectures[0] {
        case .hifiGan: self = .hifiGan(try HifiGanConfiguration(from: decoder))
        case .vocos: self = .vocos(try VocosConfiguration(from: decoder))
        }
    }

    /// In Hz.
    var samplingRate: Int {
        switch self {
        case .hifiGan(let configuration): configuration.samplingRate
        case .vocos(let configuration): configuration.samplingRate
        }
    }

    var melBins: Int {
        switch self {
        case .hifiGan(let configuration): configuration.melBins
        case .vocos(let configuration): configuration.melBins
        }
    }

    /// Samples per mel frame.
    var hopSize: Int {
        switch self {
        case .hifiGan(let configuration): configuration.hopSize
        case .vocos(let configuration): configuration.hopSize
        }
    }

    /// The name of the kind, as people know it.
    var name: String {
        switch self {
        case .hifiGan: "HiFi-GAN"
        case .vocos: "Vocos"
        }
    }

    /// The rounds in which templates are brought to the log-mel by a vocoder that does not do so with what it makes itself.
    private static let templateRounds = 6

    /// - Parameter frontEnd: what the log-mels are made by.
    func vocoder(_ weights: WeightScope, _ frontEnd: FrontEnd) throws(CheckpointError) -> any Vocoder {
        func matched(_ base: any Vocoder, rounds: Int) -> MelMatchedVocoder {
            MelMatchedVocoder(
                base: base, matching: MelMatching(frontEnd, rounds: rounds > 0 ? rounds : Self.templateRounds),
                matchesAll: rounds > 0)
        }
        switch self {
        case .hifiGan(let configuration): return matched(try HifiGan(weights, configuration), rounds: 0)
        case .vocos(let configuration):
            return matched(try Vocos(weights, configuration), rounds: configuration.matchingRounds)
        }
    }
}
