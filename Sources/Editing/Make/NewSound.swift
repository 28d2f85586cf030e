internal import Core

/// Makes a sound from nothing.
struct NewSound {
    let loaded: LoadedModel
    let settings: Settings
    let plan: NewSoundPlan
    let conditioner: Conditioner
    let log: EditLog

    /// Frames of the result, at the vocoder's rate.
    var frames: Int { Int(plan.duration * Double(loaded.vocoder.rate)) }

    /// Writes the whole sound.
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
        var left = frames
        while let block = try stream.next() {
            let samples = Array(block.samples.prefix(left))
            left -= samples.count
            try log.measure("write") { try sink.write([samples]) }
        }
    }
}
