internal import Foundation

/// The variational autoencoder between log-mel spectrograms and latents (diffusers' AutoencoderKL). Latents are scaled to unit variance.
public struct Autoencoder: Sendable {
    let configuration: AutoencoderConfiguration
    private let encoder: AutoencoderEncoder
    private let quantConvolution: Linear?
    private let postQuantConvolution: Linear?
    private let decoder: AutoencoderDecoder

    init(_ weights: WeightScope, _ configuration: AutoencoderConfiguration) throws(CheckpointError) {
        self.configuration = configuration
        let channels = configuration.latentChannels
        encoder = try AutoencoderEncoder(weights["encoder"], configuration)
        decoder = try AutoencoderDecoder(weights["decoder"], configuration)
        quantConvolution =
            configuration.hasQuantConvolution
            ? try Linear(weights["quant_conv"], in: 2 * channels, out: 2 * channels) : nil
        postQuantConvolution =
            configuration.hasPostQuantConvolution
            ? try Linear(weights["post_quant_conv"], in: channels, out: channels) : nil
    }

    /// Makes the latent of a log-mel spectrogram.
    /// - Parameters:
    ///   - mel: the log-mel spectrogram, [B, T, F]; frames and bins beyond a multiple of the factor are lost.
    ///   - noise: normal numbers in the latent's shape for a draw from the posterior; nil gives its mean.
    /// - Returns: the latent, [B, T / factor, F / factor, channels].
    public func encode(_ mel: Tensor, noise: Tensor? = nil) -> Tensor {
        let moments = encoder(mel.reshaped(mel.shape + [1]))
        let parameters = quantConvolution.map { $0(moments) } ?? moments
        let channels = configuration.latentChannels
        let mean = parameters.sliced(axis: 3, 0..<channels)
        guard let noise else { return mean * configuration.scalingFactor }
        let deviation = parameters.sliced(axis: 3, channels..<2 * channels).mapped { logVariance in
            exp(0.5 * min(max(logVariance, -30), 20))
        }
        return (mean + deviation * noise) * configuration.scalingFactor
    }

    /// Makes the log-mel spectrogram of a latent.
    /// - Parameter latent: the latent, [B, T, F, channels].
    /// - Returns: the log-mel spectrogram, [B, T * factor, F * factor].
    public func decode(_ latent: Tensor) -> Tensor {
        let unscaled = latent * (1 / configuration.scalingFactor)
        let mel = decoder(postQuantConvolution.map { $0(unscaled) } ?? unscaled)
        return mel.reshaped(Array(mel.shape.dropLast()))
    }
}
