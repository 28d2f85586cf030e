public import Core

/// One making of an edit among several.
public struct Take: Sendable {
    /// The request, with the seed of the take: done alone it gives the take again.
    public let request: any EditRequest
    /// How good the take is: the higher the better. Only takes of the same edit can be compared.
    public let score: Double
}

extension Editor {
    /// Makes takes of an edit, with seeds that follow each other from the request's own on, and says how good they are. No sound is kept: the
    /// request of the take that is wanted gives it again.
    ///
    /// A take is judged by its edges, by how much its levels differ from those around it, and by the model's audio tower: how like the prompt
    /// it is, or, without one, its surroundings.
    /// - Parameters:
    ///   - count: the number of takes, at least one.
    ///   - request: the edit.
    ///   - source: the sound to edit; nil for an edit that makes a sound from nothing.
    ///   - listener: called between the steps of the takes, on the calling thread; fractions are of all takes. What it throws stops them.
    /// - Returns: the takes, the best first; of equally good ones the earlier.
    /// - Throws: what ``perform(_:from:to:listener:)`` throws.
    public func takes(
        _ count: Int, of request: some EditRequest, from source: (any SoundSource)? = nil,
        listener: (EditEvent) throws -> Void = { _ in }
    ) throws -> [Take] {
        try EditingError.demand(count >= 1, .takes, "at least 1", count)
        let takes = try (0..<count).map { number -> Take in
            var request = request
            request.settings.seed &+= UInt64(number)
            let destination = RecordingDestination()
            try perform(request, from: source, to: destination) { event in
                guard case .progress(let progress) = event else { return }
                try listener(
                    .progress(
                        EditProgress(
                            stage: "take \(number + 1) of \(count): \(progress.stage)",
                            fraction: (Double(number) + progress.fraction) / Double(count))))
            }
            let judge = try TakeJudge(request.condition, source, loaded)
            return Take(
                request: request,
                score: try judge.score(destination.stretches, rate: destination.rate, in: destination.join))
        }
        return takes.enumerated().sorted { ($1.element.score, $0.offset) < ($0.element.score, $1.offset) }.map(
            \.element)
    }
}
