internal import Core

/// How often a segment is made, and how good each take of it is.
struct TakeChoice {
    let takes: Int
    /// Of a log-mel [1, T, F]: the higher the better.
    let score: (Tensor) throws -> Float

    init(takes: Int, score: @escaping (Tensor) throws -> Float) {
        self.takes = takes
        self.score = score
    }

    /// Chooses the take that, to the audio tower, is most like the condition.
    /// - Returns: nil where there is nothing to choose, or nothing to choose by.
    init?(of takes: Int, like condition: NetworkCondition?, _ loaded: LoadedModel) throws {
        guard takes > 1, let condition, let ear = try SoundEmbedding(of: loaded.model) else { return nil }
        let wanted = condition.towards.elements
        self.init(takes: takes) { mel in
            let take = HeardSound(
                rate: loaded.vocoder.rate, mels: { [mel] },
                samples: {
                    let vocoder = try loaded.vocoder.model.vocoder()
                    let samples = vocoder(loaded.vocoder.completed(mel))
                    return [Array(samples.elements.prefix(mel.shape[1] * loaded.vocoder.hopSize))]
                })
            guard let heard = try ear.embedding(of: take) else { return -1 }
            return zip(wanted, heard.elements).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }
}
