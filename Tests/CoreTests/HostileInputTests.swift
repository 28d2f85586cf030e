import Foundation
import TestSupport
import Testing

@testable import Core

/// Bytes that nobody meant: each is read, or refused with an error, in time. `RETOUCH_FUZZ` asks for more of them; `make fuzz` gives
/// inputs that are led by what they reach.
@Suite struct HostileInputTests {
    /// Inputs of each kind; of those that go through a file a tenth.
    private static let count = Int(ProcessInfo.processInfo.environment["RETOUCH_FUZZ"] ?? "") ?? 10_000
    private static let seed = UInt64(ProcessInfo.processInfo.environment["RETOUCH_FUZZ_SEED"] ?? "") ?? 1

    private func bytes(_ path: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: Fixture.url(path))) }

    /// Tries inputs and counts those that were read.
    private func feed(_ kind: String, _ seeds: [[UInt8]], count: Int, _ read: ([UInt8]) throws -> Void) {
        var mutator = Mutator(seeds, seed: Self.seed)
        var (accepted, longest) = (0, Duration.zero)
        for _ in 0..<count {
            let input = mutator.next()
            let time = ContinuousClock().measure { if (try? read(input)) != nil { accepted += 1 } }
            longest = max(longest, time)
        }
        print("\(kind): \(count) inputs, \(accepted) of them read, the longest in \(longest)")
        // On a machine that does other work as well.
        #expect(longest < .seconds(5), "\(kind)")
        #expect(accepted < count, "\(kind)")
    }

    /// The same through a file, in memory where the system has a place for that.
    private func feedFiles(
        _ kind: String, _ seeds: [[UInt8]], named name: String, _ read: (URL, [UInt8]) throws -> Void
    ) throws {
        let memory = URL(fileURLWithPath: "/dev/shm")
        let parent =
            FileManager.default.isWritableFile(atPath: memory.path) ? memory : FileManager.default.temporaryDirectory
        let folder = parent.appending(path: "retouch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let url = folder.appending(path: name)
        feed(kind, seeds, count: Self.count / 10) { input in
            try Data(input).write(to: url)
            try read(url, input)
        }
    }

    private func load(_ url: URL) throws {
        let weights = try WeightFile(file: url).root
        for name in weights.names { _ = try? weights.tensor(named: name).elements }
    }

    @Test func safetensors() throws {
        let seeds = try ["checkpoint/types.safetensors"].map(bytes)
        try feedFiles("safetensors", seeds, named: "x.safetensors") { url, _ in try load(url) }
    }

    @Test func torchFiles() throws {
        let seeds = try ["checkpoint/pytorch_model.bin", "checkpoint/nested.ckpt", "checkpoint/executing.bin"].map(
            bytes)
        try feedFiles("torch files", seeds, named: "x.bin") { url, _ in try load(url) }
    }

    @Test func pickles() throws {
        let url = Fixture.url("checkpoint/pytorch_model.bin")
        let file = try MappedFile(url)
        let entry = try #require(try ZipArchive(file).entries.first { $0.key.hasSuffix("data.pkl") })
        feed("pickles", [[UInt8](file.copy(entry.value))], count: Self.count) { input in
            var pickle = Pickle(input, fileName: "x")
            _ = try pickle.run()
        }
    }

    private static let configurations = [
        "unet/config.json", "vae/config.json", "vocoder/config.json", "text_encoder/config.json",
        "audio_encoder/config.json", "scheduler/scheduler_config.json", "model_index.json",
        "feature_extractor/preprocessor_config.json", "editing.json", "band_extension/config.json",
    ].filter { FileManager.default.fileExists(atPath: Fixture.url("default-like/\($0)").path) }

    @Test func json() throws {
        let seeds = try Self.configurations.map { try bytes("default-like/" + $0) }
        feed("JSON", seeds, count: Self.count) { _ = try JSONValue(parsing: $0) }
    }

    /// Each configuration of a model with the rest as it is: opening the model reads and checks all of them.
    @Test func configurations() throws {
        let model = try TemporaryFolder()
        let copy = model.file("model")
        try FileManager.default.copyItem(at: Fixture.url("default-like"), to: copy)
        let count = max(20, Self.count / 100 / Self.configurations.count)
        for name in Self.configurations {
            let original = try bytes("default-like/" + name)
            feed(name, [original], count: count) { input in
                try Data(input).write(to: copy.appending(path: name))
                let model = try Model(at: copy)
                _ = try ModelTraits(of: model)
                _ = try SchedulerConfiguration(of: model)
                _ = model.frontEnd
            }
            try Data(original).write(to: copy.appending(path: name))
        }
    }

    @Test func tokenizers() throws {
        let folder = try TemporaryFolder()
        let names = ["vocab.json", "merges.txt"]
        let originals = try names.map { try bytes("default-like/tokenizer/" + $0) }
        for (name, original) in zip(names, originals) { try Data(original).write(to: folder.file(name)) }
        let count = max(20, Self.count / 500)
        for (name, original) in zip(names, originals) {
            feed(name, [original], count: count) { input in
                try Data(input).write(to: folder.file(name))
                _ = try Tokenizer(folder: folder.url).encode("rain on <s> a roof", maximumLength: 20)
            }
            try Data(original).write(to: folder.file(name))
        }
        let tokenizer = try Tokenizer(folder: folder.url)
        var mutator = Mutator([Array("rain on a <mask> roof's 123  é 日本".utf8)], seed: Self.seed)
        for _ in 0..<Self.count {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            let tokens = tokenizer.encode(text, maximumLength: 12)
            let isRight = tokens.count <= 12 && tokens.allSatisfy { $0 < tokenizer.count }
            if !isRight { Issue.record("\(text.unicodeScalars.map(\.value))") }
        }
    }

    private static let sounds = [
        "wav": [
            "pcm_16.wav", "chunks.wav", "six.wav", "float.rf64", "float.w64", "alaw.wav", "ima_adpcm.wav", "gsm610.wav",
            "g721.wav", "mp3.wav", "big-endian.wav", "piped.wav", "double.wav",
        ],
        "aiff": ["pcm_16.aiff", "float.aiff", "little-endian.aifc", "dwvw.aiff", "s8.aiff"],
        "caf": ["pcm_16.caf", "float.caf", "pcm_24.caf"], "au": ["pcm_16.au", "float.au", "g723.au", "piped.au"],
        "flac": ["tagged.flac", "pcm_24.flac", "s8.flac", "piped.flac"], "ogg": ["vorbis.ogg", "opus.opus"],
        "mp3": ["tagged.mp3"], "xi": ["dpcm.xi"],
        "rare": ["nist", "avr", "mpc", "16sv", "mat4", "mat5", "sds", "voc", "wve"].map { "rare." + $0 },
    ]

    @Test(arguments: sounds.keys.sorted()) func soundFiles(_ kind: String) throws {
        let seeds = try #require(Self.sounds[kind]).map { try bytes("signal/" + $0) }
        try feedFiles(kind, seeds, named: "x.\(kind)") { url, input in
            // What another program would decode is not ours to try.
            if ForeignSound.kind(of: Array(input.prefix(64))) != nil { throw AudioError.missing(file: "") }
            let file = try AudioFile(url, salvage: input.count % 2 == 0)
            let count = min(file.frames, 1 << 16, (1 << 20) / file.channels)
            _ = try file.read(frames: 0..<count)
            _ = try file.read(frames: file.frames - count..<file.frames)
        }
    }

    // MARK: What was made to do harm

    private func refusal(of bytes: Data, named name: String) throws -> (error: String, seconds: Double) {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            try bytes.write(to: url)
            var message = ""
            let time = ContinuousClock().measure {
                do {
                    let weights = try WeightFile(file: url).root
                    for name in weights.names { _ = try weights.tensor(named: name) }
                } catch { message = "\(error)" }
            }
            return (message, time / .seconds(1))
        }
    }

    private func safetensors(_ header: String, _ data: Data) -> Data {
        Data([UInt8](little: header.utf8.count, 8)) + Data(header.utf8) + data
    }

    @Test(arguments: [Float.nan, .infinity]) func weightsThatAreNoNumbersAreRefused(_ value: Float) throws {
        var data = Data(count: 4000)
        data.replaceSubrange(400..<404, with: [UInt8](little: value.bitPattern, 4))
        let header = #"{"a": {"dtype": "F32", "shape": [1000], "data_offsets": [0, 4000]}}"#
        let (error, _) = try refusal(of: safetensors(header, data), named: "x.safetensors")
        #expect(error.contains("a: holds a value that is not a number"))
    }

    @Test func aMillionTensorsAreRefusedInTime() throws {
        let entries = (0..<1_000_000).map { #""t\#($0)": {"dtype": "F32", "shape": [0], "data_offsets": [0, 0]}"# }
        let header = "{" + entries.joined(separator: ",") + "}"
        let (error, seconds) = try refusal(of: safetensors(header, Data()), named: "x.safetensors")
        #expect(error.contains("header length"))
        #expect(seconds < 1)
    }

    /// A pickle of `torch.save` by its opcodes, in a zip of stored records.
    private func torch(_ pickle: [UInt8], _ data: Data) -> Data {
        var (file, directory) = (Data(), Data())
        for (name, content) in [("a/data.pkl", Data(pickle)), ("a/data/0", data)] {
            let size = [UInt8](little: content.count, 4)
            let middle: [UInt8] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0] + size + size
            directory += Data([0x50, 0x4B, 1, 2, 0, 0, 0, 0] + middle + [UInt8](little: name.utf8.count, 2))
            directory += Data([UInt8](repeating: 0, count: 12) + [UInt8](little: file.count, 4)) + Data(name.utf8)
            file += Data([0x50, 0x4B, 3, 4, 0, 0] + middle + [UInt8](little: name.utf8.count, 2) + [0, 0])
            file += Data(name.utf8) + content
        }
        let count: [UInt8] = [2, 0, 2, 0]
        let end =
            [0x50, 0x4B, 5, 6, 0, 0, 0, 0] + count + [UInt8](little: directory.count, 4)
            + [UInt8](little: file.count, 4) + [0, 0]
        return file + directory + Data(end)
    }

    private func pickle(shape: [UInt8], strides: [UInt8]) -> [UInt8] {
        func text(_ text: String) -> [UInt8] { [UInt8(ascii: "X")] + [UInt8](little: text.utf8.count, 4) + text.utf8 }
        func global(_ module: String, _ name: String) -> [UInt8] { Array("c\(module)\n\(name)\n".utf8) }
        let storage =
            [UInt8(ascii: "(")] + text("storage") + global("torch", "FloatStorage") + text("0") + text("cpu")
            + [UInt8(ascii: "K"), 1, UInt8(ascii: "t"), UInt8(ascii: "Q")]
        return [0x80, 2, UInt8(ascii: "}"), UInt8(ascii: "(")] + text("a")
            + global("torch._utils", "_rebuild_tensor_v2")
            + [UInt8(ascii: "(")] + storage + [UInt8(ascii: "K"), 0] + shape + strides
            + [UInt8(ascii: "t"), UInt8(ascii: "R"), UInt8(ascii: "u"), UInt8(ascii: ".")]
    }

    /// One element that stands for 2^62: memory stays within the file's size.
    @Test func aTensorLargerThanItsRecordIsRefused() throws {
        let large = [UInt8(ascii: "J")] + [UInt8](little: Int32.max, 4)
        let small: [UInt8] = [UInt8(ascii: "K"), 1]
        let zero: [UInt8] = [UInt8(ascii: "K"), 0]
        let good = try refusal(
            of: torch(pickle(shape: small + [0x85], strides: small + [0x85]), Data(count: 4)), named: "x.bin")
        #expect(good.error == "")
        let (error, seconds) = try refusal(
            of: torch(pickle(shape: large + large + [0x86], strides: zero + zero + [0x86]), Data(count: 4)),
            named: "x.bin")
        #expect(error.contains("does not lie within its record"))
        #expect(seconds < 1)
        let axes = [UInt8(ascii: "(")] + (0..<100).flatMap { _ in small } + [UInt8(ascii: "t")]
        let many = try refusal(of: torch(pickle(shape: axes, strides: axes), Data(count: 4)), named: "x.bin")
        #expect(many.error.contains("a tensor has 100 axes"))
    }

    @Test func aPickleThatCallsIsRefused() throws {
        let calls = Array("\u{1}cposix\nsystem\n".utf8.dropFirst())
        let text = [UInt8(ascii: "X")] + [UInt8](little: 2, 4) + Array("id".utf8)
        let bytes = [0x80, 2] + calls + text + [0x85, UInt8(ascii: "R"), UInt8(ascii: ".")]
        let (error, _) = try refusal(of: torch(bytes, Data()), named: "x.bin")
        #expect(error.contains("posix.system"))
    }

    @Test func aCompressedRecordIsRefused() throws {
        var bytes = torch(pickle(shape: [UInt8(ascii: ")")], strides: [UInt8(ascii: ")")]), Data(count: 4))
        let directory = try #require(bytes.range(of: Data([0x50, 0x4B, 1, 2]))).lowerBound
        bytes[directory + 10] = 8
        let (error, seconds) = try refusal(of: bytes, named: "x.bin")
        #expect(error.contains("compressed") && seconds < 1)
    }
}
