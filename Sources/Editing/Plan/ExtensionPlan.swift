/// A plan to go on with a sound beyond its ends.
public struct ExtensionPlan: Sendable {
    /// The seconds that are made before the beginning and after the end.
    public let before, after: Double
    /// The seconds over which what is made comes in and goes out.
    public let fade: Double
    /// How far what is made goes from the passages that fit best, 0...1.
    public let strength: Double
    /// The seed by which passages are chosen.
    public let seed: UInt64

    /// - Parameters:
    ///   - before: the seconds before the beginning.
    ///   - after: the seconds after the end.
    ///   - fade: the seconds over which what is made comes in and goes out.
    ///   - strength: how far it goes from the passages that fit best, 0...1.
    ///   - seed: the seed by which passages are chosen.
    public init(before: Double, after: Double, fade: Double = 0, strength: Double, seed: UInt64 = 0) {
        precondition(before >= 0 && after >= 0 && fade >= 0, "a time below 0")
        precondition((0...1).contains(strength), "a strength outside 0...1")
        self.before = before
        self.after = after
        self.fade = fade
        self.strength = strength
        self.seed = seed
    }
}

/// A plan to make a loop of a sound.
public struct LoopPlan: Sendable {
    /// The length of the loop in seconds; nil for the sound's own.
    public let length: Double?
    /// The least length of the seam in seconds.
    public let seam: Double
    /// How far the seam goes from the passage that fits best, 0...1.
    public let strength: Double
    /// The seed by which passages are chosen.
    public let seed: UInt64

    /// - Parameters:
    ///   - length: the length of the loop in seconds; nil for the sound's own.
    ///   - seam: the least length of the seam in seconds.
    ///   - strength: how far the seam goes from the passage that fits best, 0...1.
    ///   - seed: the seed by which passages are chosen.
    public init(length: Double?, seam: Double, strength: Double, seed: UInt64 = 0) {
        precondition(seam > 0 && length ?? .infinity > seam, "a seam of some length, shorter than the loop")
        precondition((0...1).contains(strength), "a strength outside 0...1")
        self.length = length
        self.seam = seam
        self.strength = strength
        self.seed = seed
    }
}
