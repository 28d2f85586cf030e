internal import Core

/// Some mel bands of some mel frames that are to change, while the other bands stay.
struct MelRectangle: Sendable {
    let frames: Range<Int>
    let bands: Range<Int>
    /// The frequencies that are meant.
    let band: Region.Band
    /// How far the rectangle changes: all of it, unless it has a draft or starts from the source.
    var strength: Float
    /// What it begins with instead of nothing: a log-mel, row-major [frames, bands].
    var draft: [Float]?

    /// The source's share in a frame: 1 away from the rectangle, 0 in it.
    func keptShare(frame: Int) -> Float {
        let distance = max(frames.lowerBound - frame, frame - frames.upperBound + 1, 0)
        return min(1, Float(distance) / Float(ChangeMap.fade))
    }

    /// Replaces what a log-mel has in the rectangle by its draft, or by what leads over it: from its beginning to its end, or, where the
    /// log-mel has neither, from below to above.
    /// - Parameters:
    ///   - mel: row-major [frames, bands].
    ///   - window: the mel frames that it has.
    ///   - count: its bands.
    func bridge(_ mel: inout MutableSpan<Float>, frames window: Range<Int>, bands count: Int) {
        let inside = frames.clamped(to: window)
        guard !inside.isEmpty, !bands.isEmpty else { return }
        func place(_ frame: Int, _ band: Int) -> Int { (frame - window.lowerBound) * count + band }
        let before = frames.lowerBound > window.lowerBound ? frames.lowerBound - 1 : nil
        let after = frames.upperBound < window.upperBound ? frames.upperBound : nil
        for frame in inside {
            let time = Float(frame - frames.lowerBound + 1) / Float(frames.count + 1)
            for band in bands {
                let value: Float
                if let draft {
                    value = draft[(frame - frames.lowerBound) * bands.count + band - bands.lowerBound]
                } else if before != nil || after != nil {
                    let first = mel[place(before ?? after ?? 0, band)]
                    let last = mel[place(after ?? before ?? 0, band)]
                    value = first + time * (last - first)
                } else {
                    let share = (Float(band - bands.lowerBound) + 1) / Float(bands.count + 1)
                    let (low, high) = (bands.lowerBound - 1, bands.upperBound)
                    guard low >= 0 || high < count else { continue }
                    let first = mel[place(frame, low >= 0 ? low : high)]
                    let last = mel[place(frame, high < count ? high : low)]
                    value = first + share * (last - first)
                }
                mel[place(frame, band)] = value
            }
        }
    }
}
