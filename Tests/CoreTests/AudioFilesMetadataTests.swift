import Foundation
import TestSupport
import Testing

@testable import Core

/// What files say beside their samples arrives in every container that can hold it, and what does not is named.
@Suite struct AudioFilesMetadataTests {
    private let rate = 16_000
    private let picture = Metadata.Picture(
        kind: 3, mediaType: "image/png", description: "cover", measures: [1, 1, 24, 0],
        data: (0..<70_000).map { UInt8(truncatingIfNeeded: $0 * 7) })

    /// More than libsndfile's ten words, some of them twice, in letters beyond ASCII.
    private var rich: Metadata {
        var metadata = Metadata()
        metadata.fields = [
            Metadata.Field(name: "TITLE", text: "Größe"), Metadata.Field(name: "ARTIST", text: "One"),
            Metadata.Field(name: "ARTIST", text: "Two"), Metadata.Field(name: "ALBUMARTIST", text: "日本"),
            Metadata.Field(name: "COMMENT", text: "first"), Metadata.Field(name: "COMMENT", text: "second\nline"),
            Metadata.Field(name: "CATALOGNUMBER", text: "K9"), Metadata.Field(name: "DISCNUMBER", text: "2"),
        ]
        metadata.pictures = [picture]
        metadata.cues = [
            Metadata.Cue(position: 1234, name: "Chapter one"),
            Metadata.Cue(position: 5000, length: 777, name: "Region", note: "a note"),
        ]
        return metadata
    }

    private func write(_ url: URL, _ metadata: Metadata) throws -> AudioWriteReport {
        let format = try AudioFormat.output(for: url, source: nil, rate: rate, channels: 2)
        let writer = try AudioWriter(
            OutputTarget(url: url, overwrite: true), format: format, frames: rate, source: nil,
            described: (metadata, rate / 2), layout: nil, isWhole: false)
        try writer.write([[Float]](repeating: [Float](repeating: 0.1, count: rate), count: 2))
        return try writer.finish()
    }

    /// Fields by name, as their order and letters' case may differ between containers.
    private func words(_ metadata: Metadata) -> [String: [String]] {
        Dictionary(grouping: metadata.fields, by: { $0.name.uppercased() }).mapValues { $0.map(\.text) }
    }

    @Test(arguments: ["x.flac", "x.ogg", "x.opus", "x.wav", "x.rf64", "x.w64", "x.aiff", "x.mp3", "x.caf"])
    func wordsAndPicturesArrive(name: String) throws {
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: name)
            let report = try write(url, rich)
            let read = try AudioFile(url).metadata
            #expect(words(read) == words(rich))
            if name == "x.caf" {
                #expect(report.dropped.contains("pictures"))
            } else {
                #expect(read.pictures.map(\.data) == [picture.data])
                #expect(read.pictures.first?.description == "cover")
            }
            // Twice as many samples a second as the source.
            #expect(read.cues.map(\.name) == ["Chapter one", "Region"])
            let exact = name != "x.mp3"
            #expect(zip(read.cues, [2468, 10_000]).allSatisfy { abs($0.position - $1) <= (exact ? 0 : 8) })
            let keepsLengths = ["x.wav", "x.rf64", "x.w64", "x.mp3"].contains(name)
            #expect(report.dropped.contains("the lengths of cues") == !keepsLengths)
            if exact && keepsLengths { #expect(read.cues.map(\.length) == [0, 1554]) }
            let keepsNotes = ["x.wav", "x.rf64", "x.w64", "x.aiff"].contains(name)
            #expect(report.dropped.contains("the notes of cues") == !keepsNotes)
            if keepsNotes { #expect(read.cues.map(\.note) == ["", "a note"]) }
        }
    }

    /// From one container to the next and back into the first.
    @Test(arguments: ["wav", "flac", "ogg", "opus", "aiff"]) func wordsComeBackThroughOtherContainers(first: String)
        throws
    {
        try Fixture.withTemporaryFolder { folder in
            let start = folder.appending(path: "start.\(first)")
            _ = try write(start, rich)
            for other in ["wav", "flac", "ogg", "aiff", "rf64", "opus", "mp3"] {
                let there = folder.appending(path: "there.\(other)")
                _ = try AudioEdit(of: AudioFile(start), to: there, overwrite: true).finish()
                let back = folder.appending(path: "back.\(first)")
                _ = try AudioEdit(of: AudioFile(there), to: back, overwrite: true).finish()
                #expect(try words(AudioFile(back).metadata) == words(rich), "\(other)")
                #expect(try AudioFile(back).metadata.pictures.map(\.data) == [picture.data], "\(other)")
            }
        }
    }

    private func chunk(_ id: String, _ content: [UInt8]) -> [UInt8] {
        Array(id.utf8) + [UInt8](little: content.count, 4) + content + (content.count % 2 == 1 ? [0] : [])
    }

    private func wav(_ chunks: [UInt8]) -> Data {
        let samples = (0..<8000).flatMap { [UInt8](little: $0 % 200, 2) }
        let format: [UInt8] = [1, 0, 1, 0] + [UInt8](little: 8000, 4) + [UInt8](little: 16_000, 4) + [2, 0, 16, 0]
        let body = Array("WAVE".utf8) + chunk("fmt ", format) + chunks + chunk("data", samples)
        return Data(Array("RIFF".utf8) + [UInt8](little: body.count, 4) + body)
    }

    /// Chunks go as they are, whatever they hold, where only the encoding, the rate or the size of sizes changes.
    @Test(arguments: ["x.wav", "x.rf64", "x.w64"]) func chunksStayAsTheyAre(name: String) throws {
        var history = [UInt8](repeating: 0, count: 602)
        history += Array("A=PCM,F=8000,T=take\r\n".utf8) + [UInt8](repeating: UInt8(ascii: "h"), count: 20_000)
        let info =
            Array("INFO".utf8) + chunk("IART", [0x4D, 0xFC, 0x6C, 0x6C, 0x65, 0x72, 0])
            + chunk("IKEY", Array("words\0".utf8))
        let label =
            Array("adtl".utf8) + chunk("labl", [1, 0, 0, 0] + [UInt8](repeating: UInt8(ascii: "n"), count: 400) + [0])
        let cue: [UInt8] =
            [1, 0, 0, 0, 1, 0, 0, 0, 100, 0, 0, 0] + "data".utf8 + [0, 0, 0, 0, 0, 0, 0, 0, 100, 0, 0, 0]
        let production = Array("<BWFXML>\u{E9}</BWFXML>".utf8)
        let chunks =
            chunk("bext", history) + chunk("iXML", production) + chunk("LIST", info) + chunk("cue ", cue)
            + chunk("LIST", label) + chunk("odd ", [1, 2, 3])
        try Fixture.withTemporaryFolder { folder in
            let source = folder.appending(path: "source.wav")
            try wav(chunks).write(to: source)
            #expect(try AudioFile(source).tags[.artist] == "Müller")
            let target = folder.appending(path: name)
            let edit = try AudioEdit(of: AudioFile(source), to: target, encoding: .pcm24, overwrite: false)
            #expect(try edit.finish().dropped == [])
            let bytes = try Data(contentsOf: target)
            for content in [history, info, cue, label, production, [1, 2, 3]] {
                #expect(bytes.range(of: Data(content)) != nil)
            }
            #expect(try AudioFile(target).metadata.cues == AudioFile(source).metadata.cues)
        }
    }

    @Test func whatAContainerCannotHoldIsNamed() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = folder.appending(path: "source.wav")
            try wav(chunk("bext", [UInt8](repeating: 0, count: 602)) + chunk("iXML", [1]) + chunk("odd ", [1])).write(
                to: source)
            let edit = try AudioEdit(of: AudioFile(source), to: folder.appending(path: "x.flac"), overwrite: false)
            #expect(
                try edit.finish().dropped
                    == ["the broadcast data (bext)", "the production data (iXML)", "the chunk \u{201C}odd\u{201D}"])
        }
    }

    @Test func aLongCueNameMakesASoundAIFF() throws {
        try Fixture.withTemporaryFolder { folder in
            for count in [253, 254, 255, 300] {
                var metadata = Metadata()
                metadata.cues = [Metadata.Cue(position: 10, name: String(repeating: "é", count: count))]
                let url = folder.appending(path: "x.aiff")
                let report = try write(url, metadata)
                #expect(report.dropped.count == 1)
                #expect(try AudioFile(url).metadata.cues[0].name == String(repeating: "é", count: 127))
                metadata.cues[0].name = String(repeating: "x", count: count)
                #expect(try write(url, metadata).dropped.isEmpty == (count <= 255))
                #expect(try AudioFile(url).frames == rate)
                #expect(try AudioFile(url).metadata.cues[0].name == String(repeating: "x", count: min(255, count)))
            }
        }
    }

    @Test func loopsGoBetweenWAVAndAIFF() throws {
        try Fixture.withTemporaryFolder { folder in
            let loops = [Metadata.Loop(first: 100, last: 499, direction: 0)]
            var metadata = Metadata()
            metadata.instrument = Metadata.Instrument(note: 62, loops: loops)
            let (first, second, third) = (
                folder.appending(path: "a.aiff"), folder.appending(path: "b.wav"), folder.appending(path: "c.aiff")
            )
            _ = try write(first, metadata)
            _ = try AudioEdit(of: AudioFile(first), to: second, overwrite: false).finish()
            _ = try AudioEdit(of: AudioFile(second), to: third, overwrite: false).finish()
            for url in [first, second, third] {
                let read = try AudioFile(url).metadata
                #expect(
                    read.instrument
                        == Metadata.Instrument(note: 62, loops: [Metadata.Loop(first: 200, last: 999, direction: 0)]))
                #expect(read.cues == [])
            }
        }
    }

    /// Tags at an MP3 file's end, which libsndfile does not see.
    @Test func tagsAtTheEndOfAnMP3FileAreRead() throws {
        func padded(_ text: String, _ count: Int) -> [UInt8] {
            Array(text.utf8) + [UInt8](repeating: 0, count: count - text.utf8.count)
        }
        let old =
            Array("TAG".utf8) + padded("Old title", 30) + padded("Old artist", 30) + padded("", 30) + padded("1999", 4)
            + padded("words", 30) + [17]
        let item: [UInt8] = [UInt8](little: 7, 4) + [0, 0, 0, 0] + Array("Catalog\0".utf8) + Array("one\0two".utf8)
        func ape(_ flags: UInt32) -> [UInt8] {
            Array("APETAGEX".utf8) + [UInt8](little: 2000, 4) + [UInt8](little: item.count + 32, 4) + [1, 0, 0, 0]
                + [UInt8](little: flags, 4) + [UInt8](repeating: 0, count: 8)
        }
        try Fixture.withTemporaryFolder { folder in
            let url = folder.appending(path: "x.mp3")
            _ = try write(url, Metadata())
            let frames = try AudioFile(url).frames
            let tail = ape(0xA000_0000) + item + ape(0x8000_0000) + old
            try (Data(contentsOf: url) + tail).write(to: url)
            let file = try AudioFile(url)
            #expect(file.frames == frames)
            #expect(
                words(file.metadata)
                    == [
                        "CATALOG": ["one", "two"], "TITLE": ["Old title"], "ARTIST": ["Old artist"], "DATE": ["1999"],
                        "COMMENT": ["words"], "GENRE": ["Rock"],
                    ])
            let copy = folder.appending(path: "y.mp3")
            _ = try AudioEdit(of: file, to: copy, overwrite: false).finish()
            #expect(try Data(contentsOf: copy).suffix(tail.count) == Data(tail))
            let other = folder.appending(path: "z.flac")
            _ = try AudioEdit(of: file, to: other, overwrite: false).finish()
            #expect(try words(AudioFile(other).metadata) == words(file.metadata))
        }
    }

    @Test(arguments: ["x.flac", "x.ogg", "x.mp3", "x.wav", "x.caf"]) func replayGainGoesWithTheWholeSound(name: String)
        throws
    {
        try Fixture.withTemporaryFolder { folder in
            let source = folder.appending(path: name)
            var metadata = rich
            metadata.add("REPLAYGAIN_TRACK_GAIN", "-7 dB")
            #expect(try write(source, metadata).notes == [])
            #expect(try AudioFile(source).metadata.hasLoudness)
            let part = folder.appending(path: "part-" + name)
            _ = try AudioEdit(of: AudioFile(source), to: part, overwrite: false).finish()
            #expect(try AudioFile(part).metadata.hasLoudness)
            let whole = folder.appending(path: "whole-" + name)
            let edit = try AudioEdit(of: AudioFile(source), to: whole, isWholeFile: true, overwrite: false)
            #expect(try edit.finish().notes == ["ReplayGain was left out, as the sound is another now."])
            #expect(try !AudioFile(whole).metadata.hasLoudness)
            #expect(try words(AudioFile(whole).metadata) == words(rich))
        }
    }

    /// A chunk that says how loud the loudest sample is tells the truth after an edit.
    @Test func thePeakChunkIsRenewed() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = folder.appending(path: "x.wav")
            let samples = [UInt8](repeating: 0, count: 4 * 500)
            let format: [UInt8] = [3, 0, 1, 0] + [UInt8](little: 8000, 4) + [UInt8](little: 32_000, 4) + [4, 0, 32, 0]
            let peak =
                [UInt8](little: 1, 4) + [UInt8](little: 7, 4) + [UInt8](little: Float(1).bitPattern, 4) + [0, 0, 0, 0]
            let body = Array("WAVE".utf8) + chunk("fmt ", format) + chunk("PEAK", peak) + chunk("data", samples)
            try Data(Array("RIFF".utf8) + [UInt8](little: body.count, 4) + body).write(to: source)
            for (name, encoding) in [("a.wav", nil), ("b.rf64", nil), ("c.aiff", nil)] as [(String, AudioEncoding?)] {
                let url = folder.appending(path: name)
                let edit = try AudioEdit(of: AudioFile(source), to: url, encoding: encoding, overwrite: false)
                try edit.replace(from: 123, with: [[-0.5]])
                _ = try edit.finish()
                let bytes = [UInt8](try Data(contentsOf: url))
                let place = try #require(bytes.firstRange(of: Array("PEAK".utf8))).upperBound + 12
                let isBig = name.hasSuffix("aiff")
                #expect(bytes.integer(at: place, bigEndian: isBig) == Int(Float(0.5).bitPattern))
                #expect(bytes.integer(at: place + 4, bigEndian: isBig) == 123)
            }
        }
    }

    @Test func windowsLettersAreRead() {
        #expect(TagText.read([0x80, 0x93, 0x41, 0x94, 0xE9, 0]) == "\u{20AC}\u{201C}A\u{201D}\u{E9}")
        #expect(TagText.read(Array("é".utf8)) == "é")
    }
}
