public import Foundation

/// How a model was trained, as far as editing with it depends on that and the layout of diffusers has no word for it: the optional
/// `editing.json` in its folder.
public struct ModelTraits: Sendable, Decodable, Equatable {
    /// The embedding that stands for "no condition".
    public enum Unconditional: String, Sendable, Decodable, CaseIterable {
        /// The embedding of the empty text, as in AudioLDM.
        case emptyText = "empty_text"
        /// An embedding of zeros.
        case zeros
    }

    /// What the network sees in the cells where the source is kept.
    public let heldCells: DenoisingOptions.HeldCells
    /// A number that is added to clean held cells, by which the network knows them.
    public let heldOffset: Float
    /// What of a source's latent is noised and made anew.
    public let prior: DenoisingOptions.Prior
    /// The embedding that stands for "no condition".
    public let unconditional: Unconditional
    /// How far an inpainting without a prompt goes from the passage that it starts from, 0...1, unless the request says
    /// otherwise.
    public let inpaintStrength: Double
    /// How far upsampling goes from the band extension's version, 0...1, unless the request says otherwise.
    public let upsampleStrength: Double
    /// How a sound is restyled, unless the request says otherwise.
    public let restyleMethod: DenoisingOptions.Method
    /// How much deeper than its strength says a sound is noised that is restyled: 1 - (1 - strength) to this power, so that 1 is as deep as
    /// the strength says.
    public let restyleDepth: Double
    /// The log-mel value by which the vocoder knows that a band is unknown; nil for one that needs all bands.
    public let unknownBand: Float?
    /// The least exact precision at which the networks were found to lose nothing that counts.
    public let precision: Precision

    private enum CodingKeys: String, CodingKey {
        case heldCells = "held_cells"
        case heldOffset = "held_offset"
        case prior
        case unconditional
        case inpaintStrength = "inpaint_strength"
        case upsampleStrength = "upsample_strength"
        case restyleMethod = "restyle_method"
        case restyleDepth = "restyle_depth"
        case unknownBand = "unknown_band"
        case precision
    }

    /// The traits of AudioLDM's published models, which folders without `editing.json` have.
    public static let audioLDM = ModelTraits(
        heldCells: .noised, heldOffset: 0, prior: .none, unconditional: .emptyText, inpaintStrength: usualStrength,
        upsampleStrength: usualStrength, restyleMethod: usualMethod, restyleDepth: 1, unknownBand: nil,
        precision: .float32)

    /// The strength of models that do not say with which one they were found to be best.
    private static let usualStrength = 0.5
    /// The method of models that do not say with which one they were found to be best.
    private static let usualMethod = DenoisingOptions.Method.noise

    private init(
        heldCells: DenoisingOptions.HeldCells, heldOffset: Float, prior: DenoisingOptions.Prior,
        unconditional: Unconditional, inpaintStrength: Double, upsampleStrength: Double,
        restyleMethod: DenoisingOptions.Method, restyleDepth: Double, unknownBand: Float?,
        precision: Precision
    ) {
        self.heldCells = heldCells
        self.heldOffset = heldOffset
        self.prior = prior
        self.unconditional = unconditional
        self.inpaintStrength = inpaintStrength
        self.upsampleStrength = upsampleStrength
        self.restyleMethod = restyleMethod
        self.restyleDepth = restyleDepth
        self.unknownBand = unknownBand
        self.precision = precision
    }

    /// Reads the traits as `editing.json` has them.
    /// - Throws: an error that names the key that does not fit.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        heldCells = try keys.choice(.heldCells)
        heldOffset = try keys.value(.heldOffset, absent: 0)
        prior = try keys.choice(.prior, absent: DenoisingOptions.Prior.none)
        unconditional = try keys.choice(.unconditional)
        inpaintStrength = try keys.share(.inpaintStrength, absent: Self.usualStrength)
        upsampleStrength = try keys.share(.upsampleStrength, absent: Self.usualStrength)
        restyleMethod = try keys.choice(.restyleMethod, absent: Self.usualMethod)
        restyleDepth = try keys.value(.restyleDepth, absent: 1)
        try keys.demand((0.1...10).contains(restyleDepth), .restyleDepth, "a number from 0.1 to 10")
        unknownBand = try keys.decodeIfPresent(Float.self, forKey: .unknownBand)
        precision = try keys.choice(.precision, absent: .float32)
    }

    /// Reads a model's `editing.json`; without it, the traits are ``audioLDM``.
    /// - Throws: an error that names the file and the key that do not fit.
    public init(of model: Model) throws(CheckpointError) {
        self = try Self(in: model.files)
    }

    private init(in files: ModelFiles) throws(CheckpointError) {
        self = try files.loadIfPresent("editing.json") ?? .audioLDM
    }

    /// The precision that suits a model and this machine best: what the model's traits say if this machine multiplies at it natively, and
    /// 32-bit floats otherwise, also for what cannot be read.
    /// - Parameter location: the model's folder or file; nil for the bundled model.
    public static func precision(for location: URL?) -> Precision {
        guard let place = location ?? Model.bundledFolder, let files = try? ModelFiles(place),
            let precision = try? Self(in: files).precision, precision.isNative
        else { return .float32 }
        return precision
    }
}
