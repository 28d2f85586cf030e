internal import Core
public import Foundation

/// Sound files that are measured together.
public struct SoundSet: Sendable {
    /// One of the sounds.
    public struct Member: Sendable {
        /// The name without the extension, by which pairs and captions are found.
        public let name: String
        /// The file.
        public let url: URL
    }

    /// The sounds in the order of their names.
    public let members: [Member]
    /// What the set is called in messages.
    public let label: String
    /// Whether it is a folder and not one file.
    public let isFolder: Bool

    /// The extensions by which sound files are known in a folder.
    private static let extensions: Set<String> = [
        "wav", "wave", "rf64", "w64", "flac", "ogg", "oga", "opus", "mp3", "aiff", "aif", "aifc", "caf", "au", "snd",
        "m4a", "aac",
        "wma",
    ]

    /// The sound files of a folder, not of those within it; or one file.
    /// - Throws: `EvaluationError.missing` and `noSounds`.
    public init(_ url: URL) throws(EvaluationError) {
        label = FilePath.readable(url.relativePath)
        guard let isFolder = FilePath.isFolder(url.path(percentEncoded: false)) else { throw .missing(path: label) }
        self.isFolder = isFolder
        guard isFolder else {
            members = [Member(url)]
            return
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: url.path(percentEncoded: false))) ?? []
        members = names.filter { !$0.hasPrefix(".") }.sorted().map { url.appending(path: $0) }.filter {
            Self.extensions.contains($0.pathExtension.lowercased())
        }.map(Member.init)
        if members.isEmpty { throw .noSounds(folder: label) }
    }

    /// Pairs of references and outputs: two files are one, and in two folders sounds of the same name are.
    /// - Throws: `fileAndFolder`, `unpaired`, `sameName`.
    static func pairs(_ references: SoundSet, _ outputs: SoundSet) throws(EvaluationError) -> [(
        reference: Int, output: Int
    )] {
        guard references.isFolder == outputs.isFolder else {
            throw .fileAndFolder(reference: references.label, output: outputs.label)
        }
        if !references.isFolder { return [(0, 0)] }
        let (a, b) = (try references.places(), try outputs.places())
        let alone = a.keys.filter { b[$0] == nil }.sorted()
        if !alone.isEmpty { throw .unpaired(names: alone, folder: outputs.label) }
        let others = b.keys.filter { a[$0] == nil }.sorted()
        if !others.isEmpty { throw .unpaired(names: others, folder: references.label) }
        return a.keys.sorted().compactMap { name in a[name].flatMap { first in b[name].map { (first, $0) } } }
    }

    private func places() throws(EvaluationError) -> [String: Int] {
        var places: [String: Int] = [:]
        for (place, member) in members.enumerated() {
            guard places.updateValue(place, forKey: member.name) == nil else {
                throw .sameName(name: member.name, folder: label)
            }
        }
        return places
    }
}

extension SoundSet.Member {
    fileprivate init(_ url: URL) {
        self.init(name: url.deletingPathExtension().lastPathComponent, url: url)
    }

    /// The mean of the channels.
    /// - Throws: `AudioError`.
    func mono() throws -> MonoSound {
        let file = try AudioFile(url)
        let channels = try file.read(frames: 0..<file.frames)
        var samples = channels[0]
        for channel in channels.dropFirst() {
            for index in samples.indices { samples[index] += channel[index] }
        }
        if channels.count > 1 {
            for index in samples.indices { samples[index] /= Float(channels.count) }
        }
        return MonoSound(samples: samples, rate: file.rate)
    }
}

/// One channel of sound.
struct MonoSound {
    let samples: [Float]
    let rate: Int

    /// At another rate.
    /// - Throws: `AudioError.unsupportedRate`.
    func samples(at other: Int) throws -> [Float] { try Resampler.resample(samples, from: rate, to: other) }
}
