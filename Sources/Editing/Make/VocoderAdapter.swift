internal import Core

/// The vocoder that a model's log-mels are given to: its own, or another model's that knows more bands.
struct VocoderAdapter: Sendable {
    /// Whose vocoder it is.
    let model: Model
    /// Bands that the log-mels have.
    let bands: Int
    /// What the vocoder takes a band for that nobody knows.
    let unknownBand: Float

    /// The model's own vocoder.
    init(of model: Model) {
        self.model = model
        bands = model.frontEnd.melBins
        unknownBand = 0
    }

    /// The vocoder of `other` for the log-mels of `model`.
    /// - Throws: `EditingError.vocoderDoesNotFit`.
    init(of other: Model, for model: Model) throws {
        let (theirs, own) = (MelGrid(other.frontEnd, factor: 1), MelGrid(model.frontEnd, factor: 1))
        func misfit(_ reason: String) -> EditingError {
            .vocoderDoesNotFit(model: other.location.relativePath, reason: reason)
        }
        guard other.frontEnd.frameRate == model.frontEnd.frameRate else {
            throw misfit("it has \(other.frontEnd.frameRate) frames a second, the model \(model.frontEnd.frameRate)")
        }
        guard theirs.bands >= own.bands, zip(theirs.edges, own.edges).allSatisfy({ abs($0 - $1) <= 0.01 * $1 + 1 })
        else {
            throw misfit("its bands do not start with the model's")
        }
        let traits = try ModelTraits(of: other)
        guard theirs.bands == own.bands || traits.unknownBand != nil else {
            throw misfit("it was not trained to do without its upper bands")
        }
        self.model = other
        bands = own.bands
        unknownBand = traits.unknownBand ?? 0
    }

    /// Hz.
    var rate: Int { model.frontEnd.samplingRate }
    var hopSize: Int { model.frontEnd.hopSize }

    /// A log-mel [1, T, bands] with as many bands as the vocoder takes.
    func completed(_ mel: Tensor) -> Tensor {
        let missing = model.frontEnd.melBins - bands
        guard missing > 0 else { return mel }
        return .concatenated([mel, Tensor(repeating: unknownBand, shape: [1, mel.shape[1], missing])], axis: 2)
    }
}
