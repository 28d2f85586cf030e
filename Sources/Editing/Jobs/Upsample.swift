internal import Core
public import Foundation

extension Editor {
    /// How far an upsampled band goes from its first version, unless it is said otherwise.
    public static let defaultUpsampleStrength = 0.5

    /// Adds the band that a sound lacks above its cut-off frequency; its own band is kept.
    ///
    /// The band begins with what most likely is there, by the model's band extension, and is changed by `strength`. A model that has
    /// none makes the band from nothing.
    /// - Parameters:
    ///   - cutoff: in Hz; nil finds it in the spectrum.
    ///   - rate: of the result, in Hz; nil takes the model's, or the file's if that is higher.
    ///   - strength: 0 (the first version as it is) ... 1 (from nothing); nil: `defaultUpsampleStrength`.
    /// - Throws: `EditingError`, `AudioError`, `CheckpointError`, and what `progress` throws.
    public func upsample(
        _ source: URL, to output: URL, cutoff: Double? = nil, rate: Int? = nil, strength: Double? = nil,
        settings: Settings, writing: OutputOptions = OutputOptions(), progress: ProgressHandler = { _ in }
    ) throws -> Report {
        let strength = strength ?? Self.defaultUpsampleStrength
        try Self.check(strength: strength)
        let engine = engine
        return try withoutActuallyEscaping(progress) { progress in
            let log = JobLog(progress)
            try log.advance(to: 0, "read")
            let file = try AudioFile(source)
            let rate = rate ?? max(engine.voice.rate, file.rate)
            let cutoff = try cutoff ?? log.measure("listen") { try CutOff.find(in: file) }
            try check(cutoff: cutoff, rate: rate)
            let format = try AudioFormat.output(
                for: output, source: file.format, encoding: writing.encoding?.encoding, rate: rate,
                channels: file.channels)
            let writer = try AudioWriter(
                output, format: format, frames: Resampler.length(file.frames, from: file.rate, to: rate), tagsOf: file,
                overwrite: writing.overwrites)

            // 1. The model makes all cells above the cut-off; the whole file is one passage.
            let middle = file.frames / 2
            let reach = min(middle, 10 * file.rate)
            let weights = ChannelMix.weights(
                of: try file.read(frames: middle - reach..<min(file.frames, middle + reach + 1)))
            let sound = PassageSound(file, frames: 0..<file.frames, weights: weights, logMel: engine.logMel)
            let grid = engine.grid
            let cells = max(1, (sound.reader.samplesToEnd + grid.cellSamples - 1) / grid.cellSamples)
            let frames = cells * grid.factor
            var mask = EditMask(
                spans: sound.framesBeyondEnd(of: frames), strength: 1, firstBand: grid.firstBand(above: cutoff),
                softness: 0)
            mask.upper = try log.measure("listen") {
                try EditMask.Upper(engine, strength: Float(strength))
            }
            let rendering = Rendering(
                engine: engine, settings: settings, sound: sound, mask: mask, cells: cells, single: engine.window,
                draw: 0,
                isLast: true, condition: { mel in try engine.condition(settings) { mel.map { [$0] } ?? [] } })

            // 2. What comes out of the vocoder joins the source above the cut-off.
            var join = try BandJoin(file, weights: weights, cutoff: cutoff, modelRate: engine.voice.rate, rate: rate)
            var stream: VocoderStream?
            try rendering.run(log, advance: { try log.advance(to: $0, $1) }) { block in
                var vocoding =
                    try stream
                    ?? log.measure("vocode") { try VocoderStream(engine.voice, wanted: [0..<frames]) }
                try vocoding.push(block, log) { piece in
                    let channels = try log.measure("join") { try join.push(piece.samples) }
                    try log.measure("write") { try writer.write(channels) }
                }
                stream = vocoding
            }
            engine.release(.vocoder)
            let rest = try log.measure("join") { try join.finish() }
            let written = try log.measure("write") {
                try writer.write(rest)
                return try writer.finish()
            }
            try log.advance(to: 1, "done")
            return Report(.upsample, output, written, cutoff: cutoff, log)
        }
    }

    private func check(cutoff: Double, rate: Int) throws(EditingError) {
        try Self.check(cutoff: cutoff)
        try Self.check(rate: rate)
        guard Double(rate) / 2 > cutoff else { throw .rateTooLow(rate: rate, cutoff: cutoff) }
        guard engine.grid.firstBand(above: cutoff) < engine.grid.bands else {
            throw .cutoffAboveModel(cutoff: cutoff, highest: engine.grid.highest)
        }
    }
}
