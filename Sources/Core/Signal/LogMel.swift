internal import Foundation

/// The natural logarithm of a waveform's mel-band magnitudes, as AudioLDM's networks see sound.
public struct LogMel: Sendable {
    public let frontEnd: FrontEnd
    public let filterBank: MelFilterBank
    private let transform: ShortTimeFourierTransform

    public init(_ frontEnd: FrontEnd) {
        self.frontEnd = frontEnd
        transform = ShortTimeFourierTransform(frontEnd)
        filterBank = MelFilterBank(frontEnd)
    }

    /// `log(max(gain * mel, floor))` of at least one sample at the front end's rate: [1 + count / hopSize, melBins].
    public func callAsFunction(_ samples: [Float]) -> Tensor {
        let (gain, floor) = (Float(frontEnd.gain), Float(frontEnd.floor))
        let elements = filterBank(transform.magnitudes(samples)).map { log(max($0 * gain, floor)) }
        return Tensor(elements, shape: [elements.count / frontEnd.melBins, frontEnd.melBins])
    }
}
