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
        guard takes > 1, let condition, let encoder = try loaded.model.audioEncoder() else { return nil }
        let wanted = condition.towards.elements
        self.init(takes: takes) { mel in
            guard let heard = SoundEmbedding(encoder).embedding(of: [mel]) else { return -1 }
            return zip(wanted, heard.elements).reduce(0) { $0 + $1.0 * $1.1 }
        }
    }
}
