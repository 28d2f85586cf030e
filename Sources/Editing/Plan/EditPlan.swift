public import Core

/// What an edit does, in the terms that all jobs share: what of the sound changes how far, what that starts from, and how the result is
/// put back into the source.
public enum EditPlan: Sendable {
    /// Stretches of a sound are made by the model and spliced in; everything else stays.
    case regions(RegionPlan)
    /// The band above a cut-off is made by the model and joined with the source's own band.
    case upperBand(UpperBandPlan)
    /// What lies beyond a sound's ends is made by the model; the sound itself stays.
    case extended(ExtensionPlan)
    /// A sound's end is led into its beginning.
    case loop(LoopPlan)
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
    public internal(set) var regions: [Region]
    /// The sound that the regions start from.
    public let start: any StartingPoint
    /// The rule by which a region gets its place in the room.
    public let image: Image
    /// Whether there has to be something around the regions, because nothing else says what they shall hold.
    public let needsSurroundings: Bool
    /// How far what is made goes over into the source at the regions' edges; nil for as little as is not heard.
    public let feather: Feather?
    let strength: Strength
    /// How what is there is led to the condition; nil for an edit that leads nothing anywhere.
    public var restyling: Restyling?

    /// How what is there is led to what shall be heard.
    public struct Restyling: Sendable {
        /// The method.
        public let method: DenoisingOptions.Method
        /// What of the source stays.
        public let kept: Kept
        /// What the source is, for methods that contrast it with what it shall be; nil for what the audio tower hears.
        public let sourcePrompt: String?
        /// Steps that the difference of prompt and no prompt holds for: every second one gives the same moves in less time.
        var guidancePeriod: Int { method == .noise ? 2 : 1 }

        /// A way to lead what is there to what shall be heard.
        /// - Parameters:
        ///   - method: the method.
        ///   - kept: what of the source stays.
        ///   - sourcePrompt: what the source is; nil for what the audio tower hears.
        public init(_ method: DenoisingOptions.Method, kept: Kept, sourcePrompt: String? = nil) {
            self.method = method
            self.kept = kept
            self.sourcePrompt = sourcePrompt
        }
    }

    /// A plan that changes all of the regions equally far.
    /// - Parameters:
    ///   - regions: the regions; none for everywhere.
    ///   - strength: how far what is in the regions goes from what it starts from, 0...1.
    ///   - start: what the regions start from.
    ///   - image: how a region gets its place in the room.
    ///   - needsSurroundings: whether there has to be something around the regions.
    ///   - feather: how far what is made goes over into the source; nil for as little as is not heard.
    public init(
        _ regions: [Region], strength: Double, start: any StartingPoint, image: Image = .ofSurroundings,
        needsSurroundings: Bool = false, feather: Feather? = nil
    ) {
        precondition((0...1).contains(strength), "a strength outside 0...1")
        self.regions = regions
        self.strength = .uniform(Float(strength))
        self.start = start
        self.image = image
        self.needsSurroundings = needsSurroundings
        self.feather = feather
    }

    /// A plan that changes each cell of the regions as far as a map says.
    /// - Parameters:
    ///   - regions: the regions; none for everywhere.
    ///   - map: how far each cell changes, laid over each region and over all of the model's mel bands.
    ///   - start: what the regions start from.
    ///   - image: how a region gets its place in the room.
    ///   - needsSurroundings: whether there has to be something around the regions.
    ///   - feather: how far what is made goes over into the source; nil for as little as is not heard.
    public init(
        _ regions: [Region], map: StrengthMap, start: any StartingPoint, image: Image = .ofSurroundings,
        needsSurroundings: Bool = false, feather: Feather? = nil
    ) {
        self.regions = regions
        strength = .map(map)
        self.start = start
        self.image = image
        self.needsSurroundings = needsSurroundings
        self.feather = feather
    }

    /// Whether anything is made at all.
    var changesSomething: Bool { start.hidesSource || largestStrength > 0 }

    /// Whether what is made starts from the source itself everywhere.
    var startsFromSource: Bool { !start.hidesSource && largestStrength < 1 }

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
