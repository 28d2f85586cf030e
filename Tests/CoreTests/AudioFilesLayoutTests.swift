import Foundation
import TestSupport
import Testing

@testable import Core

/// Each channel arrives at its own speaker, whatever order a container has them in.
@Suite struct AudioFilesLayoutTests {
    typealias Speaker = ChannelLayout.Speaker

    private static let layouts: [[Speaker]] = [
        [.frontLeft, .frontRight, .frontCentre],
        [.frontLeft, .frontRight, .backLeft, .backRight],
        [.frontLeft, .frontRight, .frontCentre, .backLeft, .backRight],
        [.frontLeft, .frontRight, .frontCentre, .lowFrequency, .backLeft, .backRight],
        [.frontLeft, .frontRight, .frontCentre, .lowFrequency, .backCentre, .sideLeft, .sideRight],
        [.frontLeft, .frontRight, .frontCentre, .lowFrequency, .backLeft, .backRight, .sideLeft, .sideRight],
    ]
    private static let containers = ["wav", "rf64", "w64", "flac", "caf", "aiff", "au", "ogg", "opus"]

    private let rate = 48_000
    private let frames = 9600

    /// Hz: low enough for the low-frequency channel of any encoder, and each with whole periods in a tenth of a second.
    private func frequency(_ speaker: Speaker) -> Double {
        speaker == .lowFrequency ? 50 : 300 + 100 * Double(speaker.rawValue)
    }

    private func sound(_ layout: ChannelLayout) -> [[Float]] {
        layout.speakers.map { speaker in
            (0..<frames).map { Float(0.2 * sin(2 * Double.pi * frequency(speaker) * Double($0) / Double(rate))) }
        }
    }

    /// The speakers whose tones are heard in the channels of a file.
    private func heard(_ url: URL, _ speakers: [Speaker]) throws -> [Speaker?] {
        let file = try AudioFile(url)
        let range = frames / 2 - 2400..<frames / 2 + 2400
        return try file.read(frames: range).map { samples in
            speakers.first { speaker in
                let step = 2 * Double.pi * frequency(speaker) / Double(rate)
                let (a, b) = samples.enumerated().reduce((0.0, 0.0)) {
                    (
                        $0.0 + Double($1.element) * cos(step * Double($1.offset)),
                        $0.1 + Double($1.element) * sin(step * Double($1.offset))
                    )
                }
                return (a * a + b * b).squareRoot() / 2400 > 0.1
            }
        }
    }

    @Test(arguments: layouts) func everyPairOfContainers(speakers: [Speaker]) throws {
        let layout = try #require(ChannelLayout(speakers))
        try Fixture.withTemporaryFolder { folder in
            let start = folder.appending(path: "start.wav")
            let format = AudioFormat(container: .wav, encoding: .pcm16, rate: rate, channels: speakers.count)
            let writer = try AudioWriter(start, format: format, frames: frames, layout: layout, overwrite: false)
            try writer.write(sound(layout))
            _ = try writer.finish()
            for first in Self.containers {
                let there = folder.appending(path: "there.\(first)")
                _ = try AudioEdit(of: AudioFile(start), to: there, overwrite: true).finish()
                for second in Self.containers where second != first {
                    let back = folder.appending(path: "back.\(second)")
                    _ = try AudioEdit(of: AudioFile(there), to: back, overwrite: true).finish()
                    // Where the file does not say, it means the usual order.
                    let said = try AudioFile(back).channelLayout ?? ChannelLayout(speakers)
                    #expect(said.map { Set($0.speakers) } == Set(speakers), "\(first) to \(second)")
                    #expect(try heard(back, speakers) == said?.speakers, "\(first) to \(second)")
                }
            }
        }
    }

    @Test func layoutsAreWritten() throws {
        let layout = try #require(ChannelLayout(mask: 0x60F, channels: 6))
        try Fixture.withTemporaryFolder { folder in
            for name in ["x.wav", "x.rf64", "x.w64", "x.flac", "x.caf", "x.aiff"] {
                let url = folder.appending(path: name)
                let format = try AudioFormat.output(for: url, source: nil, rate: rate, channels: 6)
                let writer = try AudioWriter(url, format: format, layout: layout, overwrite: false)
                try writer.write(sound(layout))
                _ = try writer.finish()
                #expect(try AudioFile(url).channelLayout == layout, "\(name)")
                let bytes = [UInt8](try Data(contentsOf: url))
                switch name {
                case "x.flac":
                    #expect(bytes.firstRange(of: Array("WAVEFORMATEXTENSIBLE_CHANNEL_MASK=0x60F".utf8)) != nil)
                case "x.caf", "x.aiff": break
                default:
                    let place = try #require(bytes.firstRange(of: Array("fmt ".utf8))).upperBound
                    // W64 has the rest of a name of 16 bytes and a size of 8, WAV a size of 4.
                    let start = place + (name == "x.w64" ? 20 : 4)
                    #expect(bytes.integer(at: start, bytes: 2, bigEndian: false) == 0xFFFE)
                    #expect(bytes.integer(at: start + 20, bigEndian: false) == 0x60F)
                }
            }
        }
    }

    @Test func aLayoutWithoutAPlaceIsRefused() throws {
        let layout = try #require(ChannelLayout([.frontLeft, .frontRight, .lowFrequency]))
        try Fixture.withTemporaryFolder { folder in
            for (name, container) in [("x.ogg", "Vorbis"), ("x.opus", "Opus"), ("x.au", "AU")] {
                let url = folder.appending(path: name)
                let format = try AudioFormat.output(for: url, source: nil, rate: rate, channels: 3)
                let expected = AudioError.unsupportedLayout(file: url.path, container: container, layout: "FL FR LFE")
                #expect(throws: expected) { try AudioWriter(url, format: format, layout: layout, overwrite: false) }
                #expect("\(expected)".contains("has no place for the channels FL FR LFE; write .wav, .flac or .caf"))
            }
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == [])
        }
    }

    /// What Apple's programs write for 5.1, in its several orders.
    @Test func appleLayoutsAreRead() {
        func tag(_ number: Int, _ count: Int) -> [UInt8] {
            [UInt8](big: number << 16 | count, 4) + [UInt8](repeating: 0, count: 8)
        }
        #expect(CoreAudioLayout.read(tag(121, 6), channels: 6)?.description == "FL FR FC LFE BL BR")
        #expect(CoreAudioLayout.read(tag(123, 6), channels: 6)?.description == "FL FC FR BL BR LFE")
        #expect(CoreAudioLayout.read(tag(128, 8), channels: 8)?.description == "FL FR FC LFE SL SR BL BR")
        let labels = [3, 1, 2].flatMap { [UInt8](big: $0, 4) + [UInt8](repeating: 0, count: 16) }
        let described = [UInt8](big: 0, 4) + [UInt8](big: 0, 4) + [UInt8](big: 3, 4) + labels
        #expect(CoreAudioLayout.read(described, channels: 3)?.description == "FC FL FR")
        #expect(CoreAudioLayout.read(tag(121, 6), channels: 5) == nil)
    }
}
