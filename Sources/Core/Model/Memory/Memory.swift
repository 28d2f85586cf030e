internal import Foundation

/// Where the sounds of many captions lie in the space of a model's towers, so that a prompt finds sounds like those it describes: the
/// optional `memory/` in a model's folder. No recording is in it.
///
/// A text tower says only roughly where a prompt's sounds lie. The memory looks the prompt up among captions, by the meaning of its words,
/// by the text tower and by the audio tower's vectors of the captions' sounds together, and takes the mean of what was heard under the
/// nearest ones (compare kNN-Diffusion, arXiv 2204.02849, and Re-AudioLDM, arXiv 2309.08051). The reference of the look-up is `Memory` in
/// `Examples/train-model/memory.py`.
public struct Memory: Sendable {
    /// How a prompt is looked up.
    public let configuration: MemoryConfiguration
    /// The captions, in the order of the tables.
    public let captions: [String]
    /// How many words the memory knows.
    public let wordCount: Int
    private let words: MemoryWords
    /// [words, their width]
    private let wordTable: DirectionTable
    /// [captions, embedding width]: of the text tower.
    private let texts: DirectionTable
    /// [captions, embedding width]: of the audio tower.
    private let sounds: DirectionTable
    /// How many captions have a word, by its place.
    private let uses: [Int: Int]
    /// What each caption's words mean, of length 1 or 0.
    private let meanings: [[Float]]

    /// A caption that was found, and its share in the prompt's vector.
    public struct Neighbour: Sendable, Codable, Equatable {
        /// The caption.
        public let caption: String
        /// Its share, 0...1; those of all captions that were found add up to 1.
        public let share: Float

        /// A caption with its share.
        /// - Parameters:
        ///   - caption: the caption.
        ///   - share: its share, 0...1.
        public init(caption: String, share: Float) {
            self.caption = caption
            self.share = share
        }
    }

    /// What a memory makes of a prompt.
    public struct Finding: Sendable {
        /// The prompt's vector, of length 1: [1, embedding width]. It is the text tower's own where nothing is near.
        public let vector: Tensor
        /// The captions by whose sounds the vector was made, part by part of the prompt, the nearest first; none where nothing is near.
        public let neighbours: [Neighbour]
        /// How near the nearest caption is, or in the mean those of the prompt's parts; the most that is possible is the sum
        /// of the configuration's weights.
        public let nearness: Float
    }

    /// Reads a memory.
    /// - Parameters:
    ///   - folder: the folder with `captions.json`, `words.json` and `vectors.safetensors`.
    ///   - configuration: its `config.json`.
    ///   - width: the number of elements of a vector of the model's towers.
    /// - Throws: `CheckpointError` that names the file and what in it does not fit.
    init(folder: URL, _ configuration: MemoryConfiguration, width: Int) throws(CheckpointError) {
        self.configuration = configuration
        captions = try Self.texts(folder.appending(path: "captions.json"), "a caption") { !$0.isEmpty }
        let known = try Self.texts(folder.appending(path: "words.json"), "a word of a-z and 0-9", MemoryWords.isWord)
        wordCount = known.count
        words = MemoryWords(known, ignored: configuration.ignored)

        let file = folder.appending(path: "vectors.safetensors")
        let weights = try WeightFile(file: file)
        let root = weights.root
        let shape = root.shape(of: "word") ?? []
        guard shape.count == 2, (1...4096).contains(shape[1]) else {
            throw .configuration(
                file: weights.path, key: "word", expected: "a tensor of \(known.count) rows of at most 4096 numbers",
                found: shape.isEmpty ? "none" : "shape \(shape)")
        }
        wordTable = try DirectionTable(root, "word", rows: known.count, width: shape[1])
        texts = try DirectionTable(root, "text", rows: captions.count, width: width)
        sounds = try DirectionTable(root, "sound", rows: captions.count, width: width)
        try weights.requireFullyRead()

        let places = captions.map(words.known)
        var uses: [Int: Int] = [:]
        for place in places.flatMap(Set.init) { uses[place, default: 0] += 1 }
        self.uses = uses
        let (table, count) = (wordTable, captions.count)
        meanings = places.map { Self.meaning(of: $0, table, uses, captions: count) }
    }

    /// A list of texts of some kind, none of them twice.
    private static func texts(
        _ file: URL, _ kind: String, _ isRight: (String) -> Bool
    ) throws(CheckpointError) -> [String] {
        let list = try JSONFile.load([String].self, from: file)
        let path = file.path(percentEncoded: false)
        guard !list.isEmpty else {
            throw .malformed(file: path, key: nil, reason: "expected at least one entry, found none")
        }
        var seen: Set<String> = []
        for (index, text) in list.enumerated() {
            guard isRight(text) else {
                throw .configuration(file: path, key: "\(index)", expected: kind, found: "\"\(text.prefix(40))\"")
            }
            guard seen.insert(text).inserted else {
                throw .malformed(file: path, key: "\(index)", reason: "\"\(text.prefix(40))\" is there twice")
            }
        }
        return list
    }

    // MARK: - Look-up

    /// Looks up a prompt, whole and by its parts; of both the nearer counts.
    /// - Parameters:
    ///   - prompt: the prompt.
    ///   - said: gives the text tower's vector of a text, of length 1: [1, embedding width].
    /// - Returns: the prompt's vector, and what it was made of.
    /// - Throws: what `said` throws.
    public func find(_ prompt: String, said: (String) throws -> Tensor) rethrows -> Finding {
        let own = try said(prompt).elements
        var found = nearest(to: prompt, own)
        let each = try parts(of: prompt).map { try nearest(to: $0, said($0).elements) }
        if each.count > 1 {
            let nearness = each.reduce(0) { $0 + $1.nearness } / Float(each.count)
            if nearness > found.nearness { found = Self.together(each, nearness) }
        }
        guard found.nearness >= configuration.fallback else {
            return Finding(vector: Tensor(own, shape: [1, own.count]), neighbours: [], nearness: found.nearness)
        }
        let blend = configuration.blend
        let vector = blend > 0 ? zip(found.vector, own).map { (1 - blend) * $0 + blend * $1 }.unitLength : found.vector
        return Finding(
            vector: Tensor(vector, shape: [1, own.count]), neighbours: found.neighbours, nearness: found.nearness)
    }

    /// What a prompt names, one by one: the pieces between separators that have a word that is known.
    func parts(of prompt: String) -> [String] {
        var pieces: [[Substring]] = [[]]
        for token in Self.tokens(prompt) {
            if configuration.separators.contains(token.lowercased()) {
                pieces.append([])
            } else {
                pieces[pieces.count - 1].append(token)
            }
        }
        return pieces.map { $0.joined(separator: " ") }.filter { !words.known($0).isEmpty }
    }

    /// What spaces part; commas and semicolons stand alone.
    private static func tokens(_ text: String) -> [Substring] {
        text.split(whereSeparator: \.isWhitespace).flatMap { word in
            var tokens: [Substring] = []
            var start = word.startIndex
            for index in word.indices where word[index] == "," || word[index] == ";" {
                if start < index { tokens.append(word[start..<index]) }
                tokens.append(word[index...index])
                start = word.index(after: index)
            }
            if start < word.endIndex { tokens.append(word[start...]) }
            return tokens
        }
    }

    private struct Found {
        let nearness: Float
        let vector: [Float]
        let neighbours: [Neighbour]
    }

    /// What a text alone finds. `said` is the text tower's vector of it, of length 1.
    private func nearest(to text: String, _ said: [Float]) -> Found {
        let meaning = Self.meaning(of: words.known(text), wordTable, uses, captions: captions.count)
        let (byText, bySound) = (texts.cosines(said), sounds.cosines(said))
        let nearness = meanings.indices.map { index in
            let byWords = zip(meanings[index], meaning).reduce(0) { $0 + $1.0 * $1.1 }
            return configuration.wordWeight * byWords + configuration.textWeight * byText[index]
                + configuration.soundWeight * bySound[index]
        }
        // Of equally near ones the first.
        let order = nearness.indices.sorted { (-nearness[$0], $0) < (-nearness[$1], $1) }.prefix(
            configuration.neighbours)
        let most = nearness[order[0]]
        let weights = order.map { exp(configuration.sharpness * (nearness[$0] - most)) }
        let total = weights.reduce(0, +)
        var sum = [Float](repeating: 0, count: sounds.width)
        for (index, weight) in zip(order, weights) { sounds.add(index, times: weight / total, to: &sum) }
        return Found(
            nearness: most, vector: sum.unitLength,
            neighbours: zip(order, weights).map { Neighbour(caption: captions[$0], share: $1 / total) })
    }

    /// What several parts found, each counting alike.
    private static func together(_ parts: [Found], _ nearness: Float) -> Found {
        let sum = parts.dropFirst().reduce(parts[0].vector) { sum, part in zip(sum, part.vector).map(+) }
        let neighbours = parts.flatMap { part in
            part.neighbours.map { Neighbour(caption: $0.caption, share: $0.share / Float(parts.count)) }
        }
        return Found(nearness: nearness, vector: sum.unitLength, neighbours: neighbours)
    }

    /// The mean of what words mean, rare ones counting more; of length 1, or 0 where there is none.
    private static func meaning(
        of places: [Int], _ table: DirectionTable, _ uses: [Int: Int], captions: Int
    ) -> [Float] {
        var sum = [Float](repeating: 0, count: table.width)
        for place in places {
            table.add(place, times: log((Float(captions) + 1) / (Float(uses[place] ?? 0) + 0.5)), to: &sum)
        }
        return sum.unitLength
    }
}
