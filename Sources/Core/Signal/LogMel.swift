internal import Foundation

/// The natural logarithm of a waveform's mel-band magnitudes, as AudioLDM's networks see sound.
public struct LogMel: Sendable {
    /// The numbers that the log-mel is made by.
    public let frontEnd: FrontEnd
    /// The mel filters of the front end.
    public let filterBank: MelFilterBank
    private let transform: ShortTimeFourierTransform

    /// Prepares the transform and the filters of a front end.
    public init(_ frontEnd: FrontEnd) {
        self.frontEnd = frontEnd
        transform = ShortTimeFourierTransform(frontEnd)
        filterBank = MelFilterBank(frontEnd)
    }

    /// Computes `log(max(gain * mel, floor))`.
    /// - Parameter samples: at least one sample, at the front end's rate.
    /// - Returns: the log-mel in nepers, [1 + count / hopSize, melBins].
    public func callAsFunction(_ samples: [Float]) -> Tensor {
        let (gain, floor) = (Float(frontEnd.gain), Float(frontEnd.floor))
        let elements = filterBank(transform.magnitudes(samples)).map { log(max($0 * gain, floor)) }
        return Tensor(elements, shape: [elements.count / frontEnd.melBins, frontEnd.melBins])
    }
}
