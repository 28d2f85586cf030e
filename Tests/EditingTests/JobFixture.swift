import Core
import Editing
import Foundation
import TestSupport

/// Sounds to edit, and a model of the default one's layout that edits them: its weights are random and tiny.
enum JobFixture {
    static let model = Fixture.url("default-like")

    static func editor() throws -> Editor { try Editor(model: model) }

    /// A chord that swells and falls, over noise; every channel a little different, or all the same.
    static func sound(seconds: Double, rate: Int, channels: Int, equal: Bool = false) -> [[Float]] {
        let frames = Int(seconds * Double(rate))
        var random = TestRandom(seed: 11)
        let hiss = (0..<frames).map { _ in 0.02 * random.next() }
        return (0..<channels).map { channel in
            (0..<frames).map { frame in
                let time = Double(frame) / Double(rate)
                let tilt = equal ? 0 : 0.1 * Double(channel)
                let chord = 0.2 * sin(2 * .pi * 220 * time + tilt) + 0.1 * sin(2 * .pi * 663 * time)
                return Float(chord * (0.7 + 0.3 * sin(2 * .pi * 1.5 * time + tilt))) + hiss[frame]
            }
        }
    }

    /// Writes a sound in the format that the name's extension and the encoding say.
    @discardableResult static func write(
        _ channels: [[Float]], rate: Int, to url: URL, _ encoding: AudioEncoding? = .pcm16
    ) throws -> URL {
        let format = try AudioFormat.output(
            for: url, source: nil, encoding: encoding, rate: rate, channels: channels.count)
        let writer = try AudioWriter(url, format: format, frames: channels[0].count, overwrite: false)
        try writer.write(channels)
        _ = try writer.finish()
        return url
    }

    static func read(_ url: URL) throws -> [[Float]] {
        let file = try AudioFile(url)
        return try file.read(frames: 0..<file.frames)
    }

    static func level(_ samples: some Collection<Float>) -> Double {
        10 * log10(samples.reduce(0) { $0 + Double($1 * $1) } / Double(max(1, samples.count)) + 1e-12)
    }

    static func correlation(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Double {
        func dot(_ x: ArraySlice<Float>, _ y: ArraySlice<Float>) -> Double {
            zip(x, y).reduce(0) { $0 + Double($1.0 * $1.1) }
        }
        return dot(a, b) / (dot(a, a) * dot(b, b)).squareRoot()
    }
}

extension Editor {
    /// An edit from file to file.
    @discardableResult func perform(
        _ request: some EditRequest, _ source: URL? = nil, to output: URL, overwrites: Bool = false,
        listener: (EditEvent) throws -> Void = { _ in }
    ) throws -> EditReport {
        try perform(
            request, from: source.map { try AudioFile($0) }, to: FileDestination(output, overwrites: overwrites),
            listener: listener)
    }
}
