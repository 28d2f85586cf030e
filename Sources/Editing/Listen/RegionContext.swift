internal import Core

/// What is heard around a passage's regions, and what follows from it for all of them.
struct RegionContext: Sendable {
    /// Without its baseline.
    let source: any SoundSource
    let baseline: Baseline
    /// What each channel adds to the one channel that the model sees.
    let weights: [Float]
    /// Where the source's spectrum ends, in Hz.
    let cutoff: Double
    /// Where the model's band ends, in Hz.
    let top: Double
    /// Whether the regions know their level from their surroundings alone.
    let hidesSource: Bool
    /// Whether what both sides of a region foretell goes on in it.
    let foretells: Bool
    let image: RegionPlan.Image
    let feather: Feather?
    let start: any StartingPoint
    /// What of the source's loudness stays in the regions; nil where nothing of the source does.
    let kept: Kept?
    /// All regions of the edit, in file frames, sorted and apart.
    private let regions: [Range<Int>]

    /// Seconds to either side of a region from which its level and its stereo image are taken.
    private static let surroundings = 2.0

    init(
        _ source: any SoundSource, _ passage: PassagePlan, regions: [Range<Int>], top: Double, _ plan: RegionPlan
    ) throws {
        baseline = try Baseline(of: source, passage, among: regions) {
            try plan.image == .ofSurroundings
                ? [Float](repeating: 0, count: source.channelCount) : Baseline.level(of: source)
        }
        let source = CentredSource(source, baseline)
        self.source = source
        self.regions = regions
        self.top = top
        hidesSource = plan.start.hidesSource
        foretells = plan.start is PredictionStart
        image = plan.image
        feather = plan.feather
        start = plan.start
        kept = plan.restyling?.kept
        let count = Int(Self.surroundings * Double(source.rate))
        var heard: [[Float]]
        switch plan.image {
        case .ofSurroundings:
            let first = Self.kept(around: passage.regions[0], regions, count: count, source).before
            let last = Self.kept(around: passage.regions[passage.regions.count - 1], regions, count: count, source)
                .after
            heard = zip(try source.read(frames: first), try source.read(frames: last)).map { $0 + $1 }
        case .ofSource: heard = []
        }
        // What is edited everywhere, in some of its frequencies, is around itself.
        if heard.first?.isEmpty ?? true {
            let start = passage.regions[0].lowerBound
            heard = try source.read(frames: start..<min(passage.regions[0].upperBound, start + 2 * count))
        }
        weights = ChannelMix.weights(of: heard)
        cutoff = CutOff.find(in: heard, rate: source.rate)
    }

    /// Whether the source's spectrum ends below what its rate and the model could hold.
    var isDull: Bool { cutoff < 0.95 * min(Double(source.rate) / 2, top) }

    /// The frames around a region that are kept: up to `count` to either side, as far as the source and its other regions allow.
    func kept(around region: Range<Int>, count: Int) -> (before: Range<Int>, after: Range<Int>) {
        Self.kept(around: region, regions, count: count, source)
    }

    static func kept(
        around region: Range<Int>, _ regions: [Range<Int>], count: Int, _ source: any SoundSource
    ) -> (before: Range<Int>, after: Range<Int>) {
        let last = regions.last { $0.upperBound <= region.lowerBound }?.upperBound ?? 0
        let next = regions.first { $0.lowerBound >= region.upperBound }?.lowerBound ?? source.frames
        return (
            max(last, region.lowerBound - count)..<region.lowerBound,
            region.upperBound..<min(next, region.upperBound + count)
        )
    }

    /// The channels of what is kept around a region.
    func surroundings(of region: Range<Int>) throws -> (before: [[Float]], after: [[Float]]) {
        let kept = kept(around: region, count: Int(Self.surroundings * Double(source.rate)))
        return (try source.read(frames: kept.before), try source.read(frames: kept.after))
    }
}
