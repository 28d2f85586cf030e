import Core
import Foundation
import TestSupport
import Testing

@Suite struct AudioFilesReadTests {
    @Test(arguments: [
        ("pcm_u8.wav", "WAV", "8-bit PCM", 8), ("pcm_16.wav", "WAV", "16-bit PCM", 16),
        ("pcm_24.wav", "WAV", "24-bit PCM", 24), ("pcm_32.wav", "WAV", "32-bit PCM", 32),
        ("float.wav", "WAV", "32-bit float", 32), ("double.wav", "WAV", "64-bit float", 32),
        ("big-endian.wav", "WAV", "16-bit PCM", 16), ("six.wav", "WAV", "24-bit PCM", 24),
        ("chunks.wav", "WAV", "16-bit PCM", 16), ("s8.aiff", "AIFF", "8-bit PCM", 8), ("s8.au", "AU", "8-bit PCM", 8),
        ("s8.flac", "FLAC", "8-bit PCM", 8), ("pcm_16.aiff", "AIFF", "16-bit PCM", 16),
        ("little-endian.aifc", "AIFF", "16-bit PCM", 16), ("pcm_16.au", "AU", "16-bit PCM", 16),
        ("pcm_16.caf", "CAF", "16-bit PCM", 16), ("pcm_24.caf", "CAF", "24-bit PCM", 24),
        ("pcm_16.w64", "W64", "16-bit PCM", 16), ("pcm_16.rf64", "RF64", "16-bit PCM", 16),
        ("float.aiff", "AIFF", "32-bit float", 32), ("float.w64", "W64", "32-bit float", 32),
        ("float.rf64", "RF64", "32-bit float", 32), ("float.au", "AU", "32-bit float", 32),
        ("float.caf", "CAF", "32-bit float", 32), ("pcm_24.flac", "FLAC", "24-bit PCM", 24),
        ("tagged.flac", "FLAC", "16-bit PCM", 16), ("piped.wav", "WAV", "16-bit PCM", 16),
        ("piped.flac", "FLAC", "16-bit PCM", 16), ("piped.au", "AU", "16-bit PCM", 16),
    ])
    func losslessSamplesAreExact(name: String, container: String, encoding: String, bits: Int) throws {
        let file = try AudioFile(Fixture.url("signal/\(name)"))
        #expect("\(file.format.container)" == container)
        #expect("\(file.format.encoding)" == encoding)
        #expect(file.rate == 8000)
        #expect(file.frames == SoundFixture.frames)
        #expect(file.duration == 0.075)
        let expected = SoundFixture.samples(channels: file.channels, bits: bits).map { $0.map(Float.init) }
        #expect(try file.read(frames: 0..<file.frames) == expected)
        #expect(try file.read(frames: 300..<317) == expected.map { Array($0[300..<317]) })
        #expect(try file.read(frames: 599..<600) == expected.map { Array($0[599..<600]) })
        #expect(try file.read(frames: 10..<300) == expected.map { Array($0[10..<300]) })
        #expect(try file.read(frames: 5..<5).map(\.count) == expected.map { _ in 0 })
    }

    @Test(arguments: [
        ("alaw.wav", 600, 0.02), ("ulaw.wav", 600, 0.02), ("ima_adpcm.wav", 1010, 0.6), ("vorbis.ogg", 600, 1.0),
        ("opus.opus", 600, 1.2), ("tagged.mp3", 623, 1.2),
    ])
    func lossyFilesAreRead(name: String, frames: Int, tolerance: Float) throws {
        let file = try AudioFile(Fixture.url("signal/\(name)"))
        #expect(file.frames == frames)
        let samples = try file.read(frames: 0..<frames)
        let expected = SoundFixture.samples(channels: 2, bits: 16)
        let worst = (0..<600).map { abs(samples[1][$0] - Float(expected[1][$0])) }.max() ?? .infinity
        #expect(worst < tolerance)
        #expect(samples[1].contains { abs($0) > 0.1 })
    }

    @Test(arguments: ["gsm610.wav", "g721.wav", "nms_adpcm.wav", "g723.au", "dwvw.aiff", "dpcm.xi", "mp3.wav"])
    func whatCannotBeginInTheMiddleIsDecodedFromItsBeginning(name: String) throws {
        let url = Fixture.url("signal/\(name)")
        let file = try AudioFile(url)
        let whole = try AudioFile(url).read(frames: 0..<file.frames)[0]
        #expect(whole.contains { abs($0) > 0.1 })
        for start in [500, 100, 550, 0, 320] {
            let samples = try file.read(frames: start..<start + 50)[0]
            #expect(zip(samples, whole[start...]).allSatisfy { abs($0 - $1) < 1e-4 }, "\(start)")
        }
        try Fixture.withTemporaryFolder { folder in
            let target = folder.appending(path: "x.wav")
            let edit = try AudioEdit(of: file, to: target, overwrite: false)
            try edit.replace(from: 590, with: [[Float]](repeating: [0.25, 0.5], count: file.channels))
            #expect(try edit.finish().frames == file.frames)
            let copy = try AudioFile(target).read(frames: 0..<file.frames)[0]
            #expect(Array(copy[..<590]) == Array(whole[..<590]))
            #expect(Array(copy[590..<592]) == [0.25, 0.5])
        }
    }

    @Test func tagsAreRead() throws {
        for name in ["tagged.flac", "tagged.mp3", "vorbis.ogg", "opus.opus", "chunks.wav"] {
            let tags = try AudioFile(Fixture.url("signal/\(name)")).tags
            #expect(tags[.title] == "A dog barks", "\(name)")
            #expect(tags[.artist] == "Rex", "\(name)")
        }
    }

    /// Every format cut at several places, never taken for a shorter whole.
    @Test(arguments: [
        "pcm_16.wav", "pcm_24.wav", "float.wav", "ima_adpcm.wav", "six.wav", "pcm_16.aiff", "float.au", "pcm_16.caf",
        "pcm_16.w64", "pcm_16.rf64", "pcm_24.flac", "big-endian.wav",
    ])
    func truncatedFilesAreRefused(name: String) throws {
        let whole = try Data(contentsOf: Fixture.url("signal/\(name)"))
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            for share in [0.7, 0.8, 0.95] {
                try whole.prefix(Int(Double(whole.count) * share)).write(to: url)
                let error = #expect(throws: AudioError.self) { try AudioFile(url) }
                #expect(
                    error?.description.hasPrefix("\(url.relativePath): is truncated") == true, "\(share): \(error!)")
            }
        }
    }

    @Test(arguments: ["x.flac", "x.ogg", "x.opus", "x.mp3"])
    func longCompressedFilesCutShortAreRefused(name: String) throws {
        var random = TestRandom(seed: 9)
        let samples = (0..<20 * 48_000).map { _ in random.next() / 2 }
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let format = try AudioFormat.output(for: url, source: nil, rate: 48_000, channels: 1)
            let writer = try AudioWriter(url, format: format, overwrite: false)
            try writer.write([samples])
            _ = try writer.finish()
            let whole = try Data(contentsOf: url)
            #expect(try AudioFile(url).frames == samples.count)
            for share in [0.3, 0.6, 0.95] {
                try whole.prefix(Int(Double(whole.count) * share)).write(to: url)
                #expect(throws: AudioError.cutShort(file: url.path), "\(share)") { try AudioFile(url) }
            }
        }
    }

    @Test func anMP3FileOfVaryingRateWithoutItsLengthIsWhole() throws {
        var random = TestRandom(seed: 10)
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.mp3")
            let format = AudioFormat(container: .mp3, encoding: .mp3, rate: 48_000, channels: 1)
            let writer = try AudioWriter(url, format: format, overwrite: false)
            // Silence first, which takes few bits.
            try writer.write([[Float](repeating: 0, count: 240_000)])
            try writer.write([(0..<240_000).map { _ in random.next() / 2 }])
            _ = try writer.finish()
            #expect(try AudioFile(url).frames == 480_000)
            // Without the first packet, which tells the length; the second begins like it.
            let bytes = try Data(contentsOf: url)
            let second = try #require(bytes[4...].range(of: bytes.prefix(2)))
            try bytes[second.lowerBound...].write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames >= 480_000 && file.frames < 484_000)
            #expect(try file.read(frames: 0..<file.frames)[0].count == file.frames)
        }
    }

    @Test func theMessageOfATruncatedFileSaysHowMuchIsThere() throws {
        let whole = try Data(contentsOf: Fixture.url("signal/pcm_16.wav"))
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.wav")
            try whole.prefix(44 + 4 * 200).write(to: url)
            let expected = AudioError.truncated(file: url.path, promisedSeconds: 0.075, foundSeconds: 0.025)
            #expect(throws: expected) { try AudioFile(url) }
            #expect("\(expected)".hasSuffix("its header promises 0.075 s, 0.025 s are there; get a complete copy"))
        }
    }

    @Test func whatIsNoSoundIsRefused() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.wav")
            #expect(throws: AudioError.missing(file: url.path)) { try AudioFile(url) }
            #expect(throws: AudioError.notAFile(file: folder.path)) { try AudioFile(folder) }
            try Data().write(to: url)
            #expect(throws: AudioError.empty(file: url.path)) { try AudioFile(url) }
            try Data("hello, this is a text and no sound at all, however long".utf8).write(to: url)
            #expect { try AudioFile(url) } throws: { "\($0)".contains("not a sound file of a known format") }
            // A whole header, no samples.
            var header = try Data(contentsOf: Fixture.url("signal/pcm_16.wav")).prefix(44)
            header.replaceSubrange(40..<44, with: [0, 0, 0, 0])
            try header.write(to: url)
            #expect(throws: AudioError.empty(file: url.path)) { try AudioFile(url) }
        }
    }

    @Test func damageIsFoundWhereItIsRead() throws {
        let rate = 8000
        var random = TestRandom(seed: 3)
        let samples = (0..<10 * rate).map { _ in random.next() / 2 }
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.flac")
            let format = AudioFormat(container: .flac, encoding: .pcm16, rate: rate, channels: 1)
            let writer = try AudioWriter(url, format: format, overwrite: false)
            try writer.write([samples])
            _ = try writer.finish()
            var bytes = try Data(contentsOf: url)
            for index in bytes.count / 2..<bytes.count / 2 + 3000 { bytes[index] ^= 0x5A }
            try bytes.write(to: url)
            let file = try AudioFile(url)
            #expect(try file.read(frames: 0..<rate)[0].count == rate)
            #expect { try file.read(frames: 0..<10 * rate) } throws: { "\($0)".contains("x.flac: is damaged near ") }
            #expect(throws: AudioError.self) {
                let edit = try AudioEdit(of: file, to: folder.appending(path: "y.flac"), overwrite: false)
                try edit.replace(from: 100, with: [[0, 0]])
                _ = try edit.finish()
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["x.flac"])
        }
    }

    @Test func notANumberIsRefusedOnlyWhereItIsRead() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.wav")
            var bytes = try Data(contentsOf: Fixture.url("signal/float.wav"))
            // The second channel of frame 400; the samples lie at the file's end.
            let place = bytes.count - (600 - 400) * 8 + 4
            bytes.replaceSubrange(place..<place + 4, with: [0, 0, 0xC0, 0x7F])
            try bytes.write(to: url)
            let file = try AudioFile(url)
            #expect(try file.read(frames: 0..<400)[0].count == 400)
            #expect(throws: AudioError.notFinite(file: url.path, channel: 1, atSeconds: 0.05)) {
                try file.read(frames: 300..<600)
            }
        }
    }
}
