internal import Core

/// What the network is led towards, and away from: each [1, width].
struct NetworkCondition: Sendable {
    let towards: Tensor
    let away: Tensor
    /// What the source is; nil where nobody asks.
    var source: Tensor?
}

/// Turns what an edit is told into what the network is told. Prompts are encoded, and looked up in the model's memory, once.
struct Conditioner: Sendable {
    private let loaded: LoadedModel
    /// nil for a model without conditions.
    private let away: Tensor?
    /// What the prompt and the examples say; nil where the surroundings say it.
    private let prompted: Tensor?
    /// What the source was said to be.
    private let source: Tensor?
    /// What of the prompts the model does not read, one sentence each.
    let notes: [String]

    /// - Parameter sourcePrompt: what the source is; nil for what is heard of it.
    init(_ condition: Condition, sourcePrompt: String? = nil, _ loaded: LoadedModel, _ log: EditLog) throws {
        self.loaded = loaded
        guard loaded.model.unetConfiguration.condition != .none else {
            (away, prompted, source) = (nil, nil, nil)
            let isTold = !condition.isOpen || condition.negativePrompt != nil
            notes = isTold ? ["The model knows no prompts: what was asked for is not heard."] : []
            return
        }
        notes = try [
            ("prompt", condition.prompt), ("negative prompt", condition.negativePrompt),
            ("source prompt", sourcePrompt),
        ].compactMap { try Self.note(about: $1, named: $0, loaded) }
        func embedding(of prompt: String) throws -> Tensor {
            // Opened for words alone: it takes a tenth of a second.
            guard condition.usesMemory, let memory = try loaded.model.memory() else {
                return try Self.embedding(of: prompt, loaded)
            }
            let finding = try memory.find(prompt) { try Self.embedding(of: $0, loaded) }
            log.remember(prompt, finding)
            return finding.vector
        }
        let said = try condition.prompt.map(embedding)
        let liked = try condition.like.map { likeness in
            let heard = try ExampleSounds(loaded, log).embedding(of: likeness, nearTo: said)
            let weight = Float(likeness.weight)
            return said.map { ($0 * (1 - weight) + heard * weight).unitLength } ?? heard
        }
        prompted = liked ?? said
        source = try sourcePrompt.map(embedding)
        away = try condition.negativePrompt.map(embedding) ?? Self.nothing(loaded)
    }

    /// Whether the condition depends on what is heard.
    var isHearing: Bool {
        away != nil && prompted == nil && loaded.model.audioEncoderConfiguration != nil
    }

    /// Whether a prompt says what shall be heard.
    var isPrompted: Bool { prompted != nil }

    /// - Parameter heard: what is heard around an edit; not looked at unless `isHearing`.
    /// - Returns: nil for a model without conditions.
    func condition(hearing heard: HeardSound) throws -> NetworkCondition? {
        guard let away else { return nil }
        if let prompted { return NetworkCondition(towards: prompted, away: away) }
        if isHearing, let ear = try SoundEmbedding(of: loaded.model), let said = try ear.embedding(of: heard) {
            return NetworkCondition(towards: said, away: away)
        }
        return NetworkCondition(towards: try Self.nothing(loaded), away: away)
    }

    /// What a source is, for methods that contrast it with what it shall be; without an ear nothing in particular.
    /// - Parameter heard: what is heard of it; not looked at where the source was described.
    func source(hearing heard: HeardSound) throws -> Tensor? {
        if let source { return source }
        return try SoundEmbedding(of: loaded.model)?.embedding(of: heard)
    }

    /// Nil where the model reads all of a prompt.
    private static func note(about text: String?, named name: String, _ loaded: LoadedModel) throws -> String? {
        guard let text else { return nil }
        let longest = loaded.model.textEncoderConfiguration.maximumTokens
        let read = try loaded.model.tokenizer().beginning(of: text, maximumLength: longest)
        guard read.endIndex < text.endIndex else { return nil }
        let words = read.split(whereSeparator: \.isWhitespace).suffix(3).joined(separator: " ")
        let end = words.isEmpty ? "" : ", up to \u{201C}\(words.suffix(60))\u{201D}"
        return "The \(name) is longer than the model reads: only its first \(longest) tokens count\(end)."
    }

    /// The unit-length embedding of a text.
    private static func embedding(of text: String, _ loaded: LoadedModel) throws -> Tensor {
        let encoder = try loaded.model.textEncoder()
        let tokens = try loaded.model.tokenizer().encode(text, maximumLength: encoder.configuration.maximumTokens)
        return encoder(tokens).unitLength
    }

    /// What the model was trained with where it was told nothing.
    private static func nothing(_ loaded: LoadedModel) throws -> Tensor {
        switch loaded.traits.unconditional {
        case .zeros: .zeros([1, loaded.model.textEncoderConfiguration.embeddingWidth])
        case .emptyText: try embedding(of: "", loaded)
        }
    }
}
