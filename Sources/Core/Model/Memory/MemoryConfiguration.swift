/// The `config.json` of a model's memory: how a prompt is looked up in it.
public struct MemoryConfiguration: Decodable, Sendable, Equatable {
    /// How many captions' sounds are averaged, at most.
    public let neighbours: Int
    /// How much more a nearer caption counts: shares are proportional to exp(sharpness * nearness).
    public let sharpness: Float
    /// The weight of the words' meaning in the nearness.
    public let wordWeight: Float
    /// The weight of the text tower's vector of the caption in the nearness.
    public let textWeight: Float
    /// The weight of the caption's sounds in the nearness.
    public let soundWeight: Float
    /// The nearness below which a prompt is left to the text tower.
    public let fallback: Float
    /// The share of the text tower's own vector in a prompt's vector, 0...1.
    public let blend: Float
    /// Words and marks between the parts of a prompt.
    public let separators: [String]
    /// Words that say nothing about a sound.
    public let ignored: [String]

    private enum CodingKeys: String, CodingKey {
        case neighbours, sharpness, fallback, blend, separators, ignored
        case wordWeight = "words"
        case textWeight = "text"
        case soundWeight = "sound"
    }

    /// Reads the configuration as `Examples/train-model/memory.py` writes it.
    /// - Throws: an error that names the key that is missing or impossible.
    public init(from decoder: any Decoder) throws {
        let keys = try decoder.container(keyedBy: CodingKeys.self)
        func number(_ key: CodingKeys) throws -> Float {
            let found = try keys.decode(Float.self, forKey: key)
            try keys.demand(found >= 0 && found <= Self.largest, key, "a number from 0 to \(Int(Self.largest))")
            return found
        }
        neighbours = try keys.size(.neighbours)
        sharpness = try number(.sharpness)
        wordWeight = try number(.wordWeight)
        textWeight = try number(.textWeight)
        soundWeight = try number(.soundWeight)
        fallback = try number(.fallback)
        blend = Float(try keys.share(.blend, absent: 0))
        separators = try keys.decode([String].self, forKey: .separators)
        ignored = try keys.decode([String].self, forKey: .ignored)
        try keys.demand(
            separators.allSatisfy { word in
                word == "," || word == ";"
                    || !word.isEmpty && word == word.lowercased()
                        && !word.contains { $0.isWhitespace || $0 == "," || $0 == ";" }
            }, .separators, "words in lower case, commas and semicolons")
        try keys.demand(ignored.allSatisfy { MemoryWords.isWord($0) }, .ignored, "words of a-z and 0-9")
    }

    /// Beyond it a share would be no number.
    private static let largest: Float = 1000
}
