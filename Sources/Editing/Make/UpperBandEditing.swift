internal import Core
internal import Foundation

/// Adds a band above a source's cut-off: the whole source is one passage, of which the model makes all cells above the cut-off, and what
/// comes out of the vocoder joins the source's own band.
struct UpperBandEditing {
    let loaded: LoadedModel
    let settings: Settings
    let plan: UpperBandPlan
    let source: any SoundSource
    /// Hz.
    let cutoff: Double
    /// Of the result, in Hz.
    let rate: Int
    let conditioner: Conditioner
    let log: EditLog

    /// - Throws: `EditingError` for a cut-off or a rate between which there is nothing to add.
    init(
        _ loaded: LoadedModel, _ settings: Settings, _ plan: UpperBandPlan, _ source: any SoundSource,
        _ conditioner: Conditioner, _ log: EditLog
    ) throws {
        self.loaded = loaded
        self.settings = settings
        self.plan = plan
        self.source = source
        self.conditioner = conditioner
        self.log = log
        rate = plan.rate ?? max(loaded.vocoder.rate, source.rate)
        let grid = loaded.grid
        let cutoff = try plan.cutoff ?? log.measure("listen") { try CutOff.find(in: source) }
        self.cutoff = cutoff
        let isBelowModel = grid.firstBand(above: cutoff) < grid.bands
        hasUpperBand = isBelowModel && Double(rate) / 2 > cutoff
        guard !plan.holes else { return }
        guard isBelowModel else {
            // What has no cliff below the model's end may have been low-passed gently: that is for the user to say.
            let knee = try plan.cutoff == nil ? log.measure("listen") { try GentleCutOff.find(in: source) } : nil
            throw EditingError.cutoffAboveModel(cutoff: cutoff, highest: loaded.grid.highest, knee: knee)
        }
        guard hasUpperBand else { throw EditingError.rateTooLow(rate: rate, cutoff: cutoff) }
    }

    /// Whether there is a band to be made above the cut-off, and not holes below it alone.
    let hasUpperBand: Bool

    /// Frames of the result.
    var frames: Int { Resampler.length(source.frames, from: source.rate, to: rate) }

    /// Rounds in which the sound is brought to its log-mel: more change the band by less than its takes differ.
    private static let matchingRounds = 2

    /// Writes the whole sound.
    func write(to sink: any SoundSink) throws {
        let middle = source.frames / 2
        let reach = min(middle, 10 * source.rate)
        let offsets = try log.measure("listen") { try Baseline.level(of: source) }
        let heard = CentredSource(source, Baseline(offsets))
        let weights = ChannelMix.weights(
            of: try heard.read(frames: middle - reach..<min(source.frames, middle + reach + 1)))
        let axes = PassageAxes(source, from: 0, loaded)
        let cells = axes.cells(upToFileFrame: source.frames)
        let frames = cells * loaded.grid.factor
        var change = ChangeMap(
            spans: axes.melFramesBeyondEnd(of: frames), strength: .uniform(1), hidesSource: true,
            firstBand: hasUpperBand ? loaded.grid.firstBand(above: cutoff) : loaded.grid.bands)
        let lift = UpperLift(above: cutoff, framesPerSecond: loaded.model.frontEnd.frameRate)
        change.upper = try log.measure("listen") {
            try ChangeMap.Upper(loaded, strength: Float(plan.strength), lift: lift)
        }
        let sound = PassageMel(PassageReader(heard, axes.model, weights: weights), loaded.logMel)
        var holes: HoleFilling?
        if plan.holes {
            change.holes = try log.measure("listen") { try HoleFinder(sound, frames: frames, loaded) }
            holes = try log.measure("listen") { try HoleFilling(heard, below: hasUpperBand ? cutoff : nil, rate: rate) }
        }
        let generator = PassageGenerator(
            loaded, settings, sound: sound, change: change, cells: cells, single: loaded.window,
            isDrafted: change.upper != nil, conditions: .ofSegment(conditioner), progress: log.progress)

        var stream = VocoderStream(
            generator, loaded.vocoder, wanted: [0..<frames], rounds: Self.matchingRounds, log)
        var merge = try BandMerge(
            heard, offsets: offsets, weights: weights, cutoff: hasUpperBand ? cutoff : nil, holes: holes,
            modelRate: loaded.vocoder.rate, rate: rate,
            fullScale: sink.fullScale)
        while let block = try stream.next() {
            let channels = try log.measure("join") { try merge.push(block.samples) }
            try log.measure("write") { try sink.write(channels) }
        }
        let rest = try log.measure("join") { try merge.finish() }
        for note in merge.notes { log.note(note) }
        try log.measure("write") { try sink.write(rest) }
    }
}
