public import Core
public import Foundation

/// All that it takes to make a result again: the request with everything filled in, and the source and the model that
/// it was made with.
public struct Recipe: Sendable {
    /// A sound that was edited.
    public struct Source: Sendable, Codable, Equatable {
        /// The name of the sound in messages, such as the path of its file.
        public let name: String
        /// The SHA-256 of its content, as `SoundSource.contentHash` has it, in 64 hexadecimal digits.
        public let sha256: String

        /// A source by its name and its content.
        /// - Parameters:
        ///   - name: the name of the sound in messages.
        ///   - sha256: the hash of its content, in 64 hexadecimal digits.
        public init(name: String, sha256: String) {
            self.name = name
            self.sha256 = sha256
        }
    }

    /// The request, with everything filled in.
    public let request: any EditRequest
    /// The sound that was edited; nil for a sound that was made from nothing.
    public let source: Source?
    /// The program that made the result, such as "Retouch 0.2.0".
    public let program: String

    /// A recipe of given parts; ``Editor/recipe(of:from:)`` makes one of a report.
    /// - Parameters:
    ///   - request: the request, with everything filled in.
    ///   - source: the sound that was edited; nil for a sound that was made from nothing.
    ///   - program: the program that made the result.
    public init(_ request: any EditRequest, source: Source?, program: String = "Retouch \(Retouch.version)") {
        self.request = request
        self.source = source
        self.program = program
    }

    /// Reads what ``data()`` wrote.
    /// - Parameters:
    ///   - data: the recipe as JSON.
    ///   - jobs: the jobs that are known; a program that has jobs of its own names them here.
    /// - Throws: `EditingError.request` for what is no recipe, and what the request's own checks throw.
    public init(_ data: Data, jobs: [any EditRequest.Type] = RequestDocument.jobs) throws(EditingError) {
        self = try RequestDocument.reading {
            let recipe = try JSONDecoder().decode(Read.self, from: data, configuration: jobs).recipe
            let found = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
            if let request = found["request"] { try RequestDocument.refuseUnknownKeys(of: request, in: recipe.request) }
            let unknown = Set(found.keys).subtracting(["request", "source", "program"]).sorted()
            if let key = unknown.first { throw EditingError.request("unknown key '\(key)'") }
            return recipe
        }
    }

    /// The recipe as JSON with sorted keys: equal recipes give equal bytes.
    /// - Throws: `EncodingError` for a request of your own that cannot be written.
    public func data() throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        return try encoder.encode(Written(recipe: self)) + Data("\n".utf8)
    }

    private enum CodingKeys: String, CodingKey {
        case request, source, program
    }

    private struct Written: Encodable {
        let recipe: Recipe

        func encode(to encoder: any Encoder) throws {
            var values = encoder.container(keyedBy: CodingKeys.self)
            try values.encode(RequestDocument.Written(request: recipe.request), forKey: .request)
            try values.encodeIfPresent(recipe.source, forKey: .source)
            try values.encode(recipe.program, forKey: .program)
        }
    }

    private struct Read: DecodableWithConfiguration {
        let recipe: Recipe

        init(from decoder: any Decoder, configuration jobs: [any EditRequest.Type]) throws {
            let values = try decoder.container(keyedBy: CodingKeys.self)
            recipe = Recipe(
                try values.decode(RequestDocument.Read.self, forKey: .request, configuration: jobs).request,
                source: try values.decodeIfPresent(Source.self, forKey: .source),
                program: try values.decode(String.self, forKey: .program))
        }
    }
}

extension Recipe: Equatable {
    /// Whether two recipes have equal requests, sources and programs.
    public static func == (a: Recipe, b: Recipe) -> Bool {
        a.source == b.source && a.program == b.program && a.request.isEqual(to: b.request)
    }
}

extension EditRequest {
    /// Whether another request is of the same job and says the same.
    public func isEqual(to other: any EditRequest) -> Bool { (other as? Self) == self }
}

extension Editor {
    /// The recipe of an edit that was done. It reads all of the source and of the model for their hashes.
    /// - Parameters:
    ///   - report: what the edit reported.
    ///   - source: the sound that was edited; nil for a sound that was made from nothing.
    /// - Throws: what reading the source or the model throws.
    public func recipe(of report: EditReport, from source: (any SoundSource)?) throws -> Recipe {
        try recipe(for: report.request, from: source)
    }

    /// The recipe that an edit will have. It reads all of the source and of the model for their hashes.
    /// - Parameters:
    ///   - request: the edit.
    ///   - source: the sound that will be edited; nil for a sound that is made from nothing.
    /// - Throws: what reading the source or the model throws.
    public func recipe(for request: some EditRequest, from source: (any SoundSource)?) throws -> Recipe {
        var request = request.completed(for: loaded.traits)
        request.settings.model = try hashedReference()
        if var like = request.condition.like {
            for index in like.sounds.indices { like.sounds[index].sha256 = try like.sounds[index].contentHash() }
            request.condition.like = like
        }
        return Recipe(
            request, source: try source.map { Recipe.Source(name: $0.label, sha256: try $0.contentHash()) })
    }

    /// Does again what a recipe says.
    /// - Parameters:
    ///   - recipe: the recipe.
    ///   - source: the sound to edit; it has to be the one that the recipe was made with.
    ///   - destination: where the result goes.
    ///   - anyway: whether another source, and another model than the recipe's, are taken.
    ///   - listener: called between the steps of the edit, on the calling thread. What it throws stops the edit.
    /// - Returns: the report of the new edit.
    /// - Throws: `EditingError.otherSource` and `otherModel` for others; and what ``perform(_:from:to:listener:)``
    ///   throws.
    @discardableResult
    public func replay(
        _ recipe: Recipe, from source: (any SoundSource)? = nil, to destination: any SoundDestination,
        anyway: Bool = false, listener: (EditEvent) throws -> Void = { _ in }
    ) throws -> EditReport {
        var request = recipe.request
        if anyway {
            request.settings.model = nil
            if var like = request.condition.like {
                for index in like.sounds.indices { like.sounds[index].sha256 = nil }
                request.condition.like = like
            }
        } else if let expected = recipe.source, let source {
            let found = try source.contentHash()
            guard found == expected.sha256 else {
                throw EditingError.otherSource(name: source.label, expected: expected.sha256, found: found)
            }
        }
        return try perform(request, from: source, to: destination, listener: listener)
    }
}
