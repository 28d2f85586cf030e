internal import Core
internal import Foundation

/// What example sounds say through a model's audio tower.
struct ExampleSounds {
    private let loaded: LoadedModel
    private let tower: SoundEmbedding
    private let log: EditLog

    /// Sounds of a folder that count where there is a prompt.
    private static let nearest = 5
    /// Of a longer sound so many stretches of so many seconds are heard, evenly over its length.
    private static let (stretches, seconds) = (6, 10.0)

    /// - Throws: `EditingError.noTower` for a model that cannot hear.
    init(_ loaded: LoadedModel, _ log: EditLog) throws {
        guard let tower = try SoundEmbedding(of: loaded.model) else {
            throw EditingError.noTower(model: loaded.model.location.relativePath)
        }
        self.loaded = loaded
        self.tower = tower
        self.log = log
    }

    /// The mean direction of the examples, [1, width].
    /// - Parameter prompt: what the prompt says, by which the sounds of a folder are chosen; nil for all of them.
    /// - Throws: `EditingError` for examples that say nothing, or are others than meant; what reading them throws.
    func embedding(of likeness: Likeness, nearTo prompt: Tensor?) throws -> Tensor {
        let vectors = try likeness.sounds.flatMap { try self.vectors(of: $0, nearTo: prompt) }
        return vectors.dropFirst().reduce(vectors[0], +).unitLength
    }

    private func vectors(of example: Likeness.Example, nearTo prompt: Tensor?) throws -> [Tensor] {
        try example.check()
        let url = URL(fileURLWithPath: example.name)
        guard example.isFolder else {
            guard let vector = try vector(of: url) else { throw EditingError.silentExample(sound: example.name) }
            return [vector]
        }
        let folder = try SoundFolder(url)
        guard !folder.sounds.isEmpty else { throw EditingError.noExamples(folder: example.name) }
        var found: [(name: String, vector: Tensor)] = []
        for name in folder.sounds {
            try log.advance(to: 0, "listen")
            if let vector = try vector(of: folder.file(of: name)) { found.append((name, vector)) }
        }
        guard !found.isEmpty else { throw EditingError.silentExample(sound: example.name) }
        guard let prompt, found.count > Self.nearest else { return found.map(\.vector) }
        let wanted = prompt.elements
        let likeness = found.map { zip(wanted, $0.vector.elements).reduce(0) { $0 + $1.0 * $1.1 } }
        // Of equally near ones the first.
        let order = found.indices.sorted { (-likeness[$0], $0) < (-likeness[$1], $1) }.prefix(Self.nearest)
        log.note(
            "Of \(example.name) these are nearest to the prompt: \(order.map { found[$0].name }.joined(separator: ", "))."
        )
        return order.map { found[$0].vector }
    }

    /// What a sound says, of length 1: [1, width]; nil for a silent one.
    private func vector(of url: URL) throws -> Tensor? {
        let sound = try AudioFile(url)
        let length = Int(Self.seconds * Double(sound.rate))
        let whole = sound.frames <= Self.stretches * length
        let places =
            whole
            ? [0..<sound.frames]
            : (0..<Self.stretches).map { part in
                let start = part * (sound.frames - length) / (Self.stretches - 1)
                return start..<start + length
            }
        let mixed = try places.map { place in
            let channels = try sound.read(frames: place)
            let samples = ChannelMix.mix(channels, ChannelMix.weights(of: channels))
            return try Resampler.resample(samples, from: sound.rate, to: loaded.rate)
        }
        return try tower.embedding(of: loaded.heard(mixed, rate: loaded.rate))
    }
}

extension Likeness.Example {
    var isFolder: Bool { FilePath.isFolder(name) == true }

    /// The SHA-256 of the file, or of the paths and the content of a folder's sounds.
    func contentHash() throws -> String {
        let url = URL(fileURLWithPath: name)
        guard isFolder else { return try AudioFile(url).contentHash() }
        return try SoundFolder(url).contentHash()
    }

    /// - Throws: `EditingError.otherSource` where another sound is there than the one that is meant.
    func check() throws {
        guard let sha256 else { return }
        let found = try contentHash()
        guard found == sha256 else { throw EditingError.otherSource(name: name, expected: sha256, found: found) }
    }
}
