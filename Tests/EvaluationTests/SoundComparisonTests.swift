import Core
import Editing
import Foundation
import TestSupport
import Testing

@testable import Evaluation

/// Two sounds held against each other.
@Suite struct SoundComparisonTests {
    private let place: TemporaryFolder

    init() throws { place = try TemporaryFolder() }

    private func file(_ name: String, rate: Int = 16_000, _ channels: [[Float]]) throws -> AudioFile {
        let url = place.file(name)
        let format = try AudioFormat.output(
            for: url, source: nil, encoding: .float32, rate: rate, channels: channels.count)
        let writer = try AudioWriter(url, format: format, frames: channels[0].count, overwrite: true)
        try writer.write(channels)
        _ = try writer.finish()
        return try AudioFile(url)
    }

    /// A tone over noise.
    private func sound(seconds: Double = 2, rate: Int = 16_000, seed: UInt64 = 1, gain: Float = 1) -> [Float] {
        var random = TestRandom(seed: seed)
        return (0..<Int(seconds * Double(rate))).map { frame in
            gain * (0.3 * Float(sin(2 * Double.pi * 1000 * Double(frame) / Double(rate))) + 0.02 * random.next())
        }
    }

    @Test func equalSoundsAreAtNoDistance() throws {
        let samples = sound()
        let comparison = try SoundComparison(of: file("a.wav", [samples]), file("b.wav", [samples]))
        #expect(comparison.differences == [])
        #expect(try #require(comparison.logSpectralDistance) < 1e-6 && comparison.signalToDistortion == 100)
        #expect(comparison.melError == 0 && comparison.texture == 1)
        #expect(comparison.bands.count > 20 && comparison.bands.allSatisfy { $0.first == $0.second })
    }

    /// 6 dB less are 6 dB less in every figure of level, and the same sound to those that do not count it.
    @Test func aQuieterSoundDiffersInLevelAlone() throws {
        let comparison = try SoundComparison(of: file("a.wav", [sound()]), file("b.wav", [sound(gain: 0.5)]))
        let apart = 20 * log10(0.5)
        func isApart(_ a: Double?, _ b: Double?) -> Bool {
            a.flatMap { a in b.map { abs($0 - a - apart) < 0.01 } } ?? false
        }
        #expect(isApart(comparison.first.level, comparison.second.level))
        #expect(isApart(comparison.first.peak, comparison.second.peak))
        #expect(comparison.bands.allSatisfy { isApart($0.first, $0.second) })
        #expect(try #require(comparison.signalToDistortion) > 60)
        #expect(abs(try #require(comparison.melLevel) - apart) < 0.1)
        #expect(abs(try #require(comparison.logSpectralDistance) - 0.602) < 0.01)
    }

    /// The bands together have the level of the whole, and the tone lies where it is.
    @Test func bandsAreLevels() throws {
        let comparison = try SoundComparison(of: file("a.wav", [sound()]), file("b.wav", [sound(seed: 2)]))
        let loudest = try #require(comparison.bands.max { ($0.first ?? -200) < ($1.first ?? -200) })
        #expect(abs(loudest.centre - 1000) < 1)
        #expect(abs(try #require(loudest.first) - 10 * log10(0.3 * 0.3 / 2)) < 0.2)
    }

    @Test func aRegionIsComparedAlone() throws {
        let (a, other) = (sound(), sound(seed: 9))
        var b = a
        for frame in 16_000..<20_000 { b[frame] = other[frame] }
        let (first, second) = (try file("a.wav", [a, a]), try file("b.wav", [a, b]))
        let whole = try SoundComparison(of: first, second)
        let difference = try #require(whole.differences?.first)
        #expect(whole.differences?.count == 1)
        #expect(abs(difference.start - 1) < 0.001 && abs(difference.end - 1.25) < 0.001)
        let before = try SoundComparison(of: first, second, in: Region(start: 0, end: 1))
        #expect(before.differences == [] && before.signalToDistortion == 100)
        let inside = try SoundComparison(of: first, second, in: Region(start: 1, end: 1.25))
        #expect(inside.differences?.count == 1)
        #expect(try #require(inside.signalToDistortion) < 60)
        #expect(throws: EditingError.regionOutside(start: 1, end: 3, duration: 2)) {
            try SoundComparison(of: first, second, in: Region(start: 1, end: 3))
        }
    }

    @Test func soundsOfDifferentRatesAreCompared() throws {
        let comparison = try SoundComparison(
            of: file("a.wav", rate: 48_000, [sound(rate: 48_000)]), file("b.wav", [sound()]))
        #expect(comparison.differences == nil)
        #expect(comparison.bands.last.map { $0.centre < 8000 } == true)
        #expect(try #require(comparison.signalToDistortion) > 10)
    }

    @Test func theTowerHearsBoth() throws {
        let model = try Model(at: Fixture.url("default-like"))
        let tower = try TowerNetwork(model, name: "m")
        let same = try SoundComparison(of: file("a.wav", [sound()]), file("b.wav", [sound()]), tower: tower)
        #expect(abs(try #require(same.similarity) - 1) < 1e-4)
        let silent = try SoundComparison(
            of: file("a.wav", [sound()]), file("b.wav", [[Float](repeating: 0, count: 32_000)]), tower: tower)
        #expect(silent.similarity == nil && silent.second.level == nil)
    }
}
