import Core
import Foundation
import TestSupport
import Testing

@testable import Evaluation

/// Folders of sounds measured as sets and as pairs.
@Suite struct ComparisonTests {
    private let place: TemporaryFolder
    private let network: Cnn14

    init() throws {
        place = try TemporaryFolder()
        network = try Cnn14(file: Fixture.url("evaluation/cnn14-16k.pth"))
    }

    /// Noise whose colour and level follow from the number.
    private func noise(_ number: Int, seconds: Double = 0.5, rate: Int = 16_000, gain: Float = 1) -> [Float] {
        var random = TestRandom(seed: UInt64(number + 1))
        var last: Float = 0
        return (0..<Int(seconds * Double(rate))).map { _ in
            last = last * Float(number % 5) / 6 + 0.1 * random.next()
            return gain * last
        }
    }

    private func write(_ samples: [Float], _ name: String, rate: Int = 16_000) throws {
        let url = place.file(name)
        try FileManager.default.createDirectory(at: url.deletingLastPathComponent(), withIntermediateDirectories: true)
        let format = try AudioFormat.output(for: url, source: nil, encoding: .float32, rate: rate, channels: 1)
        let writer = try AudioWriter(url, format: format, frames: samples.count, overwrite: true)
        try writer.write([samples])
        _ = try writer.finish()
    }

    private func set(_ name: String) throws -> SoundSet { try SoundSet(place.file(name)) }

    private func compare(
        _ first: String, _ second: String, pairs: Bool = false, captions: Captions? = nil, tower: TowerNetwork? = nil
    ) throws -> Comparison {
        try Comparison(of: set(first), set(second), arePairs: pairs, captions: captions, by: network, tower: tower)
    }

    private func makeFolders(_ count: Int) throws {
        for number in 0..<count {
            try write(noise(number), "a/\(number).wav")
            try write(noise(number), "same/\(number).wav")
            try write(zip(noise(number), noise(number + 50, gain: 0.5)).map { $0 + $1 }, "b/\(number).wav")
        }
    }

    @Test func equalFoldersAreAtNoDistance() throws {
        try makeFolders(6)
        let equal = try compare("a", "same", pairs: true)
        func value(_ kind: Measure.Kind) throws -> Double { try #require(equal[kind]).value }
        #expect(try value(.frechetDistance) < 1e-6 && value(.frechetAudioDistance) < 1e-6)
        #expect(try value(.logSpectralDistance) < 1e-6 && value(.signalToDistortion) == 100)
        #expect(try value(.melError) == 0 && value(.texture) == 1 && abs(value(.divergence)) < 1e-4)
        #expect(try value(.inceptionScore) == value(.inceptionScoreOfReferences))
        #expect(equal[.seam] == nil && equal[.clapScore] == nil)
        #expect(equal.pairs == 6 && equal.references == 6 && equal.network == "PANNs Cnn14, 16 kHz")
        #expect(equal.measures.map(\.count).allSatisfy { $0 == 6 })
    }

    @Test func otherSoundsAreAtSomeDistance() throws {
        try makeFolders(6)
        let other = try compare("a", "b", pairs: true)
        for kind in [Measure.Kind.frechetDistance, .logSpectralDistance, .melError] {
            let measure = try #require(other[kind])
            #expect(measure.value > 0, "\(kind)")
            let interval = try #require(measure.interval)
            #expect(interval.low < measure.value && measure.value < interval.high, "\(kind)")
        }
        #expect(try #require(other[.signalToDistortion]).value < 15)
        // As sets alone, no pair is looked at.
        let sets = try compare("a", "b")
        #expect(sets.pairs == nil && sets[.melError] == nil)
        #expect(sets[.frechetDistance] == other[.frechetDistance])
    }

    @Test func twoFilesAreAPair() throws {
        try makeFolders(1)
        let pair = try compare("a/0.wav", "b/0.wav")
        #expect(pair.pairs == 1 && pair[.frechetDistance] == nil)
        let error = try #require(pair[.melError])
        #expect(error.count == 1 && error.interval == nil)
    }

    @Test func otherRatesAreCompared() throws {
        try write(noise(4), "coarse.wav")
        try write(try Resampler.resample(noise(4), from: 16_000, to: 48_000), "fine.wav", rate: 48_000)
        let pair = try compare("coarse.wav", "fine.wav")
        #expect(try #require(pair[.signalToDistortion]).value > 15)
        #expect(pair[.seam] == nil)
    }

    // MARK: - Seams

    @Test func theEdgesOfAnEditAreFound() {
        var edited = noise(1, seconds: 2)
        for index in 8000..<12_000 { edited[index] += 0.01 * (index % 7 == 3 ? 0 : 1) }
        for index in 20_000..<20_010 { edited[index] += 0.1 }
        #expect(EditEdges.find(noise(1, seconds: 2), edited, rate: 16_000) == [8000, 12_000, 20_000, 20_010])
        #expect(EditEdges.find(edited, edited, rate: 16_000) == [])
        #expect(EditEdges.find(edited, edited.map { -$0 }, rate: 16_000) == [])
    }

    @Test func aClickIsASeam() throws {
        let tone = (0..<32_000).map { index -> Float in
            let wave = sin(0.05 * Double(index))
            return 0.3 * Float(wave) + 1e-4 * Float(index % 13)
        }
        var click = tone
        for index in 16_000..<20_000 { click[index] += 0.2 }
        let seam = EditEdges.seam(tone, click, rate: 16_000) ?? -100
        #expect(seam > 6)
        var faded = tone
        for index in 16_000..<20_000 { faded[index] *= 1 - 0.5 * Float(sin(.pi * Double(index - 16_000) / 4000)) }
        let smooth = EditEdges.seam(tone, faded, rate: 16_000) ?? 100
        #expect(smooth < seam - 10)
    }

    // MARK: - Captions and towers

    @Test func theModelsTowersHearAndRead() throws {
        try makeFolders(4)
        let model = try Model(at: Fixture.url("default-like"))
        let tower = try TowerNetwork(model, name: "m")
        let table = place.file("captions.tsv")
        try "0\train\n1.wav\ta dog\n\n2\tcalm piano music\n3\train\r\n".write(
            to: table, atomically: true, encoding: .utf8)
        let heard = try Comparison(
            of: set("a"), set("b"), captions: Captions(table), by: tower, tower: tower)
        #expect(heard.network == "the audio tower of m, 14 classes by their descriptions")
        let (made, real) = (try #require(heard[.clapScore]), try #require(heard[.clapScoreOfReferences]))
        #expect(made.count == 4 && abs(made.value) <= 1 && abs(real.value) <= 1 && made.value != real.value)
        // By hand, of one sound.
        let samples = try AudioFile(place.file("b/1.wav")).read(frames: 0..<8000)[0]
        let hearing = try #require(tower.hear(try Resampler.resample(samples, from: 16_000, to: 48_000)))
        let said = try model.textEncoder()(model.tokenizer().encode("a dog", maximumLength: 48)).elements
        func dot(_ a: [Float], _ b: [Float]) -> Float { zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } }
        let cosine =
            dot(said, hearing.embedding) / (dot(said, said) * dot(hearing.embedding, hearing.embedding)).squareRoot()
        #expect(abs(tower.agreement(of: "a dog", with: hearing) - Double(cosine)) < 1e-5)
    }

    @Test func silenceSaysNothingAndIsNoted() throws {
        try makeFolders(4)
        try write([Float](repeating: 0, count: 8000), "b/2.wav")
        let tower = try TowerNetwork(Model(at: Fixture.url("default-like")), name: "m")
        let heard = try Comparison(of: set("a"), set("b"), arePairs: true, by: tower)
        #expect(
            heard[.frechetDistance]?.count == 3 && heard[.divergence]?.count == 3
                && heard[.signalToDistortion]?.count == 3)
        #expect(heard.notes.count == 1 && heard.notes[0].hasPrefix("1 of 4 sounds in "))
    }

    // MARK: - What is wrong

    private func error(_ body: () throws -> Void) -> EvaluationError? {
        do {
            try body()
            return nil
        } catch {
            return error as? EvaluationError
        }
    }

    @Test func whatDoesNotFitIsNamed() throws {
        try makeFolders(2)
        try write(noise(7), "b/more.wav")
        try write(noise(7, seconds: 0.9), "c/0.wav")
        try write(noise(7), "c/1.wav")
        try FileManager.default.createDirectory(at: place.file("empty"), withIntermediateDirectories: true)
        func isPath(_ found: EvaluationError?, _ name: String) -> Bool {
            "\(found.map { "\($0)" } ?? "")".contains(name)
        }
        #expect(isPath(error { _ = try set("nowhere") }, "nowhere: no such file or folder"))
        #expect(isPath(error { _ = try set("empty") }, "empty: sound files (WAV, FLAC, OGG, MP3, ...) expected"))
        #expect(
            isPath(error { _ = try compare("a", "b", pairs: true) }, "a: sounds of the names more expected, found none")
        )
        #expect(isPath(error { _ = try compare("a", "b/0.wav", pairs: true) }, "two files or two folders expected"))
        #expect(error { _ = try compare("a", "b/0.wav") } == .tooFew)
        #expect(
            isPath(
                error { _ = try compare("a", "c", pairs: true) },
                "a pair of equal lengths expected, found 0.500 s and 0.900 s"))
        try write(noise(1), "c/1.aiff")
        #expect(
            isPath(
                error { _ = try compare("a", "c", pairs: true) }, "c: one sound of the name 1 expected, found several"))
        let table = place.file("captions.tsv")
        try "0\train\n1 a dog\n".write(to: table, atomically: true, encoding: .utf8)
        #expect(isPath(error { _ = try Captions(table) }, "captions.tsv: line 2: a name, a tab and a caption expected"))
    }

    // MARK: - Intervals

    /// Of the mean of many values: twice 1.96 standard errors wide.
    @Test func intervalsAreAsWideAsTheValuesVary() throws {
        var random = TorchRandom(seed: 3)
        let values = random.normal([400]).elements.map(Double.init)
        let (mean, interval) = Bootstrap.mean(values)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 399
        let found = try #require(interval)
        let expected = 2 * 1.96 * (variance / 400).squareRoot()
        #expect(abs((found.high - found.low) / expected - 1) < 0.1)
        #expect(abs((found.high + found.low) / 2 - mean) < 0.1 * expected)
        #expect(Bootstrap.mean([1, 2, 3]).interval == nil)
        let again = Bootstrap.mean(values).interval
        #expect(again == found)
    }
}
