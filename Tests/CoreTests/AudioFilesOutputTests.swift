import Foundation
import TestSupport
import Testing

@testable import Core

@Suite struct AudioFilesOutputTests {
    private let source = Fixture.url("signal/pcm_16.wav")
    private let stereo = AudioFormat(container: .wav, encoding: .pcm16, rate: 8000, channels: 2)

    private func files(_ folder: URL) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    }

    private func output(
        _ name: String, _ encoding: AudioEncoding? = nil, from other: String, rate: Int? = nil, isComputed: Bool = false
    ) throws -> AudioFormat {
        let format = try AudioFile(Fixture.url("signal/\(other)")).format
        return try .output(
            for: URL(fileURLWithPath: name), source: format, encoding: encoding, rate: rate ?? format.rate,
            channels: format.channels, isComputed: isComputed)
    }

    @Test func nothingIsOverwrittenUnasked() throws {
        try Fixture.withTemporaryFolder { folder in
            let copy = folder.appending(path: "in.wav")
            try FileManager.default.copyItem(at: source, to: copy)
            let link = folder.appending(path: "link.wav")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: copy)
            let file = try AudioFile(copy)
            for url in [copy, link] {
                #expect(throws: AudioError.isItsOwnSource(file: url.path)) {
                    try AudioEdit(of: file, to: url, overwrite: false)
                }
            }
            let other = folder.appending(path: "out.wav")
            try Data("kept".utf8).write(to: other)
            #expect(throws: AudioError.exists(file: other.path)) {
                try AudioEdit(of: file, to: other, overwrite: false)
            }
            #expect(throws: AudioError.exists(file: other.path)) {
                try AudioWriter(other, format: stereo, overwrite: false)
            }
            #expect(try Data(contentsOf: other) == Data("kept".utf8))
            #expect(try files(folder) == ["in.wav", "link.wav", "out.wav"])
        }
    }

    @Test func aFileIsEditedInItsOwnPlaceIfAsked() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "in.wav")
            try FileManager.default.copyItem(at: source, to: url)
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: url.path)
            let link = folder.appending(path: "link.wav")
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: url)
            let file = try AudioFile(url)
            let edit = try AudioEdit(of: file, to: link, overwrite: true)
            try edit.replace(from: 10, with: [[0.5], [-0.5]])
            _ = try edit.finish()
            #expect(try AudioFile(url).read(frames: 10..<11) == [[0.5], [-0.5]])
            let attributes = try FileManager.default.attributesOfItem(atPath: url.path)
            #expect(attributes[.posixPermissions] as? Int == 0o640)
            #expect(try files(folder) == ["in.wav", "link.wav"])
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == url.path)
        }
    }

    @Test func whatIsNotFinishedLeavesNothing() throws {
        try Fixture.withTemporaryFolder { folder in
            let file = try AudioFile(source)
            let target = folder.appending(path: "out.wav")
            do {
                let edit = try AudioEdit(of: file, to: target, overwrite: false)
                try edit.replace(from: 10, with: [[0.5], [-0.5]])
                #expect(try files(folder).count == 1)
                #expect(!FileManager.default.fileExists(atPath: target.path))
            }
            #expect(try files(folder) == [])
            for name in ["a.wav", "a.flac"] {
                let url = folder.appending(path: name)
                #expect(throws: AudioError.notFiniteResult(file: url.path)) {
                    let edit = try AudioEdit(of: file, to: url, overwrite: false)
                    try edit.replace(from: 10, with: [[.nan], [0]])
                }
            }
            #expect(try files(folder) == [])
        }
    }

    @Test func aCancelledTaskLeavesNothing() async throws {
        let source = source
        let folder = FileManager.default.temporaryDirectory.appending(path: "retouch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let task = Task {
            while !Task.isCancelled { await Task.yield() }
            for name in ["a.wav", "a.flac"] {
                #expect(throws: CancellationError.self) {
                    let file = try AudioFile(source)
                    let edit = try AudioEdit(of: file, to: folder.appending(path: name), overwrite: false)
                    _ = try edit.finish()
                }
            }
        }
        task.cancel()
        await task.value
        #expect(try files(folder) == [])
    }

    @Test func aFullDiskIsNamed() throws {
        // Needs the right to mount a small file system.
        let folder = FileManager.default.temporaryDirectory.appending(path: "retouch-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        func run(_ arguments: String...) -> Bool {
            let process = Process()
            process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            process.arguments = arguments
            process.standardError = FileHandle.nullDevice
            guard (try? process.run()) != nil else { return false }
            process.waitUntilExit()
            return process.terminationStatus == 0
        }
        guard run("mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", folder.path) else { return }
        defer { _ = run("umount", folder.path) }
        let copy = folder.appending(path: "in.wav")
        var random = TestRandom(seed: 5)
        let noise = (0..<20_000).map { _ in random.next() }
        let writer = try AudioWriter(
            copy, format: AudioFormat(container: .wav, encoding: .pcm16, rate: 8000, channels: 1), overwrite: false)
        try writer.write([noise])
        _ = try writer.finish()
        for name in ["out.wav", "out.flac", "out.aiff"] {
            let target = folder.appending(path: name)
            #expect(throws: AudioError.diskFull(file: target.path), "\(name)") {
                let edit = try AudioEdit(of: try AudioFile(copy), to: target, overwrite: false)
                _ = try edit.finish()
            }
            #expect(try files(folder) == ["in.wav"])
        }
    }

    @Test func theExtensionChoosesTheContainer() throws {
        #expect(try output("x.wav", from: "pcm_24.flac").encoding == .pcm24)
        #expect(try output("x.flac", from: "float.wav").encoding == .pcm24)
        #expect(try output("x.FLAC", from: "pcm_16.au").encoding == .pcm16)
        #expect(try output("x.wav", from: "vorbis.ogg").encoding == .float32)
        #expect(try output("x.ogg", from: "opus.opus").encoding == .opus)
        #expect(try output("x.ogg", from: "pcm_16.wav").encoding == .vorbis)
        #expect(try output("x.opus", from: "vorbis.ogg", rate: 48_000).encoding == .opus)
        #expect(try output("x.ogg", from: "opus.opus").encoding == .opus)
        #expect(try output("x.mp3", from: "pcm_16.wav").encoding == .mp3)
        #expect(try output("x.wav", from: "pcm_16.rf64").container == .rf64)
        #expect(try output("x.wav", from: "ima_adpcm.wav").encoding == .pcm16)
        #expect(try output("x.wav", from: "alaw.wav").encoding == .aLaw)
        #expect(try output("x.flac", from: "alaw.wav").encoding == .pcm16)
        #expect(try output("x.wav", .pcmS8, from: "pcm_16.wav").encoding == .pcmU8)
    }

    /// 8 bits and the laws would not hold what a job that computes every sample kept of the source.
    @Test func aComputedSoundHas16BitsOrMore() throws {
        for (name, source) in [
            ("x.wav", "alaw.wav"), ("x.wav", "ulaw.wav"), ("x.wav", "pcm_u8.wav"), ("x.flac", "s8.flac"),
            ("x.au", "s8.au"),
            ("x.aiff", "s8.aiff"), ("x.wav", "ima_adpcm.wav"), ("x.wav", "pcm_16.wav"),
        ] {
            #expect(try output(name, from: source, isComputed: true).encoding == .pcm16, "\(source)")
        }
        #expect(try output("x.wav", from: "pcm_24.wav", isComputed: true).encoding == .pcm24)
        #expect(try output("x.wav", from: "float.wav", isComputed: true).encoding == .float32)
        #expect(try output("x.mp3", from: "alaw.wav", isComputed: true).encoding == .mp3)
        #expect(try output("x.wav", .pcmU8, from: "alaw.wav", isComputed: true).encoding == .pcmU8)
    }

    @Test func whatAContainerCannotHoldIsNamed() throws {
        #expect(throws: AudioError.self) { try output("x", from: "pcm_16.wav") }
        #expect { try output("x.txt", from: "pcm_16.wav") } throws: {
            "\($0)".contains("x.txt: the extension must say the format, one of wav,")
        }
        #expect { try output("x.flac", .float32, from: "pcm_16.wav") } throws: {
            "\($0)" == "x.flac: FLAC cannot hold 32-bit float; it can hold 8-bit PCM, 16-bit PCM, 24-bit PCM"
        }
        #expect { try output("x.mp3", .pcm16, from: "pcm_16.wav") } throws: {
            "\($0)" == "x.mp3: MP3 cannot hold 16-bit PCM; it can hold MP3"
        }
        #expect { try output("x.mp3", from: "six.wav") } throws: {
            "\($0)"
                == "x.mp3: MP3 holds at most 2 channels, the sound has 6 channels at 8000 Hz; write .wav or .flac instead"
        }
        for (name, rate, channels) in [("x.flac", 48_000, 9), ("x.flac", 96_001, 1), ("x.mp3", 96_001, 1)] {
            #expect {
                try AudioFormat.output(for: URL(fileURLWithPath: name), source: nil, rate: rate, channels: channels)
            } throws: {
                "\($0)".contains(" holds ") && "\($0)".hasSuffix("at \(rate) Hz; write .wav instead")
            }
        }
        let odd = AudioFormat(container: .wav, encoding: .pcm16, rate: 44_100, channels: 2)
        #expect(throws: AudioError.self) {
            try AudioFormat.output(for: URL(fileURLWithPath: "x.opus"), source: odd, rate: 44_100, channels: 2)
        }
    }

    @Test(arguments: ["x.wav", "x.flac", "x.aiff", "x.caf", "x.au", "x.w64", "x.rf64", "x.ogg", "x.opus", "x.mp3"])
    func aNewSoundIsWritten(name: String) throws {
        func tone(_ channel: Int, _ frame: Int) -> Float { Float(0.5 * sin(Double(frame * (channel + 1)) * 0.05)) }
        let whole = [0, 1].map { channel in (0..<12_000).map { tone(channel, $0) } }
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let format = try AudioFormat.output(for: url, source: nil, rate: 48_000, channels: 2)
            for _ in 0..<2 {
                let writer = try AudioWriter(url, format: format, frames: 12_000, overwrite: true)
                for start in [0, 4000, 8000] { try writer.write(whole.map { Array($0[start..<start + 4000]) }) }
                let report = try writer.finish()
                #expect(report.frames == 12_000)
            }
            let file = try AudioFile(url)
            #expect(file.format == format)
            let result = try file.read(frames: 0..<12_000)
            var worst: Float = 0
            for channel in 0..<2 {
                for frame in 2000..<10_000 { worst = max(worst, abs(result[channel][frame] - whole[channel][frame])) }
            }
            #expect(worst < (format.encoding.isLossless ? 0.5 / 32_768 + 1e-7 : 0.05), "\(worst)")
        }
    }

    @Test func theSameSamplesGiveTheSameBytes() throws {
        try Fixture.withTemporaryFolder { folder in
            for (name, encoding) in [
                ("wav", AudioEncoding.float32), ("aiff", .float32), ("caf", .float32), ("flac", .pcm16),
                ("ogg", .vorbis), ("opus", .opus), ("mp3", .mp3),
            ] {
                var written: [Data] = []
                for index in 0..<2 {
                    let url = folder.appending(path: "\(index).\(name)")
                    let format = try AudioFormat.output(
                        for: url, source: nil, encoding: encoding, rate: 8000, channels: 1)
                    let writer = try AudioWriter(url, format: format, overwrite: false)
                    try writer.write([(0..<500).map { Float($0) / 500 }])
                    _ = try writer.finish()
                    written.append(try Data(contentsOf: url))
                    // A peak chunk would hold the second of writing.
                    if index == 0 { Thread.sleep(forTimeInterval: 1.1) }
                }
                #expect(written[0] == written[1], "\(name)")
            }
        }
    }
}
