import Core
import Foundation
import TestSupport
import Testing

/// What lossy codecs leave empty; `make test` installs ffmpeg with lame.
@Suite struct HolesTests {
    private let workplace: Workplace
    private static let rate = 44_100

    init() throws { workplace = try Workplace() }

    private func ffmpeg(_ arguments: String...) throws {
        let outcome = try Program.run(
            ["ffmpeg", "-v", "error", "-y"] + arguments, in: workplace.folder.url, program: "/usr/bin/env")
        try #require(outcome.status == 0, "\(outcome.errors)")
    }

    /// Levels of cells of 340 Hz and 23 ms in dB, [time][frequency].
    private func levels(_ name: String) throws -> [[Double]] {
        let samples = try workplace.read(name).samples[0]
        let transform = ShortTimeFourierTransform(fftSize: 1024, windowSize: 1024, hopSize: 256)
        let spectrogram = transform(samples)
        return (0..<spectrogram.frames / 4).map { time in
            (0..<spectrogram.bins / 8).map { place in
                var power = 0.0
                for frame in time * 4..<time * 4 + 4 {
                    for bin in place * 8..<place * 8 + 8 {
                        let index = frame * spectrogram.bins + bin
                        power += Double(spectrogram.real[index] * spectrogram.real[index])
                        power += Double(spectrogram.imaginary[index] * spectrogram.imaginary[index])
                    }
                }
                // Noise of a mean square of 1 has 0 dB in all cells together.
                return 10 * log10(power / 32 / (0.375 * 1024) / 512 + 1e-14)
            }
        }
    }

    /// The error of the levels at the holes and elsewhere, in dB.
    private struct Errors {
        var (holes, elsewhere) = (0.0, 0.0)
        var count = 0

        /// - Parameter holes: those of the codec: what it left 15 dB or more below what was there.
        init(_ sound: [[Double]], against whole: [[Double]], holes: (Int, Int) -> Bool) {
            var others = 0
            for time in 0..<min(sound.count, whole.count) {
                // From 1 to 15 kHz, what can be heard.
                for place in 3..<44 where whole[time][place] > -95 {
                    let error = abs(sound[time][place] - whole[time][place])
                    if holes(time, place) {
                        self.holes += error
                        count += 1
                    } else {
                        elsewhere += error
                        others += 1
                    }
                }
            }
            self.holes /= Double(max(1, count))
            elsewhere /= Double(max(1, others))
        }
    }

    @Test(arguments: [64, 96, 128]) func whatLameLeftEmptyIsFilledAndNothingElse(kilobits: Int) throws {
        // Two channels that have nothing in common, so that bits are scarce.
        let demo = { (name: String) in Fixture.url("../../Examples/demo/\(name).flac").standardizedFileURL.path }
        try ffmpeg(
            "-i", demo("drumroll"), "-i", demo("steam"), "-filter_complex",
            "[0]pan=mono|c0=c0[a];[1]pan=mono|c0=c0[b];[a][b]amerge=inputs=2", "-t", "5", "-ar",
            "\(Self.rate)",
            "whole.wav")
        try ffmpeg("-i", "whole.wav", "-c:a", "libmp3lame", "-b:a", "\(kilobits)k", "a.mp3")
        try ffmpeg("-i", "a.mp3", "-c:a", "pcm_f32le", "decoded.wav")
        let outcome = try workplace.run(
            "upsample", "a.mp3", "-o", "out.wav", "--holes", "--rate", "\(Self.rate)", "--encoding", "float32")
        #expect(outcome.status == 0, "\(outcome.errors)")
        let (whole, decoded, made) = (try levels("whole.wav"), try levels("decoded.wav"), try levels("out.wav"))
        let isHole = { whole[$0][$1] - decoded[$0][$1] > 15 }
        let before = Errors(decoded, against: whole, holes: isHole)
        let after = Errors(made, against: whole, holes: isHole)
        #expect(before.count > 10, "\(before.count) holes")
        #expect(after.holes < 0.4 * before.holes, "from \(before.holes) to \(after.holes) dB")
        #expect(after.elsewhere < before.elsewhere + 0.3, "from \(before.elsewhere) to \(after.elsewhere) dB")
    }
}
