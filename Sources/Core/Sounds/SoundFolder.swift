public import Foundation

/// The sounds of a folder and of all folders in it.
public struct SoundFolder: Sendable {
    /// The paths of the sounds within the folder, sorted.
    public let sounds: [String]
    private let folder: URL

    /// Other files than those that can be written, which are read: by ffmpeg, or by libsndfile alone.
    private static let foreign: Set<String> = [
        "m4a", "m4b", "mp4", "mov", "aac", "wma", "wmv", "mkv", "mka", "webm", "avi", "amr", "ape", "wv", "tta", "mpc",
        "flv",
        "ac3", "dts", "dsf", "bwf", "mp2", "sd2", "voc", "paf", "svx", "nist", "sph", "ircam", "sf", "xi", "mpga",
    ]

    /// Lists a folder. Hidden files and folders do not count, and nothing is looked at but names.
    /// - Parameters:
    ///   - folder: the folder.
    ///   - excluded: a folder in it that does not count, such as the one that results go to.
    /// - Throws: what reading the folder throws.
    public init(_ folder: URL, except excluded: URL? = nil) throws {
        self.folder = folder
        let manager = FileManager.default
        let hidden = excluded?.standardizedFileURL.resolvingSymlinksInPath().path
        let root = folder.path(percentEncoded: false)
        var (found, folders) = ([String](), [""])
        while let place = folders.popLast() {
            for name in try manager.contentsOfDirectory(atPath: place.isEmpty ? root : "\(root)/\(place)") {
                if name.hasPrefix(".") { continue }
                let path = place.isEmpty ? name : "\(place)/\(name)"
                let url = URL(fileURLWithPath: "\(root)/\(path)")
                guard let isFolder = FilePath.isFolder(url.path) else { continue }
                if isFolder {
                    // A link to a folder could lead back to this one.
                    let isLink = (try? manager.destinationOfSymbolicLink(atPath: url.path)) != nil
                    if !isLink, url.resolvingSymlinksInPath().path != hidden { folders.append(path) }
                } else if AudioContainer.isWritten(url) || Self.foreign.contains(url.pathExtension.lowercased()) {
                    found.append(path)
                }
            }
        }
        sounds = found.sorted()
    }

    /// The file of one of the sounds.
    public func file(of sound: String) -> URL { folder.appending(path: sound) }

    /// The SHA-256 of all sounds of the folder, of their paths and their content, in 64 hexadecimal digits.
    /// - Throws: what reading them throws.
    public func contentHash() throws -> String {
        var hash = ContentHash()
        for sound in sounds {
            hash.add(Data("\(sound)\n".utf8))
            try hash.add(contentsOf: file(of: sound))
        }
        return hash.text
    }

    /// The path of the result of one of the sounds, in a folder of the same tree: the same name, with `.wav` after it where a
    /// file of that kind cannot be written.
    public static func result(of sound: String, in folder: String) -> String {
        let name = AudioContainer.isWritten(URL(fileURLWithPath: sound)) ? sound : "\(sound).wav"
        return folder.hasSuffix("/") ? folder + name : "\(folder)/\(name)"
    }

    /// The list of labels that lies beside a sound: `NAME.txt` or, if two sounds have that name, `NAME.wav.txt`; nil where there is none.
    public static func labels(beside sound: URL) -> URL? {
        [sound.appendingPathExtension("txt"), sound.deletingPathExtension().appendingPathExtension("txt")]
            .first { FileManager.default.fileExists(atPath: $0.path) }
    }
}
