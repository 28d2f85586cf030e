/// A model that AudioLDM's authors publish as a folder, which can be downloaded by its name.
public struct PublishedModel: Sendable, Equatable {
    /// The name at the hub.
    public let name: String
    /// The parameters of its denoising network, in millions.
    public let unetMillions: Int
    /// What sets it apart.
    public let note: String

    /// The folder that it is downloaded into, unless another one is named.
    public var folder: String { String(name.split(separator: "/").last ?? "") }

    /// The licence of AudioLDM's own weights.
    public static let licence = "cc-by-nc-sa-4.0"

    /// All that are known, the smallest first.
    public static let all = [
        PublishedModel(name: "cvssp/audioldm", unetMillions: 185, note: "small, the paper's first"),
        PublishedModel(name: "cvssp/audioldm-s-full-v2", unetMillions: 185, note: "small, trained for longer"),
        PublishedModel(
            name: "cvssp/audioldm-m-full", unetMillions: 416, note: "medium, told by CLAP's larger audio tower"),
        PublishedModel(name: "cvssp/audioldm-l-full", unetMillions: 739, note: "large"),
    ]

    /// The full name of a model: names without an owner are looked up among the known ones.
    public static func fullName(_ name: String) -> String { all.first { $0.folder == name }?.name ?? name }
}
