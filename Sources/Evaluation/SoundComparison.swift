public import Core
public import Editing
internal import Foundation

/// Two sounds held against each other, in all of their time or in a part of it.
public struct SoundComparison: Sendable, Encodable {
    /// One of the sounds.
    public struct Side: Sendable, Encodable {
        /// What it is called in messages.
        public let name: String
        /// The sampling rate in Hz.
        public let rate: Int
        /// The number of channels.
        public let channels: Int
        /// The mean level in dB against full scale; nil for silence.
        public let level: Double?
        /// The largest sample, by its amount, in dB against full scale; nil for silence.
        public let peak: Double?

        enum CodingKeys: String, CodingKey {
            case name, rate, channels
            case level = "level_db"
            case peak = "peak_db"
        }
    }

    /// A band of the spectrum, a third of an octave wide.
    public struct Band: Sendable, Encodable, Equatable {
        /// The middle in Hz.
        public let centre: Double
        /// The level of the first sound in the band in dB against full scale; nil for silence.
        public let first: Double?
        /// The level of the second one; nil for silence.
        public let second: Double?

        enum CodingKeys: String, CodingKey {
            case centre = "hz"
            case first = "first_db"
            case second = "second_db"
        }
    }

    /// The part of both that was compared, in seconds.
    public let region: Region
    /// The first sound, against which the second is held.
    public let first: Side
    /// The second sound.
    public let second: Side
    /// Where the samples differ, in order, what lies within 50 ms being one; nil for sounds of different rates or channels.
    public let differences: [Region]?
    /// Levels in bands that both sounds have.
    public let bands: [Band]
    /// The log-spectral distance, as `PairMeasures` has it.
    public let logSpectralDistance: Double?
    /// The scale-invariant signal-to-distortion ratio in dB, at most 100; nil for silence.
    public let signalToDistortion: Double?
    /// The mean absolute difference of mel levels in dB; nil where the first sound is silent.
    public let melError: Double?
    /// The mean difference of mel levels in dB; nil where the first sound is silent.
    public let melLevel: Double?
    /// How lively the second sound is against the first; nil where the first is silent.
    public let texture: Double?
    /// The cosine of what an audio tower hears in both, -1...1; nil for silence, and where no tower hears.
    public let similarity: Double?

    enum CodingKeys: String, CodingKey {
        case region, first, second, differences, bands, texture, similarity
        case logSpectralDistance = "log_spectral_distance"
        case signalToDistortion = "si_sdr_db"
        case melError = "mel_error_db"
        case melLevel = "mel_level_db"
    }

    /// Compares two sounds at the first one's rate, the means of their channels.
    /// - Parameters:
    ///   - first: the sound against which the other one is held.
    ///   - second: the other one.
    ///   - region: the part of both, in seconds; nil for as much as both have.
    ///   - tower: what hears both; nil for no similarity.
    /// - Throws: `EditingError.regionOutside` or `regionTooShort`; what reading the sounds throws.
    public init(of first: AudioFile, _ second: AudioFile, in region: Region? = nil, tower: TowerNetwork? = nil) throws {
        let whole = Region(start: 0, end: min(first.duration, second.duration))
        let region = region ?? whole
        guard region.start >= 0, region.end <= whole.end + 0.0005 else {
            throw EditingError.regionOutside(start: region.start, end: region.end, duration: whole.end)
        }
        let (a, b) = (try Self.read(first, region), try Self.read(second, region))
        self.region = region
        self.first = Self.side(first, a)
        self.second = Self.side(second, b)
        let isAlike = first.rate == second.rate && first.channels == second.channels
        differences = isAlike ? Self.differences(a, b, from: region.start, rate: first.rate) : nil

        let real = Self.mono(a)
        let made = try MonoSound(samples: Self.mono(b), rate: second.rate).samples(at: first.rate)
        let count = min(real.count, made.count)
        let (x, y, rate) = (Array(real.prefix(count)), Array(made.prefix(count)), first.rate)
        bands = Self.bands(x, y, rate: rate, highest: Double(min(first.rate, second.rate)) / 2)
        logSpectralDistance = rate >= 1000 ? PairMeasures.logSpectralDistance(x, y, rate: rate) : nil
        signalToDistortion = PairMeasures.signalToDistortion(x, y)
        let front = PairMeasures.frontEnd
        let logMel = LogMel(front)
        let mels = try [x, y].map { logMel(try MonoSound(samples: $0, rate: rate).samples(at: front.samplingRate)) }
        let figures = PairMeasures.melFigures(mels[0], mels[1], floor: Float(log(front.floor)))
        (melError, melLevel, texture) = (figures?.error, figures?.level, figures?.texture)
        similarity = try tower.flatMap { tower -> Double? in
            let heard = try [x, y].map {
                tower.hear(try MonoSound(samples: $0, rate: rate).samples(at: tower.rate))?.embedding
            }
            guard let one = heard[0], let other = heard[1] else { return nil }
            return Double(TowerNetwork.cosine(one, other))
        }
    }

    private static func read(_ file: AudioFile, _ region: Region) throws -> [[Float]] {
        let rate = Double(file.rate)
        let (low, high) = (Int((region.start * rate).rounded()), min(file.frames, Int((region.end * rate).rounded())))
        guard low < high else {
            throw EditingError.regionTooShort(start: region.start, end: region.end, rate: file.rate)
        }
        return try file.read(frames: low..<high)
    }

    private static func mono(_ channels: [[Float]]) -> [Float] {
        guard channels.count > 1 else { return channels[0] }
        var samples = channels[0]
        for channel in channels.dropFirst() {
            for index in samples.indices { samples[index] += channel[index] }
        }
        return samples.map { $0 / Float(channels.count) }
    }

    private static func side(_ file: AudioFile, _ channels: [[Float]]) -> Side {
        let powers = channels.map { $0.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(1, $0.count)) }
        let power = powers.reduce(0, +) / Double(channels.count)
        let peak = channels.map { $0.reduce(0) { max($0, abs($1)) } }.max() ?? 0
        return Side(
            name: file.label, rate: file.rate, channels: file.channels, level: decibels(power),
            peak: peak > 0 ? 20 * log10(Double(peak)) : nil)
    }

    private static func decibels(_ power: Double) -> Double? { power > 1e-14 ? 10 * log10(power) : nil }

    private static func differences(_ a: [[Float]], _ b: [[Float]], from start: Double, rate: Int) -> [Region] {
        let gap = max(1, rate / 20)
        var ranges: [Range<Int>] = []
        for index in 0..<min(a[0].count, b[0].count) where a.indices.contains(where: { a[$0][index] != b[$0][index] }) {
            if let last = ranges.last, index - last.upperBound < gap {
                ranges[ranges.count - 1] = last.lowerBound..<index + 1
            } else {
                ranges.append(index..<index + 1)
            }
        }
        return ranges.map {
            Region(
                start: start + Double($0.lowerBound) / Double(rate), end: start + Double($0.upperBound) / Double(rate))
        }
    }

    /// Thirds of octaves about 1 kHz, from 25 Hz on; the levels of all of them together are the sound's.
    private static func bands(_ a: [Float], _ b: [Float], rate: Int, highest: Double) -> [Band] {
        let size = min(1 << 13, max(256, rate / 8))
        let transform = ShortTimeFourierTransform(fftSize: size, windowSize: size, hopSize: size / 2)
        func levels(_ samples: [Float]) -> (Int) -> Double {
            let magnitudes = transform.magnitudes(samples)
            var powers = [Double](repeating: 0, count: transform.bins)
            for index in magnitudes.indices {
                powers[index % transform.bins] += Double(magnitudes[index]) * Double(magnitudes[index])
            }
            let power = samples.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(samples.count)
            let scale = power / max(powers.reduce(0, +), 1e-30)
            return { powers[$0] * scale }
        }
        let (first, second) = (levels(a), levels(b))
        let width = Double(rate) / Double(size)
        return (-16...13).compactMap { third -> Band? in
            let centre = 1000 * exp2(Double(third) / 3)
            let (low, high) = (centre * exp2(-1.0 / 6), centre * exp2(1.0 / 6))
            let bins =
                Int((low / width).rounded(.up))..<max(Int((low / width).rounded(.up)), Int((high / width).rounded(.up)))
            guard !bins.isEmpty, high <= highest, bins.upperBound <= transform.bins else { return nil }
            return Band(
                centre: centre, first: decibels(bins.reduce(0) { $0 + first($1) }),
                second: decibels(bins.reduce(0) { $0 + second($1) }))
        }
    }
}
