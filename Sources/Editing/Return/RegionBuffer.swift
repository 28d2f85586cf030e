internal import Core
internal import Foundation

/// Takes what the model made for one region out of the passage and gives what replaces the region, block by block.
struct RegionBuffer {
    /// File frames.
    let region: Range<Int>
    private let reader: PassageReader
    /// File frames that are needed to either side of a block.
    private let margin: Int
    /// The next file frame of the region.
    private var position: Int
    private var fit: RegionFit
    private var finish: RegionFinish

    private static let blockSeconds = 20

    /// - Parameter reader: of the source at the vocoder's rate.
    init(_ region: Range<Int>, _ reader: PassageReader, _ context: RegionContext, _ ceiling: PeakCeiling) throws {
        self.region = region
        self.reader = reader
        margin = Self.margin(reader)
        position = region.lowerBound
        fit = try RegionFit(region, context)
        finish = RegionFinish(region, context.source, context.baseline, ceiling)
    }

    /// - Parameter start: what the model's sound started from.
    func report(start: FillStart?) -> EditReport.Edit {
        var report = fit.report(start: start)
        report.peakReduction = finish.peakReduction
        return report
    }

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
            return try finished(try fit.channels(of: mono, from: first, in: frames), frames)
        }
        position = frames.upperBound
        window.drop(before: min(needed, reader.axis.sample(atFileFrame: position - 2 * margin)))
        return result
    }

    /// The frames that are ready to be written, brought under the ceiling and onto the baseline.
    private mutating func finished(_ channels: [[Float]], _ frames: Range<Int>) throws -> [[Float]] {
        let isLast = frames.upperBound == region.upperBound
        let ready = try finish(channels, frames, isLast: isLast)
        fit.note(ready.centred, isFirst: ready.isFirst, isLast: isLast)
        return ready.samples
    }
}
