import Core
import Foundation
import TestSupport
import Testing

@testable import Editing

/// Rectangles as values: words, JSON, areas.
@Suite struct RectangleValueTests {
    @Test(
        arguments: [
            ("2-3.5@500-4000", 500, 4000), ("2-3.5@500-", 500, .infinity), ("2-3.5@-4000", 0, 4000),
            ("0:02-0:03.5@99.5-100", 99.5, 100),
        ] as [(String, Double, Double)])
    func frequenciesFollowTheTimes(text: String, low: Double, high: Double) throws {
        let region = try #require(Region(text))
        #expect(region == Region(start: 2, end: 3.5, band: Region.Band(low: low, high: high)))
        #expect(Region(region.description) == region)
    }

    @Test(arguments: [
        "1-2@", "1-2@-", "1-2@5", "1-2@a-b", "1-2@1-2-3", "@1-2", "1-2@1e3-2e3", "1-2@3-4@5-6", "1-2@ 1-2",
    ])
    func otherFrequenciesAreRefused(text: String) { #expect(Region(text) == nil) }

    @Test func timesThatOnlyASoundCanTellHaveFrequenciesToo() throws {
        let words = try #require(RegionWords("-1.5-end@100-200"))
        #expect(words.region == nil)
        #expect(
            words.region(rate: 1000, frames: 5000)
                == Region(start: 3.5, end: 5, band: Region.Band(low: 100, high: 200)))
    }

    @Test(arguments: [
        #"{"start":1,"end":2}"#, #"{"start":1,"end":2,"low":30}"#, #"{"start":1,"end":2,"low":0,"high":40}"#,
        #"{"start":1,"end":2,"low":30,"high":40}"#,
    ])
    func jsonComesBack(text: String) throws {
        let region = try JSONDecoder().decode(Region.self, from: Data(text.utf8))
        let written = try JSONSerialization.jsonObject(with: JSONEncoder().encode(region)) as? [String: Double]
        let meant = try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Double]
        #expect(written == meant)
    }

    @Test func whatIsNoRectangleIsRefusedInOneLine() throws {
        let reversed = Region(start: 1, end: 2, band: Region.Band(low: 400, high: 300))
        #expect(throws: EditingError.bandReversed(reversed)) { try Inpaint(regions: [reversed]) }
        #expect(
            EditingError.bandReversed(reversed).description
                == "region 1-2@400-300: the higher frequency must be above the lower one")
        let sound = Waveform(
            channels: [[Float]](repeating: [Float](repeating: 0.1, count: 24_000), count: 1), rate: 8000)
        let high = Region(start: 1, end: 2, band: Region.Band(low: 4000, high: 5000))
        #expect(throws: EditingError.bandOutside(high, highest: 4000)) { try Editor.areas(of: [high], in: sound) }
        #expect(throws: EditingError.self) { try Inpaint(regions: [Region(start: 1, end: 2)], start: .beside) }
    }

    @Test func labelsKeepTheirFrequencies() throws {
        let track = try LabelTrack(
            Array("1\t2\tbird\n\\\t2000\t6000\n3\t4\tcough\n3.5\t3.5\tclick\n\\\t300\t-1\n".utf8), name: "a.txt")
        let sound = Waveform(channels: [[Float](repeating: 0, count: 80_000)], rate: 16_000)
        #expect(
            track.regions(of: sound, around: 0.1) == [
                Region(start: 1, end: 2, band: Region.Band(low: 2000, high: 6000)), Region(start: 3, end: 4),
                Region(start: 3.4, end: 3.6, band: Region.Band(low: 300, high: .infinity)),
            ])
    }

    private func band(_ low: Double, _ high: Double) -> Region.Band { Region.Band(low: low, high: high) }

    @Test func rectanglesThatMeetInTimeShareAnArea() {
        let (a, b) = (band(100, 200), band(300, 400))
        let areas = EditArea.areas(of: [(50..<80, b), (10..<20, nil), (10..<60, a), (18..<30, nil), (100..<110, a)])
        #expect(
            areas == [
                EditArea(10..<30),
                EditArea(30..<80, [.init(frames: 30..<60, band: a), .init(frames: 50..<80, band: b)]),
                EditArea(100..<110, [.init(frames: 100..<110, band: a)]),
            ])
        // The same frequencies are one rectangle, all of them none.
        #expect(
            EditArea.areas(of: [(10..<20, a), (20..<25, a)]) == [EditArea(10..<25, [.init(frames: 10..<25, band: a)])])
        #expect(EditArea.areas(of: [(10..<50, nil), (20..<30, a)]) == [EditArea(10..<50)])
    }
}

/// The way back of a rectangle, without a model.
@Suite struct RectangleMergeTests {
    private func level(_ samples: ArraySlice<Float>) -> Double { decibels(samples) }

    /// The spectrum of samples under a window without skirts, in dB; the frequency of bin `n` is `n * rate / size`.
    private func spectrum(_ samples: [Float], size: Int) -> [Double] {
        let window = (0..<size).map { n in
            let angle = 2 * Double.pi * Double(n) / Double(size)
            return Float(0.35875 - 0.48829 * cos(angle) + 0.14128 * cos(2 * angle) - 0.01168 * cos(3 * angle))
        }
        let transform = FourierTransform.ofSize(size)
        var powers = [Double](repeating: 0, count: size / 2 + 1)
        let starts = Array(stride(from: 0, through: samples.count - size, by: size / 4))
        for start in starts {
            let result = transform.forward(zip(samples[start..<start + size], window).map { $0 * $1 })
            for bin in powers.indices {
                powers[bin] += Double(
                    result.real[bin] * result.real[bin] + result.imaginary[bin] * result.imaginary[bin])
            }
        }
        return powers.map { 10 * log10($0 / Double(starts.count) + 1e-20) }
    }

    private func merged(_ source: [Float], _ made: [Float], _ area: EditArea, rate: Int, blocks: [Int]) throws
        -> [Float]
    {
        let sound = Waveform(channels: [source], rate: rate)
        var merge = RectangleMerge(area, sound, nil)
        var result = source
        var position = area.frames.lowerBound
        for block in blocks {
            let end = min(area.frames.upperBound, position + block)
            guard position < end else { break }
            let change = try merge.push([Array(made[position..<end])])
            for (frame, added) in zip(change.frames, change.added[0]) {
                result[frame] = change.source[0][frame - change.frames.lowerBound] + added
            }
            position = end
        }
        return result
    }

    /// Outside its time bit for bit, outside its band to 80 dB, within it what was made.
    @Test(arguments: [(500.0, 4000.0, 48_000), (2000, 6000, 44_100), (300, .infinity, 16_000), (0, 3000, 48_000)])
    func aRectangleLeavesTheRest(low: Double, high: Double, rate: Int) throws {
        var sounds = TestSounds(seed: 3, rate: rate)
        let count = 4 * rate
        let (source, made) = (sounds.noise(count), sounds.noise(count))
        let frames = rate..<3 * rate
        let area = EditArea(frames, [.init(frames: frames, band: Region.Band(low: low, high: high))])
        let result = try merged(source, made, area, rate: rate, blocks: [1 << 40])
        let isKept =
            result[..<frames.lowerBound] == source[..<frames.lowerBound]
            && result[frames.upperBound...] == source[frames.upperBound...]
        #expect(isKept)
        let difference = zip(result, source).map { $0 - $1 }
        let size = 8192
        let (changed, there) = (spectrum(difference, size: size), spectrum(source, size: size))
        let bin = Double(rate) / Double(size)
        var worst = -200.0
        for index in changed.indices {
            let frequency = Double(index) * bin
            if frequency < low - 5 * bin || frequency > high + 5 * bin {
                worst = max(worst, changed[index] - there[index])
            }
        }
        #expect(worst < -80, "\(worst) dB")
        // What is in the band is the new sound.
        let inner = Array(result[2 * rate - rate / 2..<2 * rate + rate / 2])
        let wanted = Array(made[2 * rate - rate / 2..<2 * rate + rate / 2])
        let error = spectrum(zip(inner, wanted).map { $0 - $1 }, size: size)
        let level = spectrum(wanted, size: size)
        let middle = Int((low + 600) / bin)..<Int((min(high, Double(rate) / 2) - 600) / bin)
        #expect(middle.allSatisfy { error[$0] < level[$0] - 60 })
    }

    /// Of two noises that know nothing of each other the level is the same at the edges as everywhere.
    @Test func thereIsNoNotchAtTheEdges() throws {
        let rate = 48_000
        var sounds = TestSounds(seed: 4, rate: rate)
        let count = 22 * rate
        let (source, made) = (sounds.noise(count), sounds.noise(count))
        let frames = rate..<21 * rate
        let area = EditArea(frames, [.init(frames: frames, band: Region.Band(low: 2000, high: 5000))])
        let result = try merged(source, made, area, rate: rate, blocks: [1 << 40])
        let size = 2048
        let (after, before) = (
            spectrum(Array(result[2 * rate..<20 * rate]), size: size),
            spectrum(Array(source[2 * rate..<20 * rate]), size: size)
        )
        let differences = zip(after, before).map { $0 - $1 }
        let near = differences[Int(1500.0 * Double(size) / Double(rate))..<Int(5500.0 * Double(size) / Double(rate))]
        #expect(near.allSatisfy { abs($0) < 1 }, "\(near.min() ?? 0)...\(near.max() ?? 0)")
        // In time, too.
        for edge in [rate, 21 * rate] {
            for start in stride(from: edge - rate / 10, to: edge + rate / 10, by: rate / 100) {
                let (new, old) = (level(result[start..<start + rate / 100]), level(source[start..<start + rate / 100]))
                #expect(abs(new - old) < 3.5)
            }
        }
    }

    /// Equal sounds stay what they are: no bump where the two meet.
    @Test func equalSoundsStay() throws {
        let rate = 48_000
        var sounds = TestSounds(seed: 5, rate: rate)
        let source = sounds.tones([440, 1010, 2000, 3300, 4950], 4 * rate, level: 0.1)
        let frames = rate..<3 * rate
        let area = EditArea(frames, [.init(frames: frames, band: Region.Band(low: 1000, high: 5000))])
        let result = try merged(source, source, area, rate: rate, blocks: [1 << 40])
        let error = zip(result, source).map { $0 - $1 }
        #expect(level(error[...]) < level(source[...]) - 30)
    }

    /// What a moment of the source leaves is gone after 10 ms.
    @Test func nothingRingsForMoreThanTenMilliseconds() throws {
        let rate = 48_000
        var source = [Float](repeating: 0, count: 2 * rate)
        source[rate] = 1
        let area = EditArea(0..<2 * rate, [.init(frames: 0..<2 * rate, band: Region.Band(low: 1000, high: 4000))])
        let silence = [Float](repeating: 0, count: 2 * rate)
        let result = try merged(source, silence, area, rate: rate, blocks: [1 << 40])
        let reach = rate / 100
        let isQuiet = result.indices.allSatisfy { abs($0 - rate) <= reach || abs(result[$0]) < 1e-6 }
        #expect(isQuiet)
        #expect(abs(result[rate]) < 0.95)
    }

    @Test func blocksGiveTheWhole() throws {
        let rate = 16_000
        var sounds = TestSounds(seed: 6, rate: rate)
        let (source, made) = (sounds.noise(6 * rate), sounds.noise(6 * rate))
        let area = EditArea(
            rate..<5 * rate,
            [
                .init(frames: rate..<3 * rate, band: Region.Band(low: 500, high: 2000)),
                .init(frames: 2 * rate..<5 * rate, band: Region.Band(low: 1500, high: 6000)),
            ])
        // The first block is long enough to tell how alike the two are.
        let whole = try merged(source, made, area, rate: rate, blocks: [1 << 40])
        let parts = try merged(source, made, area, rate: rate, blocks: [4 * rate - 5000, 100, 1700, 1, 1 << 40])
        let largest = zip(whole, parts).map { abs($0 - $1) }.max() ?? 1
        #expect(largest < 1e-2)
        let isKept = parts[..<rate] == source[..<rate] && parts[(5 * rate)...] == source[(5 * rate)...]
        #expect(isKept)
    }

    /// Narrow and short: the source outside the band yields a little, and the user is told so.
    @Test func whatIsTooShortIsSaid() {
        let shape = RectangleFilters.shape(Region.Band(low: 1000, high: 1100), count: 480, rate: 48_000, octaves: 0)
        #expect(shape.outside > 0 && shape.reach <= 120)
        let wide = RectangleFilters.shape(Region.Band(low: 1000, high: 3000), count: 48_000, rate: 48_000, octaves: 0)
        #expect(wide.outside == 0 && wide.reach == 480)
        let soft = RectangleFilters.shape(Region.Band(low: 1000, high: 8000), count: 48_000, rate: 48_000, octaves: 0.5)
        #expect(abs(soft.ways.low - 414.2) < 100 && soft.ways.high > 2000)
    }
}

/// Rectangles through a whole edit.
@Suite struct RectangleEditTests {
    private let band = Region.Band(low: 1000, high: 3000)

    private func difference(_ a: Waveform, _ b: Waveform, channel: Int = 0) -> [Float] {
        zip(a.channels[channel], b.channels[channel]).map { $0 - $1 }
    }

    /// The level of what lies outside some frequencies.
    private func level(_ samples: [Float], outside band: Region.Band, rate: Int) -> Double {
        let size = samples.count.nextPowerOfTwo
        let padded = samples + [Float](repeating: 0, count: size - samples.count)
        let spectrum = FourierTransform.ofSize(size).forward(padded)
        var sum = 0.0
        for bin in spectrum.real.indices {
            let frequency = Double(bin) * Double(rate) / Double(size)
            if frequency < band.low - 2 || frequency > band.high + 2 {
                sum += Double(
                    spectrum.real[bin] * spectrum.real[bin] + spectrum.imaginary[bin] * spectrum.imaginary[bin])
            }
        }
        return 10 * log10(sum + 1e-20)
    }

    @Test(arguments: [1, 2], [true, false]) func theRestStays(channels: Int, isRestyled: Bool) throws {
        let editor = try JobFixture.editor()
        let rate = 48_000
        let sound = Waveform(channels: JobFixture.sound(seconds: 4, rate: rate, channels: channels), rate: rate)
        let regions = [
            Region(start: 1, end: 2, band: band),
            Region(start: 1.5, end: 2.5, band: Region.Band(low: 5000, high: 9000)),
        ]
        let destination = WaveformDestination()
        let report =
            isRestyled
            ? try editor.perform(
                Restyle(
                    strength: 0.8, regions: regions, condition: Condition(prompt: "rain"),
                    settings: Settings(for: Restyle.self, steps: 4)), from: sound, to: destination)
            : try editor.perform(
                Inpaint(regions: regions, start: .passage, settings: Settings(for: Inpaint.self, steps: 10)),
                from: sound,
                to: destination)
        let result = try #require(destination.waveform)
        #expect(report.edits.map(\.region) == regions)
        #expect(report.isIdenticalOutside == true)
        for channel in 0..<channels {
            let (new, old) = (result.channels[channel], sound.channels[channel])
            let isKept = new[..<rate] == old[..<rate] && new[(5 * rate / 2)...] == old[(5 * rate / 2)...]
            #expect(isKept)
            let changed = difference(result, sound, channel: channel)
            #expect(changed[rate..<5 * rate / 2].contains { abs($0) > 1e-4 })
            // In the first half second only the lower rectangle is there.
            let first = Array(changed[0..<3 * rate / 2])
            let there = Array(old[0..<3 * rate / 2])
            let outside = level(first, outside: Region.Band(low: 1000, high: 9000), rate: rate)
            #expect(outside < level(there, outside: Region.Band(low: 1000, high: 9000), rate: rate) - 78)
        }
    }

    @Test func aClickInABandIsForetold() throws {
        let editor = try JobFixture.editor()
        let rate = 48_000
        var sounds = TestSounds(seed: 8, rate: rate)
        let clean = sounds.tones([400, 2200, 2900], 3 * rate, level: 0.2)
        var noisy = clean
        // A burst of 20 ms around 2.5 kHz.
        for n in 0..<960 {
            let window = 0.5 - 0.5 * cos(2 * .pi * (Double(n) + 0.5) / 960)
            noisy[rate + 480 + n] += Float(0.5 * window * sin(2 * .pi * 2500 * Double(n) / Double(rate)))
        }
        let request = try Inpaint(regions: [Region(start: 1, end: 1.04, band: Region.Band(low: 500, high: 6000))])
        let destination = WaveformDestination()
        let report = try editor.perform(request, from: Waveform(channels: [noisy], rate: rate), to: destination)
        let made = try #require(destination.waveform).channels[0]
        #expect(report.edits[0].start == .prediction && report.networkCalls == 0)
        let (left, before) = (zip(made, clean).map { $0 - $1 }, zip(noisy, clean).map { $0 - $1 })
        #expect(decibels(left) < decibels(before) - 20)
    }

    @Test func aFeatherOfSecondsComesInSlowly() throws {
        let editor = try JobFixture.editor()
        let sound = Waveform(channels: JobFixture.sound(seconds: 4, rate: 16_000, channels: 1), rate: 16_000)
        let request = try Restyle(
            strength: 1, regions: [Region(start: 1, end: 3)], feather: Feather(seconds: 0.5),
            condition: Condition(prompt: "rain"), settings: Settings(for: Restyle.self, steps: 2))
        let changed = difference(try editor.perform(request, on: sound), sound)
        let levels = [
            decibels(changed[16_000..<16_800]), decibels(changed[19_000..<19_800]), decibels(changed[32_000..<33_000]),
        ]
        #expect(levels[0] < levels[1] - 3 && levels[1] < levels[2] + 3)
    }

    /// A steady tone in hiss with the model that ships: 40 dB lower, at the level of the bands beside it.
    @Test(arguments: [true, false]) func aSteadyToneIsRemoved(isWithin: Bool) throws {
        let editor = try Editor()
        let rate = 48_000
        var sounds = TestSounds(seed: 9, rate: rate)
        let hiss = sounds.noise(5 * rate, level: 0.003)
        let frames = isWithin ? 2 * rate..<4 * rate : 0..<5 * rate
        let sound = hiss.indices.map { frame in
            hiss[frame] + (frames.contains(frame) ? 0.3 * Float(sin(2 * .pi * 1500 * Double(frame) / Double(rate))) : 0)
        }
        let request = try Inpaint(regions: [Region(start: 1.9, end: 4.1, band: Region.Band(low: 1300, high: 1750))])
        let result = try editor.perform(request, on: Waveform(channels: [sound], rate: rate)).channels[0]
        let inside = 5 * rate / 2..<7 * rate / 2
        func power(_ samples: [Float], _ low: Double, _ high: Double) -> Double {
            let size = 4096
            let transform = ShortTimeFourierTransform(fftSize: size, windowSize: size, hopSize: size / 2)
            let magnitudes = transform.magnitudes(Array(samples[inside]))
            var (sum, count) = (0.0, 0.0)
            for (index, value) in magnitudes.enumerated() {
                let frequency = Double(index % transform.bins) * Double(rate) / Double(size)
                if frequency >= low, frequency < high { (sum, count) = (sum + Double(value * value), count + 1) }
            }
            return 10 * log10(sum / count)
        }
        #expect(power(result, 1450, 1550) < power(sound, 1450, 1550) - 40)
        let beside = (power(result, 1000, 1250) + power(result, 1800, 2200)) / 2
        #expect(abs(power(result, 1300, 1750) - beside) < 1.5, "\(power(result, 1300, 1750) - beside) dB")
    }
}

extension Int {
    fileprivate var nextPowerOfTwo: Int {
        var size = 1
        while size < self { size *= 2 }
        return size
    }
}
