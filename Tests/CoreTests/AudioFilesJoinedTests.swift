import Foundation
import TestSupport
import Testing

@testable import Core

/// Files that hold several sounds, one after the other, and files whose length is not what their header says.
@Suite struct AudioFilesJoinedTests {
    private func noise(_ seconds: Double, _ seed: UInt64 = 3, rate: Int = 48_000) -> [Float] {
        var random = TestRandom(seed: seed)
        return (0..<Int(seconds * Double(rate))).map { _ in random.next() / 4 }
    }

    @discardableResult private func write(_ url: URL, _ samples: [Float], rate: Int = 48_000) throws -> Data {
        let format = try AudioFormat.output(for: url, source: nil, rate: rate, channels: 1)
        let writer = try AudioWriter(url, format: format, overwrite: true)
        try writer.write([samples])
        _ = try writer.finish()
        return try Data(contentsOf: url)
    }

    @Test(arguments: ["x.ogg", "x.opus", "x.flac", "x.mp3"])
    func soundsOneAfterTheOtherAreReadAsOne(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let first = try write(url, noise(2.5))
            let start = try AudioFile(url)
            let one = try start.read(frames: 0..<start.frames)[0]
            let second = try write(url, noise(1.5, 9))
            let end = try AudioFile(url)
            let two = try end.read(frames: 0..<end.frames)[0]
            try (first + second + first).write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames == 2 * start.frames + end.frames)
            #expect(try file.read(frames: 0..<file.frames)[0] == one + two + one)
            // Over a joint, and back.
            let seam = start.frames
            let around = try file.read(frames: seam - 50..<seam + 50)[0]
            #expect(zip(around, one.suffix(50) + two.prefix(50)).allSatisfy { abs($0 - $1) <= 0.001 })
            #expect(file.notes.count == 1 && file.notes[0].contains("3 sounds"))

            // In its own place, nothing gets shorter.
            let edit = try AudioEdit(of: file, to: url, overwrite: true)
            try edit.replace(from: 1000, with: [[0.1, 0.2]])
            #expect(try edit.finish().frames == file.frames)
            #expect(try AudioFile(url).frames == file.frames)
        }
    }

    /// Whatever place is asked for, and whatever was read before, the samples are those that stand there.
    @Test(arguments: ["x.ogg", "x.opus", "x.flac", "x.mp3"]) func anyPlaceCanBeRead(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            try write(url, noise(2.5))
            let whole = try AudioFile(url).read(frames: 0..<120_000)[0]
            let file = try AudioFile(url)
            for start in [119_000, 500, 110_517, 0, 60_000, 115_000, 118_333, 90_000] {
                let samples = try file.read(frames: start..<start + 300)[0]
                let worst = zip(samples, whole[start...]).map { abs($0 - $1) }.max() ?? 1
                // A lossy decoder that was moved comes near; samples of another place would be far off.
                #expect(worst <= (name == "x.flac" ? 0 : 0.02), "\(start)")
            }
        }
    }

    @Test(arguments: [("x.ogg", "y.ogg"), ("x.flac", "y.flac"), ("x.mp3", "y.mp3")])
    func soundsOfDifferentRatesAreRefused(name: String, other: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let joined = try write(url, noise(1)) + write(folder.appending(path: other), noise(1), rate: 32_000)
            try joined.write(to: url)
            #expect(throws: AudioError.partsDiffer(file: url.path)) { try AudioFile(url) }
        }
    }

    @Test(arguments: ["x.wav", "x.aiff", "x.w64", "x.au", "x.rf64"])
    func filesOfChunksOneAfterTheOtherAreRefused(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let whole = try write(url, noise(0.5))
            try (whole + whole).write(to: url)
            #expect(throws: AudioError.joined(file: url.path, byte: whole.count)) { try AudioFile(url) }
        }
    }

    /// Whatever stands behind a sound of another kind, in all pairs.
    @Test(arguments: [
        "pcm_16.wav", "pcm_16.aiff", "pcm_16.w64", "pcm_16.rf64", "pcm_16.caf", "pcm_16.au", "tagged.flac",
        "vorbis.ogg",
        "opus.opus", "tagged.mp3", "gsm610.wav", "rare.voc", "rare.avr", "rare.nist", "rare.mat5", "rare.16sv",
    ])
    func filesOfTwoKindsOneAfterTheOtherAreRefused(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let whole = try Data(contentsOf: Fixture.url("signal/\(name)"))
            for other in [
                "pcm_16.wav", "pcm_16.rf64", "pcm_16.w64", "pcm_16.aiff", "pcm_16.caf", "pcm_16.au", "tagged.flac",
                "vorbis.ogg", "tagged.mp3", "rare.voc", "rare.avr", "rare.nist", "rare.mat5", "rare.16sv", "rare.sf",
                "rare.paf", "rare.pvf", "dpcm.xi",
            ] {
                let kinds = ["ogg", "opus", "flac", "mp3"].map { end in
                    [name, other].filter { $0.hasSuffix(end) }.count
                }
                // Joined sounds of one of these kinds are read, or differ in the codec.
                if kinds.contains(2) || name == "opus.opus" && other == "vorbis.ogg" { continue }
                // Packets are known as packets, behind what has an end.
                try (whole + Data(contentsOf: Fixture.url("signal/\(other)"))).write(to: url)
                let place = whole.count
                #expect(throws: AudioError.joined(file: url.path, byte: place), "\(other)") { try AudioFile(url) }
            }
        }
    }

    /// A file that was written into a pipe has no end of its own.
    @Test(arguments: ["piped.wav", "piped.au", "g723.au"]) func filesWithoutAnEndOneAfterTheOtherAreRefused(
        name: String
    ) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let whole = try Data(contentsOf: Fixture.url("signal/\(name)"))
            try (whole + whole).write(to: url)
            #expect(throws: AudioError.joined(file: url.path, byte: whole.count)) { try AudioFile(url) }
        }
    }

    /// AU of the other byte order has another name; W64's chunks are filled up to eight bytes, where programs do.
    @Test func whereTheSecondFileBeginsDoesNotMatter() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.au")
            func little(_ value: Int) -> Data { Data([UInt8](little: value, 4)) }
            let samples = Data(repeating: 3, count: 1000)
            let whole =
                Data("dns.".utf8) + little(24) + little(1000) + little(3) + little(8000) + little(1) + samples
            try whole.write(to: url)
            #expect(try AudioFile(url).frames == 500)
            try (whole + whole).write(to: url)
            #expect(throws: AudioError.joined(file: url.path, byte: whole.count)) { try AudioFile(url) }

            let wave = folder.appending(path: "x.w64")
            let sound = try Data(contentsOf: Fixture.url("signal/pcm_16.w64"))
            let file = try FileBytes(FilePath(Fixture.url("signal/pcm_16.w64")), name: "x")
            let end = try #require(ChunkedFile(file)).samples.end
            // One frame less, and its four bytes are not filled up.
            var short = sound.prefix(end - 4)
            let size = try #require(ChunkedFile(file)).samples.offset - 8
            short.replaceSubrange(size..<size + 8, with: [UInt8](little: end - 4 - (size - 16), 8))
            try (short + short).write(to: wave)
            #expect(throws: AudioError.joined(file: wave.path, byte: short.count)) { try AudioFile(wave) }
        }
    }

    /// What is no sound is left out with a note, and tags are nothing to speak of.
    @Test func whatFollowsAFLACFileIsSaid() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.flac")
            let whole = try write(url, noise(1))
            let tag = Data("TAG".utf8) + Data(count: 125)
            try (whole + tag).write(to: url)
            #expect(try AudioFile(url).notes.count == 1)
            #expect(try AudioFile(url).notes.first?.contains("has a tag of MP3") == true)
            for rest in [Data(count: 1000), Data(repeating: 0x41, count: 3)] {
                try (whole + rest).write(to: url)
                let file = try AudioFile(url)
                #expect(file.frames == 48_000)
                #expect(
                    file.notes
                        == ["\(rest.count) bytes after the sound in \(url.path) are none of it and were left out."])
            }
            // ID3v1 before another file.
            let packets = folder.appending(path: "x.mp3")
            let sound = try write(packets, noise(1))
            try (sound + tag + Data(contentsOf: Fixture.url("signal/pcm_16.wav"))).write(to: packets)
            #expect(throws: AudioError.joined(file: packets.path, byte: sound.count + 128)) { try AudioFile(packets) }
        }
    }

    /// FLAC frames beyond what the header counts.
    @Test func aFLACHeaderThatPromisesTooLittleIsNotBelieved() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.flac")
            let samples = noise(2)
            var bytes = try write(url, samples)
            // The number of samples lies in the last 36 bits before the check sum of the sound.
            #expect([UInt8](bytes[22..<26]).bigEndian == 96_000)
            bytes.replaceSubrange(22..<26, with: [UInt8](big: 48_000, 4))
            try bytes.write(to: url)
            #expect(try AudioFile(url).frames == 96_000)
            #expect(try AudioFile(url).read(frames: 90_000..<90_001)[0][0] != 0)
        }
    }

    @Test func aFewSamplesLessThanPromisedAreSaidAndMoreRefused() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.wav")
            let whole = try write(url, noise(1))
            try whole.dropLast(16).write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames == 47_992)
            #expect(
                file.notes == [
                    "The header of \(url.path) promises 8 samples more than there are; what is there was read."
                ])
            // The copy's header is right.
            let target = folder.appending(path: "y.wav")
            let edit = try AudioEdit(of: file, to: target, overwrite: false)
            #expect(try edit.finish().notes == file.notes)
            #expect(try AudioFile(target).notes == [])
            #expect(try AudioFile(target).frames == 47_992)
            try whole.prefix(whole.count / 2).write(to: url)
            #expect(throws: AudioError.self) { try AudioFile(url) }
            #expect(try AudioFile(url, salvage: true).frames == (whole.count / 2 - 44) / 2)
        }
    }

    @Test(arguments: ["x.flac", "x.ogg", "x.opus", "x.mp3"])
    func whatIsLeftIsReadIfAsked(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let whole = try write(url, noise(5))
            try whole.prefix(whole.count * 3 / 5).write(to: url)
            #expect(throws: AudioError.cutShort(file: url.path)) { try AudioFile(url) }
            let file = try AudioFile(url, salvage: true)
            #expect(file.frames > 100_000 && file.frames < 190_000)
            #expect(try file.read(frames: 0..<file.frames)[0].count == file.frames)
        }
    }

    @Test func aRecordingThatWasNeverFinishedIsReadToItsEnd() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.wav")
            var bytes = try write(url, noise(1))
            bytes.replaceSubrange(40..<44, with: [0, 0, 0, 0])
            try bytes.write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames == 48_000)
            #expect(file.notes.first?.contains("was never finished") == true)
        }
    }

    @Test func anEmptyFileWithOtherChunksIsEmpty() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.wav")
            var bytes = try write(url, noise(1)).prefix(44)
            bytes.replaceSubrange(40..<44, with: [0, 0, 0, 0])
            try (bytes + Data("LIST".utf8) + [4, 0, 0, 0] + Data("INFO".utf8)).write(to: url)
            #expect(throws: AudioError.empty(file: url.path)) { try AudioFile(url) }
        }
    }

    @Test func aFormatThatIsSaidTwiceIsAccepted() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.wav")
            let bytes = try write(url, noise(1))
            try (bytes[..<36] + bytes[12..<36] + bytes[36...]).write(to: url)
            #expect(try AudioFile(url).frames == 48_000)
            let target = folder.appending(path: "y.wav")
            _ = try AudioEdit(of: try AudioFile(url), to: target, overwrite: false).finish()
            #expect(try AudioFile(target).frames == 48_000)
        }
    }

    /// A picture before the sound is no part of it, and a constant rate needs no header.
    @Test func anMP3FileWithAPictureAndWithoutALengthIsWhole() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.mp3")
            let bytes = try write(url, noise(3))
            let packet = try #require(bytes[4...].range(of: bytes.prefix(2)))
            var metadata = Metadata()
            metadata.pictures = [
                Metadata.Picture(
                    kind: 3, mediaType: "image/png", description: "", data: [UInt8](repeating: 7, count: 90_000))
            ]
            let tag = ID3Tag.bytes(metadata, rate: 48_000, frames: 0)
            try (tag + bytes[packet.lowerBound...]).write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames >= 144_000 && file.frames < 148_000)
            #expect(try file.read(frames: 0..<file.frames)[0].count == file.frames)
            #expect(file.metadata.pictures == metadata.pictures)
        }
    }

    @Test func aFileThatChangesWhileItIsReadIsRefused() throws {
        try Fixture.withTemporaryFolder { folder in
            for name in ["x.wav", "x.flac"] {
                let url = folder.appending(path: name)
                let bytes = try write(url, noise(1))
                let target = folder.appending(path: "y-" + name)
                let edit = try AudioEdit(of: try AudioFile(url), to: target, overwrite: false)
                let handle = try FileHandle(forWritingTo: url)
                try handle.seekToEnd()
                try handle.write(contentsOf: bytes.prefix(100))
                try handle.close()
                #expect(throws: AudioError.changed(file: url.path)) { try edit.finish() }
                #expect(!FileManager.default.fileExists(atPath: target.path))
            }
        }
    }
}
