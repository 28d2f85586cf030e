/// A stretch of a sound that is edited at once: all of its frequencies, or rectangles in it.
struct EditArea: Sendable, Equatable {
    /// Some frequencies of some of the frames.
    struct Rectangle: Sendable, Equatable {
        /// Frames of the sound.
        let frames: Range<Int>
        let band: Region.Band
    }

    /// Frames of the sound.
    let frames: Range<Int>
    /// By their starts; none where all frequencies of all frames are meant.
    let rectangles: [Rectangle]

    init(_ frames: Range<Int>, _ rectangles: [Rectangle] = []) {
        self.frames = frames
        self.rectangles = rectangles
    }

    /// Whether some frequencies stay.
    var isBanded: Bool { !rectangles.isEmpty }

    /// The areas of some regions, sorted and without a frame in common: regions of all frequencies that touch or overlap are one, rectangles
    /// that do so in time share an area, and where both are the region of all frequencies counts.
    static func areas(of regions: [(frames: Range<Int>, band: Region.Band?)]) -> [EditArea] {
        let whole = PassagePlan.merged(regions.filter { $0.band == nil }.map(\.frames))
        var byBand: [Region.Band: [Range<Int>]] = [:]
        for region in regions {
            if let band = region.band { byBand[band, default: []].append(region.frames) }
        }
        let rectangles = byBand.flatMap { band, ranges in
            PassagePlan.merged(ranges).flatMap { Self.without(whole, $0) }.map { Rectangle(frames: $0, band: band) }
        }.sorted {
            ($0.frames.lowerBound, $0.band.low, $0.band.high) < ($1.frames.lowerBound, $1.band.low, $1.band.high)
        }
        var groups: [[Rectangle]] = []
        var end = 0
        for rectangle in rectangles {
            if !groups.isEmpty, rectangle.frames.lowerBound <= end,
                !whole.contains(where: { $0.upperBound == rectangle.frames.lowerBound })
            {
                groups[groups.count - 1].append(rectangle)
            } else {
                groups.append([rectangle])
                end = 0
            }
            end = max(end, rectangle.frames.upperBound)
        }
        let banded = groups.map { group in
            EditArea(group[0].frames.lowerBound..<(group.map(\.frames.upperBound).max() ?? 0), group)
        }
        return (whole.map { EditArea($0) } + banded).sorted { $0.frames.lowerBound < $1.frames.lowerBound }
    }

    /// What of a range lies in none of others, which are sorted and apart.
    private static func without(_ others: [Range<Int>], _ range: Range<Int>) -> [Range<Int>] {
        var result: [Range<Int>] = []
        var position = range.lowerBound
        for other in others where other.overlaps(range) {
            if other.lowerBound > position { result.append(position..<other.lowerBound) }
            position = max(position, other.upperBound)
        }
        if position < range.upperBound { result.append(position..<range.upperBound) }
        return result
    }
}

extension Region.Band {
    /// Whether the band is so narrow that what lies right below and above it tells what belongs there: two thirds of an octave, or 300 Hz.
    var isNarrow: Bool { high <= 1.6 * low || high - low <= 300 }
}
