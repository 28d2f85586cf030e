internal import Core

/// A draft of what a gap is filled with: what of its surroundings would continue them best, led to the levels beside the gap.
struct NearestPassage {
    private let mel: KnownMel

    /// Frames over which the levels at the ends are compared and without which they say nothing, bands over which their difference is
    /// smoothed, and the most it may be.
    private static let (levelFrames, fewest, levelBands, largestCorrection) = (12, 8, 9, Float(0.7))
    /// Frames to either side of the gap whose median level in a band the draft is drawn to, and how far: it may be a louder or a
    /// brighter moment than most, which the gap is less likely to have been.
    private static let (nearFrames, medianShare) = (100, Float(0.75))
    /// Frames beside the gap whose levels a draft leaves, and by how many nepers more in each frame of its own: a dB in 10 ms. As many frames at
    /// its ends do so whatever their passage does: that may begin or end in the moment whose samples are known.
    private static let (besideFrames, easing, easedFrames) = (3, Float(0.12), 8)

    /// - Parameters:
    ///   - mel: [1, T, F], of which the first `bands` bands are compared.
    ///   - known: the frames that are no gaps.
    init(_ mel: Tensor, known: [Range<Int>], bands: Int) {
        self.mel = KnownMel(mel, known: known, bands: bands)
    }

    /// What a gap is filled with.
    struct Draft {
        /// Row-major [gap, bands].
        let mel: [Float]
        /// The passages that it was taken from.
        let choice: PassageSearch.Choice
    }

    /// What the gap is filled with; nil where too little is known.
    func draft(for gap: Range<Int>) -> Draft? {
        guard let choice = PassageSearch(mel, gap: gap)() else { return nil }
        let frames = gap.indices.map { choice.frames($0 - gap.lowerBound) }
        let draft = settled(levelled(choice, frames, gap), gap)
        let eased = eased(eased(draft, choice.first, gap, before: true), choice.second, gap, before: false)
        return Draft(mel: held(eased, Set(frames.flatMap(\.taken)), gap), choice: choice)
    }

    /// The chosen passages with their level led from what fits the gap's beginning to what fits its end.
    private func levelled(_ choice: PassageSearch.Choice, _ frames: [PassageSearch.Choice.Frames], _ gap: Range<Int>)
        -> [Float]
    {
        let first = correction(choice.first, gap, before: true)
        let last = correction(choice.second, gap, before: false)
        return frames.enumerated().flatMap { index, frames in
            let share = (Float(index) + 0.5) / Float(gap.count)
            // Each of two passages is led to the level of the side that it was chosen for.
            let late = choice.isSingle ? share : frames.later
            return (0..<mel.bands).map { band in
                var value = (1 - late) * first[band] + late * last[band]
                if frames.later < 1 { value += (1 - frames.later) * mel[frames.first, band] }
                if frames.later > 0 { value += frames.later * mel[frames.second, band] }
                return value
            }
        }
    }

    /// A draft with each band's median brought nearer to that of the surroundings.
    private func settled(_ draft: [Float], _ gap: Range<Int>) -> [Float] {
        let near = near(gap)
        guard near.count >= Self.fewest else { return draft }
        let changes = (0..<mel.bands).map { band in
            let apart =
                near.map { mel[$0, band] }.median
                - gap.indices.map { draft[($0 - gap.lowerBound) * mel.bands + band] }.median
            return Self.limited(Self.medianShare * apart)
        }
        return draft.indices.map { draft[$0] + changes[$0 % mel.bands] }
    }

    /// A draft that leaves the levels beside the gap on one side by no more than a step for each frame or, away from its end, than the passage
    /// there leaves those beside itself: what was loud comes in where the surroundings are soft, what ends there dies away, and a stroke stays one.
    private func eased(_ draft: [Float], _ place: Int, _ gap: Range<Int>, before: Bool) -> [Float] {
        let frames = gap.beside(before: before, count: Self.besideFrames)
        let there = frames.map { $0 + place - gap.lowerBound }.filter(mel.isKnown)
        guard let here = levels(frames.filter(mel.isKnown)) else { return draft }
        let across = levels(gap.beside(before: !before, count: Self.besideFrames).filter(mel.isKnown)) ?? here
        let own = levels(there)
        // Where the sides lie farther apart than so many steps lead, the steps are larger.
        let easings = (0..<mel.bands).map { band in
            let apart = max(across.least[band] - here.most[band], here.least[band] - across.most[band])
            return max(Self.easing, apart / Float(gap.count))
        }
        var result = draft
        for frame in 0..<gap.count {
            let distance = before ? frame : gap.count - 1 - frame
            for band in 0..<mel.bands {
                let steps = easings[band] * Float(distance + 1)
                var (rise, fall) = (steps, steps)
                if let own, distance >= Self.easedFrames, mel.isKnown(place + frame) {
                    rise = max(rise, mel[place + frame, band] - own.most[band])
                    fall = max(fall, own.least[band] - mel[place + frame, band])
                }
                let index = frame * mel.bands + band
                result[index] = max(min(result[index], here.most[band] + rise), here.least[band] - fall)
            }
        }
        return result
    }

    /// The least and the most that each band has in some frames; nil for none.
    private func levels(_ frames: [Int]) -> (least: [Float], most: [Float])? {
        guard !frames.isEmpty else { return nil }
        let bands = (0..<mel.bands).map { band in frames.map { mel[$0, band] } }
        return (bands.map { $0.min() ?? 0 }, bands.map { $0.max() ?? 0 })
    }

    /// A draft of which no moment is louder, in any band and in all together, than the loudest of what was taken and of what is near
    /// the gap.
    private func held(_ draft: [Float], _ taken: Set<Int>, _ gap: Range<Int>) -> [Float] {
        let (bands, rows) = (mel.bands, taken.union(near(gap)))
        let tops = (0..<bands).map { band in rows.map { mel[$0, band] }.max() ?? .infinity }
        let top = rows.map(mel.loudness).max() ?? .infinity
        var result = draft.indices.map { min(draft[$0], tops[$0 % bands]) }
        for frame in 0..<gap.count {
            let row = frame * bands..<(frame + 1) * bands
            let excess = max(0, KnownMel.loudness(result[row]) - top)
            for index in row { result[index] -= excess }
        }
        return result
    }

    /// The known frames whose levels tell what a gap's are likely to be.
    private func near(_ gap: Range<Int>) -> [Int] {
        (gap.lowerBound - Self.nearFrames..<gap.upperBound + Self.nearFrames).filter(mel.isKnown)
    }

    private static func limited(_ correction: Float) -> Float {
        max(-largestCorrection, min(largestCorrection, correction))
    }

    /// By how much each band of the gap's surroundings is louder than that of the passage's on one side; 0 where that is not known.
    private func correction(_ place: Int, _ gap: Range<Int>, before: Bool) -> [Float] {
        let shift = place - gap.lowerBound
        let frames = gap.beside(before: before, count: Self.levelFrames)
            .filter { mel.isKnown($0) && mel.isKnown($0 + shift) }
        guard frames.count >= Self.fewest else { return [Float](repeating: 0, count: mel.bands) }
        let apart = (0..<mel.bands).map { band in
            let sum = frames.reduce(Float(0)) { $0 + mel[$1, band] - mel[$1 + shift, band] }
            return Self.limited(sum / Float(frames.count))
        }
        let reach = Self.levelBands / 2
        return (0..<mel.bands).map { band in
            let near = (band - reach...band + reach).map { apart[max(0, min(mel.bands - 1, $0))] }
            return near.reduce(0, +) / Float(near.count)
        }
    }
}
