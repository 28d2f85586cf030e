internal import Core
internal import Foundation

/// Makes the channels of a region out of the one channel that the model made, and fits them into the source.
struct RegionFit {
    private let area: EditArea
    private let region: Range<Int>
    /// Whether all of it goes by what lies beside its rectangles.
    private let isBeside: Bool
    private let context: RegionContext
    private let rate: Int
    private let splice: Splice
    private let surroundings: (before: [[Float]], after: [[Float]])
    /// The surroundings as the model hears them.
    private let mixed: (before: [Float], after: [Float])
    private let completion: UpperBand?
    /// Takes away what lies above the end of the recording; nil where that reaches as high as its rate and the model.
    private let dulling: ConvolutionFilter?
    /// What both sides foretell; nil for a region that is too long for it, and where it is not asked for.
    private let prediction: GapPrediction?
    private var foretold: Double?
    private var level: LevelMatch?
    /// nil before the first block.
    private var beside: BesideLevel??
    private var image: StereoImage?
    /// nil where there is no source whose loudness stays.
    private var loudness: LoudnessMatch?
    private var figures = RegionFigures()

    /// - Parameter top: where what is made ends, in Hz.
    init(_ area: EditArea, _ context: RegionContext, top: Double) throws {
        let region = area.frames
        self.area = area
        self.region = region
        isBeside = context.start.goesBeside(area)
        self.context = context
        rate = context.source.rate
        splice = Splice(rate: rate)
        surroundings = try context.surroundings(of: region)
        mixed = (
            ChannelMix.mix(surroundings.before, context.weights), ChannelMix.mix(surroundings.after, context.weights)
        )
        completion =
            context.cutoff > top
            ? UpperBand(before: mixed.before, after: mixed.after, top: top, rate: rate) : nil
        // The recording itself has fallen by up to 12 dB where it is found to end.
        dulling =
            context.isDull ? .lowPass(pass: 0.96 * context.cutoff, stop: 1.04 * context.cutoff, rate: rate) : nil
        loudness = area.isBanded ? nil : context.kept.map { LoudnessMatch($0, rate: context.source.rate) }
        let isShort = Double(region.count) <= PredictionStart.longest * Double(rate)
        prediction =
            context.foretells && isShort && !area.isBanded
            ? GapPrediction(
                before: surroundings.before, after: surroundings.after, count: region.count, rate: rate, isDoubted: true
            )
            : nil
    }

    /// Whether there are channels in which what was made is to be spread.
    var isSpread: Bool { context.weights.count > 1 && context.image == .ofSurroundings }

    /// Seconds to either side of the frames that the fit can use.
    static let margin = 0.4

    /// - Parameters:
    ///   - mono: the model's sound at the source's rate; `start` is the source's frame of its first sample.
    ///   - frames: of the region; blocks come in order.
    ///   - passage: the channels of the sound that it was made of, as long; nil where it was not.
    /// - Returns: what replaces the frames in each channel.
    mutating func channels(of mono: [Float], from start: Int, in frames: Range<Int>, passage: [[Float]]? = nil) throws
        -> [[Float]]
    {
        // 1. What of the recording lies under the fill at its edges.
        let kept = context.kept(around: region, count: splice.margin)
        let end = max(frames.upperBound, start + mono.count)
        let isFirst = frames.lowerBound == region.lowerBound
        let isLast = frames.upperBound == region.upperBound
        let before =
            isFirst ? kept.before.clamped(to: start..<frames.lowerBound) : frames.lowerBound..<frames.lowerBound
        let after = isLast ? kept.after.clamped(to: frames.upperBound..<end) : frames.upperBound..<frames.upperBound
        let (lead, tail) = (before.count, after.count)

        // 2. The one channel: level, and the ends of its spectrum.
        var fill = mono + [Float](repeating: 0, count: end - start - mono.count)
        if context.hidesSource, !isBeside {
            let level =
                level
                ?? LevelMatch(
                    Array(fill[before.lowerBound - start..<after.upperBound - start]), leading: lead, trailing: tail,
                    before: mixed.before, after: mixed.after, rate: rate, of: area.rectangles.map(\.band))
            self.level = level
            fill = level(fill, from: start - region.lowerBound)
        }
        if let completion { fill = completion(fill, from: start) }
        if area.isBanded, context.hidesSource { fill = try besideLevel(fill, from: start, in: frames) }
        if let dulling { fill = dulling(fill) }

        // 3. The channels, and the edges.
        var spread = try loudnessKept(spread(fill, from: start, in: frames, passage), from: start, in: frames)
        let result: [[Float]]
        if isBeside {
            // What is at the edges may be what is to go.
            result = spread.map { Array($0[frames.lowerBound - start..<frames.upperBound - start]) }
        } else {
            let (known, next) = (try context.source.read(frames: before), try context.source.read(frames: after))
            let part = before.lowerBound - start..<after.upperBound - start
            if context.hidesSource {
                let edges = EdgeRise(rate: rate)
                spread = Parallel.map(spread.count) { [spread] channel in
                    let left = edges(Array(spread[channel][part]), after: known[channel])
                    let both = edges(left.reversed(), after: next[channel].reversed()).reversed()
                    return Array(spread[channel][..<part.lowerBound]) + both + spread[channel][part.upperBound...]
                }
            }
            let margins = spread.map { Array($0[part]) }
            let spliced = Parallel.map(known.count) { [splice] in
                splice(margins[$0], before: known[$0], after: next[$0])
            }
            guard let prediction, isFirst, isLast else { return spliced }
            result = prediction.filled(
                with: spread, leading: frames.lowerBound - start, trailing: end - frames.upperBound, spliced: spliced)
            foretold = prediction.foretoldShare(of: result)
        }
        return result
    }

    /// The fill at the level of what lies beside the rectangles that go by that.
    private mutating func besideLevel(_ fill: [Float], from start: Int, in frames: Range<Int>) throws -> [Float] {
        if beside == nil {
            let bands = area.rectangles.map(\.band).filter(context.start.goesBeside)
            let source = ChannelMix.mix(try context.source.read(frames: frames), context.weights)
            let made = Array(fill[frames.lowerBound - start..<frames.upperBound - start])
            beside = .some(bands.isEmpty ? nil : BesideLevel(made, source, bands, rate: rate))
        }
        return beside??(fill) ?? fill
    }

    /// Takes samples that are going to be written, without the baseline, into the figures; blocks come in order.
    mutating func note(_ channels: [[Float]], isFirst: Bool, isLast: Bool) {
        figures.add(
            channels, before: isFirst ? surroundings.before : nil, after: isLast ? surroundings.after : nil, rate: rate)
    }

    /// Seconds over which the stereo image of one block goes over into the next one's.
    private static let fade = 0.05

    /// The fill in all channels: as the surroundings lie in the room, or, where the source itself is there, as it does.
    private mutating func spread(_ fill: [Float], from start: Int, in frames: Range<Int>, _ passage: [[Float]]?) throws
        -> [[Float]]
    {
        guard context.weights.count > 1 else { return [fill] }
        if context.image == .ofSurroundings {
            let known =
                image
                ?? StereoImage(
                    zip(surroundings.before, surroundings.after).map { $0 + $1 }, weights: context.weights, rate: rate)
            image = known
            guard let passage, !known.isPlain else { return known(fill) }
            return PassageImage(weights: context.weights, rate: rate)(
                fill, of: passage.map { $0 + [Float](repeating: 0, count: fill.count - $0.count) }, rest: known)
        }
        let next = StereoImage(try context.source.read(frames: frames), weights: context.weights, rate: rate)
        var result = next(fill)
        if let image {
            let old = image(fill)
            let (first, length) = (frames.lowerBound - start, Int(Self.fade * Double(rate)))
            for channel in result.indices {
                for index in 0..<min(first + length, fill.count) {
                    let share = max(0, Float(index - first) / Float(length))
                    result[channel][index] =
                        old[channel][index] + share * (result[channel][index] - old[channel][index])
                }
            }
        }
        image = next
        return result
    }

    /// The channels as loud as the source, where that stays.
    private mutating func loudnessKept(_ fill: [[Float]], from start: Int, in frames: Range<Int>) throws -> [[Float]] {
        guard var match = loudness else { return fill }
        // What lies beyond the source's ends is not going to be heard.
        let there = (start..<start + fill[0].count).clamped(to: 0..<context.source.frames)
        let place = there.shifted(by: -start)
        let kept = match(
            fill.map { Array($0[place]) }, like: try context.source.read(frames: there),
            counting: frames.shifted(by: -there.lowerBound))
        loudness = match
        var result = fill
        for channel in result.indices { result[channel].replaceSubrange(place, with: kept[channel]) }
        return result
    }

    /// The figures of the area, or of each of its rectangles.
    /// - Parameters:
    ///   - start: what the model's sound started from.
    ///   - levels: of the rectangles, in dB.
    func reports(start: FillStart?, levels: [Double?]) -> [EditReport.Edit] {
        guard area.isBanded else {
            return [
                EditReport.Edit(
                    region: Region(frames: region, rate: rate),
                    levelDifference: figures.levelDifference(to: surroundings.before + surroundings.after),
                    seam: figures.seam, start: start, foretold: foretold)
            ]
        }
        return zip(area.rectangles, levels).map { rectangle, level in
            let isBeside = context.hidesSource && context.start.goesBeside(rectangle.band)
            let sides = zip(surroundings.before, surroundings.after).map { [$0, $1] }
            var outside = BandLevel(rectangle.band, rate: rate)
            for side in 0..<2 { outside.add(sides.map { $0[side] }) }
            let difference = outside.decibels.flatMap { outside in level.map { $0 - outside } }
            return EditReport.Edit(
                region: Region(frames: rectangle.frames, rate: rate, band: rectangle.band),
                levelDifference: isBeside ? nil : difference, seam: figures.seam, start: isBeside ? .beside : start,
                foretold: isBeside ? nil : foretold)
        }
    }
}
