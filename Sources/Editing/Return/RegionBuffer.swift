internal import Core
internal import Foundation

/// Takes what the model made for one region out of the passage and gives what replaces the region, block by block.
struct RegionBuffer {
    /// File frames.
    let region: Range<Int>
    private let reader: PassageReader
    /// What the passage's drafts were taken from.
    private let drafts: [DraftSamples]
    /// File frames that are needed to either side of a block.
    private let margin: Int
    /// The next file frame of the region.
    private var position: Int
    private var fit: RegionFit
    private var finish: RegionFinish
    /// nil where all of the region is replaced.
    private var merge: RectangleMerge?
    private let area: EditArea
    private var levels: [BandLevel]

    private static let blockSeconds = 20

    /// - Parameters:
    ///   - reader: of the source at the vocoder's rate.
    ///   - drafts: the samples that parts of the passage are made of.
    init(
        _ area: EditArea, _ reader: PassageReader, drafts: [DraftSamples], _ context: RegionContext,
        _ ceiling: PeakCeiling
    ) throws {
        let region = area.frames
        self.area = area
        self.region = region
        self.reader = reader
        self.drafts = drafts
        margin = Self.margin(reader)
        position = region.lowerBound
        // A passage's samples reach as high as their rate does.
        let isOfSamples = drafts.contains { $0.covered.contains(reader.axis.samples(ofFileFrames: region)) }
        let top = isOfSamples ? max(context.top, 0.99 * Double(reader.axis.rate) / 2) : context.top
        fit = try RegionFit(area, context, top: top)
        finish = RegionFinish(region, context.source, context.baseline, ceiling)
        merge =
            area.isBanded || context.feather?.seconds ?? 0 > 0
            ? RectangleMerge(area, context.source, context.feather) : nil
        levels = area.rectangles.map { BandLevel($0.band, rate: reader.source.rate) }
    }

    /// - Parameter start: what the model's sound started from.
    func reports(start: FillStart?) -> [EditReport.Edit] {
        fit.reports(start: start, levels: levels.map(\.decibels)).map { report in
            var report = report
            report.peakReduction = finish.peakReduction
            return report
        }
    }

    /// What the user should know; nil for nothing.
    var note: String? { merge.flatMap { RectangleMerge.note($0.outside, area, reader.source.rate) } }

    private static func margin(_ reader: PassageReader) -> Int {
        Int(RegionFit.margin * Double(reader.source.rate)) + reader.reach
    }

    /// The vocoder samples of the passage that a region needs.
    static func wanted(_ region: Range<Int>, _ reader: PassageReader) -> Range<Int> {
        let margin = margin(reader)
        let samples = reader.axis.samples(ofFileFrames: region.lowerBound - margin..<region.upperBound + margin)
        return max(0, samples.lowerBound)..<samples.upperBound
    }

    /// The channels of the region's next frames; nil at its end.
    /// - Parameter needed: the first vocoder sample that another region will ask for.
    mutating func next(from window: inout SampleWindow, keeping needed: Int, _ log: EditLog) throws -> [[Float]]? {
        guard position < region.upperBound else { return nil }
        let longest = Self.blockSeconds * reader.source.rate
        let isRest = region.upperBound - position < longest + longest / 2
        let frames = position..<(isRest ? region.upperBound : position + longest)
        let wanted = reader.axis.samples(ofFileFrames: frames.lowerBound - margin..<frames.upperBound + margin)
        let (samples, start) = try window.samples(max(0, wanted.lowerBound)..<wanted.upperBound)
        let result = try log.measure("fit") {
            let (mono, first) = try reader.atFileRate(samples, from: start)
            let passage = try fit.isSpread ? channels(under: start..<start + samples.count) : nil
            return try finished(try fit.channels(of: mono, from: first, in: frames, passage: passage), frames)
        }
        position = frames.upperBound
        window.drop(before: min(needed, reader.axis.sample(atFileFrame: position - 2 * margin)))
        return result
    }

    /// The channels, at the file's rate, of what some vocoder samples were made of; zeros where nothing is known of them, and nil where nothing
    /// is of any.
    private func channels(under range: Range<Int>) throws -> [[Float]]? {
        var result: [[Float]]?
        for draft in drafts {
            guard let (start, channels) = try draft.channels(under: range) else { continue }
            var all = result ?? channels.map { _ in [Float](repeating: 0, count: range.count) }
            let part = (start..<start + channels[0].count).clamped(to: range)
            for channel in channels.indices {
                all[channel].replaceSubrange(
                    part.shifted(by: -range.lowerBound), with: channels[channel][part.shifted(by: -start)])
            }
            result = all
        }
        return try result?.map { try reader.atFileRate($0, from: range.lowerBound).samples }
    }

    /// The frames that are ready to be written, brought under the ceiling and onto the baseline.
    private mutating func finished(_ channels: [[Float]], _ frames: Range<Int>) throws -> [[Float]] {
        let isLast = frames.upperBound == region.upperBound
        let ready =
            if let change = try merge?.push(channels) {
                try finish(change, isLast: isLast)
            } else {
                try finish(channels, frames, isLast: isLast)
            }
        for (index, rectangle) in area.rectangles.enumerated() {
            let part = rectangle.frames.clamped(to: ready.start..<ready.start + ready.centred[0].count)
                .shifted(by: -ready.start)
            levels[index].add(ready.centred.map { Array($0[part]) })
        }
        fit.note(ready.centred, isFirst: ready.isFirst, isLast: isLast)
        return ready.samples
    }
}
