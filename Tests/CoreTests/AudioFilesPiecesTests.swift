import Foundation
import TestSupport
import Testing

@testable import Core

/// Files whose samples go on where libsndfile stops, or stop where it goes on.
@Suite struct AudioFilesPiecesTests {
    private func bytes(_ name: String) throws -> Data { try Data(contentsOf: Fixture.url("signal/\(name)")) }

    private func little(_ value: Int, _ count: Int = 4) -> Data { Data([UInt8](little: value, count)) }

    private func chunk(_ id: String, _ content: Data) -> Data {
        Data(id.utf8) + little(content.count) + content + Data(count: content.count % 2)
    }

    /// As a program that knows nothing of ours reads it.
    private func framesOfLibrary(_ url: URL) throws -> Int {
        let file = try FileBytes(FilePath(url), name: url.lastPathComponent)
        return try SoundHandle(reading: VirtualFile(file, 0..<file.size)).frames
    }

    private func samples(_ url: URL) throws -> [Float] {
        let file = try AudioFile(url)
        return try file.read(frames: 0..<file.frames)[0]
    }

    // MARK: Chunks

    /// Programs do not agree whether a second chunk of samples counts: it is refused, and never left out.
    @Test(arguments: ["pcm_16.wav", "pcm_16.rf64", "pcm_16.w64", "pcm_16.aiff", "pcm_16.caf"])
    func aSecondChunkOfSamplesIsRefused(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let whole = try bytes(name)
            let file = try FileBytes(FilePath(Fixture.url("signal/\(name)")), name: name)
            let chunks = try #require(ChunkedFile(file))
            let head = [.w64: 24, .aiff: 16, .caf: 16][chunks.container] ?? 8
            let second = whole[chunks.samples.offset - head..<chunks.samples.end]
            try (whole + second).write(to: url)
            #expect(throws: AudioError.inPieces(file: url.path, byte: whole.count)) { try AudioFile(url) }
            #expect(throws: AudioError.inPieces(file: url.path, byte: whole.count)) {
                try AudioFile(url, salvage: true)
            }
        }
    }

    @Test func aSecondChunkWithoutSamplesIsNone() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.wav")
            try (bytes("pcm_16.wav") + chunk("data", Data())).write(to: url)
            #expect(try AudioFile(url).frames == SoundFixture.frames)
            let message = AudioError.inPieces(file: "x.wav", byte: 7).description
            #expect(message.contains("byte 7") && message.contains("save it as one piece"))
        }
    }

    /// WAV's list of pieces of sound and of silence.
    @Test func aListOfPiecesIsNamed() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.wav")
            let whole = try bytes("pcm_16.wav")
            let list = Data("wavl".utf8) + whole[36...] + chunk("slnt", little(1000)) + whole[36...]
            let body = Data("WAVE".utf8) + whole[12..<36] + chunk("LIST", list)
            try (Data("RIFF".utf8) + little(body.count) + body).write(to: url)
            #expect(throws: AudioError.inPieces(file: url.path, byte: 36)) { try AudioFile(url) }
        }
    }

    /// The sizes of chunks beyond 32 bits, in the table that RF64 has for them.
    @Test func theTableOfLongChunksIsRead() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.rf64")
            let sound = try bytes("pcm_16.wav")[44...].prefix(2400)
            let words = Data("INFOINAM".utf8) + little(4) + Data("abc\0".utf8)
            let sizes = little(0, 8) + little(2400, 8) + little(600, 8) + little(1) + Data("LIST".utf8) + little(16, 8)
            let body =
                try Data("WAVE".utf8) + chunk("ds64", sizes) + bytes("pcm_16.wav")[12..<36] + Data("LIST".utf8)
                + little(0xFFFF_FFFF) + words + Data("data".utf8) + little(0xFFFF_FFFF) + sound
            try (Data("RF64".utf8) + little(0xFFFF_FFFF) + body).write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames == SoundFixture.frames && file.tags[.title] == "abc")
            let isSame = try samples(url) == samples(Fixture.url("signal/pcm_16.wav"))
            #expect(isSame)
        }
    }

    /// A size of nothing, from a program that wrote into a pipe.
    @Test func anAUFileThatWasNeverFinishedIsReadToItsEnd() throws {
        try Fixture.withTemporaryFolder { folder in
            let (url, target) = (folder.appending(path: "x.au"), folder.appending(path: "y.au"))
            var sound = try bytes("pcm_16.au")
            sound.resetBytes(in: 8..<12)
            try sound.write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames == SoundFixture.frames && file.notes.contains { $0.contains("never finished") })
            let edit = try AudioEdit(of: file, to: target, overwrite: false)
            _ = try edit.finish()
            let isSame = try samples(target) == samples(Fixture.url("signal/pcm_16.au"))
            #expect(isSame)
            #expect(try framesOfLibrary(target) == SoundFixture.frames)
        }
    }

    /// libsndfile finds no samples in RF64 behind a chunk of an odd size.
    @Test func anRF64FileHasNoOddChunksThatWeMake() throws {
        try Fixture.withTemporaryFolder { folder in
            let (url, target) = (folder.appending(path: "x.wav"), folder.appending(path: "x.rf64"))
            let whole = try bytes("pcm_16.wav")
            let odd =
                chunk("bext", Data(count: 602) + Data("A=PCM".utf8)) + chunk("iXML", Data("<BWFXML/>".utf8))
                + chunk("_PMX", Data("<x/> ".utf8))
            let body = whole[8..<36] + odd + whole[36...]
            try (Data("RIFF".utf8) + little(body.count) + body).write(to: url)
            let edit = try AudioEdit(of: AudioFile(url), to: target, overwrite: false)
            _ = try edit.finish()
            #expect(try framesOfLibrary(target) == SoundFixture.frames)
            let written = try Data(contentsOf: target)
            for words in ["A=PCM", "<BWFXML/>", "<x/> "] { #expect(written.range(of: Data(words.utf8)) != nil) }
        }
    }

    // MARK: Rarer formats

    static let rare = ["nist", "avr", "mpc", "16sv", "mat4", "mat5", "sds", "voc", "wve"]

    @Test(arguments: rare) func aRareFormatIsReadUpToWhereItsHeaderSays(kind: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let (name, url) = ("rare.\(kind)", folder.appending(path: "x.\(kind)"))
            let whole = try bytes(name)
            let sound = try samples(Fixture.url("signal/\(name)"))
            #expect(sound.count == SoundFixture.frames)
            #expect(try AudioFile(Fixture.url("signal/\(name)")).notes == [])

            try whole.prefix(whole.count * 2 / 3).write(to: url)
            #expect(throws: AudioError.cutShort(file: url.path)) { try AudioFile(url) }
            #expect(try AudioFile(url, salvage: true).notes.count == 1)

            try (whole + whole).write(to: url)
            #expect(throws: AudioError.joined(file: url.path, byte: whole.count)) { try AudioFile(url) }

            try (whole + Data(count: 100)).write(to: url)
            let file = try AudioFile(url)
            #expect(file.notes == ["100 bytes after the sound in \(url.path) are none of it and were left out."])
            let isSame = try file.read(frames: 0..<file.frames)[0] == sound
            #expect(isSame)
        }
    }

    /// Creative's files have a block for each stretch; ffmpeg writes many.
    @Test func theBlocksOfVOCAreOneSound() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.voc")
            let whole = try bytes("rare.voc")
            // The head, then a block of a head of 12 bytes and of samples, then an end.
            let (head, block) = (whole[..<26], whole[26..<whole.count - 1])
            func part(_ type: UInt8, _ content: Data) -> Data { [type] + little(content.count, 3) + content }
            let sound = block.dropFirst(16)
            let more = part(2, Data(sound)) + part(5, Data("words\0".utf8)) + part(2, Data(sound.prefix(200)))
            try (head + block + more + [0]).write(to: url)
            let one = try samples(Fixture.url("signal/rare.voc"))
            let isWhole = try samples(url) == one + one + one.prefix(100)
            #expect(isWhole)
            #expect(try AudioFile(url).rate == 8000)

            let silence = part(3, Data([100, 0, 131]))
            try (head + block + silence + block + [0]).write(to: url)
            #expect(throws: AudioError.inPieces(file: url.path, byte: 26 + block.count)) { try AudioFile(url) }
            var other = block
            other[other.startIndex + 4] ^= 1
            try (head + block + other + [0]).write(to: url)
            #expect(throws: AudioError.inPieces(file: url.path, byte: 26 + block.count)) { try AudioFile(url) }
        }
    }

    // MARK: Opus

    /// What lies within the encoder's delay at the end, 6.5 ms.
    @Test(arguments: [
        (48_000, 1, 48_000), (48_100, 2, 48_000), (48_959, 1, 48_000), (16_700, 6, 16_000), (8000, 1, 8000),
    ])
    func theEndOfAnOpusStreamIsThere(frames: Int, channels: Int, rate: Int) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.opus")
            let sound = (0..<channels).map { channel in
                (0..<frames).map {
                    0.3 * Float(sin(2 * Double.pi * Double(50 + 100 * channel) * Double($0) / Double(rate)))
                }
            }
            let format = AudioFormat(container: .ogg, encoding: .opus, rate: rate, channels: channels)
            let writer = try AudioWriter(url, format: format, layout: .usual(channels), overwrite: false)
            try writer.write(sound)
            _ = try writer.finish()
            let file = try AudioFile(url)
            #expect(file.frames == frames)
            let link = try #require(OggLink.all(in: file.bytes).links.first)
            #expect(link.isComplete)
            let end = frames - rate / 50..<frames
            // In the middle it comes back as closely.
            let level = { (range: Range<Int>) throws -> Float in
                let found = try file.read(frames: range)
                return zip(found, sound).flatMap { zip($0, $1[range]).map { abs($0 - $1) } }.max() ?? 0
            }
            let (last, middle) = (try level(end), try level(frames / 2..<frames / 2 + rate / 10))
            #expect(last < 2 * middle + 0.03, "\(last) at the end, \(middle) in the middle")
        }
    }
}
