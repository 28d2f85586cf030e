internal import Core
internal import Foundation

/// Says how good a take is: by its edges, its levels and the model's ear.
struct TakeJudge {
    private let conditioner: Conditioner
    private let source: (any SoundSource)?
    private let loaded: LoadedModel

    /// What a dB of an edge that sticks out, and of a level that differs, weighs against the cosine that the ear gives.
    private static let (seamWeight, levelWeight) = (0.05, 0.02)
    /// Seconds of the surroundings that are heard, those that are heard together with what was made, and the most that is heard.
    private static let (around, beside, longest) = (2.0, 0.5, 20.0)

    init(_ condition: Condition, _ source: (any SoundSource)?, _ loaded: LoadedModel) throws {
        conditioner = try Conditioner(condition, loaded, EditLog { _ in })
        self.source = source
        self.loaded = loaded
    }

    /// The mean over what was made.
    /// - Parameter join: where the source lies in the result; nil where it is as long.
    func score(
        _ stretches: [RecordingDestination.Stretch], rate: Int, in join: SoundJoin? = nil
    ) throws -> Double {
        guard !stretches.isEmpty else { return 0 }
        return try stretches.reduce(0) { $0 + (try score($1, rate: rate, join)) } / Double(stretches.count)
    }

    private func score(_ stretch: RecordingDestination.Stretch, rate: Int, _ join: SoundJoin?) throws -> Double {
        let (before, after) = try surroundings(of: stretch.frames, rate: rate, join)
        let made = stretch.channels
        let heard = zip(before, after).map { $0 + $1 }
        let weights = ChannelMix.weights(of: heard.first?.isEmpty ?? true ? made : heard)
        let mono = ChannelMix.mix(made, weights)
        let sides = (ChannelMix.mix(before, weights), ChannelMix.mix(after, weights))

        var figures = RegionFigures()
        figures.add(
            made, before: sides.0.isEmpty ? nil : before, after: sides.1.isEmpty ? nil : after, rate: rate)
        let seam = max(0, figures.seam ?? 0)
        let difference = levelDifference(mono, sides.0 + sides.1, rate: rate)
        return try ear(mono, sides, rate: rate) - Self.seamWeight * seam - Self.levelWeight * difference
    }

    /// The channels to either side; none where the source has another rate, and its frames are other ones.
    private func surroundings(
        of frames: Range<Int>, rate: Int, _ join: SoundJoin?
    ) throws -> (before: [[Float]], after: [[Float]]) {
        guard let source, source.rate == rate, join != nil || frames.upperBound <= source.frames else {
            let nothing = [[Float]](repeating: [], count: source?.channelCount ?? 1)
            return (nothing, nothing)
        }
        let count = Int(Self.around * Double(rate))
        let whole = 0..<source.frames
        let start = min(max(0, frames.lowerBound - (join?.first ?? 0)), source.frames)
        // A loop's end is followed by its beginning.
        let end = join?.isLoop == true ? 0 : min(max(0, frames.upperBound - (join?.first ?? 0)), source.frames)
        return (
            try source.read(frames: (start - count..<start).clamped(to: whole)),
            try source.read(frames: (end..<end + count).clamped(to: whole))
        )
    }

    /// The mean absolute difference of the levels in thirds of octaves, in dB.
    private func levelDifference(_ made: [Float], _ around: [Float], rate: Int) -> Double {
        let bands = FrequencyBands(rate: rate)
        guard let inside = bands.powers(of: made), let outside = bands.powers(of: around) else { return 0 }
        let floor = 1e-6 * (outside.max() ?? 0) + 1e-14
        let differences = zip(inside, outside).map { abs(10 * log10(($0 + floor) / ($1 + floor))) }
        return differences.reduce(0, +) / Double(differences.count)
    }

    /// The cosine of what was made, with what is right beside it, to what was asked for; 0 for a model that cannot hear.
    private func ear(_ made: [Float], _ sides: ([Float], [Float]), rate: Int) throws -> Double {
        guard loaded.model.audioEncoderConfiguration != nil else { return 0 }
        let around = [sides.0, sides.1].filter { !$0.isEmpty }
        guard let wanted = try conditioner.condition(hearing: loaded.heard(around, rate: rate))?.towards else {
            return 0
        }
        let near = Int(Self.beside * Double(rate))
        let whole = sides.0.suffix(near) + made.prefix(Int(Self.longest * Double(rate))) + sides.1.prefix(near)
        return try loaded.likeness(of: Array(whole), rate: rate, to: wanted) ?? -1
    }
}
