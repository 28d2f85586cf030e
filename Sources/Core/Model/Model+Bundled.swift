public import Foundation

extension Model {
    /// The folder of the model that comes with the program; nil in a build without one.
    public static var bundledFolder: URL? {
        let folder = Bundle.module.bundleURL.appending(path: "DefaultModel")
        let index = folder.appending(path: "model_index.json").path(percentEncoded: false)
        return FileManager.default.fileExists(atPath: index) ? folder : nil
    }
}
