internal import Core
internal import Foundation

extension FactSheet {
    /// - Parameter isBundled: whether it is the model that comes with the program.
    init(_ model: Model, isBundled: Bool) throws {
        let facts = try model.facts()
        let frontEnd = model.frontEnd
        let cell = 1000 * Double(facts.factor) / frontEnd.frameRate
        add("model", isBundled ? "the bundled model" : model.location.relativePath)
        add("rate", "\(facts.samplingRate) Hz")
        add(
            "band", String(format: "%.0f to %.0f Hz, %d mel bins", frontEnd.lowestHz, frontEnd.highestHz, facts.melBins)
        )
        add(
            "latent",
            String(format: "%d channels, factor %d: %d bins, ", facts.latentChannels, facts.factor, facts.latentBins)
                + String(format: "one cell %.0f ms", cell))
        if let seconds = facts.nativeSeconds {
            add("made for", String(format: "%.2f s; other lengths work too", seconds))
        }
        add("prompt", "up to \(facts.maximumTokens) tokens")
        add("no prompt", facts.parameters[.audioEncoder] == nil ? "goes unconditioned" : "goes by the surroundings")
        if let memory = facts.memory {
            add("memory", "the sounds of \(memory.captions) captions, found by \(memory.words) words")
        }
        add("vocoder", facts.vocoder)
        add("parameters", Self.millions(facts.totalParameters))
        for part in Model.Part.allCases {
            if let count = facts.parameters[part] { add("  \(part.rawValue)", Self.millions(count)) }
        }
        if let provenance = try model.provenance() {
            let data = provenance.data
            add("trained by", provenance.recipe)
            add(
                "trained on",
                String(format: "%d clips, %.1f hours (%@)", data.clips, data.hours, Self.short(data.sha256)))
            for part in Model.Part.allCases.map(\.rawValue) + ["memory"] {
                guard let made = provenance.parts[part] else { continue }
                let origin = made.parent.map { "from \(Self.short($0))" } ?? "from nothing"
                add("  \(part)", "\(made.stage), \(made.steps) steps, \(origin)")
            }
        }
        add(
            "licence",
            Self.licence(of: model.location) ?? "not stated; AudioLDM's own weights: cc-by-nc-sa-4.0, no commercial use"
        )
    }

    /// The beginning of a hash, by which people tell it.
    private static func short(_ hash: String) -> String { String(hash.prefix(12)) }

    private static func millions(_ count: Int) -> String { String(format: "%.2f million", Double(count) / 1e6) }

    /// What the head of a model card (README.md) says.
    static func licence(of folder: URL) -> String? {
        guard let card = try? String(contentsOf: folder.appending(path: "README.md"), encoding: .utf8) else {
            return nil
        }
        let head = card.split(separator: "\n").dropFirst().prefix { $0 != "---" }
        guard card.hasPrefix("---\n"), let line = head.first(where: { $0.hasPrefix("license:") }) else { return nil }
        return line.dropFirst("license:".count).trimmingCharacters(in: .whitespaces)
    }
}
