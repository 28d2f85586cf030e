internal import Foundation

/// The `model_index.json` of a folder: which class each part is.
struct ModelIndex {
    /// The classes that are implemented, by part. The vocoder's own configuration says which one it is.
    private static let classes = [
        "unet": "UNet2DConditionModel", "vae": "AutoencoderKL", "text_encoder": "ClapTextModelWithProjection",
    ]

    /// - Throws: `notAModel` if parts of the folder are not there, or a part is of a class that is not implemented.
    static func check(_ folder: URL) throws(CheckpointError) {
        let path = folder.relativePath
        let needed =
            ["model_index.json"]
            + ["unet", "vae", "vocoder", "text_encoder"].map { "\($0)/config.json" }
            + ["tokenizer/vocab.json", "tokenizer/merges.txt", "scheduler/scheduler_config.json"]
        let missing = needed.filter {
            !FileManager.default.fileExists(atPath: folder.appending(path: $0).path(percentEncoded: false))
        }
        guard missing.isEmpty else {
            throw .notAModel(
                path: path,
                reason: "it lacks \(missing.joined(separator: ", ")); download the whole repository of the model")
        }

        let index = try JSONFile.load(Entries.self, from: folder.appending(path: "model_index.json"))
        for (part, name) in classes.sorted(by: { $0.key < $1.key }) {
            guard let found = index.classes[part], found != name else { continue }
            throw .notAModel(
                path: path, reason: "its \(part) is a \(found), expected \(name): only AudioLDM models are supported")
        }
    }

    /// The values of the form ["library", "Class"]; others, such as `_class_name`, are passed over.
    private struct Entries: Decodable {
        let classes: [String: String]

        init(from decoder: any Decoder) throws {
            let entries = try decoder.singleValueContainer().decode([String: Entry].self)
            classes = entries.compactMapValues(\.name)
        }
    }

    private struct Entry: Decodable {
        let name: String?

        init(from decoder: any Decoder) throws {
            name = (try? decoder.singleValueContainer().decode([String?].self))?.last ?? nil
        }
    }
}
