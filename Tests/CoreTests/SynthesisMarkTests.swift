import Foundation
import TestSupport
import Testing

@testable import Core

/// What files say about the parts of them that a machine made.
@Suite struct SynthesisMarkTests {
    private let rate = 16_000
    private let first = SynthesisMark(
        parts: [SynthesisMark.Part(seconds: 0.25..<0.5), SynthesisMark.Part(seconds: 0.75..<0.8125)], job: "inpaint",
        program: "Retouch 9", maker: "model default 0123456789ab", request: "aa")
    private let second = SynthesisMark(
        parts: [SynthesisMark.Part(lowest: 4000)], job: "upsample", program: "Retouch 9", maker: "model größer 01",
        request: "bb")

    private static let containers = [
        "x.wav", "x.rf64", "x.w64", "x.aiff", "x.au", "x.caf", "x.flac", "x.ogg", "x.opus", "x.mp3",
    ]

    /// Words, a picture, cues and a sampler's loop, as far as the container holds them.
    private func makeSource(_ url: URL, seconds: Int = 1) throws {
        var metadata = Metadata()
        metadata.fields = [
            Metadata.Field(name: "TITLE", text: "Größe"), Metadata.Field(name: "ARTIST", text: "One"),
            Metadata.Field(name: "COMMENT", text: "mine"), Metadata.Field(name: "CATALOGNUMBER", text: "K9"),
        ]
        metadata.pictures = [Metadata.Picture(kind: 3, mediaType: "image/png", description: "cover", data: [1, 2, 3])]
        metadata.cues = [Metadata.Cue(position: 1234, name: "Chapter"), Metadata.Cue(position: 5000, length: 777)]
        let format = try AudioFormat.output(for: url, source: nil, rate: rate, channels: 1)
        let writer = try AudioWriter(
            OutputTarget(url: url, overwrite: true), format: format, frames: seconds * rate, source: nil,
            described: (metadata, rate), layout: nil, isWhole: false)
        try writer.write([(0..<seconds * rate).map { 0.3 * Float(sin(Double($0) / 9)) }])
        _ = try writer.finish()
    }

    private func words(_ metadata: Metadata) -> [String] {
        metadata.fields.filter { $0.name.uppercased() != SynthesisMark.field }
            .map { "\($0.name.uppercased())=\($0.text)" }.sorted()
    }

    private func edit(_ source: URL, to target: URL, _ mark: SynthesisMark, _ encoding: AudioEncoding? = nil) throws {
        let edit = try AudioEdit(of: AudioFile(source), to: target, encoding: encoding, mark: mark, overwrite: true)
        try edit.replace(from: rate / 4, with: [[Float](repeating: 0.05, count: rate / 4)])
        _ = try edit.finish()
    }

    /// Marks gather, and all else that the file says stays.
    @Test(arguments: containers) func marksGatherAndNothingElseGoes(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let source = folder.appending(path: "source-\(name)")
            let (once, twice) = (folder.appending(path: "once-\(name)"), folder.appending(path: "twice-\(name)"))
            try makeSource(source)
            try edit(source, to: once, first)
            try edit(once, to: twice, second)
            let (before, one, two) = (try AudioFile(source), try AudioFile(once), try AudioFile(twice))
            #expect(before.metadata.marks == [])
            #expect(one.metadata.marks == [first.text])
            #expect(two.metadata.marks == [first.text, second.text])
            for file in [one, two] {
                #expect(words(file.metadata) == words(before.metadata))
                #expect(file.metadata.pictures == before.metadata.pictures)
                #expect(file.metadata.cues == before.metadata.cues)
                #expect(file.frames == before.frames && file.format == before.format)
            }
        }
    }

    /// In every container the same samples are written with a mark and without.
    @Test(arguments: containers) func marksChangeNoSample(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let source = folder.appending(path: "source-\(name)")
            try makeSource(source)
            let (marked, plain) = (folder.appending(path: "marked-\(name)"), folder.appending(path: "plain-\(name)"))
            try edit(source, to: marked, first)
            let other = try AudioEdit(of: AudioFile(source), to: plain, overwrite: true)
            try other.replace(from: rate / 4, with: [[Float](repeating: 0.05, count: rate / 4)])
            _ = try other.finish()
            let (a, b) = (try AudioFile(marked), try AudioFile(plain))
            let isSame = try a.read(frames: 0..<a.frames) == b.read(frames: 0..<b.frames)
            #expect(isSame)
        }
    }

    /// From each container into each other one.
    @Test(arguments: containers) func marksGoIntoOtherContainers(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let source = folder.appending(path: "source-\(name)")
            try makeSource(source)
            let marked = folder.appending(path: "marked-\(name)")
            try edit(source, to: marked, first)
            for other in Self.containers where other != "x.opus" {
                let there = folder.appending(path: "there-\(other)")
                try edit(marked, to: there, second)
                let found = try AudioFile(there).metadata
                #expect(found.marks == [first.text, second.text], "\(other)")
                #expect(found.cues.allSatisfy { $0.name != SynthesisMark.cue }, "\(other)")
            }
        }
    }

    /// A new sound says it too.
    @Test(arguments: containers) func aNewSoundIsMarked(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let rate = name == "x.opus" ? 48_000 : rate
            let mark = SynthesisMark(parts: [SynthesisMark.Part()], job: "generate", maker: "model m", request: "cc")
            let sink = try FileDestination(url).marked { mark }.new(
                rate: rate, channels: 1, frames: rate, from: nil, encoding: nil)
            try sink.write([[Float](repeating: 0.1, count: rate)])
            _ = try sink.finish()
            #expect(try AudioFile(url).metadata.marks == [mark.text])
            let plain = folder.appending(path: "plain-\(name)")
            let unmarked = try FileDestination(plain, isMarked: false).marked {
                Issue.record("a mark was asked for")
                return mark
            }.new(rate: rate, channels: 1, frames: rate, from: nil, encoding: nil)
            try unmarked.write([[Float](repeating: 0.1, count: rate)])
            _ = try unmarked.finish()
            #expect(try AudioFile(plain).metadata.marks == [])
        }
    }

    private func chunk(_ id: String, _ content: [UInt8]) -> [UInt8] {
        Array(id.utf8) + [UInt8](little: content.count, 4) + content + (content.count % 2 == 1 ? [0] : [])
    }

    /// A broadcast file with words, cues and a chunk that nobody knows, some of it behind the samples.
    private func broadcastFile() -> Data {
        let samples = (0..<rate).flatMap { [UInt8](little: $0 % 200, 2) }
        let format: [UInt8] = [1, 0, 1, 0] + [UInt8](little: rate, 4) + [UInt8](little: 2 * rate, 4) + [2, 0, 16, 0]
        let history = [UInt8](repeating: 7, count: 602) + Array("A=ANALOGUE,T=tape\r\n".utf8) + [0, 0, 0]
        let cue: [UInt8] =
            [1, 0, 0, 0, 1, 0, 0, 0, 100, 0, 0, 0] + "data".utf8 + [0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0]
        var body = Array("WAVE".utf8) + chunk("bext", history) + chunk("fmt ", format)
        body += chunk("LIST", Array("INFO".utf8) + chunk("IART", Array("me\0".utf8))) + chunk("odd ", [1, 2, 3])
        body += chunk("data", samples) + chunk("cue ", cue)
        body += chunk("LIST", Array("adtl".utf8) + chunk("labl", [1, 0, 0, 0] + "mine\0".utf8))
        body += chunk("more", [9, 9, 9, 9, 9])
        return Data(Array("RIFF".utf8) + [UInt8](little: body.count, 4) + body)
    }

    /// The history, the words and the regions of a broadcast file: every chunk is what it was, or that with something after it.
    @Test func aBroadcastFileSaysItInItsHistoryAndRegions() throws {
        try Fixture.withTemporaryFolder { folder in
            let (source, target) = (folder.appending(path: "a.wav"), folder.appending(path: "b.wav"))
            try broadcastFile().write(to: source)
            try edit(source, to: target, first)
            let (before, after) = (try AudioFile(source), try AudioFile(target))
            let (old, new) = (try #require(ChunkedFile(before.bytes)), try #require(ChunkedFile(after.bytes)))
            #expect(new.chunks.map(\.id) == old.chunks.map(\.id))
            for (a, b) in zip(old.chunks, new.chunks) {
                var content = before.bytes.read(a.range.count, at: a.range.lowerBound)
                let grown = after.bytes.read(b.range.count, at: b.range.lowerBound)
                if a.id == "bext" { while content.last == 0 { content.removeLast() } }
                // The number of cues is another.
                let skipped = a.id == "cue " ? 4 : 0
                let isThere = grown.dropFirst(skipped).starts(with: content.dropFirst(skipped))
                #expect(isThere, "\(a.id)")
            }
            let history = after.bytes.read(400, at: new.chunks[0].range.lowerBound + 602).latin1
            #expect(
                history.hasPrefix(
                    "A=ANALOGUE,T=tape\r\nA=PCM,F=16000,W=16,M=mono,T=Retouch 9; inpaint; machine-made: 0.25-0.5 s; 0.75-0.8125 s\r\n"
                ))
            let size = after.bytes.read(4, at: 4).littleEndian
            #expect(Int(size) + 8 == after.bytes.size)
            #expect(after.metadata.cues == before.metadata.cues)
            // Other programs find the regions beside the user's own.
            let cues = try #require(new.content("cue ", of: after.bytes))
            #expect(cues.integer(at: 0, bigEndian: false) == 3)
            let places = stride(from: 4, to: cues.count, by: 24).map { cues.integer(at: $0 + 20, bigEndian: false) }
            #expect(places == [100, 4000, 12_000])
            let ids = stride(from: 4, to: cues.count, by: 24).map { cues.integer(at: $0, bigEndian: false) }
            #expect(Set(ids).count == 3)
            // The samples outside are the same bytes, at their new place.
            let (from, to) = (old.samples, new.samples)
            let isSame = before.bytes.read(rate / 2, at: from.offset) == after.bytes.read(rate / 2, at: to.offset)
            #expect(from.foundBytes == to.foundBytes && isSame)
        }
    }

    /// A WAV file that counts to its very end has no room for more.
    @Test func whereThereIsNoRoomThatIsSaid() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = folder.appending(path: "a.wav")
            var bytes = [UInt8](broadcastFile())
            bytes.replaceSubrange(4..<8, with: [0xF0, 0xFF, 0xFF, 0xFF])
            try Data(bytes).write(to: source)
            let file = try AudioFile(source)
            let edit = try AudioEdit(of: file, to: folder.appending(path: "b.wav"), mark: first, overwrite: false)
            let notes = try edit.finish().notes
            #expect(notes.contains { $0.hasPrefix("There is no room left in ") })
            #expect(try AudioFile(folder.appending(path: "b.wav")).metadata.marks == [])
        }
    }

    /// Tags of all versions of ID3, with and without what they may have at their ends, keep all that they have.
    @Test(arguments: [
        [2, 0], [3, 0], [4, 0], [3, 0x80], [4, 0x10],
    ]) func anMP3TagOfAnyVersionGetsIt(kind: [Int]) throws {
        let (version, flags) = (UInt8(kind[0]), UInt8(kind[1]))
        func safe(_ value: Int) -> [UInt8] { (0..<4).map { UInt8(value >> (21 - 7 * $0) & 0x7F) } }
        let title: [UInt8] = [0] + Array("Title".utf8)
        let frame: [UInt8] =
            version == 2
            ? Array("TT2".utf8) + [UInt8](big: title.count, 3) + title
            : Array("TIT2".utf8) + [UInt8](big: title.count, 4) + [0, 0] + title
        let body = frame + [UInt8](repeating: 0, count: 30)
        let head = { (name: String) in Array(name.utf8) + [version, 0, flags] + safe(body.count) }
        let tag = head("ID3") + body + (flags & 0x10 != 0 ? head("3DI") : [])
        let once = try #require(ID3Tag.marked(tag + [0xFF, 0xFB], first, after: 0))
        let twice = try #require(ID3Tag.marked(once, second, after: 1))
        #expect(twice.suffix(2) == [0xFF, 0xFB])
        #expect(ID3Tag.length(twice) == twice.count - 2)
        let read = ID3Tag.read(twice, rate: rate)
        #expect(read["TITLE"] == "Title")
        #expect(Set(read.marks) == [first.text, second.text])
    }
}
