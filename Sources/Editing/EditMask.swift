internal import Core

/// What of a passage is to change, in mel frames and bands.
struct EditMask: Sendable {
    /// Mel frames that change, sorted and apart.
    let spans: [Range<Int>]
    /// By how much.
    let strength: Float
    /// The first band that is made anew at all times; as many as there are bands where the source reaches the top.
    let firstBand: Int
    /// Cells over which a strength falls off around what changes.
    let softness: Int
    /// What some of the spans begin with instead of nothing.
    var drafts: [Draft] = []
    /// What the bands from `firstBand` on begin with instead of nothing.
    var upper: Upper?

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

        /// nil for a model without a band extension.
        init?(_ engine: Engine, strength: Float) throws {
            guard let bandExtension = try engine.model.bandExtension() else { return nil }
            self.bandExtension = bandExtension
            self.strength = strength
        }
    }

    private func draft(of span: Range<Int>) -> Draft? { drafts.first { $0.span == span } }

    /// The strengths of some latent frames.
    func map(cells range: Range<Int>, _ grid: MelGrid) -> StrengthMap {
        var map = StrengthMap(frames: range.count, bins: grid.bins)
        for span in spans {
            let cells = grid.cells(over: span)
            let low = max(cells.lowerBound, range.lowerBound - softness) - range.lowerBound
            let high = min(cells.upperBound, range.upperBound + softness) - range.lowerBound
            guard low < high else { continue }
            let strength = draft(of: span)?.strength ?? strength
            map.raise(frames: low..<high, bins: 0..<grid.bins, to: strength, softness: softness)
        }
        if firstBand < grid.bands {
            let bins = grid.cells(over: firstBand..<grid.bands)
            map.raise(frames: 0..<range.count, bins: bins, to: upper?.strength ?? 1, softness: softness)
        }
        return map
    }

    /// Frames over which the mel goes from the source's to the model's.
    private static let fade = 3

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
    func paste(_ source: Tensor, into mel: inout Tensor, from start: Int) {
        precondition(source.shape == mel.shape, "mels of different shapes")
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        mel.withMutableSpan { mel in
            source.withSpan { source in
                for frame in 0..<frames {
                    let share = keptShare(frame: start + frame)
                    for band in 0..<min(firstBand, bands) {
                        let index = frame * bands + band
                        mel[index] += share * (source[index] - mel[index])
                    }
                }
            }
        }
    }

    /// A log-mel in which what is unknown was replaced by what leads smoothly over it, so that the encoder, which sees beyond a
    /// cell's borders, takes nothing of it into the cells that are kept: across spans that are made anew their draft or a straight line,
    /// above the source's band what most likely is there, or a gentle slope.
    func bridged(_ mel: Tensor, from start: Int) -> Tensor {
        var result = mel
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        result.withMutableSpan { mel in
            if strength == 1 {
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
            }
            guard firstBand > 0, upper == nil else { return }
            for frame in 0..<frames {
                let row = frame * bands
                for band in firstBand..<max(bands, firstBand) {
                    mel[row + band] = mel[row + band - 1] - Self.slope
                }
            }
        }
        return upper?.bandExtension(result, above: firstBand) ?? result
    }

    /// Gives drafts the detail that the autoencoder took from them, as far as they are unchanged. Both are [1, T, F], the first frame
    /// being `start`.
    func addDetail(_ detail: Tensor, to mel: inout Tensor, from start: Int) {
        let (frames, bands) = (mel.shape[1], mel.shape[2])
        mel.withMutableSpan { mel in
            detail.withSpan { detail in
                for draft in drafts {
                    for frame in draft.span.clamped(to: start..<start + frames) {
                        for index in (frame - start) * bands..<(frame - start) * bands + min(firstBand, bands) {
                            mel[index] += (1 - draft.strength) * detail[index]
                        }
                    }
                }
            }
        }
    }

    /// Nepers per band by which sound falls off towards high frequencies, roughly.
    private static let slope: Float = 0.06
}
