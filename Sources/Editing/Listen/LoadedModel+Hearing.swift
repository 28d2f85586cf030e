internal import Core

extension LoadedModel {
    /// Stretches of a sound of one channel, as an audio tower hears them.
    func heard(_ stretches: [[Float]], rate: Int) -> HeardSound {
        HeardSound(
            rate: rate,
            mels: {
                try stretches.map { samples in
                    let mel = logMel(try Resampler.resample(samples, from: rate, to: self.rate))
                    return mel.reshaped([1] + mel.shape)
                }
            }, samples: { stretches })
    }

    /// How like a prompt a sound of one channel is, by the model's audio tower: the cosine, -1 to 1.
    /// - Returns: nil for a model without such a tower, without a prompt, and for silence.
    func likeness(of samples: [Float], rate: Int, to condition: Tensor?) throws -> Double? {
        guard let condition, let tower = try SoundEmbedding(of: model), !samples.isEmpty else { return nil }
        guard let embedding = try tower.embedding(of: heard([samples], rate: rate)) else { return nil }
        return zip(condition.elements, embedding.elements).reduce(0.0) { $0 + Double($1.0 * $1.1) }
    }
}
