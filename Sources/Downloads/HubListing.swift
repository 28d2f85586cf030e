internal import Foundation

/// What a hub says of a model at one revision.
public struct HubListing: Sendable, Equatable {
    /// One file.
    public struct File: Sendable, Equatable {
        /// Its path in the model's folder.
        public let path: String
        /// In bytes.
        public let size: Int
        let hash: FileHash
    }

    /// The model's name at the hub.
    public let name: String
    /// The revision by its own hash, so that all files are of the same one.
    public let revision: String
    /// The licence, as the model's card says it; nil where it says none.
    public let licence: String?
    /// The files that a model needs, by their paths.
    public let files: [File]

    /// The size of all files, in bytes.
    public var bytes: Int { files.reduce(0) { $0 + $1.size } }

    private struct Answer: Decodable {
        struct Card: Decodable { let license: String? }
        struct Large: Decodable {
            let sha256: String
            let size: Int
        }
        struct Sibling: Decodable {
            let rfilename: String
            let size: Int?
            let blobId: String?
            let lfs: Large?
        }
        let sha: String
        let cardData: Card?
        let siblings: [Sibling]
    }

    /// Reads a hub's answer.
    /// - Throws: `DownloadError.answer` for what is not a hub's, or for a path that leads out of the folder.
    init(_ data: Data, name: String, url: String) throws(DownloadError) {
        let answer: Answer
        do {
            answer = try JSONDecoder().decode(Answer.self, from: data)
        } catch {
            throw .answer(url: url, reason: "a hub's description of a model is expected, found something else")
        }
        guard Self.isHexadecimal(answer.sha, 40) else {
            throw .answer(url: url, reason: "the hash of a revision is expected, found \"\(answer.sha)\"")
        }
        let names = Set(answer.siblings.map(\.rfilename))
        var files: [File] = []
        for sibling in answer.siblings where Self.isNeeded(sibling.rfilename, among: names) {
            guard Self.staysInside(sibling.rfilename) else {
                throw .answer(
                    url: url, reason: "it lists a file that would lie outside the folder: \(sibling.rfilename)")
            }
            guard let size = sibling.lfs?.size ?? sibling.size, size >= 0,
                let hash = FileHash(sha256: sibling.lfs?.sha256, blob: sibling.blobId)
            else {
                throw .answer(url: url, reason: "it does not say the size and the hash of \(sibling.rfilename)")
            }
            files.append(File(path: sibling.rfilename, size: size, hash: hash))
        }
        guard names.contains("model_index.json") else {
            throw .answer(
                url: url, reason: "the model has no model_index.json: it is not in diffusers' layout, which is expected"
            )
        }
        self.name = name
        revision = answer.sha
        licence = answer.cardData?.license
        self.files = files.sorted { $0.path < $1.path }
    }

    private static let folders: Set<Substring> = [
        "unet", "vae", "vocoder", "text_encoder", "tokenizer", "scheduler", "audio_encoder", "band_extension",
        "feature_extractor", "memory",
    ]

    /// Configurations, weights and vocabularies; of weights that are there in two formats, safetensors.
    private static func isNeeded(_ path: String, among names: Set<String>) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        if parts.count == 1 {
            return path.hasSuffix(".json") || path == "README.md" || path.hasPrefix("LICENSE")
                || path.hasPrefix("LICENCE")
        }
        guard let folder = parts.first, folders.contains(folder) else { return false }
        let kinds = ["json", "txt", "safetensors", "bin"]
        guard let kind = kinds.first(where: { path.hasSuffix(".\($0)") }) else { return false }
        let isTorch = kind == "bin" || path.contains(".bin.index.")
        return !isTorch || !names.contains { $0.hasPrefix("\(folder)/") && $0.hasSuffix(".safetensors") }
    }

    private static func staysInside(_ path: String) -> Bool {
        let parts = path.split(separator: "/", omittingEmptySubsequences: false)
        return !parts.contains { $0.isEmpty || $0 == "." || $0 == ".." || $0.hasPrefix(".") }
            && !path.contains("\\") && !path.unicodeScalars.contains { $0.value < 0x20 }
    }

    static func isHexadecimal(_ text: String, _ count: Int) -> Bool {
        text.utf8.count == count && text.allSatisfy(\.isHexDigit)
    }
}
