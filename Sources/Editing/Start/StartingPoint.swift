public import Core

/// The sound that the regions of an edit start from, before the model changes it as far as the strength says.
public protocol StartingPoint: Sendable {
    /// Whether what was in the regions is hidden from the model, so that nothing of it comes back.
    var hidesSource: Bool { get }

    /// Makes a first version of a stretch that is hidden.
    /// - Parameters:
    ///   - frames: the stretch, in mel frames of the passage.
    ///   - passage: what is heard around it.
    /// - Returns: a log-mel in nepers, [1, frames, bands] with `passage.bands` bands; nil where there is none: the
    ///   stretch is made from nothing.
    /// - Throws: what reading the source throws.
    func draft(of frames: Range<Int>, in passage: HeardPassage) throws -> Tensor?

    /// Makes a first version of a rectangle that is hidden.
    /// - Parameters:
    ///   - frames: the stretch, in mel frames of the passage.
    ///   - band: the frequencies of the rectangle.
    ///   - bands: the mel bands that these reach into, within `0..<passage.bands`.
    ///   - passage: what is heard around the stretch, and above and below the rectangle.
    /// - Returns: a log-mel in nepers, [1, frames, bands.count]; nil where there is none.
    /// - Throws: what reading the source throws.
    func draft(
        of frames: Range<Int>, band: Region.Band, bands: Range<Int>, in passage: HeardPassage
    ) throws -> Tensor?
}

extension StartingPoint {
    /// A starting point hides the source unless it says otherwise.
    public var hidesSource: Bool { true }

    /// A starting point has no first version unless it says otherwise.
    public func draft(of frames: Range<Int>, in passage: HeardPassage) throws -> Tensor? { nil }

    /// Of a rectangle, unless the starting point says otherwise, the draft of the whole stretch counts.
    public func draft(
        of frames: Range<Int>, band: Region.Band, bands: Range<Int>, in passage: HeardPassage
    ) throws -> Tensor? {
        try draft(of: frames, in: passage)?.sliced(axis: 2, bands)
    }

    /// Whether drafts are to be asked for at all.
    var hasDrafts: Bool { hidesSource && !(self is LineStart) }
}

/// The edit starts from the source as it is.
public struct SourceStart: StartingPoint {
    /// Nothing is hidden: the source is what the edit starts from.
    public let hidesSource = false

    /// The starting point has no settings.
    public init() {}
}

/// The edit starts from nothing: a straight line leads from the last known frame to the next, and all of it is made
/// anew.
public struct LineStart: StartingPoint {
    /// The starting point has no settings.
    public init() {}
}

/// The edit starts from the passage of its surroundings that would continue them best, as far as one is long enough.
public struct NearestPassageStart: StartingPoint {
    /// The starting point has no settings.
    public init() {}

    /// The passage that would continue the surroundings best; nil for a stretch that is longer than any of them, or
    /// than the network's window.
    public func draft(of frames: Range<Int>, in passage: HeardPassage) throws -> Tensor? {
        guard frames.count <= passage.window, let draft = try passage.nearestDraft(for: frames) else { return nil }
        return Tensor(draft.mel, shape: [1, frames.count, passage.bands])
    }

    /// Of a rectangle, moments of the surroundings at which the other bands are like those beside it.
    public func draft(
        of frames: Range<Int>, band: Region.Band, bands: Range<Int>, in passage: HeardPassage
    ) throws -> Tensor? {
        guard let match = try BandMatch(passage, bands) else {
            return try draft(of: frames, in: passage)?.sliced(axis: 2, bands)
        }
        return Tensor(match.draft(of: frames), shape: [1, frames.count, bands.count])
    }
}

extension Range<Int> {
    func shifted(by offset: Int) -> Range<Int> { lowerBound + offset..<upperBound + offset }
}
