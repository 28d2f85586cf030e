internal import Core
public import Foundation

extension Editor {
    /// Takes of a generation, unless it is said otherwise.
    public static let defaultTakes = 3

    /// Makes a sound from the settings' prompt: several takes, of which the one is kept that, to the model's audio tower, is most like the
    /// prompt. A model without an audio tower makes one.
    ///
    /// The samples are the vocoder's own, unscaled: with a published model, seed, steps and guidance as in diffusers' pipeline they
    /// are those that it gives.
    /// - Parameters:
    ///   - duration: in seconds, above 0 and up to a day.
    ///   - takes: 1...100; nil: `defaultTakes`. A long sound is made in segments, each of so many takes.
    /// - Throws: `EditingError`, `AudioError`, `CheckpointError`, and what `progress` throws.
    public func generate(
        duration: Double, takes: Int? = nil, to output: URL, settings: Settings,
        writing: OutputOptions = OutputOptions(), progress: ProgressHandler = { _ in }
    ) throws -> Report {
        let takes = takes ?? Self.defaultTakes
        try Self.check(takes: takes)
        try Self.check(duration: duration)
        let engine = engine
        return try withoutActuallyEscaping(progress) { progress in
            let log = JobLog(progress)
            let format = try AudioFormat.output(
                for: output, source: nil, encoding: writing.encoding?.encoding, rate: engine.voice.rate, channels: 1)
            let frames = Int(duration * Double(engine.voice.rate))
            let writer = try AudioWriter(output, format: format, frames: frames, overwrite: writing.overwrites)
            try log.advance(to: 0, "listen")
            let condition = try log.measure("condition") { try engine.condition(settings) { [] } }
            // As many mel frames as the time takes, rounded up to whole latent cells.
            let grid = engine.grid
            let hop = engine.voice.hopSize
            let melFrames = max(Int(duration / (Double(hop) / Double(engine.voice.rate))), (frames + hop - 1) / hop)
            let cells = max(1, (melFrames + grid.factor - 1) / grid.factor)
            var rendering = Rendering(
                engine: engine, settings: settings, sound: nil,
                mask: EditMask(spans: [0..<cells * grid.factor], strength: 1, firstBand: grid.bands, softness: 0),
                cells: cells, single: engine.longestGeneration, draw: 0, isLast: true, condition: { _ in condition })
            rendering.choice = takes > 1 ? try engine.choice(of: takes, like: condition) : nil
            var stream: VocoderStream?
            var left = frames
            try rendering.run(log, advance: { try log.advance(to: $0, $1) }) { block in
                var vocoding =
                    try stream
                    ?? log.measure("vocode") {
                        try VocoderStream(engine.voice, wanted: [0..<cells * grid.factor])
                    }
                try vocoding.push(block, log) { piece in
                    let samples = Array(piece.samples.prefix(left))
                    left -= samples.count
                    try log.measure("write") { try writer.write([samples]) }
                }
                stream = vocoding
            }
            engine.release(.vocoder)
            let written = try log.measure("write") { try writer.finish() }
            try log.advance(to: 1, "done")
            return Report(.generate, output, written, log)
        }
    }
}
