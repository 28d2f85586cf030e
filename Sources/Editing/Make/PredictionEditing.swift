internal import Core

/// Makes regions of a source by prediction alone, one after the other: each has those before it, filled, among its surroundings.
struct PredictionEditing {
    let settings: Settings
    let source: any SoundSource
    /// File frames, sorted and apart: those to make, and all of the edit.
    let regions: [Range<Int>]
    let all: [Range<Int>]
    let isBeyondSource: Bool
    /// What the destination holds; nil where it holds everything.
    let fullScale: Float?
    let log: EditLog

    /// Seconds of the surroundings in which the figures are taken.
    private static let heard = 0.5

    /// What was made: the patches, their figures, and the source with them.
    struct Result {
        var patches: [Patch] = []
        var edits: [EditReport.Edit] = []
        var source: PatchedSound
    }

    func callAsFunction() throws -> Result {
        var result = Result(source: PatchedSound(source))
        // What was cut off at the source's own peak goes beyond it.
        let ceiling = PeakCeiling(isBeyondSource ? nil : source, limit: fullScale)
        let reach = GapPrediction.context(rate: source.rate)
        var next = 0
        for (index, region) in regions.enumerated() {
            try log.advance(to: Double(index) / Double(max(1, regions.count)) * share, "predict")
            while next < all.count, all[next].lowerBound < region.upperBound { next += 1 }
            let low = max(0, region.lowerBound - reach, lastUnfilled(before: region))
            let high = min(source.frames, region.upperBound + reach, next < all.count ? all[next].lowerBound : .max)
            let around = PassagePlan(frames: low..<high, regions: [region])
            let baseline = try Baseline(of: result.source, around, among: all) {
                [Float](repeating: 0, count: source.channelCount)
            }
            let centred = CentredSource(result.source, baseline)
            let before = try log.measure("read") { try centred.read(frames: low..<region.lowerBound) }
            let after = try log.measure("read") { try centred.read(frames: region.upperBound..<high) }
            let made = log.measure("predict") { () -> (channels: [[Float]], share: Double) in
                let prediction = GapPrediction(before: before, after: after, count: region.count, rate: source.rate)
                let channels =
                    isBeyondSource
                    ? prediction.foretold : prediction.filledWithNoise(seed: settings.seed(draw: region.lowerBound))
                return (channels, prediction.foretoldShare(of: channels))
            }
            var finish = RegionFinish(region, source, baseline, ceiling)
            var ready = try finish(made.channels, region, isLast: true)
            if isBeyondSource { ready.samples = Self.beyond(try source.read(frames: region), ready.samples) }
            let patch = Patch(frames: region, channels: ready.samples)
            result.patches.append(patch)
            result.source.append(patch)
            var edit = report(region, ready.centred, share: made.share, before: before, after: after)
            edit.peakReduction = finish.peakReduction
            result.edits.append(edit)
        }
        return result
    }

    /// What was made where it lies beyond what was there, else what was there.
    private static func beyond(_ source: [[Float]], _ made: [[Float]]) -> [[Float]] {
        zip(source, made).map { source, made in
            zip(source, made).map { there, new in abs(new) > abs(there) && new * there > 0 ? new : there }
        }
    }

    /// The part of the whole edit that this is.
    private var share: Double { regions.count == all.count ? 1 : 0.1 }

    /// The end of the last region before one that is not made here.
    private func lastUnfilled(before region: Range<Int>) -> Int {
        guard regions.count < all.count else { return 0 }
        return all.last { $0.upperBound <= region.lowerBound && !regions.contains($0) }?.upperBound ?? 0
    }

    private func report(
        _ region: Range<Int>, _ channels: [[Float]], share: Double, before: [[Float]], after: [[Float]]
    ) -> EditReport.Edit {
        let near = Int(Self.heard * Double(source.rate))
        let (left, right) = (before.map { Array($0.suffix(near)) }, after.map { Array($0.prefix(near)) })
        var figures = RegionFigures()
        figures.add(channels, before: left, after: right, rate: source.rate)
        return EditReport.Edit(
            region: Region(frames: region, rate: source.rate),
            levelDifference: figures.levelDifference(to: left + right), seam: figures.seam, start: .prediction,
            foretold: share)
    }
}
