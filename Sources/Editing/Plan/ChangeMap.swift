internal import Core

/// What of a passage is to change and how far, in mel frames and bands.
struct ChangeMap: Sendable {
    /// Mel frames that change, sorted and apart.
    let spans: [Range<Int>]
    /// How far they change, unless they have a draft.
    let strength: RegionPlan.Strength
    /// Whether what the source has in the spans is hidden from the model.
    let hidesSource: Bool
    /// The first band that is made anew at all times; as many as there are bands where the source reaches the top.
    let firstBand: Int
    /// Where in the passage a map of strengths lies, in mel frames; nothing where the strength is uniform.
    var mapPlaces: [Range<Int>] = []
    /// What some of the spans begin with instead of nothing.
    var drafts: [Draft] = []
    /// What changes in some bands only, by their starts.
    var rectangles: [MelRectangle] = []
    /// What the bands from `firstBand` on begin with instead of nothing.
    var upper: Upper?
    /// Finds what the source has no trace of below `firstBand`; nil where that is left as it is.
    var holes: HoleFinder?

    /// A first version of a span, which is changed by less than all.
    struct Draft {
        let span: Range<Int>
        let strength: Float
        /// The log-mel, row-major [span, bands below `firstBand`].
        let mel: [Float]
    }

    /// A first version of the bands that a dull source lacks, and how far it is changed.
    struct Upper {
        let bandExtension: BandExtension
        let strength: Float
        /// What raises the bands at the end; nil where they go nowhere.
        let lift: UpperLift?

        /// nil for a model without a band extension.
        init?(_ loaded: LoadedModel, strength: Float, lift: UpperLift? = nil) throws {
            guard let bandExtension = try loaded.model.bandExtension() else { return nil }
            self.bandExtension = bandExtension
            self.strength = strength
            self.lift = lift
        }
    }

    /// All mel frames in which something changes, sorted and apart.
    var touched: [Range<Int>] { PassagePlan.merged(spans + rectangles.map(\.frames)) }

    /// Whether what is made beside those frames goes nowhere.
    var staysWithinTouched: Bool { upper?.lift == nil && holes == nil }

    /// The mel frames that begin with something instead of nothing.
    var drafted: [Range<Int>] { drafts.map(\.span) + rectangles.filter { $0.draft != nil }.map(\.frames) }

    private func draft(of span: Range<Int>) -> Draft? { drafts.first { $0.span == span } }

    /// Which cells of a log-mel [1, T, F] the source left empty, row-major [T, F]; none where that is not asked for.
    func emptyCells(of mel: Tensor) -> [Bool] {
        guard let holes else { return [] }
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        let elements = mel.elements
        return (0..<frames).flatMap { frame in
            let found = holes.holes(HoleFinder.decibels(elements[frame * bands..<(frame + 1) * bands]))
            return found.enumerated().map { $1 && $0 < firstBand }
        }
    }

    /// The strengths of some latent cells.
    /// - Parameter empty: the cells of their log-mel that are empty, as `emptyCells` gives them.
    func strengths(cells range: Range<Int>, _ grid: MelGrid, empty: [Bool] = []) -> StrengthMap {
        var map = StrengthMap(frames: range.count, bins: grid.bins)
        for span in spans {
            let cells = grid.cells(over: span).clamped(to: range).shifted(by: -range.lowerBound)
            guard !cells.isEmpty else { continue }
            switch strength {
            case .uniform(let strength):
                map.raise(frames: cells, bins: 0..<grid.bins, to: draft(of: span)?.strength ?? strength)
            case .map(let wanted):
                for frame in cells {
                    for bin in 0..<grid.bins { map[frame, bin] = strength(frame + range.lowerBound, bin, wanted, grid) }
                }
            }
        }
        for rectangle in rectangles where !rectangle.bands.isEmpty {
            let cells = grid.cells(over: rectangle.frames).clamped(to: range).shifted(by: -range.lowerBound)
            guard !cells.isEmpty else { continue }
            map.raise(frames: cells, bins: grid.cells(over: rectangle.bands), to: rectangle.strength)
        }
        if firstBand < grid.bands {
            let bins = grid.cells(over: firstBand..<grid.bands)
            map.raise(frames: 0..<range.count, bins: bins, to: upper?.strength ?? 1)
        }
        guard empty.contains(true) else { return map }
        let factor = grid.factor
        for cell in 0..<range.count {
            for bin in 0..<grid.bins {
                let rows = (cell * factor..<(cell + 1) * factor).map { $0 * grid.bands + bin * factor }
                let found = rows.reduce(0) { $0 + empty[$1..<$1 + factor].count { $0 } }
                guard 2 * found >= factor * factor else { continue }
                map.raise(frames: cell..<cell + 1, bins: bin..<bin + 1, to: upper?.strength ?? 1)
            }
        }
        return map
    }

    /// The strength that a map that was handed in has for a latent cell: where the cell's middle lies. Nothing changes beside the map.
    private func strength(_ cell: Int, _ bin: Int, _ map: StrengthMap, _ grid: MelGrid) -> Float {
        let middle = (Double(cell) + 0.5) * Double(grid.factor)
        guard let place = mapPlaces.first(where: { Double($0.lowerBound) <= middle && middle < Double($0.upperBound) })
        else { return 0 }
        let share = (middle - Double(place.lowerBound)) / Double(place.count)
        let height = (Double(bin) + 0.5) / Double(grid.bins)
        return map[
            min(map.frames - 1, Int(share * Double(map.frames))), min(map.bins - 1, Int(height * Double(map.bins)))]
    }

    /// Mel frames over which the mel goes from the source's to the model's.
    static let fade = 3

    /// The source's share in a frame: 1 away from what changes, 0 in it.
    func keptShare(frame: Int) -> Float {
        var share: Float = 1
        for span in spans {
            let distance = max(span.lowerBound - frame, frame - span.upperBound + 1, 0)
            share = min(share, Float(distance) / Float(Self.fade))
        }
        return share
    }

    /// Puts the source's log-mel back where it is kept. Both are [1, T, F], the first frame being `start`.
    func paste(
        _ source: Tensor, into mel: inout Tensor, from start: Int, _ grid: MelGrid, empty: [Bool] = []
    ) {
        precondition(source.shape == mel.shape, "mels of different shapes")
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        // A map that was handed in may keep cells in the midst of what changes.
        let map: StrengthMap? =
            mapPlaces.isEmpty ? nil : strengths(cells: grid.cells(over: start..<start + frames), grid)
        let firstCell = start / grid.factor
        mel.withMutableSpan { mel in
            source.withSpan { source in
                for frame in 0..<frames {
                    let share = keptShare(frame: start + frame)
                    let near = rectangles.filter { $0.keptShare(frame: start + frame) < 1 }
                    for band in 0..<min(firstBand, bands) {
                        let index = frame * bands + band
                        guard empty.isEmpty || !empty[index] else { continue }
                        let isKept = map.map { $0[(start + frame) / grid.factor - firstCell, band / grid.factor] == 0 }
                        let lowest = near.reduce(share) {
                            $1.bands.contains(band) ? min($0, $1.keptShare(frame: start + frame)) : $0
                        }
                        let share = isKept == true ? 1 : lowest
                        mel[index] += share * (source[index] - mel[index])
                    }
                }
            }
        }
    }

    /// A log-mel in which what is unknown was replaced by what leads smoothly over it, so that the encoder, which sees beyond a
    /// cell's borders, takes nothing of it into the cells that are kept: across spans that are made anew their draft or a straight line,
    /// above the source's band what most likely is there, or a gentle slope.
    func bridged(_ mel: Tensor, from start: Int, empty: [Bool] = []) -> Tensor {
        var result = mel
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        result.withMutableSpan { mel in
            if hidesSource {
                for span in spans {
                    let (low, high) = (max(span.lowerBound - start, 0), min(span.upperBound - start, frames))
                    guard low < high else { continue }
                    if let draft = draft(of: span) {
                        let width = min(firstBand, bands)
                        for frame in low..<high {
                            let row = (frame + start - span.lowerBound) * width
                            for band in 0..<width { mel[frame * bands + band] = draft.mel[row + band] }
                        }
                        continue
                    }
                    guard low > 0 || high < frames else { continue }
                    for frame in low..<high {
                        let share = low == 0 ? 1 : high == frames ? 0 : Float(frame - low + 1) / Float(high - low + 1)
                        for band in 0..<bands {
                            let before = low > 0 ? mel[(low - 1) * bands + band] : 0
                            let after = high < frames ? mel[high * bands + band] : 0
                            mel[frame * bands + band] = (1 - share) * before + share * after
                        }
                    }
                }
                for rectangle in rectangles { rectangle.bridge(&mel, frames: start..<start + frames, bands: bands) }
            }
            guard firstBand > 0, upper == nil else { return }
            for frame in 0..<frames {
                let row = frame * bands
                for band in firstBand..<max(bands, firstBand) {
                    mel[row + band] = mel[row + band - 1] - Self.slope
                }
            }
        }
        guard let upper else { return result }
        let extended = upper.bandExtension(result, above: firstBand)
        guard empty.contains(true) else { return extended }
        // What lies above is guessed again from what has no holes any more.
        return upper.bandExtension(filled(extended, empty, upper.bandExtension), above: firstBand)
    }

    /// Bands from one number of known ones to the next for which the band extension is asked about holes.
    private static let holeStep = 8

    /// A log-mel whose empty cells have what most likely was there, given what lies below the lowest of them.
    private func filled(_ mel: Tensor, _ empty: [Bool], _ bandExtension: BandExtension) -> Tensor {
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        let lowest = (0..<frames).map { frame in
            empty[frame * bands..<(frame + 1) * bands].firstIndex(of: true).map { index in
                max(1, (index - frame * bands) / Self.holeStep * Self.holeStep)
            }
        }
        var result = mel.elements
        for first in Set(lowest.compactMap { $0 }).sorted() {
            let guessed = bandExtension(mel, above: first).elements
            for frame in 0..<frames where lowest[frame] == first {
                for index in frame * bands..<(frame + 1) * bands where empty[index] { result[index] = guessed[index] }
            }
        }
        return Tensor(result, shape: mel.shape)
    }

    /// Nepers by which what fills holes is raised, 4 dB: so much quieter than what was there it is on held-out clips, as MP3 of 64 kbit/s.
    private static let holeLift: Float = 4 / Neper.decibels

    /// Raises the bands that were made above the source's, and what fills holes, in a log-mel [1, T, F].
    func raiseUpper(_ mel: inout Tensor, empty: [Bool] = []) {
        guard let lift = upper?.lift else { return }
        lift(&mel, from: firstBand)
        mel.withMutableSpan { mel in
            for index in empty.indices where empty[index] { mel[index] += Self.holeLift }
        }
    }

    /// Whether something comes back whose detail the autoencoder takes.
    var hasDetail: Bool { !drafted.isEmpty || keptShareOfDetail > 0 }

    /// The share of its detail that a source keeps which is changed equally far everywhere.
    private var keptShareOfDetail: Float {
        guard !hidesSource, case .uniform(let strength) = strength else { return 0 }
        return (1 - strength) * (1 - strength)
    }

    /// Where detail comes back, and the share of it that does.
    private var detailed: [(frames: Range<Int>, bands: Range<Int>, share: Float)] {
        let own = 0..<firstBand
        return drafts.map { ($0.span, own, 1 - $0.strength) }
            + rectangles.filter { $0.draft != nil }.map { ($0.frames, $0.bands, 1 - $0.strength) }
            + (keptShareOfDetail > 0 ? spans.map { ($0, own, keptShareOfDetail) } : [])
    }

    /// Gives drafts, and a source that is changed, the detail that the autoencoder took from them, as far as they are unchanged. Both are [1, T, F], the first frame
    /// being `start`.
    func addDetail(_ detail: Tensor, to mel: inout Tensor, from start: Int) {
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        mel.withMutableSpan { mel in
            detail.withSpan { detail in
                for part in detailed {
                    for frame in part.frames.clamped(to: start..<start + frames) {
                        let row = (frame - start) * bands
                        for band in part.bands.clamped(to: 0..<bands) {
                            mel[row + band] += part.share * detail[row + band]
                        }
                    }
                }
            }
        }
    }

    /// Nepers per band by which sound falls off towards high frequencies, roughly.
    private static let slope: Float = 0.06
}
