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
    /// Where a region gets its place in the room from, where there are several channels.
    public enum Image: Sendable {
        /// From what is around it.
        case ofSurroundings
        /// From what the source has there.
        case ofSource
    }

    /// How far what is in the regions changes.
    enum Strength: Sendable {
        case uniform(Float)
        case map(StrengthMap)
    }

    /// None for everywhere.
    public let regions: [Region]
    public let start: any StartingPoint
    public let image: Image
    /// Whether there has to be something around the regions, as nothing else says what they shall hold.
    public let needsSurroundings: Bool
    let strength: Strength

    /// - Parameters:
    ///   - strength: 0...1: how far what is in the regions goes from what it starts from.
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

    /// - Parameters:
    ///   - map: how far each cell changes, laid over each region and over all of the model's mel bands.
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

/// The band above a cut-off that is made by the model.
public struct UpperBandPlan: Sendable {
    /// Hz; nil: as it is found in the spectrum.
    public let cutoff: Double?
    /// Of the result, in Hz; nil: the model's, or the source's if that is higher.
    public let rate: Int?
    /// How far the band goes from the model's first version of it.
    public let strength: Double

    public init(cutoff: Double? = nil, rate: Int? = nil, strength: Double) {
        precondition((0...1).contains(strength), "a strength outside 0...1")
        self.cutoff = cutoff
        self.rate = rate
        self.strength = strength
    }
}

/// A sound that is made from nothing.
public struct NewSoundPlan: Sendable {
    /// Seconds.
    public let duration: Double
    /// How often each segment is made; the best is kept.
    public let takes: Int

    public init(duration: Double, takes: Int = 1) {
        precondition(duration > 0 && takes >= 1, "a sound of some length, made at least once")
        self.duration = duration
        self.takes = takes
    }
}
