import Core
import Foundation
import Testing

@Suite struct FormatTests {
    private let workplace: Workplace

    init() throws { workplace = try Workplace() }

    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let container: AudioContainer
        let encoding: AudioEncoding
        let rate: Int
        let channels: Int

        init(_ name: String, _ container: AudioContainer, _ encoding: AudioEncoding, _ rate: Int, _ channels: Int) {
            (self.name, self.container, self.encoding) = (name, container, encoding)
            (self.rate, self.channels) = (rate, channels)
        }

        var testDescription: String { "\(name), \(encoding), \(rate) Hz, \(channels) channels" }
    }

    /// In these a frame takes a fixed number of bytes at the end of the file, so that files can be held against each other.
    private static let uncompressed: [(Case, Int)] = [
        (Case("a.wav", .wav, .pcmU8, 8000, 1), 1),
        (Case("a.wav", .wav, .pcm16, 44_100, 2), 2),
        (Case("a.wav", .wav, .pcm24, 48_000, 6), 3),
        (Case("a.wav", .wav, .pcm32, 96_000, 1), 4),
        (Case("a.wav", .wav, .float32, 22_050, 2), 4),
        (Case("a.wav", .wav, .float64, 11_025, 1), 8),
        (Case("a.aiff", .aiff, .pcm16, 32_000, 2), 2),
        (Case("a.au", .au, .pcm16, 16_000, 1), 2),
    ]

    @Test(arguments: uncompressed)
    func everyByteOutsideTheRegionStays(format: Case, bytesPerSample: Int) throws {
        let (name, output) = (format.name, "out." + format.name)
        try workplace.makeSound(
            name, format.container, format.encoding, rate: format.rate, channels: format.channels, seconds: 2)
        let outcome = try workplace.edit("inpaint", name, "-o", output, "--region", "0.8-1.2", "--unmarked")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("outside the regions: bit-identical to the source"))

        let (before, after) = (try workplace.bytes(name), try workplace.bytes(output))
        try #require(before.count == after.count)
        let frame = bytesPerSample * format.channels
        let start = before.count - frame * 2 * format.rate
        let changed = before.indices.filter { before[$0] != after[$0] }
        let (first, last) = (try #require(changed.first), try #require(changed.last))
        #expect(first >= start + frame * format.rate * 4 / 5)
        #expect(last < start + frame * format.rate * 6 / 5)
        // The fill reaches from edge to edge.
        #expect(last - first > frame * format.rate * 3 / 10)

        // A mark stands beside the samples, which are the same.
        let marked = try workplace.edit("inpaint", name, "-o", "marked." + name, "--region", "0.8-1.2")
        #expect(marked.status == 0 && marked.output.contains("outside the regions: bit-identical to the source"))
        let samples = Data(after[start...])
        let place = Data(try workplace.bytes("marked." + name)).range(of: samples)
        #expect(place != nil)
    }

    private static let packed = [
        Case("a.flac", .flac, .pcm16, 44_100, 2), Case("a.flac", .flac, .pcm24, 48_000, 6),
        Case("a.caf", .caf, .pcm24, 44_100, 1), Case("a.w64", .w64, .pcm24, 48_000, 2),
    ]

    @Test(arguments: packed)
    func everySampleOutsideTheRegionStays(format: Case) throws {
        let (name, output) = (format.name, "out." + format.name)
        try workplace.makeSound(
            name, format.container, format.encoding, rate: format.rate, channels: format.channels, seconds: 2)
        let outcome = try workplace.edit("inpaint", name, "-o", output, "--region", "0.8-1.2")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let (before, after) = (try workplace.read(name), try workplace.read(output))
        #expect(before.format == after.format)
        for (one, other) in zip(before.samples, after.samples) {
            try #require(one.count == other.count)
            let changed = one.indices.filter { one[$0] != other[$0] }
            #expect(try #require(changed.first) >= format.rate * 4 / 5)
            #expect(try #require(changed.last) < format.rate * 6 / 5)
        }
    }

    @Test(arguments: [("a.ogg", AudioContainer.ogg, AudioEncoding.vorbis), ("a.mp3", .mp3, .mp3)])
    func aLossyFileBecomesAFloatFileWithoutLoss(name: String, container: AudioContainer, encoding: AudioEncoding) throws
    {
        try workplace.makeSound(name, container, encoding, rate: 44_100, channels: 2, seconds: 2)
        let outcome = try workplace.edit(
            "inpaint", name, "-o", "out.wav", "--region", "0.8-1.2", "--encoding", "float32")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let (before, after) = (try workplace.read(name), try workplace.read("out.wav"))
        #expect(after.format == AudioFormat(container: .wav, encoding: .float32, rate: 44_100, channels: 2))
        #expect(before.samples[0][..<35_280] == after.samples[0][..<35_280])
        #expect(before.samples[1][52_920...] == after.samples[1][52_920...])
    }

    @Test func aLossyOutputSaysSo() throws {
        try workplace.makeSound("a.wav", rate: 44_100)
        let outcome = try workplace.edit("inpaint", "a.wav", "-o", "out.ogg", "--region", "1-1.5")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("outside the regions: not bit-identical"))
        #expect(outcome.output.contains("note: "))
        #expect(try workplace.read("out.ogg").samples[0].count == 3 * 44_100)
    }

    @Test func theEncodingCanBeChosen() throws {
        try workplace.makeSound("a.wav")
        let outcome = try workplace.edit(
            "inpaint", "a.wav", "-o", "out.wav", "--region", "1-1.5", "--encoding", "pcm24")
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try workplace.read("out.wav").format.encoding == .pcm24)
        #expect(try workplace.read("out.wav").samples[0][..<16_000] == workplace.read("a.wav").samples[0][..<16_000])
    }

    @Test func generatedSoundIs16BitAtTheModelsRate() throws {
        let outcome = try workplace.edit("generate", "a dog barks", "-o", "out.wav", "--duration", "1.5")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let (format, samples) = try workplace.read("out.wav")
        #expect(format == AudioFormat(container: .wav, encoding: .pcm16, rate: 48_000, channels: 1))
        #expect(samples[0].count == 72_000)
    }

    @Test func upsamplingGivesTheModelsRate() throws {
        try workplace.makeSound("a.wav", rate: 8000, channels: 2, seconds: 2)
        let outcome = try workplace.edit("upsample", "a.wav", "-o", "out.wav")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let (format, samples) = try workplace.read("out.wav")
        #expect(format == AudioFormat(container: .wav, encoding: .pcm16, rate: 48_000, channels: 2))
        #expect(samples.map(\.count) == [96_000, 96_000])
    }

    @Test func strengthZeroReturnsTheSource() throws {
        try workplace.makeSound("a.flac", .flac, .pcm16, rate: 44_100, channels: 2)
        let outcome = try workplace.run(
            "restyle", "a.flac", "-o", "out.flac", "--prompt", "rain", "--strength", "0", "--model", Workplace.model)
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.networkCalls == 0)
        #expect(try workplace.read("a.flac").samples == workplace.read("out.flac").samples)
    }
}
