internal import Core
internal import Foundation

/// Makes a sound from nothing.
struct NewSound {
    let loaded: LoadedModel
    let settings: Settings
    let plan: NewSoundPlan
    let conditioner: Conditioner
    let log: EditLog

    /// Frames of the result, at the vocoder's rate.
    var frames: Int { Int(plan.duration * Double(loaded.vocoder.rate)) }

    /// What the largest sample of a sound is brought to, as a share of full scale, where the encoding cannot hold all: -1 dBFS with room for rounding.
    private static let highest: Float = 0.891

    /// Writes the whole sound, all of it at a lower level where it would not fit.
    func write(to sink: any SoundSink) throws {
        try log.advance(to: 0, "listen")
        let condition = try log.measure("condition") { try conditioner.condition(hearing: .nothing) }
        // As many mel frames as the time takes, rounded up to whole latent cells.
        let hop = loaded.vocoder.hopSize
        let melFrames = max(
            Int(plan.duration / (Double(hop) / Double(loaded.vocoder.rate))), (frames + hop - 1) / hop)
        let factor = loaded.grid.factor
        let cells = max(1, (melFrames + factor - 1) / factor)
        let everything = 0..<cells * factor
        let generator = PassageGenerator(
            loaded, settings, sound: nil,
            change: ChangeMap(
                spans: [everything], strength: .uniform(1), hidesSource: true, firstBand: loaded.grid.bands),
            cells: cells, single: loaded.longestGeneration, conditions: .fixed(condition),
            choice: try TakeChoice(of: plan.takes, like: condition, loaded), progress: log.progress)
        var stream = VocoderStream(generator, loaded.vocoder, wanted: [everything], log)
        // How loud the whole is, is known at its end.
        let spool = sink.fullScale == nil ? nil : SampleSpool()
        var left = frames
        while let block = try stream.next() {
            let samples = Array(block.samples.prefix(left))
            left -= samples.count
            try log.measure("write") { try spool?.append(samples) ?? sink.write([samples]) }
        }
        if let spool, let fullScale = sink.fullScale {
            try log.measure("write") { try write(spool, to: sink, fullScale) }
        }
    }

    private func write(_ spool: SampleSpool, to sink: any SoundSink, _ fullScale: Float) throws {
        let highest = Self.highest * fullScale
        let gain = highest / max(spool.peak, highest)
        if gain < 1 {
            log.note(
                String(
                    format:
                        "The whole sound was lowered by %.2f dB, to stay below -1 dBFS; 32-bit float holds it as it was made.",
                    -20 * log10(Double(gain))))
        }
        try spool.forEachBlock { block in
            try sink.write([gain < 1 ? block.map { gain * $0 } : block])
        }
    }
}
