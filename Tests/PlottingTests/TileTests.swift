import Core
import Foundation
import Plotting
import TestSupport
import Testing

/// Pieces of pictures as numbers.
@Suite struct TileTests {
    private func sound(_ folder: TemporaryFolder, frames: Int, _ sample: (Int, Int) -> Float) throws -> AudioFile {
        let format = AudioFormat(container: .wav, encoding: .float32, rate: 16_000, channels: 2)
        let writer = try AudioWriter(folder.file("a.wav"), format: format, overwrite: true)
        try writer.write((0..<2).map { channel in (0..<frames).map { sample(channel, $0) } })
        _ = try writer.finish()
        return try AudioFile(folder.file("a.wav"))
    }

    @Test func aPyramidHasWhatTheSoundHas() throws {
        let folder = try TemporaryFolder()
        var random = TestRandom(seed: 2)
        let noise = (0..<300_001).map { _ in random.next() }
        let file = try sound(folder, frames: 300_001) { $0 == 0 ? noise[$1] : -noise[$1] / 2 }
        try PeakPyramid.make(of: file, at: folder.file("peaks"))
        let pyramid = PeakPyramid(folder.file("peaks"), frames: file.frames, channels: 2)
        for level in [8, 9, 11, 12] {
            for index in 0...(file.frames - 1) / (PeakTile.columns << level) {
                let direct = try PeakTile(of: file, level: level, index: index)
                let stored = try pyramid.tile(level: level, index: index)
                #expect(direct.isExact && stored.isExact)
                let same = direct.peaks == stored.peaks
                #expect(same, "level \(level), piece \(index)")
            }
        }
        let all = try pyramid.tile(level: 20, index: 0)
        let highest = Int16((noise.max()! * 32_767).rounded())
        #expect(all.peaks.count == 4 && all.peaks[1] == highest)
        #expect(try folder.contents() == ["a.wav", "peaks"])
    }

    @Test func samplesAreSeenAtLevelNought() throws {
        let folder = try TemporaryFolder()
        let file = try sound(folder, frames: 700) { _, frame in Float(frame) / 1000 }
        let tile = try PeakTile(of: file, level: 0, index: 1)
        #expect(tile.peaks.count == (700 - 512) * 4)
        #expect(tile.peaks[0] == Int16((0.512 * 32_767).rounded()) && tile.peaks[0] == tile.peaks[1])
        let far = try PeakTile(of: file, level: 13, index: 0)
        #expect(!far.isExact && far.peaks.count == 4)
    }

    /// A full-scale sine is 255 in its own row at every level and on every axis.
    @Test(arguments: FrequencyAxis.allCases, [6, 9, 12])
    func aSineIsAtItsPlace(axis: FrequencyAxis, level: Int) throws {
        let folder = try TemporaryFolder()
        let file = try sound(folder, frames: 160_000) { _, frame in sin(2 * .pi * 1000 * Float(frame) / 16_000) }
        let tile = try SpectrogramTile(of: file, level: level, index: 0, rows: 128, axis: axis)
        let columns = tile.levels.count / 128
        #expect(columns == min(256, (160_000 + 1 << level - 1) >> level))
        let column = Array(tile.levels[columns / 2 * 128..<(columns / 2 + 1) * 128])
        let row = column.firstIndex(of: column.max()!)!
        let (low, high) = (
            axis.frequency(Double(row) / 128, highest: 8000), axis.frequency(Double(row + 1) / 128, highest: 8000)
        )
        #expect(low < 1040 && high > 960, "row \(row) is \(low) to \(high) Hz")
        #expect(column.max()! >= 250)
        #expect(column[120] < 120)
    }

    /// A column may be longer than the sound.
    @Test(arguments: [1, 500, 40_000], [6, 12, 20, 29])
    func everyPieceOfAnySoundIsMade(frames: Int, level: Int) throws {
        let folder = try TemporaryFolder()
        let file = try sound(folder, frames: frames) { _, frame in sin(Float(frame)) }
        for index in 0...(frames - 1) / (SpectrogramTile.columns << level) {
            let tile = try SpectrogramTile(of: file, level: level, index: index, rows: 32, axis: .mel)
            #expect(tile.levels.count.isMultiple(of: 32) && !tile.levels.isEmpty)
        }
        for index in 0...(frames - 1) / (PeakTile.columns << level) {
            #expect(try !PeakTile(of: file, level: level, index: index).peaks.isEmpty)
        }
    }
}
