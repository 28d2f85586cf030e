import Editing
import Foundation
import TestSupport
import Testing

@testable import Core
@testable import Plotting

@Suite struct SpectrogramPlotTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func sound(_ channels: [[Float]], rate: Int, name: String = "sound.wav") throws -> AudioFile {
        let url = folder.file(name)
        let format = AudioFormat(container: .wav, encoding: .float32, rate: rate, channels: channels.count)
        let writer = try AudioWriter(url, format: format, overwrite: true)
        try writer.write(channels)
        _ = try writer.finish()
        return try AudioFile(url)
    }

    private func sine(_ frequency: Double, amplitude: Float = 1, rate: Int, seconds: Double) -> [Float] {
        (0..<Int(seconds * Double(rate))).map {
            amplitude * Float(sin(2 * Double.pi * frequency * Double($0) / Double(rate)))
        }
    }

    @Test(arguments: [(1000.0, 44_100), (200.0, 8000), (7000.0, 48_000)])
    func aFullScaleSineIsAtZeroDecibelsInItsRow(frequency: Double, rate: Int) throws {
        let scale = FrequencyScale(highest: Double(rate) / 2)
        let map = try LevelMap(
            sound([sine(frequency, rate: rate, seconds: 1)], rate: rate), columns: 50, rows: 200, scale: scale)
        let middle = Array(map.levels[(25 * 200)..<(26 * 200)])
        let row = try #require(middle.indices.max { middle[$0] < middle[$1] })
        #expect(abs(middle[row]) < 1.5)
        #expect(abs(row - Int(scale.position(frequency) * 200)) <= 3)
        #expect(middle.filter { $0 > -40 }.count < 40)
    }

    @Test func channelsAreAveragedInPower() throws {
        let loud = sine(1000, rate: 16_000, seconds: 0.5)
        let scale = FrequencyScale(highest: 8000)
        let one = try LevelMap(sound([loud], rate: 16_000), columns: 20, rows: 100, scale: scale)
        let half = try LevelMap(
            sound([loud, [Float](repeating: 0, count: loud.count)], rate: 16_000), columns: 20, rows: 100, scale: scale)
        #expect(abs(one.highest - half.highest - 3.01) < 0.01)
    }

    @Test func aGapIsSilentInItsColumnsOnly() throws {
        var samples = sine(500, rate: 8000, seconds: 10)
        for index in 40_000..<48_000 { samples[index] = 0 }
        let map = try LevelMap(
            sound([samples], rate: 8000), columns: 100, rows: 50, scale: FrequencyScale(highest: 4000))
        for column in 0..<100 {
            let highest = map.levels[(column * 50)..<(column * 50 + 50)].max()!
            switch column {
            case 51..<59: #expect(highest == LevelMap.silence)
            case 0..<49, 61..<100: #expect(highest > -1)
            default: break
            }
        }
    }

    /// A long sound goes through in blocks: no column may depend on where they are cut.
    @Test func columnsDoNotDependOnBlocks() throws {
        var random = TestRandom(seed: 1)
        let samples = (0..<400_000).map { _ in 0.5 * random.next() }
        let scale = FrequencyScale(highest: 4000)
        let whole = try LevelMap(sound([samples], rate: 8000), columns: 40, rows: 30, scale: scale)
        let second = try LevelMap(
            sound([Array(samples[200_000...])], rate: 8000), columns: 20, rows: 30, scale: scale)
        for column in 1..<20 {
            for row in 2..<30 {
                let (one, other) = (whole.levels[(20 + column) * 30 + row], second.levels[column * 30 + row])
                #expect(abs(one - other) < 1)
            }
        }
    }

    @Test func aSoundOfAFewSamplesCanBeDrawn() throws {
        for count in [1, 2, 63, 500] {
            let map = try LevelMap(
                sound([[Float](repeating: 0.5, count: count)], rate: 44_100), columns: 100, rows: 40,
                scale: FrequencyScale(highest: 22_050))
            #expect(map.columns == min(100, count))
            #expect(map.levels.allSatisfy { $0.isFinite })
            #expect(map.highest > -80)
        }
    }

    @Test func theScaleGoesBackAndForth() {
        let scale = FrequencyScale(highest: 22_050)
        #expect(scale.position(0) == 0)
        #expect(abs(scale.position(22_050) - 1) < 1e-12)
        for frequency in scale.ticks { #expect(abs(scale.frequency(scale.position(frequency)) - frequency) < 1e-6) }
        #expect(scale.ticks == [200, 500, 1000, 2000, 3000, 5000, 7000, 10_000, 15_000, 20_000])
        #expect(FrequencyScale.label(500) == "500")
        #expect(FrequencyScale.label(15_000) == "15k")
    }

    @Test(
        arguments: [
            (0.01, "0.010", 11), (0.5, "0.50", 11), (6, "6", 7), (100, "100", 11), (600, "10:00", 11),
            (10_800, "3:00:00", 7), (180_000, "50:00:00", 11),
        ] as [(Double, String, Int)])
    func timeTicksAreRoundAndNotTooMany(duration: Double, last: String, count: Int) throws {
        let scale = TimeScale(duration: duration)
        #expect(scale.ticks.count == count)
        #expect(scale.label(try #require(scale.ticks.last)) == last)
    }

    @Test func coloursGrowLighter() {
        #expect(ColourMap.colour(0) == 0x000004)
        #expect(ColourMap.colour(1) == 0xFCFFA4)
        #expect(ColourMap.colour(-1) == ColourMap.colour(0))
        let lightness = stride(from: Float(0), through: 1, by: 0.01).map { value -> Double in
            let colour = ColourMap.colour(value)
            return 0.2126 * Double(colour >> 16) + 0.7152 * Double(colour >> 8 & 0xFF) + 0.0722 * Double(colour & 0xFF)
        }
        #expect(zip(lightness, lightness.dropFirst()).allSatisfy { $0 < $1 })
    }

    @Test func thePictureIsAPNGThatGrowsByOnePanelPerSound() throws {
        let file = try sound([sine(440, rate: 44_100, seconds: 1)], rate: 44_100)
        let region = Region(start: 0.2, end: 0.4)
        let heights = try [[file], [file, file]].map { files -> Int in
            let picture = [UInt8](try SpectrogramPlot(files, regions: [region]).png())
            #expect(picture.prefix(8) == [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A])
            #expect(picture.count > 10_000)
            return picture[20..<24].reduce(0) { $0 << 8 | Int($1) }
        }
        #expect(heights == [546, 1032])
    }

    @Test func aRegionBeyondTheLongestSoundIsRefused() throws {
        let file = try sound([sine(440, rate: 8000, seconds: 1)], rate: 8000)
        #expect(throws: EditingError.regionOutside(start: 0.5, end: 2, duration: 1)) {
            try SpectrogramPlot([file], regions: [Region(start: 0.5, end: 2)])
        }
    }
}
