/// A stretch of a file that the model works on at once, and the regions in it that it edits.
struct PassagePlan: Equatable {
    /// Frames of the file: the regions and what is around them.
    let frames: Range<Int>
    /// Frames of the file, sorted and apart, within `frames`.
    let regions: [Range<Int>]

    /// Regions that touch or overlap made one, sorted.
    static func merged(_ regions: [Range<Int>]) -> [Range<Int>] {
        var result: [Range<Int>] = []
        for region in regions.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = result.last, region.lowerBound <= last.upperBound {
                result[result.count - 1] = last.lowerBound..<max(last.upperBound, region.upperBound)
            } else {
                result.append(region)
            }
        }
        return result
    }

    /// The passages for some regions of a file.
    ///
    /// Each is as long as the model's window, with the regions in its middle as far as the file allows; regions of more than three
    /// quarters of a window have a quarter to either side. Regions closer than half a window share a passage.
    /// - Parameters:
    ///   - regions: as `merged` gives them.
    ///   - window: the model's, in frames of the file.
    ///   - count: frames of the file.
    static func plans(for regions: [Range<Int>], window: Int, of count: Int) -> [PassagePlan] {
        var groups: [[Range<Int>]] = []
        for region in regions {
            if let last = groups.last?.last, region.lowerBound - last.upperBound < window / 2 {
                groups[groups.count - 1].append(region)
            } else {
                groups.append([region])
            }
        }
        return groups.map { group in
            let (first, end) = (group[0].lowerBound, group[group.count - 1].upperBound)
            let length = end - first
            let around = length <= 3 * window / 4 ? (window - length) / 2 : window / 4
            var (low, high) = (first - around, end + around)
            if low < 0 { (low, high) = (0, max(high, min(count, window))) }
            if high > count { (low, high) = (max(0, min(low, count - window)), count) }
            return PassagePlan(frames: low..<high, regions: group)
        }
    }
}
