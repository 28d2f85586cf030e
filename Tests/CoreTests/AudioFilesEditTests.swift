import Foundation
import TestSupport
import Testing

@testable import Core

@Suite struct AudioFilesEditTests {
    private static let region = 100..<230

    /// What is put into the region: another tone in each channel, the first of them too loud for integers.
    private func fill(_ channels: Int) -> [[Float]] {
        (0..<channels).map { channel in
            Self.region.map { Float(sin(Double($0) * 0.37 * Double(channel + 1))) * (channel == 0 ? 1.1 : 0.7) }
        }
    }

    /// All of a file as doubles, which hold every encoding exactly.
    private func decode(_ url: URL) throws -> [[Double]] {
        let file = try AudioFile(url)
        var samples: [Double] = []
        #expect(file.decoder().read(file.frames, into: &samples) == file.frames)
        return (0..<file.channels).map { channel in
            (0..<file.frames).map { samples[$0 * file.channels + channel] }
        }
    }

    @discardableResult private func edit(
        _ source: URL, _ target: URL, encoding: AudioEncoding? = nil, overwrite: Bool = false
    ) throws -> AudioWriteReport {
        let file = try AudioFile(source)
        let edit = try AudioEdit(of: file, to: target, encoding: encoding, overwrite: overwrite)
        // In two pieces, as two regions that touch.
        let fill = fill(file.channels)
        try edit.replace(from: Self.region.lowerBound, with: fill.map { Array($0[..<30]) })
        try edit.replace(from: Self.region.lowerBound + 30, with: fill.map { Array($0[30...]) })
        return try edit.finish()
    }

    /// A sample as an encoding of so many bits has it; nil for floating point.
    private func rounded(_ sample: Float, bits: Int?) -> Double {
        guard let bits else { return Double(sample) }
        let scale = Double(1 << (bits - 1))
        return min(max((Double(sample) * scale).rounded(.toNearestOrEven), -scale), scale - 1) / scale
    }

    private func expectEdited(
        _ target: URL, from source: URL, bits: Int?, tolerance: Double = 0,
        _ location: SourceLocation = #_sourceLocation
    ) throws {
        let (before, after) = (try decode(source), try decode(target))
        #expect(after.map(\.count) == before.map(\.count), sourceLocation: location)
        let fill = fill(before.count)
        for (channel, samples) in after.enumerated() {
            let outside = samples.indices.filter { !Self.region.contains($0) }
            let changed = outside.first { samples[$0] != before[channel][$0] }
            #expect(changed == nil, "channel \(channel)", sourceLocation: location)
            let wrong = Self.region.first {
                abs(samples[$0] - rounded(fill[channel][$0 - Self.region.lowerBound], bits: bits)) > tolerance
            }
            #expect(wrong == nil, "channel \(channel)", sourceLocation: location)
        }
    }

    /// Formats whose samples lie at fixed places: not one other byte of the file may change.
    @Test(arguments: [
        ("pcm_u8.wav", 8), ("pcm_16.wav", 16), ("pcm_24.wav", 24), ("pcm_32.wav", 32), ("float.wav", nil),
        ("double.wav", nil), ("six.wav", 24), ("big-endian.wav", 16), ("chunks.wav", 16), ("s8.aiff", 8), ("s8.au", 8),
        ("pcm_16.aiff", 16), ("little-endian.aifc", 16), ("pcm_16.au", 16), ("pcm_16.caf", 16), ("pcm_24.caf", 24),
        ("pcm_16.w64", 16), ("pcm_16.rf64", 16), ("float.aiff", nil), ("float.w64", nil), ("float.rf64", nil),
        ("float.au", nil), ("float.caf", nil), ("piped.wav", 16), ("piped.au", 16),
    ])
    func everyOtherByteStays(name: String, bits: Int?) throws {
        let source = Fixture.url("signal/\(name)")
        try Fixture.withTemporaryFolder { folder in
            let target = folder.appending(path: name)
            let report = try edit(source, target)
            let file = try AudioFile(source)
            #expect(report.format == file.format)
            #expect(report.isBitIdentical)
            #expect((report.clippedSamples > 0) == (bits != nil))
            try expectEdited(target, from: source, bits: bits)
            let (before, after) = (try Data(contentsOf: source), try Data(contentsOf: target))
            #expect(before.count == after.count)
            let width = file.channels * (file.format.encoding.bytesPerSample ?? 0)
            let start = try #require(file.samples).offset
            let range = start + Self.region.lowerBound * width..<start + Self.region.upperBound * width
            // Where the file says how loud its loudest samples are, that is true again.
            let peak = before.range(of: Data("PEAK".utf8)) ?? before.range(of: Data("peak".utf8))
            let end = peak?.lowerBound ?? range.lowerBound
            #expect(before[..<end] == after[..<end])
            if let peak {
                let next = peak.upperBound + 8 + 4 + 12 * file.channels
                #expect(
                    before[peak] == after[peak] && before[next..<range.lowerBound] == after[next..<range.lowerBound])
            }
            #expect(before[range] != after[range])
            #expect(before[range.upperBound...] == after[range.upperBound...])
        }
    }

    @Test(arguments: ["alaw.wav", "ulaw.wav"]) func theLawsKeepTheirBytes(name: String) throws {
        let source = Fixture.url("signal/\(name)")
        try Fixture.withTemporaryFolder { folder in
            let target = folder.appending(path: name)
            #expect(try edit(source, target).isBitIdentical)
            // The laws' widest step is 1/32 of full scale, their end a little inside it.
            try expectEdited(target, from: source, bits: 16, tolerance: 0.03)
        }
    }

    @Test func theLawsTakeTheNearestLevel() {
        for (law, levels) in [(Companding.aLaw, 32_256), (Companding.muLaw, 32_124)] as [(Companding, Int32)] {
            #expect(law.encode(32_767) == law.encode(levels))
            #expect(law.encode(-32_768) == law.encode(-levels))
            #expect(law.encode(32_767) != law.encode(-32_768))
        }
    }

    @Test(arguments: [("s8.flac", 8), ("tagged.flac", 16), ("pcm_24.flac", 24), ("piped.flac", 16)])
    func flacKeepsItsSamplesAndDepth(name: String, bits: Int) throws {
        let source = Fixture.url("signal/\(name)")
        try Fixture.withTemporaryFolder { folder in
            let target = folder.appending(path: name)
            let report = try edit(source, target)
            #expect(report.format == (try AudioFile(source)).format)
            #expect(report.isBitIdentical)
            try expectEdited(target, from: source, bits: bits)
        }
    }

    @Test func flacKeepsPicturesAndUnknownWords() throws {
        let source = Fixture.url("signal/tagged.flac")
        try Fixture.withTemporaryFolder { folder in
            let target = folder.appending(path: "x.flac")
            try edit(source, target)
            let (before, after) = (try Data(contentsOf: source), try Data(contentsOf: target))
            // The comments and the picture, up to the padding.
            let words = try #require(before.range(of: Data("catalognumber=K9".utf8)))
            let picture = try #require(before.range(of: Data("IEND".utf8)))
            #expect(after.range(of: before[words]) != nil)
            #expect(after.range(of: before[picture.lowerBound - 60..<picture.upperBound]) != nil)
            #expect(try AudioFile(target).tags == AudioFile(source).tags)
        }
    }

    @Test func mp3KeepsItsTagAndSaysThatItIsLossy() throws {
        let source = Fixture.url("signal/tagged.mp3")
        try Fixture.withTemporaryFolder { folder in
            let target = folder.appending(path: "x.mp3")
            let report = try edit(source, target)
            #expect(!report.isBitIdentical)
            #expect(report.format.encoding == .mp3)
            let (before, after) = (try Data(contentsOf: source), try Data(contentsOf: target))
            let tag = 10 + before[6..<10].reduce(0) { $0 << 7 | Int($1) }
            #expect(before[..<tag] == after[..<tag])
            #expect(try AudioFile(target).tags[.title] == "A dog barks")
        }
    }

    /// Another container or encoding: the samples outside are the source's where the new one can hold them.
    @Test(
        arguments: [
            ("pcm_16.wav", "x.flac", nil, true, 16), ("pcm_16.wav", "x.aiff", nil, true, 16),
            ("pcm_16.wav", "x.wav", .pcm24, true, 24), ("pcm_16.wav", "x.wav", .float32, true, nil),
            ("pcm_24.flac", "x.wav", nil, true, 24), ("pcm_24.flac", "x.caf", .float32, true, nil),
            ("pcm_u8.wav", "x.aiff", nil, true, 8), ("s8.aiff", "x.wav", nil, true, 8),
            ("s8.flac", "x.au", nil, true, 8),
            ("tagged.mp3", "x.wav", nil, true, nil), ("vorbis.ogg", "x.aiff", nil, true, nil),
            ("vorbis.ogg", "x.wav", .float32, true, nil), ("ima_adpcm.wav", "x.wav", nil, true, 16),
            ("double.wav", "x.caf", nil, true, nil), ("six.wav", "x.flac", nil, true, 24),
            ("six.wav", "x.w64", nil, true, 24),
            ("chunks.wav", "x.rf64", nil, true, 16),
        ] as [(String, String, AudioEncoding?, Bool, Int?)])
    func anotherFormatHoldsTheSamples(
        name: String, target: String, encoding: AudioEncoding?, identical: Bool, bits: Int?
    ) throws {
        let source = Fixture.url("signal/\(name)")
        try Fixture.withTemporaryFolder { folder in
            let target = folder.appending(path: target)
            #expect(try edit(source, target, encoding: encoding).isBitIdentical == identical)
            try expectEdited(target, from: source, bits: bits)
        }
    }

    @Test func narrowerEncodingsRoundToTheNearest() throws {
        let source = Fixture.url("signal/pcm_24.wav")
        try Fixture.withTemporaryFolder { folder in
            for (name, encoding, bits) in [
                ("x.wav", AudioEncoding.pcm16, 16), ("y.flac", .pcm16, 16), ("z.wav", .pcmU8, 8),
            ] {
                let target = folder.appending(path: name)
                #expect(try !edit(source, target, encoding: encoding).isBitIdentical)
                let (before, after) = (try decode(source), try decode(target))
                for channel in 0..<2 {
                    #expect(after[channel][0] == rounded(Float(before[channel][0]), bits: bits))
                    #expect(
                        after[channel][400...] == before[channel][400...].map { rounded(Float($0), bits: bits) }[...])
                }
            }
        }
    }

    @Test func tagsGoAlongIntoOtherFormats() throws {
        let source = Fixture.url("signal/chunks.wav")
        try Fixture.withTemporaryFolder { folder in
            for name in ["x.flac", "x.aiff", "x.ogg", "x.mp3", "x.caf", "y.wav", "x.rf64"] {
                let target = folder.appending(path: name)
                try edit(source, target, encoding: name == "y.wav" ? .pcm24 : nil)
                #expect(try AudioFile(target).tags[.title] == "A dog barks", "\(name)")
                #expect(try AudioFile(target).tags[.artist] == "Rex", "\(name)")
            }
            let recoded = try Data(contentsOf: folder.appending(path: "y.wav"))
            for word in ["bext", "a dog", "iXML", "<SCENE>7</SCENE>", "cue ", "smpl", "an unknown chunk"] {
                #expect(recoded.range(of: Data(word.utf8)) != nil, "\(word)")
            }
        }
    }

    @Test func placesMoveWithTheRate() throws {
        try Fixture.withTemporaryFolder { folder in
            let source = try AudioFile(Fixture.url("signal/chunks.wav"))
            let target = folder.appending(path: "x.wav")
            let format = AudioFormat(container: .wav, encoding: .pcm16, rate: 16_000, channels: 1)
            let writer = try AudioWriter(target, format: format, tagsOf: source, overwrite: false)
            try writer.write([[Float](repeating: 0.25, count: 1200)])
            _ = try writer.finish()
            let bytes = [UInt8](try Data(contentsOf: target))
            func word(_ name: String, _ offset: Int) throws -> UInt32 {
                let range = try #require(Data(bytes).range(of: Data(name.utf8)))
                return bytes[range.lowerBound + 8 + offset..<range.lowerBound + 12 + offset].reversed()
                    .reduce(0) { $0 << 8 | UInt32($1) }
            }
            // The broadcast extension's time, the second cue and the sampler's loop were 4000, 400 and 100 to 500 inclusive.
            #expect(try word("bext", 338) == 8000)
            #expect(try word("cue ", 4 + 24 + 20) == 800)
            #expect(try word("smpl", 36 + 8) == 200)
            #expect(try word("smpl", 36 + 12) == 1001)
        }
    }

    @Test func surroundChannelsKeepTheirPlaces() throws {
        let source = Fixture.url("signal/six.wav")
        try Fixture.withTemporaryFolder { folder in
            let target = folder.appending(path: "x.wav")
            try edit(source, target, encoding: .float32)
            let bytes = [UInt8](try Data(contentsOf: target))
            let range = try #require(Data(bytes).range(of: Data("fmt ".utf8)))
            // WAVE_FORMAT_EXTENSIBLE.
            #expect(Array(bytes[range.upperBound + 4..<range.upperBound + 6]) == [0xFE, 0xFF])
        }
    }
}
