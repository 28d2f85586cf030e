public import Foundation

/// The reasons why sounds cannot be evaluated, in the words of whoever asked for it.
public enum EvaluationError: Error, Equatable {
    /// There is no such file or folder.
    case missing(path: String)
    /// A folder holds no sound files.
    case noSounds(folder: String)
    /// One of both is a folder and the other one a file.
    case fileAndFolder(reference: String, output: String)
    /// Outputs have no reference of their name, or references no output.
    case unpaired(names: [String], folder: String)
    /// Two sounds of one folder have one name but for their extensions.
    case sameName(name: String, folder: String)
    /// A pair of sounds differs in length, in seconds.
    case lengths(name: String, reference: Double, output: Double)
    /// A line of a table of captions is not a name, a tab and a caption.
    case captionLine(file: String, line: Int)
    /// The table has no caption of a sound.
    case noCaption(file: String, name: String)
    /// The model has no audio tower, which hears where no network is given.
    case noTower(model: String)
    /// There is only one sound of each, which are not a pair, so that nothing can be measured.
    case tooFew
}

extension EvaluationError: CustomStringConvertible, LocalizedError {
    public var errorDescription: String? { description }

    public var description: String {
        switch self {
        case .missing(let path): "\(path): no such file or folder"
        case .noSounds(let folder):
            "\(folder): sound files (WAV, FLAC, OGG, MP3, ...) expected in this folder, found none"
        case .fileAndFolder(let reference, let output):
            "\(reference) and \(output): two files or two folders expected, found a file and a folder"
        case .unpaired(let names, let folder):
            "\(folder): sounds of the names \(Self.list(names)) expected, found none; pairs have the same name in both folders"
        case .sameName(let name, let folder):
            "\(folder): one sound of the name \(name) expected, found several; pairs have the same name in both folders"
        case .lengths(let name, let reference, let output):
            String(format: "%@: a pair of equal lengths expected, found %.3f s and %.3f s", name, reference, output)
        case .captionLine(let file, let line): "\(file): line \(line): a name, a tab and a caption expected"
        case .noCaption(let file, let name): "\(file): a caption of \(name) expected, found none"
        case .noTower(let model):
            "\(model): a model with an audio tower (audio_encoder/) expected, found none; give another model or a network"
        case .tooFew: "at least two sounds in each folder expected, found fewer; for pairs say so"
        }
    }

    /// At most four names, and how many more there are.
    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(4).joined(separator: ", ")
        return names.count > 4 ? "\(shown) and \(names.count - 4) more" : shown
    }
}
