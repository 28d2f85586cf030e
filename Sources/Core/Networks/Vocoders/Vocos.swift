internal import Foundation

/// Vocos (arXiv 2306.00814): a ConvNeXt backbone that stays at the frame rate, and a head that predicts the magnitude and the phase
/// of every spectral bin; the inverse short-time Fourier transform does the rest.
///
/// Two things may be switched on that the published kind lacks. A network of the frames makes the same of every frame of a steady sound,
/// which is a buzz at the frame rate: so the backbone can be shown noise that depends on a frame's place alone, to make noise of, and
/// phases can be counted from one moment for all frames, so that a tone in the middle of a bin has the same phase in each.
struct Vocos: Vocoder {
    let configuration: VocosConfiguration
    private let embedding: Convolution1D
    private let norm: LayerNorm
    private let blocks: [ConvNeXtBlock]
    private let finalNorm: LayerNorm
    private let output: Linear
    private let transform: ShortTimeFourierTransform

    var samplingRate: Int { configuration.samplingRate }
    var melBins: Int { configuration.melBins }
    var hopSize: Int { configuration.hopSize }

    /// Each block's and the first convolution's kernel reaches 3 frames, the window half its length.
    var contextFrames: Int {
        3 * (configuration.layers + 1) + (configuration.fftSize / 2 + hopSize - 1) / hopSize
    }

    init(_ weights: WeightScope, _ configuration: VocosConfiguration) throws(CheckpointError) {
        self.configuration = configuration
        let width = configuration.width
        let backbone = weights["backbone"]
        embedding = try Convolution1D(
            backbone["embed"], in: configuration.inputs, out: width, kernel: 7, padding: 3)
        norm = try LayerNorm(backbone["norm"], channels: width, epsilon: 1e-6)
        var blocks: [ConvNeXtBlock] = []
        for index in 0..<configuration.layers {
            blocks.append(
                try ConvNeXtBlock(backbone["convnext"][index], width: width, hidden: configuration.hiddenWidth))
        }
        self.blocks = blocks
        finalNorm = try LayerNorm(backbone["final_layer_norm"], channels: width, epsilon: 1e-6)
        output = try Linear(weights["head"]["out"], in: width, out: configuration.fftSize + 2)
        // A Hann window that published files carry along.
        weights["head"]["istft"].skip("window")
        transform = ShortTimeFourierTransform(
            fftSize: configuration.fftSize, windowSize: configuration.fftSize, hopSize: configuration.hopSize)
    }

    /// Log-mel [B, T, bins] to samples [B, T * hop].
    func callAsFunction(_ mel: Tensor, from first: Int) -> Tensor {
        var frames = norm(embedding(prepared(mel, from: first)))
        for block in blocks { frames = block(frames) }
        return waveform(output(finalNorm(frames)), from: first)
    }

    /// What the backbone sees: the log-mel [B, T, bins] around 0, beside it even noise of unit variance (SplitMix64 of frame and channel)
    /// and which frame of the phases' period it is.
    private func prepared(_ mel: Tensor, from first: Int) -> Tensor {
        let (batch, frames, channels) = (mel.shape[0], mel.shape[1], configuration.noiseChannels)
        let (mean, scale) = (configuration.inputMean, configuration.inputScale)
        var parts = [mel]
        if mean != 0 || scale != 1 {
            parts = [Tensor(mel.elements.map { ($0 - mean) / scale }, shape: mel.shape)]
        }
        if channels > 0 {
            let start = UInt64(first) &* UInt64(channels)
            let noise = (0..<UInt64(frames * channels)).map { place in
                var z = (start &+ place &+ 1) &* 0x9E37_79B9_7F4A_7C15
                z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
                z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
                z ^= z >> 31
                return (Float(z >> 40) / 0x1p24 - 0.5) * Float(12).squareRoot()
            }
            parts.append(Tensor(noise, shape: [frames, channels]).repeated(batch))
        }
        if configuration.period > 0 {
            let period = configuration.period
            var place = [Float](repeating: 0, count: frames * period)
            for frame in 0..<frames { place[frame * period + (first + frame) % period] = 1 }
            parts.append(Tensor(place, shape: [frames, period]).repeated(batch))
        }
        return parts.count == 1 ? parts[0] : .concatenated(parts, axis: 2)
    }

    /// Log-magnitudes and phases [B, T, fft + 2] to samples [B, T * hop].
    private func waveform(_ spectra: Tensor, from first: Int) -> Tensor {
        let (batch, frames, bins) = (spectra.shape[0], spectra.shape[1], transform.bins)
        let period = configuration.period
        var samples: [Float] = []
        samples.reserveCapacity(batch * frames * hopSize)
        spectra.withSpan { values in
            for item in 0..<batch {
                var spectrogram = Spectrogram(frames: frames, bins: bins)
                unsafe spectrogram.real.withUnsafeMutableBufferPointer { real in
                    unsafe spectrogram.imaginary.withUnsafeMutableBufferPointer { imaginary in
                        let (real, imaginary) = unsafe (real, imaginary)
                        Parallel.run(frames) { frame in
                            let row = (item * frames + frame) * 2 * bins
                            // A period has fft / hop frames: in each, a bin's phase goes on by so many turns.
                            let advance = period > 0 ? (first + frame) % period : 0
                            for bin in 0..<bins {
                                // The reference's bound on the magnitude, an exponential, against single wild values.
                                let magnitude = min(exp(values[row + bin]), 100)
                                let turn =
                                    advance > 0 ? 2 * Float.pi * Float(bin * advance % period) / Float(period) : 0
                                let phase = values[row + bins + bin] + turn
                                unsafe real[frame * bins + bin] = magnitude * cos(phase)
                                unsafe imaginary[frame * bins + bin] = magnitude * sin(phase)
                            }
                        }
                    }
                }
                // "Same" padding: of the half windows that stand over at both ends, all but half a hop falls away.
                samples += transform.inverse(
                    spectrogram, skipping: (configuration.fftSize - hopSize) / 2, length: frames * hopSize)
            }
        }
        return Tensor(samples, shape: [batch, frames * hopSize])
    }
}

/// A depthwise convolution over time, then two dense layers per frame, scaled per channel and added (arXiv 2201.03545).
private struct ConvNeXtBlock: Sendable {
    let depthwise: Convolution1D
    let norm: LayerNorm
    let expansion: Linear
    let contraction: Linear

    init(_ weights: WeightScope, width: Int, hidden: Int) throws(CheckpointError) {
        depthwise = try Convolution1D(weights["dwconv"], in: width, out: width, kernel: 7, padding: 3, groups: width)
        norm = try LayerNorm(weights["norm"], channels: width, epsilon: 1e-6)
        expansion = try Linear(weights["pwconv1"], in: width, out: hidden)
        // gamma * (W h + b) = (gamma W) h + gamma b
        let scale = try weights.tensor("gamma", width).elements
        let (weight, bias) = (
            try weights["pwconv2"].tensor("weight", width, hidden), try weights["pwconv2"].tensor("bias", width)
        )
        contraction = Linear(
            weight: Tensor(weight.elements.enumerated().map { $1 * scale[$0 / hidden] }, shape: weight.shape),
            bias: Tensor(zip(bias.elements, scale).map(*), shape: bias.shape))
    }

    /// [B, T, width] to the same shape.
    func callAsFunction(_ x: Tensor) -> Tensor {
        contraction(expansion(norm(depthwise(x)), activation: .gelu), adding: x)
    }
}
