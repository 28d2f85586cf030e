/// How a long latent is cut, so that memory does not grow with its length.
///
/// A segment is denoised at once, in windows that agree. The next one starts with the end of it, which is finished and held.
struct SegmentPlan: Equatable {
    /// Latent frames of the segments; neighbours share `overlap` frames.
    let segments: [Range<Int>]
    let overlap: Int
    /// Latent frames of a window.
    let window: Int

    /// Latent frames in all.
    var cells: Int { segments[segments.count - 1].upperBound }

    /// Windows that agree in a segment; where they do so of themselves, fewer take less memory, and less time to get it.
    private static func windowsPerSegment(isDrafted: Bool) -> Int { isDrafted ? 2 : 4 }

    /// What windows share: a quarter, an eighth where they agree of themselves.
    static func overlap(window: Int, isDrafted: Bool = false) -> Int { max(1, window / (isDrafted ? 8 : 4)) }

    /// The most latent frames of a segment.
    static func longest(window: Int, isDrafted: Bool = false) -> Int {
        window + (windowsPerSegment(isDrafted: isDrafted) - 1)
            * (window - overlap(window: window, isDrafted: isDrafted))
    }

    /// - Parameters:
    ///   - cells: latent frames in all.
    ///   - window: latent frames that the network sees at once.
    ///   - single: latent frames up to which all is one window.
    ///   - isDrafted: whether each window starts from the same first version beside what is known at each moment.
    init(cells: Int, window: Int, single: Int, isDrafted: Bool = false) {
        guard cells > single else {
            segments = [0..<cells]
            overlap = 0
            self.window = max(cells, 1)
            return
        }
        self.window = window
        overlap = Self.overlap(window: window, isDrafted: isDrafted)
        let (overlap, longest) = (overlap, Self.longest(window: window, isDrafted: isDrafted))
        let count = (cells - overlap + longest - overlap - 1) / (longest - overlap)
        // All of about the same length, so that none is a stub.
        func start(_ index: Int) -> Int { index * (cells - overlap) / count }
        segments = (0..<count).map { start($0)..<start($0 + 1) + overlap }
    }
}
