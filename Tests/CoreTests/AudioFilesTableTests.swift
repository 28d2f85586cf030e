import Foundation
import TestSupport
import Testing

@testable import Core

/// Every container with every encoding and every channel layout: what arrives. The table in docs/formats.md is made here; to write it
/// again after a change, run with RETOUCH_WRITE_TABLE=1.
@Suite struct AudioFilesTableTests {
    private typealias Speaker = ChannelLayout.Speaker

    private static let names = ["wav", "rf64", "w64", "aiff", "caf", "au", "flac", "ogg", "opus", "mp3"]
    private static let encodings: [(word: String, encoding: AudioEncoding)] = [
        ("8", .pcmU8), ("8", .pcmS8), ("16", .pcm16), ("24", .pcm24), ("32", .pcm32), ("float", .float32),
        ("double", .float64), ("mu-law", .muLaw), ("A-law", .aLaw), ("Vorbis", .vorbis), ("Opus", .opus), ("MP3", .mp3),
    ]
    private static let layouts: [(word: String, speakers: [ChannelLayout.Speaker])] = [
        ("1", [.frontCentre]), ("2", [.frontLeft, .frontRight]), ("3.0", [.frontLeft, .frontRight, .frontCentre]),
        ("4.0", [.frontLeft, .frontRight, .backLeft, .backRight]),
        ("5.0", [.frontLeft, .frontRight, .frontCentre, .backLeft, .backRight]),
        ("5.1", [.frontLeft, .frontRight, .frontCentre, .lowFrequency, .backLeft, .backRight]),
        ("6.1", [.frontLeft, .frontRight, .frontCentre, .lowFrequency, .backCentre, .sideLeft, .sideRight]),
        (
            "7.1",
            [.frontLeft, .frontRight, .frontCentre, .lowFrequency, .backLeft, .backRight, .sideLeft, .sideRight]
        ),
    ]

    /// A container with an encoding that it can hold.
    private struct Kind {
        let name: String
        let word: String
        let encoding: AudioEncoding
        let container: String
    }

    private static let kinds: [Kind] = names.flatMap { name in
        encodings.compactMap { word, encoding in
            let url = URL(fileURLWithPath: "/x.\(name)")
            guard
                let format = try? AudioFormat.output(
                    for: url, source: nil, encoding: encoding, rate: 48_000, channels: 1),
                format.encoding == encoding, name != "ogg" || encoding == .vorbis
            else { return nil }
            return Kind(name: name, word: word, encoding: encoding, container: "\(format.container)")
        }
    }

    private let rate = 48_000
    private let frames = 9600

    private func frequency(_ speaker: ChannelLayout.Speaker) -> Double {
        speaker == .lowFrequency ? 50 : 300 + 100 * Double(speaker.rawValue)
    }

    /// A tone for each speaker, the same in every channel that has none.
    private func write(
        _ url: URL, _ encoding: AudioEncoding, _ speakers: [ChannelLayout.Speaker], _ metadata: Metadata? = nil
    ) throws {
        let layout = speakers.count > 2 ? ChannelLayout(speakers) : nil
        let format = try AudioFormat.output(
            for: url, source: nil, encoding: encoding, rate: rate, channels: speakers.count)
        let writer = try AudioWriter(
            OutputTarget(url: url, overwrite: true), format: format, frames: frames, source: nil,
            described: metadata.map { ($0, rate) }, layout: layout, isWhole: false)
        try writer.write(
            speakers.map { speaker in
                (0..<frames).map { Float(0.2 * sin(2 * .pi * frequency(speaker) * Double($0) / Double(rate))) }
            })
        _ = try writer.finish()
    }

    /// All samples, by speaker where the file names speakers, else by place.
    private func samples(_ file: AudioFile) -> [Int: [Double]] {
        var block: [Double] = []
        let count = file.decoder().read(file.frames, into: &block)
        let layout = file.channels > 2 ? file.channelLayout ?? .usual(file.channels) : nil
        return Dictionary(
            uniqueKeysWithValues: (0..<file.channels).map { channel in
                (
                    layout?.speakers[channel].rawValue ?? channel,
                    (0..<count).map { block[$0 * file.channels + channel] }
                )
            })
    }

    /// The level of a tone in the middle of samples, as an amplitude.
    private func level(_ hertz: Double, in samples: [Double]) -> Double {
        let range = samples.count / 2 - 2400..<samples.count / 2 + 2400
        let step = 2 * Double.pi * hertz / Double(rate)
        let (a, b) = range.reduce((0.0, 0.0)) {
            ($0.0 + samples[$1] * cos(step * Double($1)), $0.1 + samples[$1] * sin(step * Double($1)))
        }
        return (a * a + b * b).squareRoot() / 2400
    }

    /// Whether each speaker has its tone.
    private func isInOrder(_ file: AudioFile, _ speakers: [ChannelLayout.Speaker]) -> Bool {
        guard file.channels == speakers.count, file.frames == frames else { return false }
        let found = samples(file)
        return speakers.enumerated().allSatisfy { place, speaker in
            let own = found[speakers.count > 2 ? speaker.rawValue : place] ?? []
            // Surround speakers of the two names are one pair.
            let other = found[[4: 9, 5: 10, 9: 4, 10: 5][speaker.rawValue] ?? -1] ?? []
            return [own, other].contains { $0.count > 4800 && level(frequency(speaker), in: $0) > 0.1 }
        }
    }

    // MARK: All pairs

    /// From every kind of file into every other one: samples that the new one can hold are the same, each at its own speaker; what has no
    /// place is refused. With every encoding for three of the layouts, with one for each container for the others.
    @Test(arguments: layouts.map(\.word)) func everyPair(_ word: String) throws {
        let speakers = try #require(Self.layouts.first { $0.word == word }).speakers
        let isFull = ["2", "3.0", "5.1"].contains(word)
        let kinds = Self.kinds.filter { isFull || ["16", "Vorbis", "Opus", "MP3"].contains($0.word) }
        try Fixture.withTemporaryFolder { folder in
            var (exact, close, refused) = (0, 0, 0)
            for source in kinds {
                let from = folder.appending(path: "from.\(source.name)")
                guard (try? write(from, source.encoding, speakers)) != nil else { continue }
                let file = try AudioFile(from)
                let before = samples(file)
                for target in kinds {
                    let comment: Comment = "\(source.name) \(source.word) to \(target.name) \(target.word)"
                    let to = folder.appending(path: "to.\(target.name)")
                    let report: AudioWriteReport
                    do {
                        report = try AudioEdit(of: file, to: to, encoding: target.encoding, overwrite: true).finish()
                    } catch let error as AudioError {
                        // Only what has two channels at most, or no place for speakers.
                        let isExpected: Bool
                        switch error {
                        case .unsupportedRateOrChannels: isExpected = target.name == "mp3"
                        case .unsupportedLayout: isExpected = false
                        default: isExpected = false
                        }
                        #expect(isExpected, comment)
                        refused += 1
                        continue
                    }
                    let result = try AudioFile(to)
                    let isExact = target.encoding.holdsExactly(source.encoding)
                    #expect(report.isBitIdentical == isExact, comment)
                    if isExact {
                        let isSame = samples(result) == before
                        #expect(isSame, comment)
                        exact += 1
                    } else {
                        #expect(isInOrder(result, speakers), comment)
                        close += 1
                    }
                }
            }
            print("\(word) channels: \(exact) pairs exact, \(close) close, \(refused) refused")
            #expect(
                exact > (isFull ? 1000 : 48) && close > (isFull ? 500 : 30)
                    && (refused > 0) == !["1", "2"].contains(word))
        }
    }

    // MARK: The table

    private var rich: Metadata {
        var metadata = Metadata()
        metadata.fields = [
            Metadata.Field(name: "TITLE", text: "Größe"), Metadata.Field(name: "ARTIST", text: "One"),
            Metadata.Field(name: "ARTIST", text: "Two"), Metadata.Field(name: "CATALOGNUMBER", text: "K9"),
        ]
        metadata.pictures = [
            Metadata.Picture(kind: 3, mediaType: "image/png", description: "cover", data: [1, 2, 3, 4])
        ]
        metadata.cues = [Metadata.Cue(position: 4800, name: "Chapter")]
        return metadata
    }

    private static let sources: [(word: String, name: String)] = [
        ("8", "pcm_u8.wav"), ("16", "pcm_16.wav"), ("24", "pcm_24.wav"), ("32", "pcm_32.wav"), ("float", "float.wav"),
        ("double", "double.wav"), ("mu-law", "ulaw.wav"), ("A-law", "alaw.wav"),
    ]

    /// The file of an encoding; those of floats have samples too small for any integers.
    private func source(_ word: String, _ name: String, in folder: URL) throws -> AudioFile {
        guard word == "float" || word == "double" else { return try AudioFile(Fixture.url("signal/\(name)")) }
        let values = (0..<600).map { 1e-3 * sin(Double($0)) }
        let samples =
            word == "float"
            ? values.flatMap { unsafe withUnsafeBytes(of: Float($0).bitPattern.littleEndian, Array.init) }
            : values.flatMap { unsafe withUnsafeBytes(of: $0.bitPattern.littleEndian, Array.init) }
        let width = samples.count / values.count
        func number(_ value: Int, _ bytes: Int) -> [UInt8] { (0..<bytes).map { UInt8(value >> (8 * $0) & 255) } }
        let format = number(3, 2) + number(1, 2) + number(8000, 4) + number(8000 * width, 4) + number(width, 2)
        let chunks =
            Array("WAVEfmt ".utf8) + number(16, 4) + format + number(8 * width, 2) + Array("data".utf8)
            + number(samples.count, 4) + samples
        let url = folder.appending(path: name)
        try Data(Array("RIFF".utf8) + number(chunks.count, 4) + chunks).write(to: url)
        return try AudioFile(url)
    }

    /// What arrives in a kind of file, as the cells of the table.
    private func cells(_ kind: Kind, in folder: URL) throws -> [String] {
        let target = folder.appending(path: "target.\(kind.name)")
        // From files of every encoding, whose samples use all of its bits, into this one.
        let held = try Self.sources.filter { source in
            let file = try self.source(source.word, source.name, in: folder)
            guard file.format.encoding.isLossless || file.format.encoding == kind.encoding else { return false }
            _ = try AudioEdit(of: file, to: target, encoding: kind.encoding, overwrite: true).finish()
            let isSame = samples(try AudioFile(target)) == samples(file)
            return isSame
        }.map(\.word)
        let placed = try Self.layouts.filter { _, speakers in
            let source = folder.appending(path: "layout.wav")
            try write(source, .float32, speakers)
            let edit = try? AudioEdit(of: AudioFile(source), to: target, encoding: kind.encoding, overwrite: true)
            guard (try edit?.finish()) != nil else { return false }
            return isInOrder(try AudioFile(target), speakers)
        }.map(\.word)
        let source = folder.appending(path: "words.flac")
        try write(source, .pcm16, [.frontLeft, .frontRight], rich)
        let report = try AudioEdit(of: AudioFile(source), to: target, encoding: kind.encoding, overwrite: true).finish()
        let read = try AudioFile(target).metadata
        let words = rich.fields.allSatisfy { field in read.fields.contains { $0.text == field.text } } ? ["words"] : []
        let pictures = read.pictures.map(\.data) == rich.pictures.map(\.data) ? ["pictures"] : []
        let isNear = read.cues.count == 1 && abs(read.cues[0].position - 4800) <= 24
        let cues = isNear && read.cues[0].name == "Chapter" ? ["cues"] : []
        // What does not arrive is named.
        #expect(report.dropped.contains("pictures") == pictures.isEmpty, "\(kind.name)")
        #expect(report.dropped.contains { $0.contains("cues") } == cues.isEmpty, "\(kind.name)")
        return [
            held.isEmpty ? "lossy" : held.joined(separator: ", "), placed.joined(separator: " "),
            (words + pictures + cues).joined(separator: ", "),
        ]
    }

    @Test func theTableInTheDocumentsIsTrue() throws {
        var rows: [(containers: [String], encoding: String, cells: [String])] = []
        try Fixture.withTemporaryFolder { folder in
            for kind in Self.kinds {
                let cells = try cells(kind, in: folder)
                let encoding = "\(kind.encoding)"
                if let same = rows.firstIndex(where: { $0.encoding == encoding && $0.cells == cells }) {
                    // Signed and unsigned 8-bit PCM, and Vorbis under two names, are one.
                    if rows[same].containers.last != kind.container { rows[same].containers.append(kind.container) }
                } else {
                    rows.append(([kind.container], encoding, cells))
                }
            }
        }
        var lines = [
            "| container | encoding | samples that come back the same | channels at their speakers | beside the samples |",
            "|---|---|---|---|---|",
        ]
        for row in rows {
            lines.append(
                "| " + ([row.containers.joined(separator: ", "), row.encoding] + row.cells).joined(separator: " | ")
                    + " |")
        }
        let table = lines.joined(separator: "\n")
        let page = Fixture.url("../../docs/formats.md").standardizedFileURL
        let text = try String(contentsOf: page, encoding: .utf8)
        let (begin, end) = ("<!-- table: begin -->\n", "\n<!-- table: end -->")
        let first = try #require(text.range(of: begin)).upperBound
        let last = try #require(text.range(of: end)).lowerBound
        if ProcessInfo.processInfo.environment["RETOUCH_WRITE_TABLE"] != nil {
            try (text[..<first] + table + text[last...]).write(to: page, atomically: true, encoding: .utf8)
        }
        let isTrue = try String(contentsOf: page, encoding: .utf8).contains(begin + table + end)
        #expect(isTrue, "the table is now\n\(table)")
    }
}
