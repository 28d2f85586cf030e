/// What an edit does, in the terms that all jobs share: what of the sound changes how far, what that starts from, and how the result is
/// put back into the source.
public enum EditPlan: Sendable {
    /// Stretches of a sound are made by the model and spliced in; everything else stays.
    case regions(RegionPlan)
    /// The band above a cut-off is made by the model and joined with the source's own band.
    case upperBand(UpperBandPlan)
    /// A sound is made from nothing.
    case new(NewSoundPlan)
}

/// Stretches of a sound that are made by the model.
public struct RegionPlan: Sendable {
    /// The rule by which a region gets its place in the room, where there are several channels.
    public enum Image: Sendable {
        /// The channels relate to each other as those around the region do.
        case ofSurroundings
        /// The channels relate to each other as those of the source in the region do.
        case ofSource
    }

    /// How far what is in the regions changes.
    enum Strength: Sendable {
        case uniform(Float)
        case map(StrengthMap)
    }

    /// The regions; none for everywhere.
    public let regions: [Region]
    /// The sound that the regions start from.
    public let start: any StartingPoint
    /// The rule by which a region gets its place in the room.
    public let image: Image
    /// Whether there has to be something around the regions, because nothing else says what they shall hold.
    public let needsSurroundings: Bool
    let strength: Strength

    /// A plan that changes all of the regions equally far.
    /// - Parameters:
    ///   - regions: the regions; none for everywhere.
    ///   - strength: how far what is in the regions goes from what it starts from, 0...1.
    ///   - start: what the regions start from.
    ///   - image: how a region gets its place in the room.
    ///   - needsSurroundings: whether there has to be something around the regions.
    public init(
        _ regions: [Region], strength: Double, start: any StartingPoint, image: Image = .ofSurroundings,
        needsSurroundings: Bool = false
    ) {
        precondition((0...1).contains(strength), "a strength outside 0...1")
        self.regions = regions
        self.strength = .uniform(Float(strength))
        self.start = start
        self.image = image
        self.needsSurroundings = needsSurroundings
    }

    /// A plan that changes each cell of the regions as far as a map says.
    /// - Parameters:
    ///   - regions: the regions; none for everywhere.
    ///   - map: how far each cell changes, laid over each region and over all of the model's mel bands.
    ///   - start: what the regions start from.
    ///   - image: how a region gets its place in the room.
    ///   - needsSurroundings: whether there has to be something around the regions.
    public init(
        _ regions: [Region], map: StrengthMap, start: any StartingPoint, image: Image = .ofSurroundings,
        needsSurroundings: Bool = false
    ) {
        self.regions = regions
        strength = .map(map)
        self.start = start
        self.image = image
        self.needsSurroundings = needsSurroundings
    }

    /// The largest strength of any cell.
    var largestStrength: Float {
        switch strength {
        case .uniform(let strength): strength
        case .map(let map): map.strengths.max() ?? 0
        }
    }
}

/// A plan to make the band above a cut-off.
public struct UpperBandPlan: Sendable {
    /// The frequency above which sound is made, in Hz; nil to find it in the spectrum.
    public let cutoff: Double?
    /// The rate of the result in Hz; nil for the model's, or the source's if that is higher.
    public let rate: Int?
    /// How far the band goes from the model's first version of it, 0...1.
    public let strength: Double
    /// Whether holes that a lossy codec left below the cut-off are filled too.
    public let holes: Bool

    /// A plan to make the band above a cut-off.
    /// - Parameters:
    ///   - cutoff: the frequency above which sound is made, in Hz; nil to find it in the spectrum.
    ///   - rate: the rate of the result in Hz; nil for the model's, or the source's if that is higher.
    ///   - strength: how far the band goes from the model's first version of it, 0...1.
    ///   - holes: whether holes that a lossy codec left below the cut-off are filled too.
    public init(cutoff: Double? = nil, rate: Int? = nil, strength: Double, holes: Bool = false) {
        precondition((0...1).contains(strength), "a strength outside 0...1")
        self.cutoff = cutoff
        self.rate = rate
        self.strength = strength
        self.holes = holes
    }
}

/// A plan to make a sound from nothing.
public struct NewSoundPlan: Sendable {
    /// The length of the sound in seconds.
    public let duration: Double
    /// How often each segment is made; the take that is most like the prompt is kept.
    public let takes: Int

    /// A plan to make a sound from nothing.
    /// - Parameters:
    ///   - duration: the length of the sound in seconds, above 0.
    ///   - takes: how often each segment is made, at least once.
    public init(duration: Double, takes: Int = 1) {
        precondition(duration > 0 && takes >= 1, "a sound of some length, made at least once")
        self.duration = duration
        self.takes = takes
    }
}
