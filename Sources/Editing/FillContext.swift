internal import Core

/// What is heard around a passage's regions, and what follows from it for all of them.
struct FillContext {
    let file: AudioFile
    /// What each channel adds to the one channel that the model sees.
    let weights: [Float]
    /// Where the file's spectrum ends, in Hz.
    let cutoff: Double
    /// Where the model's band ends, in Hz.
    let top: Double
    /// Whether the regions are made anew, and thus know their level and their place in the room from their surroundings alone.
    let isNew: Bool
    /// All regions of the job, in frames of the file, sorted and apart.
    private let regions: [Range<Int>]

    /// Seconds to either side of a region from which its level and its stereo image are taken.
    private static let surroundings = 2.0

    init(_ file: AudioFile, _ plan: PassagePlan, regions: [Range<Int>], top: Double, isNew: Bool) throws {
        self.file = file
        self.regions = regions
        self.top = top
        self.isNew = isNew
        let count = Int(Self.surroundings * Double(file.rate))
        var heard: [[Float]]
        if isNew {
            let first = Self.kept(around: plan.regions[0], regions, count: count, file).before
            let last = Self.kept(around: plan.regions[plan.regions.count - 1], regions, count: count, file).after
            heard = zip(try file.read(frames: first), try file.read(frames: last)).map { $0 + $1 }
        } else {
            let start = plan.regions[0].lowerBound
            heard = try file.read(frames: start..<min(plan.regions[0].upperBound, start + 2 * count))
        }
        weights = ChannelMix.weights(of: heard)
        cutoff = CutOff.find(in: heard, rate: file.rate)
    }

    /// Whether the file's spectrum ends well below what its rate and the model could hold.
    var isDull: Bool { cutoff < 0.9 * min(Double(file.rate) / 2, top) }

    /// The frames around a region that are kept: up to `count` to either side, as far as the file and its other regions allow.
    func kept(around region: Range<Int>, count: Int) -> (before: Range<Int>, after: Range<Int>) {
        Self.kept(around: region, regions, count: count, file)
    }

    private static func kept(
        around region: Range<Int>, _ regions: [Range<Int>], count: Int, _ file: AudioFile
    ) -> (before: Range<Int>, after: Range<Int>) {
        let last = regions.last { $0.upperBound <= region.lowerBound }?.upperBound ?? 0
        let next = regions.first { $0.lowerBound >= region.upperBound }?.lowerBound ?? file.frames
        return (
            max(last, region.lowerBound - count)..<region.lowerBound,
            region.upperBound..<min(next, region.upperBound + count)
        )
    }

    /// The channels of what is kept around a region.
    func surroundings(of region: Range<Int>) throws -> (before: [[Float]], after: [[Float]]) {
        let kept = kept(around: region, count: Int(Self.surroundings * Double(file.rate)))
        return (try file.read(frames: kept.before), try file.read(frames: kept.after))
    }
}
