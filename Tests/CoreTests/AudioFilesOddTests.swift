import Foundation
import TestSupport
import Testing

@testable import Core

/// Files as other programs write them against the rules, or at their edge.
@Suite struct AudioFilesOddTests {
    private let mark = SynthesisMark(
        parts: [SynthesisMark.Part(seconds: 0.01..<0.02)], job: "inpaint", program: "Retouch 9", maker: "m",
        request: "aa")

    private func bytes(_ path: String) throws -> Data { try Data(contentsOf: Fixture.url("signal/\(path)")) }

    /// Gives a copy of a sound of which some bytes are 0.
    private func withZeros(at place: Range<Int>, of name: String, _ body: (URL) throws -> Void) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            var data = try bytes(name)
            data.resetBytes(in: place)
            try data.write(to: url)
            try body(url)
        }
    }

    private func samples(_ file: AudioFile) throws -> [[Float]] { try file.read(frames: 0..<file.frames) }

    /// Edits a few samples and gives the report; the others have to come back as they were, and no more of them.
    @discardableResult private func edit(_ source: URL, to target: URL, _ encoding: AudioEncoding? = nil) throws
        -> AudioWriteReport
    {
        let file = try AudioFile(source)
        let before = try samples(file)
        let edit = try AudioEdit(of: file, to: target, encoding: encoding, mark: mark, overwrite: true)
        try edit.replace(from: 100, with: before.map { Array($0[100..<110]) })
        let report = try edit.finish()
        let after = try samples(AudioFile(target))
        let isSame = after == before
        #expect(isSame, "\(source.lastPathComponent): \(after[0].count) frames of \(before[0].count)")
        return report
    }

    /// As a program that knows nothing of ours reads it.
    private func framesOfLibrary(_ url: URL) throws -> Int {
        let file = try FileBytes(FilePath(url), name: url.lastPathComponent)
        return try SoundHandle(reading: VirtualFile(file, 0..<file.size)).frames
    }

    /// Samples that go on to the file's end, as a program says that writes into a pipe: what is said after them is none.
    @Test(arguments: ["pcm_16.wav", "pcm_16.caf"]) func whatFollowsSamplesWithoutAnEndIsNone(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            var data = try bytes(name)
            let isCAF = name.hasSuffix("caf")
            let place = try #require(data.range(of: Data("data".utf8))).upperBound
            let size = isCAF ? 8 : 4
            let count = Int(data[place..<place + size].reduce(UInt64(0)) { isCAF ? $0 << 8 | UInt64($1) : $0 })
            // Nothing after the samples.
            let end = isCAF ? place + 8 + count : place + 4 + 2 * 2 * SoundFixture.frames
            data = data[..<min(end, data.count)]
            data.replaceSubrange(place..<place + size, with: [UInt8](repeating: 0xFF, count: size))
            let (source, target) = (folder.appending(path: name), folder.appending(path: "marked-\(name)"))
            try data.write(to: source)
            try edit(source, to: target)
            #expect(try framesOfLibrary(target) == AudioFile(source).frames)
            #expect(try AudioFile(target).metadata.marks == [mark.text])
        }
    }

    /// libsndfile, and what is made with it, takes what follows the samples of W64 for samples.
    @Test func theMarkOfW64StandsBeforeItsSamples() throws {
        try Fixture.withTemporaryFolder { folder in
            let target = folder.appending(path: "x.w64")
            try edit(Fixture.url("signal/pcm_16.w64"), to: target)
            #expect(try framesOfLibrary(target) == SoundFixture.frames)
            #expect(try AudioFile(target).metadata.marks == [mark.text])
        }
    }

    /// RIFX has all numbers the other way round, those of a mark and its places too.
    @Test func bigEndianFilesAreMarkedInTheirOwnOrder() throws {
        try Fixture.withTemporaryFolder { folder in
            let (once, twice) = (folder.appending(path: "once.wav"), folder.appending(path: "twice.wav"))
            try edit(Fixture.url("signal/big-endian.wav"), to: once)
            try edit(once, to: twice)
            let file = try AudioFile(twice)
            #expect(file.metadata.marks == [mark.text, mark.text])
            let chunks = try #require(ChunkedFile(file.bytes))
            #expect(chunks.kind == .riff(bigEndian: true))
            let points = try #require(chunks.content("cue ", of: file.bytes))
            #expect(points.integer(at: 0, bigEndian: true) == 2 && points.count == 4 + 2 * 24)
            for chunk in chunks.chunks where chunk.id == "LIST" {
                let list = file.bytes.read(chunk.range.count, at: chunk.range.lowerBound)
                let size = try #require(list.integer(at: 8, bigEndian: true))
                #expect(size > 0 && size < list.count)
            }
        }
    }

    /// Old taggers put ID3 before the head of any file; a decoder that passes over it loses as many bytes at the end.
    @Test(arguments: ["pcm_16.wav", "pcm_16.aiff", "tagged.flac", "vorbis.ogg", "float.w64"])
    func aTagBeforeTheHeadTakesNothingFromTheSound(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            var words = Metadata()
            words.add("MOOD", "calm")
            let tag = ID3Tag.bytes(words, rate: 16_000, frames: SoundFixture.frames)
            let (source, target) = (folder.appending(path: name), folder.appending(path: "marked-\(name)"))
            try (Data(tag) + bytes(name)).write(to: source)
            let (plain, tagged) = (try AudioFile(Fixture.url("signal/\(name)")), try AudioFile(source))
            let isSame = try samples(tagged) == samples(plain)
            #expect(isSame && tagged.frames == plain.frames)
            #expect(tagged.metadata["MOOD"] == "calm" && tagged.notes.contains { $0.contains("tag of MP3") })
            if !name.hasSuffix("ogg") { try edit(source, to: target) }
            if !name.hasSuffix("ogg") { #expect(try AudioFile(target).metadata["MOOD"] == "calm") }
        }
    }

    @Test func theOldTagAfterAFLACFileIsRead() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.flac")
            let tag = Data("TAGSong".utf8) + Data(count: 121)
            try (bytes("pcm_24.flac") + tag).write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames == SoundFixture.frames && file.metadata["TITLE"] == "Song")
        }
    }

    /// A packet that something was written over, or into: the sound goes on, and the file is said to be damaged.
    @Test func whatIsNoPacketAmongPacketsIsSaid() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.mp3")
            let whole = try bytes("tagged.mp3")
            #expect(try AudioFile(Fixture.url("signal/tagged.mp3")).notes == [])
            let middle = whole.count * 3 / 4
            try (whole[..<middle] + Data(count: 700) + whole[middle...]).write(to: url)
            #expect(try AudioFile(url).notes.contains { $0.contains("damaged") })
        }
    }

    /// What is put after a whole Ogg stream is no sign that it is cut; a stream whose beginning is lost is lost.
    @Test func whatFollowsAWholeOggStreamIsSaid() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.ogg")
            let stream = try bytes("vorbis.ogg")
            let frames = try AudioFile(Fixture.url("signal/vorbis.ogg")).frames
            try (stream + Data(count: 500)).write(to: url)
            let one = try AudioFile(url)
            #expect(one.frames == frames && one.notes.contains { $0.contains("500 bytes after") })
            try (stream + Data(count: 500) + stream).write(to: url)
            #expect(try AudioFile(url).frames == 2 * frames)
            var damaged = stream
            damaged[3] = 0
            try (stream + damaged).write(to: url)
            #expect(throws: AudioError.cutShort(file: url.relativePath)) { try AudioFile(url) }
            #expect(try AudioFile(url, salvage: true).frames == frames)
        }
    }

    @Test func bytesAfterAFileAreNamedWhereTheyDoNotStay() throws {
        try Fixture.withTemporaryFolder { folder in
            let (source, target) = (folder.appending(path: "x.wav"), folder.appending(path: "y.wav"))
            try (bytes("pcm_16.wav") + Data(count: 128)).write(to: source)
            #expect(try edit(source, to: target, .pcm24).dropped.contains { $0.contains("128 bytes after") })
        }
    }

    /// A header that promises a piece of a block names bytes: nobody knows how many samples they would be.
    @Test func whatIsMissingOfABlockIsCountedInBytes() throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.wav")
            let data = try bytes("ima_adpcm.wav")
            let place = try #require(data.range(of: Data("data".utf8))).upperBound
            // Many blocks, so that the last one is little of the whole.
            let blocks = (0..<40).flatMap { _ in Array(data[(place + 4)..<(place + 4 + 512)]) }
            try (data[..<place] + Data([UInt8](little: blocks.count, 4)) + Data(blocks.dropLast(20))).write(to: url)
            let file = try AudioFile(url)
            #expect(file.notes.contains { $0.contains("promises 20 bytes more") })
        }
    }

    @Test func aRateOfNothingIsSaid() throws {
        try withZeros(at: 24..<28, of: "pcm_16.wav") { url in
            let error = #expect(throws: AudioError.self) { try AudioFile(url) }
            #expect(error?.description.contains("its header names no rate") == true)
        }
    }

    /// Numbers beyond any sound's are no reason to end.
    @Test func placesBeyondAnySoundAreHarmless() {
        let chapter = Array("CHAPTER001=999999999:00:00".utf8)
        let comments = [UInt8](little: 0, 4) + [UInt8](little: 1, 4) + [UInt8](little: chapter.count, 4) + chapter
        #expect(VorbisComment.read(comments, rate: Int(Int32.max)).cues.isEmpty)

        var metadata = Metadata()
        metadata.family = .riff
        let time = [UInt8](repeating: 0, count: 338) + [UInt8](little: 1 << 59, 8) + [UInt8](repeating: 0, count: 300)
        metadata.blocks = [Metadata.Block(id: "bext", content: time)]
        metadata.cues = [Metadata.Cue(position: 0xFFFF_FFFF)]
        let format = AudioFormat(container: .wav, encoding: .pcm16, rate: 192_000, channels: 1)
        let target = TargetMetadata(metadata, rate: 1000, for: format, frames: 1, isWhole: true)
        #expect(target.chunks[0].content.integer(at: 338, bytes: 8, bigEndian: false) == nil)
    }

    @Test func aRateTooFarAwayNamesItsSound() throws {
        let sound = Waveform(channels: [[0, 0, 0]], rate: 7)
        let error = #expect(throws: AudioError.self) {
            try AudioError.naming([sound]) { _ = try Resampler(from: 7, to: 48_000) }
        }
        #expect(error?.description.hasPrefix("the sound: a rate of 7 Hz cannot be brought to 48000 Hz") == true)
    }

    /// Said before anything is made, and not by the encoder.
    @Test func whatVorbisCannotHoldIsSaid() {
        for (rate, channels, words) in [(48_000, 256, "at most 255 channels"), (384_000, 1, "up to 200000 Hz")] {
            let error = #expect(throws: AudioError.self) {
                try AudioFormat.output(
                    for: URL(filePath: "x.ogg"), source: nil, rate: rate, channels: channels)
            }
            #expect(error?.description.contains(words) == true)
        }
    }

    /// WAV and AIFF count places in 32 bits: one beyond them is named, and not put elsewhere.
    @Test(arguments: [AudioContainer.rf64, .aiff]) func cuesBeyondTheirNumbersAreNamed(container: AudioContainer) {
        var metadata = Metadata()
        metadata.cues = [Metadata.Cue(position: 5), Metadata.Cue(position: 1 << 33)]
        let format = AudioFormat(container: container, encoding: .pcm16, rate: 1000, channels: 1)
        let target = TargetMetadata(metadata, rate: 1000, for: format, frames: 1, isWhole: false)
        #expect(target.dropped == ["1 cue beyond 32 bits"])
        #expect(target.chunks.count == 1)
    }

    @Test func anAUFileWhoseSamplesBeginInItsHeadIsRefused() throws {
        try withZeros(at: 4..<8, of: "pcm_16.au") { url in
            if let file = try? AudioFile(url) { #expect(file.samples == nil) }
        }
    }
}
