import Foundation

@testable import Core
@testable import Editing

/// What reads bytes that others made. Each either gives a value that holds what it promises or throws.
enum Reader: String, CaseIterable {
    case safetensors, torch, pickle, json, configuration, vocabulary, merges, text, labels, request, recipe, region
    case wav, aiff, caf, au, flac, ogg, mp3, rare

    func read(_ bytes: [UInt8]) {
        switch self {
        case .safetensors, .torch: try? weights(bytes)
        case .pickle:
            var pickle = Pickle(bytes, fileName: "x")
            _ = try? pickle.run()
        case .json: _ = try? JSONValue(parsing: bytes)
        case .configuration: try? configuration(bytes)
        case .vocabulary: try? tokenizer(bytes)
        case .merges: try? merges(bytes)
        case .text: tokens(of: bytes)
        case .labels: labels(bytes)
        case .request: request(Data(bytes))
        case .recipe: _ = try? Recipe(Data(bytes))
        case .region: region(String(decoding: bytes, as: UTF8.self))
        case .wav, .aiff, .caf, .au, .flac, .ogg, .mp3, .rare: try? sound(bytes)
        }
    }

    // MARK: Files

    /// A folder in memory, where the system has a place for that; it is this process's own.
    private static let folder: URL = {
        let memory = URL(filePath: "/dev/shm")
        let parent =
            FileManager.default.isWritableFile(atPath: memory.path) ? memory : FileManager.default.temporaryDirectory
        let folder = parent.appending(path: "retouch-fuzz-\(getpid())")
        try! FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder
    }()

    /// The input as a file of a name. It is written anew for each input: some readers map it.
    private func file(_ bytes: [UInt8], named name: String) throws -> URL {
        let url = Self.folder.appending(path: name)
        try? FileManager.default.removeItem(at: url)
        try Data(bytes).write(to: url)
        return url
    }

    private func weights(_ bytes: [UInt8]) throws {
        let url = try file(bytes, named: self == .torch ? "x.bin" : "x.safetensors")
        let weights = try WeightFile(file: url).root
        var elements = 0
        for name in weights.names {
            guard let shape = weights.shape(of: name), let tensor = try? weights.tensor(name, shape: shape) else {
                continue
            }
            elements += tensor.elements.count
            precondition(tensor.elements.allSatisfy { $0.isFinite })
            if elements > 1 << 20 { break }
        }
    }

    /// Whatever a file says, it is tried as each kind of configuration.
    private func configuration(_ bytes: [UInt8]) throws {
        let value = try JSONFile.parse(bytes, name: "x.json")
        func decode<T: Decodable>(_ type: T.Type) { _ = try? JSONFile.decode(value, name: "x.json") as T }
        decode(UNetConfiguration.self)
        decode(AutoencoderConfiguration.self)
        decode(VocoderConfiguration.self)
        decode(TextEncoderConfiguration.self)
        decode(AudioEncoderConfiguration.self)
        decode(SchedulerConfiguration.self)
        decode(FrontEnd.self)
        decode(BandExtensionConfiguration.self)
        decode(MemoryConfiguration.self)
        decode([String: String].self)
        decode([String].self)
    }

    // MARK: Text

    private static let fixtures = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/tokenizer")
    private static let known = try! Tokenizer(folder: fixtures)

    private func tokenizer(_ bytes: [UInt8]) throws {
        for name in Tokenizer.files {
            let url = Self.folder.appending(path: name)
            if name.hasPrefix("vocab") {
                _ = try file(bytes, named: name)
            } else if !FileManager.default.fileExists(atPath: url.path) {
                try FileManager.default.copyItem(at: Self.fixtures.appending(path: name), to: url)
            }
        }
        let tokens = try Tokenizer(folder: Self.folder).encode("rain on <s> a roof", maximumLength: 20)
        precondition(tokens.count <= 20)
    }

    private static let words = try! Tokenizer.vocabulary(fixtures.appending(path: "vocab.json"))

    /// Of a vocabulary that is read once.
    private func merges(_ bytes: [UInt8]) throws {
        let merges = try Tokenizer.merges(file(bytes, named: "merges.txt"), vocabulary: Self.words)
        let letters = "a roof".compactMap { Self.words[String($0)].map(Int32.init) }
        precondition(merges.apply(to: letters).count <= letters.count)
    }

    private func tokens(of bytes: [UInt8]) {
        let tokens = Self.known.encode(String(decoding: bytes, as: UTF8.self), maximumLength: 12)
        precondition(tokens.count <= 12 && tokens.allSatisfy { $0 < Self.known.count })
    }

    private func labels(_ bytes: [UInt8]) {
        guard let track = try? LabelTrack(bytes, name: "x") else { return }
        let labels = track.labels(rate: 48_000, frames: 480_000)
        precondition(labels.count == track.count)
        _ = try? LabelTrack(Array(LabelTrack.text(labels).utf8), name: "x")
    }

    /// What can be read can be written and read again.
    private func request(_ data: Data) {
        guard let request = try? RequestDocument.request(from: data) else { return }
        let again = try! RequestDocument.request(from: RequestDocument.data(of: request))
        precondition(again.isEqual(to: request))
    }

    private func region(_ text: String) {
        if let words = RegionWords(text) { _ = words.region(rate: 48_000, frames: 480_000) }
        guard let region = Region(text) else { return }
        precondition(region.start.isFinite && region.end.isFinite && region.start >= 0)
    }

    // MARK: Sound

    private func sound(_ bytes: [UInt8]) throws {
        // What another program would decode is not ours to try.
        if ForeignSound.kind(of: Array(bytes.prefix(64))) != nil || bytes.isEmpty { return }
        let file = try AudioFile(file(bytes, named: "x." + rawValue), salvage: bytes.count % 2 == 0)
        precondition(file.frames > 0 && file.channels > 0 && file.rate > 0)
        let count = min(file.frames, 1 << 14, (1 << 18) / file.channels)
        _ = try? file.read(frames: 0..<count)
        _ = try? file.read(frames: file.frames - count..<file.frames)
        let mark = SynthesisMark(
            parts: [SynthesisMark.Part(seconds: 0..<0.01)], job: "inpaint", maker: "x", request: "y")
        // One of the ways to write it, by the input's bytes: all of them for each would take most of the time.
        let choice = bytes.reduce(bytes.count) { $0 &+ Int($1) }
        let container = [AudioContainer.wav, .aiff, .caf, .au, .flac, .ogg, .mp3][choice % 7]
        let rate = choice / 7 % 2 == 0 ? file.rate : 48_000
        let format = AudioFormat(container: container, encoding: .pcm16, rate: rate, channels: file.channels)
        let target = TargetMetadata(
            file.metadata, rate: file.rate, for: format, frames: file.frames, isWhole: rate != file.rate,
            mark: choice / 14 % 2 == 0 ? mark : nil)
        if let comments = target.comments {
            _ = VorbisComment.bytes(comments, vendor: "x", rate: rate, pictures: true, layout: nil)
        }
    }
}
