internal import Core
internal import Editing

/// The edges of what was edited in an output: where it begins and ceases to differ from its reference.
struct EditEdges {
    /// Differences that lie closer together than that are of one region, in seconds.
    private static let gap = 0.05

    /// The first samples after each edge, in order; none where everything differs or nothing does.
    static func find(_ reference: [Float], _ output: [Float], rate: Int) -> [Int] {
        let gap = max(1, Int(Self.gap * Double(rate)))
        var regions: [Range<Int>] = []
        for index in reference.indices where reference[index] != output[index] {
            if let last = regions.last, index - last.upperBound < gap {
                regions[regions.count - 1] = last.lowerBound..<index + 1
            } else {
                regions.append(index..<index + 1)
            }
        }
        return regions.flatMap { [$0.lowerBound, $0.upperBound] }.filter { $0 > gap && $0 < reference.count - gap }
    }

    /// The worst of an output's edges, in dB, as an edit's report has it; nil where there is none.
    static func seam(_ reference: [Float], _ output: [Float], rate: Int) -> Double? {
        let edges = find(reference, output, rate: rate)
        // A click at the next edge is none of this one's surroundings.
        let margin = max(8, rate / 1000)
        return edges.indices.compactMap { index -> Double? in
            let edge = edges[index]
            let low = max(index > 0 ? edges[index - 1] + margin : 0, edge - rate / 2)
            let high = min(index + 1 < edges.count ? edges[index + 1] - margin : output.count, edge + rate / 2)
            guard low < edge, edge < high else { return nil }
            return SoundMeasures.seam(Array(output[low..<high]), edge: edge - low, rate: rate)
        }.max()
    }
}
