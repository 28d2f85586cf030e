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

    /// 8000 Hz, mono, 16 bits: a header that counts `count` bytes, and what follows it.
    private func plain(_ name: String, counting count: Int, _ rest: Data) -> Data {
        func big(_ value: Int, _ count: Int = 4) -> Data { Data([UInt8](big: value, count)) }
        switch name {
        case "x.wav":
            let format = little(1, 2) + little(1, 2) + little(8000) + little(16_000) + little(2, 2) + little(16, 2)
            let body = Data("WAVE".utf8) + chunk("fmt ", format) + Data("data".utf8) + little(count) + rest
            return Data("RIFF".utf8) + little(body.count) + body
        case "x.w64":
            func name(_ id: String) -> Data {
                let rest = id == "riff" ? ChunkedFile.wave64Names.forms : ChunkedFile.wave64Names.rest
                return Data(id.utf8) + Data(rest)
            }
            let format = little(1, 2) + little(1, 2) + little(8000) + little(16_000) + little(2, 2) + little(16, 2)
            let body =
                name("wave") + name("fmt ") + little(24 + 16, 8) + format + name("data") + little(24 + count, 8) + rest
            return name("riff") + little(24 + body.count, 8) + body
        case "x.au": return Data(".snd".utf8) + big(24) + big(count) + big(3) + big(8000) + big(1) + rest
        default:
            let rate = Data([UInt8](big: Int(8000.0.bitPattern), 8))
            let format = rate + Data("lpcm".utf8) + big(0) + big(2) + big(1) + big(1) + big(16)
            return Data("caff".utf8) + big(1, 2) + big(0, 2) + Data("desc".utf8) + big(32, 8) + format
                + Data("data".utf8) + big(count + 4, 8) + big(0) + rest
        }
    }

    /// A recording that was not ended properly: its header counts half of its samples.
    @Test(arguments: ["x.wav", "x.w64", "x.au", "x.caf"])
    func samplesThatTheHeaderDoesNotCountAreRefusedOrRead(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            // Bytes above 0x7F, of which no chunk's name is made.
            let sound = Data((0..<40_000).map { UInt8(0x80 + $0 * $0 % 113) })
            try plain(name, counting: 20_000, sound).write(to: url)
            #expect(throws: AudioError.uncounted(file: url.path, bytes: 20_000)) { try AudioFile(url) }
            let file = try AudioFile(url, salvage: true)
            #expect(file.frames == 20_000 && file.notes.count == 1, "\(file.notes)")
            let whole = folder.appending(path: "whole-" + name)
            try plain(name, counting: 40_000, sound).write(to: whole)
            let isSame = try file.read(frames: 0..<20_000)[0] == samples(whole)
            #expect(isSame)
            // What is filled up, and what is little, is no sound.
            for rest in [Data(count: 20_000), Data(repeating: 0xFF, count: 20_000), sound[30_000..<34_000]] {
                try plain(name, counting: 20_000, sound[..<20_000] + rest).write(to: url)
                #expect(try AudioFile(url).frames == 10_000)
            }
        }
    }

    /// AIFF counts its frames beside its bytes.
    @Test func framesThatAnAIFFPromisesAreThere() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.aiff")
            var whole = try bytes("pcm_16.aiff")
            let common = try #require(whole.firstRange(of: Data("COMM".utf8))).upperBound
            let frames = SoundFixture.frames
            whole.replaceSubrange(common + 6..<common + 10, with: [UInt8](big: 3 * frames, 4))
            try whole.write(to: url)
            #expect { try AudioFile(url) } throws: { "\($0)".contains("is truncated: its header promises") }
            #expect(try AudioFile(url, salvage: true).frames == frames)
            whole.replaceSubrange(common + 6..<common + 10, with: [UInt8](big: frames + 5, 4))
            try whole.write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames == frames && file.notes.count == 1, "\(file.notes)")
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

    /// Of what a header promises only what is there takes time.
    @Test func aTableThatPromisesMoreThanTheFileHasIsReadAtOnce() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.rf64")
            let sizes = little(0, 8) + little(2400, 8) + little(600, 8) + little(0x7FFF_FFFF)
            let rest = try bytes("pcm_16.wav")[12...]
            let body = Data("WAVEds64".utf8) + little(0xFFFF_FFF0) + sizes + rest
            try (Data("RF64".utf8) + little(0xFFFF_FFFF) + body).write(to: url)
            let clock = ContinuousClock()
            let duration = clock.measure { #expect(throws: AudioError.self) { try AudioFile(url) } }
            // Each entry that the header promises took a while; half a minute in all.
            #expect(duration < .seconds(2))
        }
    }

    /// A detector of beats may leave very many.
    @Test func manyCuesAreReadAndWrittenInTime() throws {
        let count = 40_000
        var metadata = Metadata()
        metadata.cues = (0..<count).map { Metadata.Cue(position: 3 * $0, length: 2, name: "cue \($0)", note: "n") }
        let clock = ContinuousClock()
        let duration = clock.measure {
            let chunks = RIFFMetadata.chunks(metadata, rate: 8000, frames: 3 * count, ratio: 1, isWhole: false)
            let read = RIFFMetadata.read(chunks, bigEndian: false, rate: 8000).cues
            let isSame = read == metadata.cues
            #expect(isSame)
            let marks = AIFFMetadata.chunks(metadata, rate: 8000, frames: 3 * count, ratio: 1).chunks
            let marked = AIFFMetadata.read(marks, rate: 8000).cues
            let isNear =
                marked.map(\.note) == metadata.cues.map(\.note) && marked.map(\.name) == metadata.cues.map(\.name)
            #expect(isNear)
            let tag = ID3Tag.bytes(metadata, rate: 8000, frames: 3 * count)
            #expect(ID3Tag.read(tag, rate: 8000).cues.count == count)
        }
        // Each was sought among all others: a minute and more.
        #expect(duration < .seconds(8))
    }

    /// Samples beyond the file's end.
    @Test(arguments: [0xFFFF_FFFF, 24_000_000]) func anAUFileWhoseSamplesLieNowhereIsRefused(offset: Int) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.au")
            var sound = try bytes("pcm_16.au")
            sound.replaceSubrange(4..<8, with: [UInt8](big: offset, 4))
            for size in [0xFFFF_FFFF, 0, 1200] {
                sound.replaceSubrange(8..<12, with: [UInt8](big: size, 4))
                try sound.write(to: url)
                #expect(throws: AudioError.self) { try AudioFile(url) }
                #expect(throws: AudioError.self) { try AudioFile(url, salvage: true) }
            }
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

    static let rare = ["nist", "avr", "mpc", "16sv", "mat4", "mat5", "sds", "voc", "wve", "htk"]

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

    /// Their headers name no count: another one among the samples is all that tells.
    @Test(arguments: ["sf", "paf", "pvf", "xi"]) func aSecondHeaderIsNoSound(kind: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let (name, url) = (kind == "xi" ? "dpcm.xi" : "rare.\(kind)", folder.appending(path: "x.\(kind)"))
            let whole = try bytes(name)
            #expect(try AudioFile(Fixture.url("signal/\(name)")).frames == SoundFixture.frames)
            for (between, other) in [(0, name), (7, name), (0, "pcm_16.wav"), (1, "pcm_16.aiff"), (0, "vorbis.ogg")] {
                try (whole + Data(count: between) + bytes(other)).write(to: url)
                #expect(throws: AudioError.joined(file: url.path, byte: whole.count + between), "\(other)") {
                    try AudioFile(url)
                }
            }
            // Of another rate, too; a name alone is sound.
            if kind == "sf" || kind == "paf" {
                var second = whole
                second.replaceSubrange(
                    kind == "sf" ? 4..<8 : 12..<16, with: kind == "sf" ? [0, 0, 0x7A, 0x45] : [0, 0, 15, 160])
                if second[0] == 0x66 { second.replaceSubrange(12..<16, with: [160, 15, 0, 0]) }
                try (whole + second).write(to: url)
                #expect(throws: AudioError.joined(file: url.path, byte: whole.count)) { try AudioFile(url) }
            }
            try (whole + whole.prefix(4) + Data(repeating: 0xFF, count: 400)).write(to: url)
            #expect(try AudioFile(url).frames > SoundFixture.frames)
        }
    }

    /// FastTracker's instruments may have several samples, each of its own pitch.
    @Test func anInstrumentOfSeveralSamplesIsRefused() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.xi")
            let whole = try bytes("dpcm.xi")
            var counted = whole
            counted.replaceSubrange(298..<302, with: little(1200))
            try (counted + Data(count: 9)).write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames == SoundFixture.frames)
            #expect(file.notes == ["9 bytes after the sound in \(url.path) are none of it and were left out."])
            try (counted + counted).write(to: url)
            #expect(throws: AudioError.joined(file: url.path, byte: whole.count)) { try AudioFile(url) }
            try counted.prefix(900).write(to: url)
            #expect(throws: AudioError.cutShort(file: url.path)) { try AudioFile(url) }
            let head = counted[298..<338]
            try (counted[..<296] + [2, 0] + head + head + counted[338...] + counted[338...]).write(to: url)
            #expect(throws: AudioError.inPieces(file: url.path, byte: 378 + 1200)) { try AudioFile(url) }
        }
    }

    /// Numbers in words of another size; what ffmpeg makes of them is noise.
    @Test func samplesThatLieOddlyInCAFAreNamed() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.caf")
            func chunk(_ id: String, _ content: Data) -> Data {
                Data(id.utf8) + Data([UInt8](big: content.count, 8)) + content
            }
            for (bits, bytes, found) in [(24, 8, "24 bits in 4 bytes each"), (20, 6, "20 bits in 3 bytes each")] {
                let format =
                    Data([UInt8](big: (8000.0).bitPattern, 8)) + Data("lpcm".utf8) + Data([UInt8](big: 0, 4))
                    + Data([UInt8](big: bytes, 4)) + Data([UInt8](big: 1, 4)) + Data([UInt8](big: 2, 4))
                    + Data([UInt8](big: bits, 4))
                try
                    (Data("caff".utf8) + [0, 1, 0, 0] + chunk("desc", format) + chunk("data", Data(count: 4 + 24 * 100)))
                    .write(to: url)
                #expect(throws: AudioError.unusualSamples(file: url.path, found: found)) { try AudioFile(url) }
            }
            let message = AudioError.unusualSamples(file: "x.caf", found: "24 bits in 4 bytes each").description
            #expect(message.contains("24 bits in 4 bytes each") && message.contains("save it with"))
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

    /// SoX counts the head of a block as four bytes, which is twelve: its files seem to end eight bytes too soon.
    @Test func theEndOfABlockThatSoXWroteIsThere() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.voc")
            var whole = try bytes("rare.voc")
            #expect(whole[26] == 9)
            let size = Int(whole[27..<30].littleEndian)
            whole.replaceSubrange(27..<30, with: little(size - 8, 3))
            try whole.write(to: url)
            let isSame = try samples(url) == samples(Fixture.url("signal/rare.voc"))
            #expect(isSame)
            #expect(try AudioFile(url).notes == [])
            for other in try [whole, bytes("pcm_16.wav"), bytes("tagged.flac")] {
                try (whole + other).write(to: url)
                #expect(throws: AudioError.joined(file: url.path, byte: whole.count)) { try AudioFile(url) }
            }
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
