internal import Core

/// Makes regions of a source by prediction alone, one after the other: each has those before it, filled, among its surroundings.
struct PredictionEditing {
    let settings: Settings
    let source: any SoundSource
    /// Sorted and apart: what is to be made.
    let areas: [EditArea]
    /// All regions of the edit, in file frames, sorted and apart.
    let all: [Range<Int>]
    let feather: Feather?
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
        for (index, area) in areas.enumerated() {
            let region = area.frames
            try log.advance(to: Double(index) / Double(max(1, areas.count)) * share, "predict")
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
                let prediction = GapPrediction(
                    before: before, after: after, count: region.count, rate: source.rate, isDoubted: false)
                let channels =
                    isBeyondSource
                    ? prediction.foretold : prediction.filledWithNoise(seed: settings.seed(draw: region.lowerBound))
                return (channels, prediction.foretoldShare(of: channels))
            }
            var finish = RegionFinish(region, centred, baseline, ceiling)
            var ready: RegionFinish.Ready
            if area.isBanded || feather?.seconds ?? 0 > 0 {
                var merge = RectangleMerge(area, centred, feather)
                ready = try finish(try merge.push(made.channels), isLast: true)
                if let note = RectangleMerge.note(merge.outside, area, source.rate) { log.note(note) }
            } else {
                ready = try finish(made.channels, region, isLast: true)
            }
            if isBeyondSource { ready.samples = Self.beyond(try source.read(frames: region), ready.samples) }
            let patch = Patch(frames: region, channels: ready.samples)
            result.patches.append(patch)
            result.source.append(patch)
            for var edit in reports(area, ready.centred, share: made.share, before: before, after: after) {
                edit.peakReduction = finish.peakReduction
                result.edits.append(edit)
            }
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
    private var share: Double { areas.count == all.count ? 1 : 0.1 }

    /// The end of the last region before one that is not made here.
    private func lastUnfilled(before region: Range<Int>) -> Int {
        guard areas.count < all.count else { return 0 }
        return all.last { range in
            range.upperBound <= region.lowerBound && !areas.contains { $0.frames == range }
        }?.upperBound ?? 0
    }

    private func reports(
        _ area: EditArea, _ channels: [[Float]], share: Double, before: [[Float]], after: [[Float]]
    ) -> [EditReport.Edit] {
        let near = Int(Self.heard * Double(source.rate))
        let (left, right) = (before.map { Array($0.suffix(near)) }, after.map { Array($0.prefix(near)) })
        var figures = RegionFigures()
        figures.add(channels, before: left, after: right, rate: source.rate)
        func edit(_ frames: Range<Int>, _ band: Region.Band?, _ level: Double?) -> EditReport.Edit {
            EditReport.Edit(
                region: Region(frames: frames, rate: source.rate, band: band), levelDifference: level,
                seam: figures.seam, start: .prediction, foretold: share)
        }
        guard area.isBanded else { return [edit(area.frames, nil, figures.levelDifference(to: left + right))] }
        return area.rectangles.map { rectangle in
            var (inside, outside) = (
                BandLevel(rectangle.band, rate: source.rate), BandLevel(rectangle.band, rate: source.rate)
            )
            let part = rectangle.frames.shifted(by: -area.frames.lowerBound)
            inside.add(channels.map { Array($0[part]) })
            outside.add(left)
            outside.add(right)
            let difference = inside.decibels.flatMap { level in outside.decibels.map { level - $0 } }
            return edit(rectangle.frames, rectangle.band, difference)
        }
    }
}
