public import Core

/// The edit starts from what linear prediction knows of the regions from both of their sides.
///
/// Tones go on, and what is not foretold, as noise, is made anew: by the model from the passage that fits best, or where that would
/// not be heard by noise of the same colour.
public struct PredictionStart: StartingPoint {
    /// The seconds up to which a region is made without the model: what is not foretold in it is noise of the same colour.
    let withoutModel: Double

    /// The seconds up to which the model may be left out, where it is for the edit to say: below, its fills are heard to be no better.
    static let shortest = 0.12
    /// Seconds of a region from which on nothing of it can be foretold.
    static let longest = 2.0

    /// Whether what is made lies no nearer to zero than what was there.
    let isBeyondSource: Bool

    /// - Parameters:
    ///   - isAlone: whether the model is left out of regions of any length.
    ///   - isBeyondSource: whether what is made without the model lies no nearer to zero than what was there, as a peak
    ///     that was cut off does.
    public init(isAlone: Bool = false, isBeyondSource: Bool = false) {
        withoutModel = isAlone ? .infinity : Self.shortest
        self.isBeyondSource = isBeyondSource
    }

    /// The passage that would continue the surroundings best, as of ``NearestPassageStart``.
    public func draft(of frames: Range<Int>, in passage: HeardPassage) throws -> Tensor? {
        try NearestPassageStart().draft(of: frames, in: passage)
    }

    /// A narrow rectangle starts from what lies beside it, as of ``BesideStart``, and a wide one as a whole stretch does.
    public func draft(
        of frames: Range<Int>, band: Region.Band, bands: Range<Int>, in passage: HeardPassage
    ) throws -> Tensor? {
        goesBeside(band)
            ? try BesideStart().draft(of: frames, band: band, bands: bands, in: passage)
            : try NearestPassageStart().draft(of: frames, band: band, bands: bands, in: passage)
    }
}
